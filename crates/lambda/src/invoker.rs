//! Lambda as other services meet it: they invoke as some caller, through the same gate as a
//! request.

use crate::error::Error;
use crate::invocation::Call;
use crate::lambda::Lambda;
use crate::streaming;
use crate::target::{Scope, Target};
use base::{AccountId, Arn, Region};
use service::{
    BoxFuture, Caller, Invocation, InvocationKind, InvocationStream, InvokeError, InvokeRequest,
    Invoker, authorise,
};
use wire::{Common, Fault};

impl Invoker for Lambda {
    fn invoke<'a>(
        &'a self,
        caller: Caller,
        request: InvokeRequest,
    ) -> BoxFuture<'a, Result<Invocation, InvokeError>> {
        Box::pin(async move {
            let kind = request.kind;
            let call = self.granted(caller, request).await?;
            self.invoke_as(call, kind).await.map_err(of_error)
        })
    }

    fn invoke_streaming<'a>(
        &'a self,
        caller: Caller,
        request: InvokeRequest,
    ) -> BoxFuture<'a, Result<InvocationStream, InvokeError>> {
        Box::pin(async move {
            let call = self.granted(caller, request).await?;
            let streaming = self.call_streaming(call).await.map_err(of_error)?;
            let executed_version = streaming.executed_version.clone();
            let (sender, parts) = streaming::body();
            tokio::spawn(streaming.forward(sender));
            Ok(InvocationStream {
                parts,
                executed_version,
            })
        })
    }
}

impl Lambda {
    /// The call that a caller asks for, if it may.
    async fn granted(&self, caller: Caller, request: InvokeRequest) -> Result<Call, InvokeError> {
        let scope = scope_of(&request.function_arn)
            .ok_or_else(|| InvokeError::NotFound(request.function_arn.clone()))?;
        let target = Target::parse(&scope, &request.function_arn, None).map_err(of_error)?;
        let mut requirements = self.may_invoke(&target).await.map_err(of_error)?;
        let arn = target.arn();
        let tags = self.tags_of(&target.scope, &arn).await.map_err(of_error)?;
        for requirement in &mut requirements {
            requirement.add_resource_tags(tags.clone());
        }
        let request_id = caller.request_id.to_string();
        let trace = caller.source.trace.clone();
        authorise(&*self.0.authorizer, caller, &requirements)
            .await
            .map_err(of_fault)?;
        Ok(Call {
            target,
            request_id,
            payload: request.payload,
            client_context: None,
            trace,
        })
    }

    async fn invoke_as(&self, call: Call, kind: InvocationKind) -> Result<Invocation, Error> {
        match kind {
            InvocationKind::RequestResponse => {
                let done = self.call(call).await?;
                Ok(Invocation {
                    payload: done.payload(),
                    function_error: done.has_failed().then(|| "Unhandled".to_owned()),
                    executed_version: done.executed_version,
                })
            }
            InvocationKind::Event | InvocationKind::DryRun => {
                let found = crate::catalog::resolve(&self.0.store, &call.target, None).await?;
                if kind == InvocationKind::Event {
                    self.enqueue(&call).await?;
                }
                Ok(Invocation {
                    payload: bytes::Bytes::new(),
                    function_error: None,
                    executed_version: found.version,
                })
            }
        }
    }
}

/// The account and region that a function's ARN names.
fn scope_of(function_arn: &str) -> Option<Scope> {
    let arn: Arn = function_arn.parse().ok()?;
    let account: AccountId = arn.account().parse().ok()?;
    let region: Region = arn.region().parse().ok()?;
    (arn.service() == "lambda").then_some(Scope { account, region })
}

fn of_error(error: Error) -> InvokeError {
    match error {
        Error::FunctionNotFound(arn) => InvokeError::NotFound(arn),
        Error::Throttled(_) => InvokeError::Throttled("Rate Exceeded.".to_owned()),
        other => InvokeError::Refused(other.into()),
    }
}

fn of_fault(fault: Fault) -> InvokeError {
    if fault.is_common(Common::AccessDenied) {
        InvokeError::AccessDenied(fault.message().to_owned())
    } else {
        InvokeError::Refused(fault)
    }
}
