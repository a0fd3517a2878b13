//! API Gateway's data plane: what a request costs by itself, with many routes, with a template, in
//! front of a function or an HTTP endpoint; and whether throttling holds its rate.

use crate::chain::{create_role, text, zip_of};
use crate::load::{self, Connection, Laps, Run};
use crate::report::{Report, quantile};
use crate::requests::Signer;
use crate::server::Server;
use crate::{Binaries, Failure};
use http::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

const CONNECTIONS: usize = 32;
const WARM: Duration = Duration::from_secs(1);
const LIMIT: Duration = Duration::from_secs(5);
/// Requests a second that the throttled stage allows.
const RATE: u32 = 10_000;
/// What it allows at once, on top.
const BURST: u32 = 100;

const MOCK: &str = "{\"statusCode\": 200}";
const FUNCTION: &[u8] = b"def handler(event, context):\n    return {'statusCode': 200}\n";

pub async fn measure(binaries: &Binaries, report: &mut Report) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let runtimes = binaries.examples.join("../target/clients/runtimes");
    let server = Server::fogbank(&binaries.fogbank, &folder.path().join("data"), &runtimes).await?;
    let mut bench = Bench {
        connection: Connection::open(server.address).await?,
        signer: Signer::new(server.address),
        server,
    };
    let small = bench.tree(3).await?;
    let few = bench.load(&small, CONNECTIONS).await?;
    report.at_least(
        "MOCK, 3 routes, a second and core",
        few.per_core,
        20_000.0,
        "/s",
    );
    report.at_most(
        "MOCK, 3 routes, 32 connections, p50",
        few.p50_us,
        150.0,
        "us",
    );
    let large = bench.tree(300).await?;
    let many = bench.load(&large, CONNECTIONS).await?;
    report.plain("MOCK, 300 routes, a second and core", many.per_core, "/s");
    let templated = bench.api("template", &mock_with(&template())).await?;
    let templated = bench.load(&templated, CONNECTIONS).await?;
    let more = templated.cpu_us - few.cpu_us;
    report.at_most("a template of 2 KB, CPU", more, 30.0, "us");
    bench.endpoints(&small, report).await?;
    bench.function(report).await?;
    bench.throttle(report).await?;
    bench.server.kill().await
}

struct Bench {
    connection: Connection,
    signer: Signer,
    server: Server,
}

/// What a request costs.
struct Cost {
    per_core: f64,
    cpu_us: f64,
    p50_us: f64,
}

impl Bench {
    async fn call(&mut self, method: Method, path: &str, body: Value) -> Result<Value, Failure> {
        let request = self.signer.rest("apigateway", method, path, &body)?;
        Ok(serde_json::from_slice(
            &self.connection.succeed(&request).await?,
        )?)
    }

    /// An API with one POST under its root; answers the path to it.
    async fn api(&mut self, name: &str, integration: &Value) -> Result<String, Failure> {
        let made = self
            .call(Method::POST, "/restapis", json!({"name": name}))
            .await?;
        let (id, root) = (text(&made, "id")?, text(&made, "rootResourceId")?);
        self.method(&id, &root, integration).await?;
        self.deploy(&id).await?;
        Ok(format!("/restapis/{id}/test/_user_request_/"))
    }

    async fn method(
        &mut self,
        id: &str,
        resource: &str,
        integration: &Value,
    ) -> Result<(), Failure> {
        let method = format!("/restapis/{id}/resources/{resource}/methods/POST");
        let steps = [
            ("", json!({"authorizationType": "NONE"})),
            ("/responses/200", json!({})),
            ("/integration", integration.clone()),
            (
                "/integration/responses/200",
                json!({"responseTemplates": {"application/json": "{}"}}),
            ),
        ];
        for (part, body) in steps {
            self.call(Method::PUT, &format!("{method}{part}"), body)
                .await?;
        }
        Ok(())
    }

    async fn deploy(&mut self, id: &str) -> Result<(), Failure> {
        let deployments = format!("/restapis/{id}/deployments");
        let stage = json!({"stageName": "test"});
        self.call(Method::POST, &deployments, stage).await.map(drop)
    }

    /// An API with so many MOCK methods; answers the path to the last.
    async fn tree(&mut self, routes: usize) -> Result<String, Failure> {
        let made = self
            .call(Method::POST, "/restapis", json!({"name": "tree"}))
            .await?;
        let (id, root) = (text(&made, "id")?, text(&made, "rootResourceId")?);
        for number in 0..routes {
            let resource = format!("/restapis/{id}/resources/{root}");
            let part = json!({"pathPart": format!("route{number}")});
            let made = self.call(Method::POST, &resource, part).await?;
            self.method(&id, &text(&made, "id")?, &mock_with(MOCK))
                .await?;
        }
        self.deploy(&id).await?;
        Ok(format!(
            "/restapis/{id}/test/_user_request_/route{}",
            routes - 1
        ))
    }

    /// Requests to a path for a while, after others that warm up.
    async fn load(&mut self, path: &str, connections: usize) -> Result<Cost, Failure> {
        self.run(path, connections, WARM).await?;
        let before = self.server.cpu_secs()?;
        let mut run = self.run(path, connections, LIMIT).await?;
        let cpu = self.server.cpu_secs()? - before;
        Ok(Cost {
            per_core: run.operations as f64 / cpu,
            cpu_us: cpu * 1e6 / run.operations as f64,
            p50_us: quantile(&mut run.latencies_ms, 0.5) * 1e3,
        })
    }

