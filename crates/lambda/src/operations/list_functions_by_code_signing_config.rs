//! ListFunctionsByCodeSigningConfig.

use crate::activation;
use crate::code_signing;
use crate::error::Error;
use crate::lambda::Lambda;
use crate::page::page;
use crate::record::FunctionRecord;
use crate::target::Scope;
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{ListFunctionsByCodeSigningConfigInput, ListFunctionsByCodeSigningConfigOutput};

impl Operate<Lambda> for ListFunctionsByCodeSigningConfigInput {
    async fn requirements(&self, _: &Lambda, _: &Caller) -> Result<Vec<Requirement>, Error> {
        let arn = &self.code_signing_config_arn;
        let action = "lambda:ListFunctionsByCodeSigningConfig";
        Ok(vec![Requirement::new(action, arn)])
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<ListFunctionsByCodeSigningConfigOutput, Error> {
        let scope = Scope::of(permit.caller());
        let arn = &self.code_signing_config_arn;
        code_signing::of(&lambda.0.store, &scope, arn).await?;
        let mut functions = activation::functions(lambda, &scope).await?;
        functions.retain(|function| function.code_signing.as_ref() == Some(arn));
        let name = |function: &FunctionRecord| function.name.clone();
        let (functions, next_marker) =
            page(functions, name, self.marker.as_deref(), self.max_items);
        let arns = functions
            .iter()
            .map(|function| scope.function_arn(&function.name).to_string());
        Ok(ListFunctionsByCodeSigningConfigOutput {
            next_marker,
            function_arns: Some(arns.collect()),
        })
    }
}
