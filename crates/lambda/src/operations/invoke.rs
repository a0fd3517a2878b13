//! Invoke.

use crate::error::Error;
use crate::invocation::{
    Call, Done, MAX_EVENT_BYTES, MAX_SYNC_BYTES, checked_payload, client_context, exists, in_full,
};
use crate::lambda::Lambda;
use crate::target::{Scope, Target};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{InvocationType, InvokeInput, InvokeOutput, LogType};

impl Operate<Lambda> for InvokeInput {
    async fn requirements(
        &self,
        lambda: &Lambda,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        lambda.may_invoke(&parse(self, &Scope::of(caller))?).await
    }

    async fn operate(self, lambda: &Lambda, permit: &Permit) -> Result<InvokeOutput, Error> {
        let target = parse(&self, &Scope::of(permit.caller()))?;
        if self.tenant_id.is_some() || self.durable_execution_name.is_some() {
            return Err(Error::NotBuilt(
                "Lambda: TenantId and DurableExecutionName are not built".to_owned(),
            ));
        }
        let kind = self
            .invocation_type
            .unwrap_or(InvocationType::RequestResponse);
        let limit = match kind {
            InvocationType::Event => MAX_EVENT_BYTES,
            InvocationType::RequestResponse | InvocationType::DryRun => MAX_SYNC_BYTES,
        };
        let call = Call {
            payload: checked_payload(self.payload, limit)?,
            request_id: permit.caller().request_id.to_string(),
            client_context: client_context(self.client_context.as_deref())?,
            trace: permit.caller().source.trace.clone(),
            target,
        };
        match kind {
            InvocationType::RequestResponse => {
                let target = call.target.clone();
                let done = lambda.call(call).await.map_err(|e| in_full(e, &target))?;
                Ok(answered(done, self.log_type))
            }
            InvocationType::Event => {
                exists(lambda, &call.target).await?;
                lambda.enqueue(&call).await?;
                Ok(empty(202))
            }
            InvocationType::DryRun => {
                exists(lambda, &call.target).await?;
                Ok(empty(204))
            }
        }
    }
}

fn parse(input: &InvokeInput, scope: &Scope) -> Result<Target, Error> {
    Target::parse(scope, &input.function_name, input.qualifier.as_deref())
}

fn answered(done: Done, log_type: Option<LogType>) -> InvokeOutput {
    let tail = log_type == Some(LogType::Tail);
    InvokeOutput {
        status_code: Some(200),
        function_error: done.has_failed().then(|| "Unhandled".to_owned()),
        log_result: tail.then(|| BASE64.encode(&done.outcome.log_tail)),
        payload: Some(done.payload()),
        executed_version: Some(done.executed_version),
        durable_execution_arn: None,
    }
}

fn empty(status: i32) -> InvokeOutput {
    InvokeOutput {
        status_code: Some(status),
        payload: Some(Bytes::new()),
        ..InvokeOutput::default()
    }
}
