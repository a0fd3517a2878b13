//! GetAccountSettings.

use crate::activation;
use crate::code::MAX_UNZIPPED_BYTES;
use crate::error::Error;
use crate::lambda::Lambda;
use crate::reserved_concurrency;
use crate::target::Scope;
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{AccountLimit, AccountUsage, GetAccountSettingsInput, GetAccountSettingsOutput};

/// AWS's limits on all code together, and on one uploaded zip.
const TOTAL_CODE_BYTES: i64 = 75 * 1024 * 1024 * 1024;
const ZIPPED_CODE_BYTES: i64 = 50 * 1024 * 1024;

impl Operate<Lambda> for GetAccountSettingsInput {
    async fn requirements(&self, _: &Lambda, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![Requirement::new("lambda:GetAccountSettings", "*")])
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<GetAccountSettingsOutput, Error> {
        let functions = activation::functions(lambda, &Scope::of(permit.caller())).await?;
        let reserved = reserved_concurrency::total(&functions);
        let reserved = i32::try_from(reserved).unwrap_or(i32::MAX);
        let concurrency = i32::try_from(lambda.0.config.concurrency).unwrap_or(i32::MAX);
        let code: u64 = functions.iter().map(|f| f.latest.code.bytes).sum();
        Ok(GetAccountSettingsOutput {
            account_limit: Some(AccountLimit {
                total_code_size: Some(TOTAL_CODE_BYTES),
                code_size_unzipped: i64::try_from(MAX_UNZIPPED_BYTES).ok(),
                code_size_zipped: Some(ZIPPED_CODE_BYTES),
                concurrent_executions: Some(concurrency),
                unreserved_concurrent_executions: Some(concurrency.saturating_sub(reserved)),
            }),
            account_usage: Some(AccountUsage {
                total_code_size: i64::try_from(code).ok(),
                function_count: i64::try_from(functions.len()).ok(),
            }),
        })
    }
}
