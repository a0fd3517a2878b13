//! A stage's cache before a method: what may be answered from it, and who may pass it by.

use super::failure::Failure;
use super::log::Log;
use super::{Ready, Response, execute_arn, settings, validate};
use crate::Gateway;
use crate::answers::Question;
use crate::compiled::{Api, Method};
use crate::exchange::Exchange;
use crate::mapping::{Direction, Source};
use crate::record::MethodSettings;
use service::{Caller, Principal, Requirement, Verdict};
use std::time::Duration;
use wire::apigateway::UnauthorizedCacheControlHeaderStrategy as Strategy;

/// What is said to a client whose wish for a fresh answer was not granted.
const WARNING: &str = "199 Cache-control headers were ignored because the caller was unauthorized.";

impl Gateway {
    /// Everything after authorisation, from the cache where the stage has one.
    pub(super) async fn answer(
        &self,
        ready: &Ready,
        api: &Api,
        method: &Method,
        exchange: &Exchange,
        caller: Option<Caller>,
        log: &mut Log,
    ) -> Result<Response, Failure> {
        let settings = settings(&ready.stage, exchange).map(|(_, settings)| settings);
        let settings = settings.filter(|settings| settings.caching_enabled);
        let (true, Some(settings)) = (ready.stage.cache_cluster_enabled, settings) else {
            return self.run_method(api, method, exchange, caller, log).await;
        };
        if method.integration.as_ref().is_some_and(|it| it.streams) {
            return self.run_method(api, method, exchange, caller, log).await;
        }
        // Only methods without effect are cached, unless a method's own settings say so.
        if exchange.http_method != "GET" {
            return self.run_method(api, method, exchange, caller, log).await;
        }
        let (fresh, warning) = self
            .wants_fresh(settings, exchange, caller.as_ref())
            .await?;
        let question = question(method, exchange);
        let now = self.clock.now();
        if let Some(answer) = self.answers.find(&question, now).filter(|_| !fresh) {
            validate::parameters(method, exchange)?;
            return Ok(warned(answer, warning));
        }
        let answer = self.run_method(api, method, exchange, caller, log).await?;
        let ttl = u64::try_from(settings.cache_ttl_s).unwrap_or_default();
        if ttl > 0 && answer.status < 300 {
            let until = now.saturating_add(Duration::from_secs(ttl));
            self.answers.keep(question, answer.clone(), until);
        }
        Ok(warned(answer, warning))
    }

    /// Whether a fresh answer is wanted and may be; else whether the client is warned.
    async fn wants_fresh(
        &self,
        settings: &MethodSettings,
        exchange: &Exchange,
        caller: Option<&Caller>,
    ) -> Result<(bool, bool), Failure> {
        let control = exchange.header("cache-control").unwrap_or_default();
        if !control
            .split(',')
            .any(|part| part.trim().eq_ignore_ascii_case("max-age=0"))
        {
            return Ok((false, false));
        }
        if !settings.require_authorization_for_cache_control
            || self.may_invalidate(exchange, caller).await
        {
            return Ok((true, false));
        }
        match settings.unauthorized_cache_control.0 {
            Strategy::FailWith403 => Err(Failure::access_denied(
                "User is not authorized to invalidate the cache".to_owned(),
            )),
            Strategy::SucceedWithResponseHeader => Ok((false, true)),
            Strategy::SucceedWithoutResponseHeader => Ok((false, false)),
        }
    }

    async fn may_invalidate(&self, exchange: &Exchange, caller: Option<&Caller>) -> bool {
        let Some(caller) = caller.filter(|caller| caller.principal != Principal::Anonymous) else {
            return false;
        };
        let resource = execute_arn(exchange, &exchange.path);
        let requirement = Requirement::new("execute-api:InvalidateCache", resource);
        let decided = self
            .neighbours
            .authorizer
            .decide(caller, &requirement)
            .await;
        matches!(decided, Ok(Verdict::Allowed))
    }
}

fn warned(mut answer: Response, warning: bool) -> Response {
    if warning {
        answer
            .headers
            .push(("Warning".to_owned(), WARNING.to_owned()));
    }
    answer
}

/// What is asked: the path, and those parameters that the integration names.
fn question(method: &Method, exchange: &Exchange) -> Question {
    let integration = method.integration.as_ref();
    let names = integration.map(|integration| integration.cache_key_parameters.as_slice());
    let values = names.unwrap_or_default().iter().map(|name| {
        let source = Source::parse(name, Direction::Request).ok()?;
        let value = source.of_request(exchange).ok()??;
        Some(value.into_owned())
    });
    Question {
        api_id: exchange.api_id.clone(),
        stage: exchange.stage.clone(),
        deployment_id: exchange.deployment_id.clone(),
        namespace: integration
            .map(|i| i.cache_namespace.clone())
            .unwrap_or_default(),
        http_method: exchange.http_method.clone(),
        parameters: values.collect(),
    }
}
