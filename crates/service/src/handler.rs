//! From typed operations to something a pipeline can hold without knowing the service.

use crate::{Authorizer, BoxFuture, Caller, Permit, Requirement, authorise};
use base::RequestId;
use std::future::Future;
use std::sync::Arc;
use wire::{Fault, Input, Node, OperationInfo, Output, Rejection, Reply, ServiceInfo};

/// A service: what its operations fail with, and what it knows of its resources.
pub trait Service: Send + Sync + Sized + 'static {
    type Error: Into<Fault>;

    /// Adds what is known of the resource that a requirement is about: its tags, for
    /// `aws:ResourceTag`, and the service's own condition keys. Nothing for what does not exist or
    /// belongs to another service, and where the operations' requirements have it already.
    fn describe(
        &self,
        _caller: &Caller,
        requirement: Requirement,
    ) -> impl Future<Output = Result<Requirement, Self::Error>> + Send {
        async { Ok(requirement) }
    }
}

/// An operation of the service `S`, implemented on its input.
pub trait Operate<S: Service>: Input {
    /// What the caller must be allowed to do, told from the input. May look at the store for a
    /// resource's own policy; must have no effect. An empty list means that everyone may.
    fn requirements(
        &self,
        service: &S,
        caller: &Caller,
    ) -> impl Future<Output = Result<Vec<Requirement>, S::Error>> + Send;

    /// Does it.
    fn operate(
        self,
        service: &S,
        permit: &Permit,
    ) -> impl Future<Output = Result<Self::Output, S::Error>> + Send;
}

/// Calls an operation in process as some caller, through the same gate as a request.
pub trait Call<I: Input>: Send + Sync {
    fn call(&self, input: I) -> impl Future<Output = Result<I::Output, Fault>> + Send;
}

/// Authorises and runs an operation: what the pipeline does, for callers in the same process.
///
/// # Errors
/// What the gate or the operation refuses with.
pub async fn perform<S: Service, I: Operate<S>>(
    service: &S,
    authorizer: &dyn Authorizer,
    caller: Caller,
    input: I,
) -> Result<I::Output, Fault> {
    let stated = Box::pin(input.requirements(service, &caller));
    let requirements = requirements(service, &caller, stated).await?;
    let permit = authorise(authorizer, caller, &requirements).await?;
    input.operate(service, &permit).await.map_err(Into::into)
}

/// What an operation requires, with what is known of the resources. Knows the operation only by what it
/// stated, so that it is compiled once for each service.
async fn requirements<S: Service>(
    service: &S,
    caller: &Caller,
    stated: BoxFuture<'_, Result<Vec<Requirement>, S::Error>>,
) -> Result<Vec<Requirement>, Fault> {
    let mut requirements = Vec::new();
    for requirement in stated.await.map_err(Into::into)? {
        let described = service.describe(caller, requirement).await;
        requirements.push(described.map_err(Into::into)?);
    }
    Ok(requirements)
}

/// A decoded call, bound to its service.
pub trait PreparedCall: Send + Sync {
    fn requirements<'a>(
        &'a self,
        caller: &'a Caller,
    ) -> BoxFuture<'a, Result<Vec<Requirement>, Fault>>;

    /// Runs the operation and encodes its output.
    fn operate(self: Box<Self>, permit: Permit) -> BoxFuture<'static, Result<Reply, Fault>>;
}

struct Bound<S, I> {
    service: Arc<S>,
    input: I,
}

impl<S: Service, I: Operate<S>> PreparedCall for Bound<S, I> {
    fn requirements<'a>(
        &'a self,
        caller: &'a Caller,
    ) -> BoxFuture<'a, Result<Vec<Requirement>, Fault>> {
        let stated = Box::pin(self.input.requirements(&self.service, caller));
        Box::pin(requirements(&*self.service, caller, stated))
    }

    fn operate(self: Box<Self>, permit: Permit) -> BoxFuture<'static, Result<Reply, Fault>> {
        Box::pin(async move {
            let Bound { service, input } = *self;
            let output = input.operate(&service, &permit).await.map_err(Into::into)?;
            let request_id: &RequestId = &permit.caller().request_id;
            Ok(output.reply(I::SERVICE, I::OPERATION, request_id))
        })
    }
}

type Prepare<S> = fn(&Arc<S>, Node<'_>) -> Result<Box<dyn PreparedCall>, Rejection>;

/// One entry of a service's table of built operations.
pub struct Handler<S> {
    operation: &'static OperationInfo,
    prepare: Prepare<S>,
}

impl<S: Service> Handler<S> {
    /// The operation it handles.
    pub fn operation(&self) -> &'static OperationInfo {
        self.operation
    }

    /// The handler of the operation whose input is `I`.
    pub const fn of<I: Operate<S>>() -> Handler<S> {
        Handler {
            operation: I::OPERATION,
            prepare: prepare::<S, I>,
        }
    }
}

fn prepare<S: Service, I: Operate<S>>(
    service: &Arc<S>,
    node: Node<'_>,
) -> Result<Box<dyn PreparedCall>, Rejection> {
    let input = wire::decode_input::<I>(node)?;
    Ok(Box::new(Bound {
        service: service.clone(),
        input,
    }))
}

/// A service with its types hidden.
pub trait AnyService: Send + Sync {
    fn info(&self) -> &'static ServiceInfo;

    /// Whether the operation is built.
    fn is_built(&self, operation: &OperationInfo) -> bool;

    /// Decodes the operation's input; `None` if the operation is not built.
    fn prepare(
        &self,
        operation: &OperationInfo,
        node: Node<'_>,
    ) -> Option<Result<Box<dyn PreparedCall>, Rejection>>;
}

/// A service with its table of built operations.
pub struct Registry<S> {
    info: &'static ServiceInfo,
    service: Arc<S>,
    /// By [`OperationInfo::index`].
    prepares: Vec<Option<Prepare<S>>>,
}

impl<S: Service> Registry<S> {
    pub fn new(
        info: &'static ServiceInfo,
        service: Arc<S>,
        handlers: impl IntoIterator<Item = Handler<S>>,
    ) -> Registry<S> {
        let mut prepares = vec![None; info.operations.len()];
        for handler in handlers {
            if let Some(slot) = prepares.get_mut(handler.operation.index) {
                *slot = Some(handler.prepare);
            }
        }
        Registry {
            info,
            service,
            prepares,
        }
    }

    fn find(&self, operation: &OperationInfo) -> Option<Prepare<S>> {
        self.prepares.get(operation.index).copied().flatten()
    }
}

impl<S: Service> AnyService for Registry<S> {
    fn info(&self) -> &'static ServiceInfo {
        self.info
    }

    fn is_built(&self, operation: &OperationInfo) -> bool {
        self.find(operation).is_some()
    }

    fn prepare(
        &self,
        operation: &OperationInfo,
        node: Node<'_>,
    ) -> Option<Result<Box<dyn PreparedCall>, Rejection>> {
        self.find(operation)
            .map(|prepare| prepare(&self.service, node))
    }
}
