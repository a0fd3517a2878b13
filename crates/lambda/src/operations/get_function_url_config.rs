//! GetFunctionUrlConfig.

use crate::error::Error;
use crate::function_url;
use crate::lambda::Lambda;
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{GetFunctionUrlConfigInput, GetFunctionUrlConfigOutput};

impl Operate<Lambda> for GetFunctionUrlConfigInput {
    async fn requirements(
        &self,
        lambda: &Lambda,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let target = parse(self, &Scope::of(caller))?;
        function_url::on_url(lambda, "lambda:GetFunctionUrlConfig", &target).await
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<GetFunctionUrlConfigOutput, Error> {
        let target = parse(&self, &Scope::of(permit.caller()))?;
        let record = function_url::of(&lambda.0.store, &target).await?;
        let config = lambda.url_config(&target, &record);
        Ok(GetFunctionUrlConfigOutput {
            function_url: config.function_url,
            function_arn: config.function_arn,
            auth_type: config.auth_type,
            cors: config.cors,
            creation_time: config.creation_time,
            last_modified_time: config.last_modified_time,
            invoke_mode: config.invoke_mode,
        })
    }
}

fn parse(input: &GetFunctionUrlConfigInput, scope: &Scope) -> Result<Target, Error> {
    Target::parse(scope, &input.function_name, input.qualifier.as_deref())
}
