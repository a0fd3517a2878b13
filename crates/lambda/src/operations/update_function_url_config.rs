//! UpdateFunctionUrlConfig.

use crate::error::Error;
use crate::function_url::{self, CorsRecord, InvokeMode, UrlAuth, UrlRecord};
use crate::lambda::Lambda;
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{UpdateFunctionUrlConfigInput, UpdateFunctionUrlConfigOutput};

impl Operate<Lambda> for UpdateFunctionUrlConfigInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = parse(self, &Scope::of(caller))?;
        let auth = self.auth_type.map(|auth| UrlAuth::of(auth).as_str());
        let requirement = Requirement::new("lambda:UpdateFunctionUrlConfig", target.arn());
        let requirement = requirement.with("lambda:FunctionUrlAuthType", auth);
        Ok(vec![requirement.with(
            "lambda:FunctionArn",
            [target.function_arn().as_str()],
        )])
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<UpdateFunctionUrlConfigOutput, Error> {
        let target = &parse(&self, &Scope::of(permit.caller()))?;
        let now_ms = lambda.0.clock.now().as_millis();
        let input = &self;
        let store = &lambda.0.store;
        let record: UrlRecord = store
            .transact(|txn| async move {
                function_url::check_function(&txn, target).await?;
                let mut record = function_url::of(&txn, target).await?;
                record.auth = input.auth_type.map_or(record.auth, UrlAuth::of);
                if let Some(cors) = &input.cors {
                    record.cors = Some(CorsRecord::of(cors));
                }
                record.mode = input.invoke_mode.map(InvokeMode::of).or(record.mode);
                record.modified_ms = now_ms;
                txn.put(function_url::key(target), kv::record::encode(&record));
                Ok::<_, Error>(record)
            })
            .await?;
        let config = lambda.url_config(target, &record);
        Ok(UpdateFunctionUrlConfigOutput {
            function_url: config.function_url,
            function_arn: config.function_arn,
            auth_type: config.auth_type,
            cors: config.cors,
            creation_time: config.creation_time,
            last_modified_time: config.last_modified_time,
            // AWS answers none where none was ever given.
            invoke_mode: record.mode.map(InvokeMode::shape),
        })
    }
}

fn parse(input: &UpdateFunctionUrlConfigInput, scope: &Scope) -> Result<Target, Error> {
    Target::parse(scope, &input.function_name, input.qualifier.as_deref())
}
