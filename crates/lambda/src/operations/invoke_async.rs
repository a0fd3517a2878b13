//! InvokeAsync, which AWS keeps for old clients.

use crate::catalog;
use crate::error::Error;
use crate::invocation::{Call, MAX_EVENT_BYTES, checked_payload};
use crate::lambda::Lambda;
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{InvokeAsyncInput, InvokeAsyncOutput};

impl Operate<Lambda> for InvokeAsyncInput {
    async fn requirements(
        &self,
        lambda: &Lambda,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let target = Target::parse(&Scope::of(caller), &self.function_name, None)?;
        lambda.may_invoke(&target).await
    }

    async fn operate(self, lambda: &Lambda, permit: &Permit) -> Result<InvokeAsyncOutput, Error> {
        let target = Target::parse(&Scope::of(permit.caller()), &self.function_name, None)?;
        let call = Call {
            payload: checked_payload(Some(self.invoke_args), MAX_EVENT_BYTES)?,
            request_id: permit.caller().request_id.to_string(),
            client_context: None,
            trace: permit.caller().source.trace.clone(),
            target,
        };
        catalog::named(&lambda.0.store, &call.target).await?;
        lambda.enqueue(&call).await?;
        Ok(InvokeAsyncOutput { status: Some(202) })
    }
}
