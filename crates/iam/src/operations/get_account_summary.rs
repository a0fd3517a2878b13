//! GetAccountSummary.

use crate::Iam;
use crate::error::Error;
use crate::gate::on_account;
use crate::keys;
use crate::record::{Kind, ManagedPolicy, PolicyVersion};
use service::{Caller, Operate, Permit, Requirement};
use std::collections::BTreeMap;
use wire::Enumeration;
use wire::iam::{GetAccountSummaryInput, GetAccountSummaryOutput, SummaryKeyType};

/// AWS's default quotas, and what an account has none of here.
const QUOTAS: &[(SummaryKeyType, i32)] = &[
    (SummaryKeyType::UsersQuota, 5_000),
    (SummaryKeyType::GroupsQuota, 300),
    (SummaryKeyType::RolesQuota, 1_000),
    (SummaryKeyType::PoliciesQuota, 1_500),
    (SummaryKeyType::GroupsPerUserQuota, 10),
    (SummaryKeyType::AccessKeysPerUserQuota, 2),
    (SummaryKeyType::AttachedPoliciesPerUserQuota, 10),
    (SummaryKeyType::AttachedPoliciesPerGroupQuota, 10),
    (SummaryKeyType::AttachedPoliciesPerRoleQuota, 10),
    (SummaryKeyType::UserPolicySizeQuota, 2_048),
    (SummaryKeyType::GroupPolicySizeQuota, 5_120),
    (SummaryKeyType::RolePolicySizeQuota, 10_240),
    (SummaryKeyType::AssumeRolePolicySizeQuota, 2_048),
    (SummaryKeyType::PolicySizeQuota, 6_144),
    (SummaryKeyType::VersionsPerPolicyQuota, 5),
    (SummaryKeyType::PolicyVersionsInUseQuota, 10_000),
    (SummaryKeyType::GlobalEndpointTokenVersion, 1),
    (SummaryKeyType::SigningCertificatesPerUserQuota, 2),
    (SummaryKeyType::ServerCertificates, 0),
    (SummaryKeyType::ServerCertificatesQuota, 20),
    (SummaryKeyType::InstanceProfiles, 0),
    (SummaryKeyType::InstanceProfilesQuota, 1_000),
    (SummaryKeyType::Providers, 0),
    (SummaryKeyType::MFADevices, 0),
    (SummaryKeyType::MFADevicesInUse, 0),
    (SummaryKeyType::AccountMFAEnabled, 0),
    (SummaryKeyType::AccountAccessKeysPresent, 0),
    (SummaryKeyType::AccountPasswordPresent, 0),
    (SummaryKeyType::AccountSigningCertificatesPresent, 0),
];

impl Operate<Iam> for GetAccountSummaryInput {
    async fn requirements(&self, _: &Iam, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(on_account("iam:GetAccountSummary"))
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<GetAccountSummaryOutput, Error> {
        let account = permit.caller().account;
        let records = iam.records(permit.caller());
        let mut summary: BTreeMap<String, i32> = QUOTAS
            .iter()
            .map(|(key, quota)| (key.as_str().to_owned(), *quota))
            .collect();
        let mut count = |key: SummaryKeyType, number: usize| {
            let number = i32::try_from(number).unwrap_or(i32::MAX);
            summary.insert(key.as_str().to_owned(), number);
        };
        for (key, kind) in [
            (SummaryKeyType::Users, Kind::User),
            (SummaryKeyType::Groups, Kind::Group),
            (SummaryKeyType::Roles, Kind::Role),
        ] {
            let names = records.names(&keys::entities(kind, account)).await?;
            count(key, names.len());
        }
        let under = keys::entities(Kind::Policy, account);
        let policies: Vec<ManagedPolicy> = records.all(&under).await?;
        let mut versions = 0;
        for policy in &policies {
            let under = keys::versions(&policy.head.id);
            versions += records.all::<PolicyVersion>(&under).await?.len();
        }
        count(SummaryKeyType::Policies, policies.len());
        count(SummaryKeyType::PolicyVersionsInUse, versions);
        Ok(GetAccountSummaryOutput {
            summary_map: Some(summary),
        })
    }
}
