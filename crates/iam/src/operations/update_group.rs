//! UpdateGroup.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::record::{Group, Kind};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::UpdateGroupInput;

impl Operate<Iam> for UpdateGroupInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let group = iam
            .on::<Group>(caller, "iam:UpdateGroup", &self.group_name)
            .await?;
        let Some(name) = &self.new_group_name else {
            return Ok(vec![group]);
        };
        // Under its new name as well, so that nobody renames a group out of or into their reach.
        let found: Option<Group> = iam.records(caller).find(&self.group_name).await?;
        let old_path = found.as_ref().map(|group| group.head.path.as_str());
        let path = self.new_path.as_deref().or(old_path).unwrap_or("/");
        let renamed = Kind::Group.arn(caller.account, path, name);
        Ok(vec![
            group,
            Requirement::new("iam:UpdateGroup", renamed.as_str()),
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let mut group: Group = records.get(&input.group_name).await?;
            records.remove_entity(&group);
            if let Some(name) = &input.new_group_name {
                if keys::fold(name) != keys::fold(&group.head.name) {
                    records.name_is_free::<Group>(name).await?;
                }
                group.head.name.clone_from(name);
            }
            if let Some(path) = &input.new_path {
                group.head.path.clone_from(path);
            }
            records.put_entity(&group);
            Ok(())
        })
        .await
    }
}
