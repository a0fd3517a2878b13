//! Users of user pools: tokens that a pool has signed.

use super::failure::Failure;
use crate::Gateway;
use crate::authorizer::Authorizer;
use crate::exchange::{Authorization, Exchange};
use jwt::{Algorithm, Claims, Token};
use serde_json::Value;

impl Gateway {
    /// The user whom a token stands for: an id token, or where the method wants one of some scopes
    /// an access token that has it.
    pub(super) async fn user_of_pool(
        &self,
        authorizer: &Authorizer,
        pools: &[String],
        scopes: &[String],
        exchange: &Exchange,
    ) -> Result<Authorization, Failure> {
        let identity = authorizer
            .identity(exchange)
            .ok_or_else(Failure::unauthorized)?;
        let token = identity.first().ok_or_else(Failure::unauthorized)?;
        let token = token.strip_prefix("Bearer ").unwrap_or(token).trim();
        let token = self
            .verified(pools, token)
            .await
            .ok_or_else(Failure::unauthorized)?;
        let wanted = if scopes.is_empty() { "id" } else { "access" };
        let of_scope = token
            .scopes()
            .any(|scope| scopes.iter().any(|wanted| wanted == scope));
        let fits = token.text("token_use").is_none_or(|kind| kind == wanted);
        if !fits || (!scopes.is_empty() && !of_scope) {
            return Err(Failure::unauthorized());
        }
        let audience = token.text("aud").unwrap_or_default();
        if scopes.is_empty() && !authorizer.accepts(audience) {
            return Err(Failure::unauthorized());
        }
        self.check_times(&token)?;
        Ok(Authorization {
            claims: texts(&token),
            ..Authorization::default()
        })
    }

    /// The token, if one of the pools has signed it.
    async fn verified(&self, pools: &[String], token: &str) -> Option<Claims> {
        let token = Token::parse(token).ok()?;
        let claimed = token.claimed_issuer()?;
        let issuers = pools.iter().filter_map(|arn| issuer(arn));
        let issuer = issuers.into_iter().find(|issuer| issuer == claimed)?;
        let keys = self.neighbours.issuers.keys(&issuer).await?;
        let verified = keys.verify(token, &Algorithm::RSA);
        verified
            .inspect_err(|error| tracing::debug!(%error, issuer, "a token is refused"))
            .ok()
    }

    fn check_times(&self, token: &Claims) -> Result<(), Failure> {
        // A moment in seconds is far below where doubles lose precision.
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds since 1970 fit a double exactly"
        )]
        let now = self.clock.now().as_secs() as f64;
        if token.seconds("exp").is_none_or(|ends| ends <= now) {
            return Err(Failure::expired_token());
        }
        match token.seconds("nbf").is_some_and(|begins| now < begins) {
            true => Err(Failure::unauthorized()),
            false => Ok(()),
        }
    }
}

/// All claims as texts, as `$context.authorizer.claims` has them.
fn texts(claims: &Claims) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items = items.iter().map(|item| item.as_str().unwrap_or_default());
            items.collect::<Vec<_>>().join(",")
        }
        value => value.to_string(),
    };
    let claims = claims.iter();
    claims
        .map(|(name, value)| (name.to_owned(), text(value)))
        .collect()
}

/// The issuer of a pool's tokens, from `arn:aws:cognito-idp:REGION:ACCOUNT:userpool/POOL`.
fn issuer(arn: &str) -> Option<String> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, _, "cognito-idp", region, _, resource] = parts.as_slice() else {
        return None;
    };
    let pool = resource.strip_prefix("userpool/")?;
    Some(format!("https://cognito-idp.{region}.amazonaws.com/{pool}"))
}
