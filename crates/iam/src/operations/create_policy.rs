//! CreatePolicy.

use crate::Iam;
use crate::document::check_managed;
use crate::error::Error;
use crate::gate::New;
use crate::keys;
use crate::record::{Kind, ManagedPolicy, PolicyVersion};
use crate::shape::{self, Detail, Uses};
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{CreatePolicyInput, CreatePolicyOutput};

impl Operate<Iam> for CreatePolicyInput {
    async fn requirements(&self, _: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let new = New {
            kind: Kind::Policy,
            path: self.path.as_deref(),
            name: &self.policy_name,
            tags: self.tags.as_ref(),
            boundary: None,
        };
        Ok(new.requirements(caller, "iam:CreatePolicy", "iam:TagPolicy"))
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<CreatePolicyOutput, Error> {
        let head = iam.new_head(Kind::Policy, &self.policy_name, self.path.as_deref());
        let policy = ManagedPolicy {
            updated_s: head.created_s,
            head,
            description: self.description,
            default_version: 1,
            last_version: 1,
            tags: tags::collect(self.tags.as_ref())?,
        };
        let version = PolicyVersion {
            number: 1,
            document: self.policy_document,
            created_s: policy.updated_s,
        };
        check_managed(&version.document)?;
        let account = permit.caller().account;
        let (made, version) = (&policy, &version);
        iam.change(account, |records| async move {
            records
                .name_is_free::<ManagedPolicy>(&made.head.name)
                .await?;
            records.put_entity(made);
            records.put(keys::version(&made.head.id, version.number), version);
            Ok(())
        })
        .await?;
        let shape = shape::policy(&policy, account, Uses::default(), Detail::Created);
        Ok(CreatePolicyOutput {
            policy: Some(shape),
        })
    }
}
