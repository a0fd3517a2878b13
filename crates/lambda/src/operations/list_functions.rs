//! ListFunctions.

use crate::activation;
use crate::catalog;
use crate::configuration::{self, Detail};
use crate::error::Error;
use crate::lambda::Lambda;
use crate::page::page;
use crate::record::{self, FunctionRecord, VersionRecord};
use crate::target::{LATEST, Scope};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{
    FunctionConfiguration, FunctionVersion, ListFunctionsInput, ListFunctionsOutput,
};

impl Operate<Lambda> for ListFunctionsInput {
    async fn requirements(&self, _: &Lambda, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![Requirement::new("lambda:ListFunctions", "*")])
    }

    async fn operate(self, lambda: &Lambda, permit: &Permit) -> Result<ListFunctionsOutput, Error> {
        let scope = Scope::of(permit.caller());
        let functions = activation::functions(lambda, &scope).await?;
        let name = |function: &FunctionRecord| function.name.clone();
        let (functions, next_marker) =
            page(functions, name, self.marker.as_deref(), self.max_items);
        let mut listed = Vec::new();
        for function in functions {
            listed.push(latest(&scope, &function));
            if self.function_version == Some(FunctionVersion::All) {
                listed.extend(versions(lambda, &scope, &function.name).await?);
            }
        }
        Ok(ListFunctionsOutput {
            next_marker,
            functions: Some(listed),
        })
    }
}

fn latest(scope: &Scope, function: &FunctionRecord) -> FunctionConfiguration {
    let (name, listed) = (&function.name, Detail::Listed);
    let arn = scope.function_arn(name).to_string();
    configuration::of_version(scope, name, arn, LATEST, &function.latest, listed)
}

/// The published versions of a function, lowest first.
pub(super) async fn versions(
    lambda: &Lambda,
    scope: &Scope,
    name: &str,
) -> Result<Vec<FunctionConfiguration>, Error> {
    let snapshot = lambda.0.store.snapshot();
    let mut versions = snapshot.scan(record::versions(scope, name), kv::Order::Ascending);
    let mut listed = Vec::new();
    while let Some((key, value)) = versions.next().await? {
        let record: VersionRecord = kv::record::decode(&value)?;
        let number = record::version_number(&key)?.to_string();
        let arn = format!("{}:{number}", scope.function_arn(name));
        let detail = Detail::Listed;
        listed.push(configuration::of_version(
            scope, name, arn, &number, &record, detail,
        ));
    }
    Ok(listed)
}

/// Makes sure that a function exists.
pub(super) async fn check_exists(
    lambda: &Lambda,
    target: &crate::target::Target,
) -> Result<FunctionRecord, Error> {
    catalog::named(&lambda.0.store, target).await
}
