//! DeleteFunctionUrlConfig.

use crate::error::Error;
use crate::function_url;
use crate::lambda::Lambda;
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::DeleteFunctionUrlConfigInput;

impl Operate<Lambda> for DeleteFunctionUrlConfigInput {
    async fn requirements(
        &self,
        lambda: &Lambda,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let target = parse(self, &Scope::of(caller))?;
        function_url::on_url(lambda, "lambda:DeleteFunctionUrlConfig", &target).await
    }

    async fn operate(self, lambda: &Lambda, permit: &Permit) -> Result<(), Error> {
        let target = &parse(&self, &Scope::of(permit.caller()))?;
        let store = &lambda.0.store;
        store
            .transact(|txn| async move {
                let record = function_url::of(&txn, target).await?;
                txn.delete(function_url::key(target));
                txn.delete(function_url::id_key(&record.id));
                Ok(())
            })
            .await
    }
}

fn parse(input: &DeleteFunctionUrlConfigInput, scope: &Scope) -> Result<Target, Error> {
    Target::parse(scope, &input.function_name, input.qualifier.as_deref())
}
