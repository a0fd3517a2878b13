//! What IAM's own operations require: actions, resources and condition keys, as "Actions,
//! resources, and condition keys for AWS Identity and Access Management" of the Service
//! Authorization Reference lists them.
//!
//! Policies are matched against ARNs; messages name what already exists by kind and name (`role
//! NAME`), as AWS does.

use crate::Iam;
use crate::error::Error;
use crate::policy_arn::Managed;
use crate::record::{Entity, Kind, Role, Tags, User};
use crate::records::Records;
use crate::tags;
use kv::Snapshot;
use service::{Caller, Principal, Requirement};
use wire::iam::Tag;

impl Iam {
    /// What is stored of an account, as of now.
    pub(crate) fn records(&self, caller: &Caller) -> Records<Snapshot> {
        Records::new(self.store.snapshot(), caller.account)
    }

    /// A requirement on a user, role or group, which may not exist.
    pub(crate) async fn on<E: Entity>(
        &self,
        caller: &Caller,
        action: &'static str,
        name: &str,
    ) -> Result<Requirement, Error> {
        let shown = format!("{} {name}", E::KIND.word());
        let Some(entity) = self.records(caller).find::<E>(name).await? else {
            let arn = E::KIND.arn(caller.account, "/", name);
            return Ok(Requirement::new(action, arn.as_str()).shown_as(shown));
        };
        let arn = entity.arn(caller.account);
        let requirement = Requirement::new(action, arn.as_str())
            .with("iam:PermissionsBoundary", entity.boundary())
            .shown_as(shown);
        Ok(stored_tags(requirement, entity.tags()))
    }

    /// A requirement on what an ARN names, which may not exist.
    ///
    /// # Errors
    /// The ARN is of nothing of this kind.
    pub(crate) async fn on_arn<E: Entity>(
        &self,
        caller: &Caller,
        action: &'static str,
        arn: &str,
    ) -> Result<Requirement, Error> {
        let found = self.records(caller).find_by_arn::<E>(arn).await?;
        let requirement = Requirement::new(action, arn);
        Ok(match found {
            Some(entity) => stored_tags(requirement, entity.tags()),
            None => requirement,
        })
    }

    /// The requirement of asking about a user, role, group or policy, which may not exist.
    pub(crate) async fn about(
        &self,
        caller: &Caller,
        action: &'static str,
        arn: &str,
    ) -> Result<Vec<Requirement>, Error> {
        let records = self.records(caller);
        let requirement = Requirement::new(action, arn);
        if let Some(user) = records.find_by_arn::<User>(arn).await? {
            return Ok(vec![stored_tags(requirement, &user.tags)]);
        }
        Ok(vec![match records.find_by_arn::<Role>(arn).await? {
            Some(role) => stored_tags(requirement, &role.tags),
            None => requirement,
        }])
    }

    /// A requirement on a managed policy, which may not exist.
    pub(crate) async fn on_policy(
        &self,
        caller: &Caller,
        action: &'static str,
        arn: &str,
    ) -> Result<Requirement, Error> {
        let requirement = Requirement::new(action, arn).shown_as(format!("policy {arn}"));
        match self.records(caller).find_policy(arn).await? {
            Some(Managed::Own(policy)) => Ok(stored_tags(requirement, &policy.tags)),
            Some(Managed::Aws(_)) | None => Ok(requirement),
        }
    }

    /// The user that an operation is about when the caller need not name one.
    ///
    /// # Errors
    /// None is named, and the caller is no user.
    pub(crate) fn user_meant(name: Option<&String>, caller: &Caller) -> Result<String, Error> {
        match (name, &caller.principal) {
            (Some(name), _) => Ok(name.clone()),
            (None, Principal::User { name, .. }) => Ok(name.clone()),
            (None, _) => Err(Error::UserNameNeeded),
        }
    }

    /// A requirement on the user that is named or, failing that, calls.
    pub(crate) async fn on_user_meant(
        &self,
        caller: &Caller,
        action: &'static str,
        name: Option<&String>,
    ) -> Result<Vec<Requirement>, Error> {
        let name = Iam::user_meant(name, caller)?;
        Ok(vec![self.on::<User>(caller, action, &name).await?])
    }
}

/// Adds the condition keys of the tags that a resource has.
pub(crate) fn stored_tags(requirement: Requirement, tags: &Tags) -> Requirement {
    tags.iter().fold(requirement, |requirement, (key, value)| {
        requirement
            .with(format!("aws:ResourceTag/{key}"), [value])
            .with(format!("iam:ResourceTag/{key}"), [value])
    })
}

/// The requirement of handing a role of the account to a service.
pub(crate) async fn pass_role(
    iam: &Iam,
    caller: &Caller,
    role: &str,
    service: &'static str,
) -> Result<Requirement, Error> {
    let requirement = iam.on::<Role>(caller, "iam:PassRole", role).await?;
    Ok(requirement.with("iam:PassedToService", [service]))
}

/// What is about to be made.
pub(crate) struct New<'a> {
    pub kind: Kind,
    pub path: Option<&'a str>,
    pub name: &'a str,
    pub tags: Option<&'a Vec<Tag>>,
    pub boundary: Option<&'a str>,
}

impl New<'_> {
    /// The requirements of making it: `create` and, if it shall have tags, `tag`.
    pub(crate) fn requirements(
        &self,
        caller: &Caller,
        create: &'static str,
        tag: &'static str,
    ) -> Vec<Requirement> {
        let arn = self
            .kind
            .arn(caller.account, self.path.unwrap_or("/"), self.name);
        let given = self.tags.map(Vec::as_slice).unwrap_or_default();
        let actions = if given.is_empty() {
            vec![create]
        } else {
            vec![create, tag]
        };
        let requirement = |action| {
            let requirement = Requirement::new(action, arn.as_str())
                .with("iam:PermissionsBoundary", self.boundary);
            let requirement = match self.kind {
                Kind::Policy => requirement.shown_as(format!("policy {}", self.name)),
                _ => requirement,
            };
            tags::requested(requirement, tags::pairs(given))
        };
        actions.into_iter().map(requirement).collect()
    }
}

/// The requirement of listing a kind: its ARN up to the path.
pub(crate) fn on_all(
    caller: &Caller,
    action: &'static str,
    kind: Kind,
    path_prefix: Option<&str>,
) -> Vec<Requirement> {
    let path = path_prefix.unwrap_or("/");
    let requirement = Requirement::new(action, kind.arn(caller.account, path, "").as_str());
    vec![match kind {
        Kind::Policy => requirement.shown_as(format!("policy path {path}")),
        _ => requirement,
    }]
}

/// The requirement of an action that has no resource.
pub(crate) fn on_account(action: &'static str) -> Vec<Requirement> {
    vec![Requirement::new(action, "*")]
}
