//! Changing how many invocations of a function may run at once.

use crate::catalog;
use crate::error::Error;
use crate::lambda::Lambda;
use crate::record::{self, FunctionRecord};
use crate::target::Target;

/// Sets or removes a function's reserved concurrency.
pub(crate) async fn set(
    lambda: &Lambda,
    target: &Target,
    reserved: Option<u32>,
) -> Result<(), Error> {
    let key = &record::function_key(&target.scope, &target.name);
    let store = &lambda.0.store;
    store
        .transact(|txn| async move {
            let mut function: FunctionRecord = catalog::named(&txn, target).await?;
            function.reserved_concurrency = reserved;
            txn.put(key.clone(), kv::record::encode(&function));
            Ok(())
        })
        .await
}
