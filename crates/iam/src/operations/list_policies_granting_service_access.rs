//! ListPoliciesGrantingServiceAccess.

use crate::Iam;
use crate::error::Error;
use crate::granting;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{
    ListPoliciesGrantingServiceAccessEntry, ListPoliciesGrantingServiceAccessInput,
    ListPoliciesGrantingServiceAccessOutput,
};

impl Operate<Iam> for ListPoliciesGrantingServiceAccessInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let action = "iam:ListPoliciesGrantingServiceAccess";
        iam.about(caller, action, &self.arn).await
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<ListPoliciesGrantingServiceAccessOutput, Error> {
        let records = iam.records(permit.caller());
        let mut entries = Vec::new();
        for namespace in self.service_namespaces {
            let policies = granting::policies(&records, &self.arn, &namespace).await?;
            entries.push(ListPoliciesGrantingServiceAccessEntry {
                service_namespace: Some(namespace),
                policies: Some(policies),
            });
        }
        Ok(ListPoliciesGrantingServiceAccessOutput {
            policies_granting_service_access: entries,
            is_truncated: Some(false),
            marker: None,
        })
    }
}