    async fn run(
        &mut self,
        path: &str,
        connections: usize,
        limit: Duration,
    ) -> Result<Run, Failure> {
        let request = self.signer.plain(path, &json!({"name": "value"}));
        let requests = Arc::new(vec![request; connections]);
        load::run(
            self.server.address,
            requests,
            connections,
            Laps::Many,
            limit,
        )
        .await
    }

    /// HTTP_PROXY to a MOCK of the same server, against that MOCK itself.
    async fn endpoints(&mut self, direct: &str, report: &mut Report) -> Result<(), Failure> {
        let uri = format!("http://{}{direct}", self.server.address);
        let integration = json!({"type": "HTTP_PROXY", "httpMethod": "POST", "uri": uri});
        let proxied = self.api("proxy", &integration).await?;
        let alone = self.load(direct, 1).await?.p50_us;
        let through = self.load(&proxied, 1).await?.p50_us;
        report.at_most(
            "HTTP_PROXY beside a direct call, p50",
            through - alone,
            150.0,
            "us",
        );
        Ok(())
    }

    /// AWS_PROXY to a warm function.
    async fn function(&mut self, report: &mut Report) -> Result<(), Failure> {
        let role = create_role(&mut self.connection, &self.signer, "function").await?;
        let function = json!({
            "FunctionName": "bench", "Role": role, "Runtime": "python3.13", "Timeout": 60,
            "Handler": "main.handler", "MemorySize": 512, "Code": {"ZipFile": zip_of("main.py", FUNCTION)?},
        });
        let lambda = "/2015-03-31/functions";
        let made = self.lambda(Method::POST, lambda, &function).await?;
        let permission = json!({
            "StatementId": "gateway", "Action": "lambda:InvokeFunction",
            "Principal": "apigateway.amazonaws.com",
        });
        self.lambda(Method::POST, &format!("{lambda}/bench/policy"), &permission)
            .await?;
        let arn = text(&made, "FunctionArn")?;
        let uri = format!(
            "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
        );
        let integration = json!({"type": "AWS_PROXY", "httpMethod": "POST", "uri": uri});
        let path = self.api("function", &integration).await?;
        self.until_it_answers(&path).await?;
        let cost = self.load(&path, 1).await?;
        report.at_most(
            "AWS_PROXY, warm Python function, p50",
            cost.p50_us,
            700.0,
            "us",
        );
        Ok(())
    }

    async fn lambda(&mut self, method: Method, path: &str, body: &Value) -> Result<Value, Failure> {
        let request = self.signer.rest("lambda", method, path, body)?;
        Ok(serde_json::from_slice(
            &self.connection.succeed(&request).await?,
        )?)
    }

    async fn until_it_answers(&mut self, path: &str) -> Result<(), Failure> {
        let request = self.signer.plain(path, &json!({}));
        for _ in 0..600 {
            if self.connection.send(&request).await?.status == 200 {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err("the function does not become active".into())
    }

    /// Requests beyond a stage's rate: how many are let through.
    async fn throttle(&mut self, report: &mut Report) -> Result<(), Failure> {
        let path = self.api("throttled", &mock_with(MOCK)).await?;
        let id = path.split('/').nth(2).unwrap_or_default().to_owned();
        let limit = |name: &str, value: u32| json!({"op": "replace", "path": format!("/*/*/throttling/{name}"), "value": value.to_string()});
        let changes =
            json!({"patchOperations": [limit("rateLimit", RATE), limit("burstLimit", BURST)]});
        self.call(
            Method::PATCH,
            &format!("/restapis/{id}/stages/test"),
            changes,
        )
        .await?;
        let request = self.signer.plain(&path, &json!({}));
        let started = Instant::now();
        let mut clients = Vec::new();
        for _ in 0..CONNECTIONS {
            let connection = Connection::open(self.server.address).await?;
            clients.push(tokio::spawn(let_through(
                connection,
                request.clone(),
                started + LIMIT,
            )));
        }
        let (mut sent, mut passed) = (0, 0);
        for client in clients {
            let (all, good) = client.await??;
            sent += all;
            passed += good;
        }
        let seconds = started.elapsed().as_secs_f64();
        report.plain(
            "throttled to 10,000 a second: sent",
            f64::from(sent) / seconds,
            "/s",
        );
        report.plain(
            "throttled to 10,000 a second: let through",
            f64::from(passed.saturating_sub(BURST)) / seconds,
            "/s",
        );
        Ok(())
    }
}

/// How many requests were sent, and how many were not refused.
async fn let_through(
    mut connection: Connection,
    request: Vec<u8>,
    until: Instant,
) -> Result<(u32, u32), Failure> {
    let (mut sent, mut passed) = (0, 0);
    while Instant::now() < until {
        match connection.send(&request).await?.status {
            200 => passed += 1,
            429 => {}
            status => return Err(format!("a throttled method answers {status}").into()),
        }
        sent += 1;
    }
    Ok((sent, passed))
}

fn mock_with(template: &str) -> Value {
    json!({"type": "MOCK", "requestTemplates": {"application/json": template}})
}

/// Two kilobytes of what templates do: references, conditions, a loop, JSON paths.
fn template() -> String {
    let part = "\"f#\": \"$util.escapeJavaScript($input.path('$.name'))\", #if($input.params('q') != '')\"q#\": \"$input.params('q')\", #end#foreach($i in [1..2])\"i#$i\": $foreach.index, #end";
    let mut text = String::from("{\"statusCode\": 200, ");
    let mut number = 0;
    while text.len() + part.len() < 2_000 {
        text += &part
            .replace("f#", &format!("f{number}"))
            .replace("q#", &format!("q{number}"));
        number += 1;
    }
    text.replace("i#", "i") + "\"last\": 1}"
}
