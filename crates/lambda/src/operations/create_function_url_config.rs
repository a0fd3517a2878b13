//! CreateFunctionUrlConfig.

use crate::catalog::Reader;
use crate::error::{Clash, Error};
use crate::function_url::{self, CorsRecord, InvokeMode, UrlAuth, UrlOwner, UrlRecord};
use crate::lambda::Lambda;
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{CreateFunctionUrlConfigInput, CreateFunctionUrlConfigOutput};

/// As long as AWS's.
const ID_LENGTH: usize = 32;

impl Operate<Lambda> for CreateFunctionUrlConfigInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = parse(self, &Scope::of(caller))?;
        let auth = UrlAuth::of(self.auth_type).as_str();
        let requirement = Requirement::new("lambda:CreateFunctionUrlConfig", target.arn());
        let requirement = requirement.with("lambda:FunctionUrlAuthType", [auth]);
        Ok(vec![requirement.with(
            "lambda:FunctionArn",
            [target.function_arn().as_str()],
        )])
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<CreateFunctionUrlConfigOutput, Error> {
        let target = &parse(&self, &Scope::of(permit.caller()))?;
        let now_ms = lambda.0.clock.now().as_millis();
        let record = &UrlRecord {
            id: lambda.0.entropy.lower_alnum(ID_LENGTH),
            alias: function_url::alias_of(target),
            auth: UrlAuth::of(self.auth_type),
            cors: self.cors.as_ref().map(CorsRecord::of),
            mode: self.invoke_mode.map(InvokeMode::of),
            created_ms: now_ms,
            modified_ms: now_ms,
        };
        let owner = &UrlOwner {
            account: target.scope.account.to_string(),
            region: target.scope.region.to_string(),
            function: target.name.clone(),
            alias: record.alias.clone(),
        };
        let key = &function_url::key(target);
        let store = &lambda.0.store;
        store
            .transact(|txn| async move {
                function_url::check_function(&txn, target).await?;
                if txn.read(key).await?.is_some() {
                    return Err(Error::from(Clash::UrlExists(target.arn())));
                }
                txn.put(key.clone(), kv::record::encode(record));
                txn.put(function_url::id_key(&record.id), kv::record::encode(owner));
                Ok(())
            })
            .await?;
        let config = lambda.url_config(target, record);
        Ok(CreateFunctionUrlConfigOutput {
            function_url: config.function_url,
            function_arn: config.function_arn,
            auth_type: config.auth_type,
            cors: config.cors,
            creation_time: config.creation_time,
            // AWS answers what was given.
            invoke_mode: self.invoke_mode,
        })
    }
}

fn parse(input: &CreateFunctionUrlConfigInput, scope: &Scope) -> Result<Target, Error> {
    Target::parse(scope, &input.function_name, input.qualifier.as_deref())
}
