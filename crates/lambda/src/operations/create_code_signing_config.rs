//! CreateCodeSigningConfig.

use crate::code_signing::{self, CodeSigningRecord, Untrusted};
use crate::error::Error;
use crate::lambda::Lambda;
use crate::target::Scope;
use base::Arn;
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{CreateCodeSigningConfigInput, CreateCodeSigningConfigOutput};

impl Operate<Lambda> for CreateCodeSigningConfigInput {
    async fn requirements(&self, _: &Lambda, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![Requirement::new(
            "lambda:CreateCodeSigningConfig",
            "*",
        )])
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<CreateCodeSigningConfigOutput, Error> {
        let scope = &Scope::of(permit.caller());
        if self.tags.is_some_and(|tags| !tags.is_empty()) {
            return Err(Error::NotBuilt(
                "Lambda: tags on anything but functions are not built".to_owned(),
            ));
        }
        let id = format!("csc-{}", lambda.0.entropy.lower_alnum(17));
        let resource = format!("code-signing-config:{id}");
        let arn = Arn::regional("lambda", &scope.region, scope.account, &resource);
        let untrusted = self.code_signing_policies.as_ref().and_then(Untrusted::of);
        let record = &CodeSigningRecord {
            id,
            arn: arn.to_string(),
            description: self.description,
            publishers: self.allowed_publishers.signing_profile_version_arns,
            untrusted: untrusted.unwrap_or(Untrusted::Warn),
            modified_ms: lambda.0.clock.now().as_millis(),
        };
        let store = &lambda.0.store;
        store
            .transact(|txn| async move {
                let key = code_signing::key(scope, &record.arn);
                txn.put(key, kv::record::encode(record));
                Ok::<_, Error>(())
            })
            .await?;
        Ok(CreateCodeSigningConfigOutput {
            code_signing_config: code_signing::answer(record),
        })
    }
}
