use aws_smithy_http_client::{Builder, tls};
#[tokio::main(flavor="current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let http = Builder::new().tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring)).build_https();
    let config = aws_sdk_dynamodb::Config::builder().http_client(http).build();
    let c = aws_sdk_dynamodb::Client::from_conf(config);
    c.put_item().table_name("x").send().await.unwrap();
    c.get_item().table_name("x").send().await.unwrap();
    c.update_item().table_name("x").send().await.unwrap();
    c.delete_item().table_name("x").send().await.unwrap();
    c.scan().table_name("x").send().await.unwrap();
    lambda_runtime::run(lambda_runtime::service_fn(|e: lambda_runtime::LambdaEvent<serde_json::Value>| async move { Ok::<_, lambda_runtime::Error>(e.payload) })).await
}
