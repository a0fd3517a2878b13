//! CreateServiceLinkedRole.

use crate::Iam;
use crate::error::Error;
use crate::keys::{self, Usage};
use crate::record::{Attached, Kind, Role, Tags};
use crate::service_linked::{self, ServiceLinked};
use crate::shape::{self, Detail};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{CreateServiceLinkedRoleInput, CreateServiceLinkedRoleOutput};

impl Operate<Iam> for CreateServiceLinkedRoleInput {
    async fn requirements(&self, _: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let linked = ServiceLinked::of(&self.aws_service_name, self.custom_suffix.as_deref())?;
        let arn = Kind::Role.arn(caller.account, &linked.path, &linked.name);
        let requirement = Requirement::new("iam:CreateServiceLinkedRole", arn.as_str());
        Ok(vec![
            requirement.with("iam:AWSServiceName", [&self.aws_service_name]),
        ])
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<CreateServiceLinkedRoleOutput, Error> {
        let linked = ServiceLinked::of(&self.aws_service_name, self.custom_suffix.as_deref())?;
        let role = Role {
            head: iam.new_head(Kind::Role, &linked.name, Some(&linked.path)),
            description: self.description,
            max_session_s: 3_600,
            trust: service_linked::trust(&self.aws_service_name),
            tags: Tags::default(),
            boundary: None,
        };
        let account = permit.caller().account;
        let (made, linked) = (&role, &linked);
        iam.change(account, |records| async move {
            if records.find::<Role>(&linked.name).await?.is_some() {
                return Err(Error::ServiceLinkedRoleTaken(linked.name.clone()));
            }
            records.put_entity(made);
            if let Some(arn) = &linked.policy_arn {
                let id = &made.head.id;
                let attached = Attached { arn: arn.clone() };
                records.put(keys::attached_policy(id, arn), &attached);
                records.mark(keys::usage(account, arn, Usage::Permissions, id));
            }
            Ok(())
        })
        .await?;
        Ok(CreateServiceLinkedRoleOutput {
            role: Some(shape::role(&role, account, Detail::Created)),
        })
    }
}
