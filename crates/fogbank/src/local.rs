//! Calls of operations in the same process, through the same gate as everybody's.

use crate::stack::Stack;
use base::{AccountId, Clock, Entropy, Region, RequestId};
use service::{Call, Caller, Principal, Source, perform};
use std::sync::Arc;
use wire::{Fault, apigateway, apigatewayv2, dynamodb, iam, lambda, logs};

/// The root user of the default account, calling from within.
pub struct Local {
    stack: Arc<Stack>,
    region: Region,
}

impl Local {
    pub fn new(stack: Arc<Stack>, region: Region) -> Local {
        Local { stack, region }
    }

    fn caller(&self) -> Caller {
        root(&self.stack.clock, &self.stack.entropy, self.region.clone())
    }
}

/// The root user of the default account: nobody can sign as it.
pub fn root(clock: &Clock, entropy: &Entropy, region: Region) -> Caller {
    Caller {
        account: AccountId::DEFAULT,
        region,
        principal: Principal::Root,
        request_id: RequestId::uuid(entropy),
        time: clock.now(),
        source: Source::default(),
    }
}

macro_rules! calls {
    ($($service:ident: [$($input:path),* $(,)?])*) => { $($(
        impl Call<$input> for Local {
            async fn call(
                &self,
                input: $input,
            ) -> Result<<$input as wire::Input>::Output, Fault> {
                let stack = &self.stack;
                perform(&*stack.$service, &*stack.authorizer, self.caller(), input).await
            }
        }
    )*)* };
}

// What deployments need, and beside that what follows logs.
cloudformation::each_operation!(calls);

calls! {
    logs: [logs::FilterLogEventsInput]
}
