//! What the operations on tags have in common.

use crate::catalog::{self, Reader};
use crate::error::{Error, Invalid};
use crate::lambda::Lambda;
use crate::record::{self, FunctionRecord};
use crate::target::{Scope, Target};
use base::Arn;
use std::collections::BTreeMap;

/// The function whose ARN a request gives; only functions have tags here.
pub(crate) fn tagged(scope: &Scope, arn: &str) -> Result<Target, Error> {
    if !arn.contains(":function:") {
        return Err(Error::NotBuilt(
            "Lambda: tags on anything but functions are not built".to_owned(),
        ));
    }
    let target = Target::parse(scope, arn, None)?;
    if target.qualifier.is_some() {
        return Err(Invalid::TagsOnQualifier.into());
    }
    Ok(target)
}

impl Lambda {
    /// The tags of what an ARN names, if that is a function here, or one of its versions and
    /// aliases, which have those of the function.
    pub(crate) async fn tags_of(
        &self,
        scope: &Scope,
        arn: &str,
    ) -> Result<BTreeMap<String, String>, Error> {
        let found = match tagged_name(scope, arn) {
            Some(name) => {
                let key = record::function_key(scope, &name);
                self.0.store.record::<FunctionRecord>(&key).await?
            }
            None => None,
        };
        Ok(found.map(|function| function.tags).unwrap_or_default())
    }
}

/// The name of the function in an ARN of this place.
fn tagged_name(scope: &Scope, arn: &str) -> Option<String> {
    let arn: Arn = arn.parse().ok()?;
    let here = arn.service() == "lambda"
        && arn.account() == scope.account.as_str()
        && arn.region() == scope.region.as_str();
    let name = arn.resource().strip_prefix("function:")?.split(':').next();
    name.filter(|_| here).map(str::to_owned)
}

/// Changes a function's tags. Its revision changes with them.
pub(crate) async fn change(
    lambda: &Lambda,
    target: &Target,
    change: impl Fn(&mut BTreeMap<String, String>) -> Result<(), Error> + Send + Sync,
) -> Result<(), Error> {
    let key = &record::function_key(&target.scope, &target.name);
    let (change, revision_id) = (&change, &lambda.0.entropy.uuid());
    let store = &lambda.0.store;
    store
        .transact(|txn| async move {
            let mut function: FunctionRecord = catalog::named(&txn, target).await?;
            change(&mut function.tags)?;
            function.latest.revision_id.clone_from(revision_id);
            txn.put(key.clone(), kv::record::encode(&function));
            Ok(())
        })
        .await
}
