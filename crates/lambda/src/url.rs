//! Requests to function URLs: from a request as it came to an invocation and back.
//!
//! Everything is an answer here, refusals too. Who may use a URL is decided by the same gate as
//! everything else, on the action `lambda:InvokeFunctionUrl`.

mod answer;
mod event;

pub use answer::UrlAnswer;

use crate::catalog::Reader;
use crate::error::Error;
use crate::function_url::{self, CorsRecord, InvokeMode, UrlAuth, UrlOwner, UrlRecord};
use crate::invocation::{Call, MAX_SYNC_BYTES};
use crate::lambda::Lambda;
use crate::target::{Qualifier, Scope, Target};
use base::{RequestId, Timestamp};
use bytes::Bytes;
use service::{Caller, Principal, Requirement, Source, authorise};
use std::net::IpAddr;

/// What preflight requests are answered with.
const PREFLIGHT_STATUS: u16 = 200;

/// A request to a function URL. It has no `Debug`: headers carry credentials.
pub struct UrlRequest {
    /// The first part of the URL's host name.
    pub id: String,
    pub method: String,
    pub protocol: &'static str,
    /// As it was sent.
    pub path: String,
    /// Without the question mark; empty if there is none.
    pub query: String,
    /// With names in lower case.
    pub headers: Vec<(String, String)>,
    pub host: String,
    pub body: Bytes,
    pub source_ip: IpAddr,
    pub time: Timestamp,
    pub request_id: RequestId,
    pub signer: UrlSigner,
}

/// What became of a request's signature.
pub enum UrlSigner {
    Nobody,
    Caller(Box<Caller>),
    /// It is there and does not hold.
    Refused,
}

impl UrlRequest {
    /// The first header of a name in lower case.
    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Why a request was not served.
enum Refusal {
    NoSuchUrl,
    Forbidden,
    Failed(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        Refusal::Failed(error)
    }
}

/// The answer to a request whose body was too large to be read.
pub fn refuse_large() -> UrlAnswer {
    let (bytes, limit) = (MAX_SYNC_BYTES + 1, MAX_SYNC_BYTES);
    answer::of_refusal(Error::PayloadTooLarge { bytes, limit }.into()).into()
}

impl Lambda {
    /// Serves a request to a function URL.
    pub async fn serve_url(&self, request: UrlRequest) -> UrlAnswer {
        let request_id = request.request_id.to_string();
        let served = match self.find_url(&request.id).await {
            Ok((target, record)) => self.serve_found(&request, target, &record).await,
            Err(refusal) => Err(refusal),
        };
        let mut answer = served.unwrap_or_else(|refusal| answer::of_refusal(refusal).into());
        answer.begun.set("x-amzn-RequestId", &request_id);
        answer
    }

    async fn serve_found(
        &self,
        request: &UrlRequest,
        target: Target,
        record: &UrlRecord,
    ) -> Result<UrlAnswer, Refusal> {
        let cors = record.cors.as_ref().map(CorsRecord::cors);
        let preflight = cors
            .and_then(|cors| cors.preflight(&request.method, &request.headers, PREFLIGHT_STATUS));
        if let Some(answer) = preflight {
            return Ok(answer.into());
        }
        let caller = self.url_caller(request, &target, record.auth).await?;
        let call = Call {
            payload: event::of(request, record, &caller, &target),
            request_id: request.request_id.to_string(),
            client_context: None,
            trace: caller.source.trace.clone(),
            target,
        };
        if call.payload.len() > MAX_SYNC_BYTES {
            let (bytes, limit) = (call.payload.len(), MAX_SYNC_BYTES);
            return Err(Error::PayloadTooLarge { bytes, limit }.into());
        }
        let mut answer = match record.mode.unwrap_or(InvokeMode::Buffered) {
            InvokeMode::Buffered => answer::of_invocation(&self.call(call).await?).into(),
            InvokeMode::ResponseStream => {
                answer::of_streaming(self.call_streaming(call).await?).await?
            }
        };
        if let Some(cors) = cors {
            cors.allow(&request.headers, &mut answer.begun);
        }
        Ok(answer)
    }

    /// Whether some function's URL has an id.
    pub async fn has_url(&self, id: &str) -> bool {
        self.find_url(id).await.is_ok()
    }

    /// The URL with an id, and what it invokes.
    async fn find_url(&self, id: &str) -> Result<(Target, UrlRecord), Refusal> {
        let store = &self.0.store;
        let owner: Option<UrlOwner> = store
            .record(&function_url::id_key(id))
            .await
            .map_err(Error::from)?;
        let owner = owner.ok_or(Refusal::NoSuchUrl)?;
        let (Ok(account), Ok(region)) = (owner.account.parse(), owner.region.parse()) else {
            return Err(Refusal::NoSuchUrl);
        };
        let target = Target {
            scope: Scope { account, region },
            name: owner.function,
            qualifier: Some(owner.alias)
                .filter(|alias| !alias.is_empty())
                .map(Qualifier::Alias),
        };
        match function_url::of(store, &target).await {
            Ok(record) if record.id == id => Ok((target, record)),
            Ok(_) | Err(Error::ResourceNotFound) => Err(Refusal::NoSuchUrl),
            Err(error) => Err(error.into()),
        }
    }

    /// Who uses the URL, once the gate has let them.
    async fn url_caller(
        &self,
        request: &UrlRequest,
        target: &Target,
        auth: UrlAuth,
    ) -> Result<Caller, Refusal> {
        let caller = match (auth, &request.signer) {
            (UrlAuth::AwsIam, UrlSigner::Caller(caller)) => (**caller).clone(),
            (UrlAuth::AwsIam, _) => return Err(Refusal::Forbidden),
            (UrlAuth::None, _) => anonymous(request, target),
        };
        let requirement = self.may_use_url(target, auth).await?;
        let permit = authorise(&*self.0.authorizer, caller, &[requirement]).await;
        let permit = permit.map_err(|_| Refusal::Forbidden)?;
        Ok(permit.caller().clone())
    }

    async fn may_use_url(&self, target: &Target, auth: UrlAuth) -> Result<Requirement, Error> {
        let policy = self.resource_policy(target).await?;
        let requirement = Requirement::new("lambda:InvokeFunctionUrl", target.arn());
        Ok(requirement
            .with("lambda:FunctionUrlAuthType", [auth.as_str()])
            .resource_policy(policy))
    }
}

/// Somebody who has not signed.
fn anonymous(request: &UrlRequest, target: &Target) -> Caller {
    Caller {
        account: target.scope.account,
        region: target.scope.region.clone(),
        principal: Principal::Anonymous,
        request_id: request.request_id.clone(),
        time: request.time,
        source: Source {
            ip: Some(request.source_ip),
            user_agent: request.header("user-agent").map(str::to_owned),
            referer: request.header("referer").map(str::to_owned),
            trace: request.header("x-amzn-trace-id").map(str::to_owned),
            secure: false,
            via: Vec::new(),
        },
    }
}
