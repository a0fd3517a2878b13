//! The client for DynamoDB, configured by the environment that Lambda gives a function.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{Config, Credentials, Region, SharedHttpClient};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use std::env::{self, VarError};

/// A client with the role's credentials. `AWS_ENDPOINT_URL_DYNAMODB` or `AWS_ENDPOINT_URL` point
/// it to somewhere else than AWS.
pub fn from_environment() -> Result<Client, VarError> {
    let credentials = Credentials::new(
        env::var("AWS_ACCESS_KEY_ID")?,
        env::var("AWS_SECRET_ACCESS_KEY")?,
        env::var("AWS_SESSION_TOKEN").ok(),
        None,
        "environment",
    );
    let endpoint = env::var("AWS_ENDPOINT_URL_DYNAMODB").or_else(|_| env::var("AWS_ENDPOINT_URL"));
    let endpoint = endpoint.ok();
    let mut config = Config::builder()
        .region(Region::new(env::var("AWS_REGION")?))
        .credentials_provider(credentials)
        .http_client(http_client(endpoint.as_deref()));
    config.set_endpoint_url(endpoint);
    Ok(Client::from_conf(config.build()))
}

/// Reading the machine's certificates takes longer than a plain endpoint takes to answer.
fn http_client(endpoint: Option<&str>) -> SharedHttpClient {
    match endpoint {
        Some(url) if url.starts_with("http://") => Builder::new().build_http(),
        _ => Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https(),
    }
}
