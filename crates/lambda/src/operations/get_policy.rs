//! GetPolicy.

use crate::catalog;
use crate::error::Error;
use crate::lambda::{Lambda, on_target};
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{GetPolicyInput, GetPolicyOutput};

impl Operate<Lambda> for GetPolicyInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = parse(self, &Scope::of(caller))?;
        Ok(on_target("lambda:GetPolicy", &target))
    }

    async fn operate(self, lambda: &Lambda, permit: &Permit) -> Result<GetPolicyOutput, Error> {
        let target = parse(&self, &Scope::of(permit.caller()))?;
        let policy = catalog::policy(&lambda.0.store, &target).await?;
        let policy = policy.ok_or(Error::ResourceNotFound)?;
        Ok(GetPolicyOutput {
            policy: Some(policy.document()),
            revision_id: Some(policy.revision_id),
        })
    }
}

fn parse(input: &GetPolicyInput, scope: &Scope) -> Result<Target, Error> {
    Target::parse(scope, &input.function_name, input.qualifier.as_deref())
}
