//! Instance profiles as the wire's shapes. There are no instances to give them to, but templates
//! and tools make them.

use crate::error::Error;
use crate::record::{self, Entity, Role};
use crate::records::{Reader, Records};
use crate::shape::{self, Detail};
use crate::tags;
use base::AccountId;
use wire::iam::InstanceProfile;

pub(crate) fn shape(
    profile: &record::InstanceProfile,
    role: Option<&Role>,
    account: AccountId,
) -> InstanceProfile {
    let roles = role.into_iter();
    InstanceProfile {
        path: profile.head.path.clone(),
        instance_profile_name: profile.head.name.clone(),
        instance_profile_id: profile.head.id.clone(),
        arn: profile.arn(account).to_string(),
        create_date: profile.head.created(),
        // As in a listing of roles: without tags, boundary and last use.
        roles: roles
            .map(|role| shape::role(role, account, Detail::Created))
            .collect(),
        tags: (profile.tags.len() > 0).then(|| tags::shapes(&profile.tags)),
    }
}

/// With its role.
pub(crate) async fn shaped<R: Reader>(
    records: &Records<R>,
    profile: &record::InstanceProfile,
) -> Result<InstanceProfile, Error> {
    let role: Option<Role> = match &profile.role_id {
        Some(id) => records.find_by_id(id).await?,
        None => None,
    };
    Ok(shape(profile, role.as_ref(), records.account))
}

/// As listings show it: without tags.
pub(crate) async fn listed<R: Reader>(
    records: &Records<R>,
    profile: &record::InstanceProfile,
) -> Result<InstanceProfile, Error> {
    let mut shape = shaped(records, profile).await?;
    shape.tags = None;
    Ok(shape)
}
