//! GetContextKeysForCustomPolicy.

use crate::Iam;
use crate::error::Error;
use crate::gate::on_account;
use crate::simulation;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{GetContextKeysForCustomPolicyInput, GetContextKeysForPolicyResponse};

impl Operate<Iam> for GetContextKeysForCustomPolicyInput {
    async fn requirements(&self, _: &Iam, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(on_account("iam:GetContextKeysForCustomPolicy"))
    }

    async fn operate(self, _: &Iam, _: &Permit) -> Result<GetContextKeysForPolicyResponse, Error> {
        Ok(GetContextKeysForPolicyResponse {
            context_key_names: Some(simulation::context_keys(&self.policy_input_list)?),
        })
    }
}
