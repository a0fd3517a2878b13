//! UpdateCodeSigningConfig.

use crate::code_signing::{self, CodeSigningRecord, Untrusted};
use crate::error::Error;
use crate::lambda::Lambda;
use crate::target::Scope;
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{UpdateCodeSigningConfigInput, UpdateCodeSigningConfigOutput};

impl Operate<Lambda> for UpdateCodeSigningConfigInput {
    async fn requirements(&self, _: &Lambda, _: &Caller) -> Result<Vec<Requirement>, Error> {
        let arn = &self.code_signing_config_arn;
        Ok(vec![Requirement::new(
            "lambda:UpdateCodeSigningConfig",
            arn,
        )])
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<UpdateCodeSigningConfigOutput, Error> {
        let scope = &Scope::of(permit.caller());
        let input = &self;
        let now_ms = lambda.0.clock.now().as_millis();
        let store = &lambda.0.store;
        let record: CodeSigningRecord = store
            .transact(|txn| async move {
                let arn = &input.code_signing_config_arn;
                let mut record = code_signing::of(&txn, scope, arn).await?;
                if input.description.is_some() {
                    record.description.clone_from(&input.description);
                }
                if let Some(publishers) = &input.allowed_publishers {
                    let arns = &publishers.signing_profile_version_arns;
                    record.publishers.clone_from(arns);
                }
                let untrusted = input.code_signing_policies.as_ref();
                let untrusted = untrusted.and_then(Untrusted::of);
                record.untrusted = untrusted.unwrap_or(record.untrusted);
                record.modified_ms = now_ms;
                let key = code_signing::key(scope, arn);
                txn.put(key, kv::record::encode(&record));
                Ok::<_, Error>(record)
            })
            .await?;
        Ok(UpdateCodeSigningConfigOutput {
            code_signing_config: code_signing::answer(&record),
        })
    }
}
