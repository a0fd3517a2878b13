//! GetContextKeysForPrincipalPolicy.

use crate::Iam;
use crate::error::Error;
use crate::simulation;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{GetContextKeysForPolicyResponse, GetContextKeysForPrincipalPolicyInput};

impl Operate<Iam> for GetContextKeysForPrincipalPolicyInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let action = "iam:GetContextKeysForPrincipalPolicy";
        iam.about(caller, action, &self.policy_source_arn).await
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<GetContextKeysForPolicyResponse, Error> {
        let source = simulation::source(iam, permit.caller(), &self.policy_source_arn).await?;
        let given = self.policy_input_list.unwrap_or_default();
        let mut keys = simulation::context_keys(&given)?;
        for named in &source.loaded.policies {
            simulation::add_keys(&mut keys, &named.policy);
        }
        Ok(GetContextKeysForPolicyResponse {
            context_key_names: Some(keys),
        })
    }
}
