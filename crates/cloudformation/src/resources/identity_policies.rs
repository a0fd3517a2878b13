//! Inline and attached policies of roles, users and groups.

use super::request::Request;
use super::{Failure, Step, is_absent, json_of, text_of, texts_of};
use crate::api::Api;
use crate::document::{Map, Node};
use crate::schema::{Property, Schema};
use std::collections::BTreeMap;
use wire::iam::{
    AttachGroupPolicyInput, AttachRolePolicyInput, AttachUserPolicyInput, DeleteGroupPolicyInput,
    DeleteRolePolicyInput, DeleteUserPolicyInput, DetachGroupPolicyInput, DetachRolePolicyInput,
    DetachUserPolicyInput, PutGroupPolicyInput, PutRolePolicyInput, PutUserPolicyInput,
};

/// The property `Policies`.
pub(super) const POLICIES: Schema = Schema::List(&Schema::Object(&[
    Property::required("PolicyName", Schema::Text),
    Property::required("PolicyDocument", Schema::Json),
]));

const AWS_MANAGED: &str = "arn:aws:iam::aws:policy/";

/// Who has the policies, by name.
#[derive(Clone, Copy)]
pub(super) enum Holder<'a> {
    Role(&'a str),
    User(&'a str),
    Group(&'a str),
}

impl Holder<'_> {
    /// Brings inline and attached policies from what they were to what they shall be. What shall
    /// be is put in place first, so that nobody ever has less than both.
    pub async fn bring<A: Api>(
        self,
        step: &Step<'_, A>,
        old: &Map,
        new: &Map,
    ) -> Result<(), Failure> {
        let (before, inline) = (inline_policies(old), inline_policies(new));
        for (name, document) in &inline {
            if before.get(name) != Some(document) {
                self.put(step, name, document).await?;
            }
        }
        self.bring_attached(step, old, new).await?;
        for name in before.into_keys().filter(|n| !inline.contains_key(n)) {
            self.take(step, name).await?;
        }
        Ok(())
    }

    async fn bring_attached<A: Api>(
        self,
        step: &Step<'_, A>,
        old: &Map,
        new: &Map,
    ) -> Result<(), Failure> {
        let name = "ManagedPolicyArns";
        let (before, attached) = (texts_of(old, name), texts_of(new, name));
        for arn in attached.iter().filter(|arn| !before.contains(arn)) {
            match self.attach(step, arn).await {
                // Of AWS's own policies, those that are not here speak of services that are not.
                Err(Failure::Refused { fault, .. })
                    if arn.starts_with(AWS_MANAGED) && is_absent(&fault) => {}
                attached => attached?,
            }
        }
        for arn in before.into_iter().filter(|arn| !attached.contains(arn)) {
            self.detach(step, arn).await?;
        }
        Ok(())
    }

    pub async fn put<A: Api>(
        self,
        step: &Step<'_, A>,
        policy: &str,
        document: &str,
    ) -> Result<(), Failure> {
        let request = Request::new()
            .text("PolicyName", policy)
            .text("PolicyDocument", document);
        match self {
            Holder::Role(name) => {
                let input: PutRolePolicyInput = request.text("RoleName", name).input()?;
                step.call(input).await
            }
            Holder::User(name) => {
                let input: PutUserPolicyInput = request.text("UserName", name).input()?;
                step.call(input).await
            }
            Holder::Group(name) => {
                let input: PutGroupPolicyInput = request.text("GroupName", name).input()?;
                step.call(input).await
            }
        }
    }

    pub async fn take<A: Api>(self, step: &Step<'_, A>, policy: String) -> Result<(), Failure> {
        let policy_name = policy;
        match self {
            Holder::Role(name) => {
                let role_name = name.to_owned();
                step.remove(DeleteRolePolicyInput {
                    role_name,
                    policy_name,
                })
                .await
            }
            Holder::User(name) => {
                let user_name = name.to_owned();
                step.remove(DeleteUserPolicyInput {
                    user_name,
                    policy_name,
                })
                .await
            }
            Holder::Group(name) => {
                let group_name = name.to_owned();
                step.remove(DeleteGroupPolicyInput {
                    group_name,
                    policy_name,
                })
                .await
            }
        }
    }

    pub async fn attach<A: Api>(self, step: &Step<'_, A>, arn: &str) -> Result<(), Failure> {
        let request = Request::new().text("PolicyArn", arn);
        match self {
            Holder::Role(name) => {
                let input: AttachRolePolicyInput = request.text("RoleName", name).input()?;
                step.call(input).await
            }
            Holder::User(name) => {
                let input: AttachUserPolicyInput = request.text("UserName", name).input()?;
                step.call(input).await
            }
            Holder::Group(name) => {
                let input: AttachGroupPolicyInput = request.text("GroupName", name).input()?;
                step.call(input).await
            }
        }
    }

    pub async fn detach<A: Api>(self, step: &Step<'_, A>, arn: String) -> Result<(), Failure> {
        let policy_arn = arn;
        match self {
            Holder::Role(name) => {
                let role_name = name.to_owned();
                step.remove(DetachRolePolicyInput {
                    role_name,
                    policy_arn,
                })
                .await
            }
            Holder::User(name) => {
                let user_name = name.to_owned();
                step.remove(DetachUserPolicyInput {
                    user_name,
                    policy_arn,
                })
                .await
            }
            Holder::Group(name) => {
                let group_name = name.to_owned();
                step.remove(DetachGroupPolicyInput {
                    group_name,
                    policy_arn,
                })
                .await
            }
        }
    }
}

/// Those whom `Roles`, `Users` and `Groups` name.
pub(super) struct Holders {
    roles: Vec<String>,
    users: Vec<String>,
    groups: Vec<String>,
}

impl Holders {
    pub fn of(properties: &Map) -> Holders {
        Holders {
            roles: texts_of(properties, "Roles"),
            users: texts_of(properties, "Users"),
            groups: texts_of(properties, "Groups"),
        }
    }

    /// Those who are not among the others.
    pub fn without(mut self, others: &Holders) -> Holders {
        self.roles.retain(|name| !others.roles.contains(name));
        self.users.retain(|name| !others.users.contains(name));
        self.groups.retain(|name| !others.groups.contains(name));
        self
    }

    pub fn all(&self) -> Vec<Holder<'_>> {
        let roles = self.roles.iter().map(|name| Holder::Role(name));
        let users = self.users.iter().map(|name| Holder::User(name));
        let groups = self.groups.iter().map(|name| Holder::Group(name));
        roles.chain(users).chain(groups).collect()
    }
}

/// Documents by name.
fn inline_policies(properties: &Map) -> BTreeMap<String, String> {
    let policies = properties.get("Policies").and_then(Node::as_list);
    let policies = policies.unwrap_or_default().iter().filter_map(Node::as_map);
    let policies = policies.map(|policy| {
        (
            text_of(policy, "PolicyName"),
            json_of(policy, "PolicyDocument"),
        )
    });
    policies.collect()
}
