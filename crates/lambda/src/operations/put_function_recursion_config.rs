//! PutFunctionRecursionConfig.

use crate::catalog;
use crate::error::Error;
use crate::lambda::{Lambda, on_target};
use crate::record::{self, RecursiveLoop};
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{
    self as shapes, PutFunctionRecursionConfigInput, PutFunctionRecursionConfigOutput,
};

impl Operate<Lambda> for PutFunctionRecursionConfigInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = Target::parse(&Scope::of(caller), &self.function_name, None)?;
        Ok(on_target("lambda:PutFunctionRecursionConfig", &target))
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<PutFunctionRecursionConfigOutput, Error> {
        let target = &Target::parse(&Scope::of(permit.caller()), &self.function_name, None)?;
        let recursive_loop = match self.recursive_loop {
            shapes::RecursiveLoop::Allow => RecursiveLoop::Allow,
            shapes::RecursiveLoop::Terminate => RecursiveLoop::Terminate,
        };
        let key = &record::function_key(&target.scope, &target.name);
        let store = &lambda.0.store;
        store
            .transact(|txn| async move {
                let mut function = catalog::named(&txn, target).await?;
                function.recursive_loop = recursive_loop;
                txn.put(key.clone(), kv::record::encode(&function));
                Ok::<_, Error>(())
            })
            .await?;
        Ok(PutFunctionRecursionConfigOutput {
            recursive_loop: Some(self.recursive_loop),
        })
    }
}
