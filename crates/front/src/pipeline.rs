//! The path of a request to a service, stage by stage.
//!
//! No stage knows one service from another, none can be left out, and only `authorise` makes the
//! permit without which nothing operates.

use crate::admission::{Admission, Entrance};
use crate::authenticate::authenticate;
use crate::body::Payload;
use crate::connection::Arrival;
use crate::identify::{Asked, by_body};
use crate::record::Record;
use crate::{Front, stages};
use base::Timestamp;
use http::request;
use service::authorise;
use std::net::IpAddr;
use wire::{Fault, Reply};

/// A request that has arrived as a whole, within its bounds. It has no `Debug`: its headers carry
/// credentials.
pub(crate) struct Accepted {
    pub(crate) head: request::Parts,
    pub(crate) payload: Payload,
    pub(crate) peer: IpAddr,
    pub(crate) entrance: Entrance,
    pub(crate) admission: Admission,
    pub(crate) time: Timestamp,
}

/// Answers, or says what the request is refused with.
pub(crate) async fn run(
    front: &Front,
    arrival: Arrival<'_>,
    asked: Asked,
    record: &mut Record,
) -> Result<Reply, Fault> {
    let request = stages::accept(front, arrival, asked).await?;
    front.origins.check(&request.head.headers)?;
    let operation = by_body(asked, request.form())?;
    record.identified(operation);
    let built = stages::built(front, operation)?;
    let caller = authenticate(front, &request, operation, &record.request_id).await?;
    record.authenticated(&caller);
    request.admission.admit(&caller)?;
    let call = stages::decode(built, &request, operation)?;
    let requirements = call.requirements(&caller).await?;
    let permit = authorise(&*front.services.authorizer, caller, &requirements).await?;
    call.operate(permit).await
}
