//! POST to a REST API, through the function, to an item in the table, and back.

use crate::load::{self, Connection, Laps};
use crate::report::{Report, quantile};
use crate::requests::Signer;
use crate::server::Server;
use crate::{Binaries, Failure};
use base64::Engine as _;
use http::Method;
use serde_json::{Value, json};
use std::io::{Cursor, Write as _};
use std::sync::Arc;
use std::time::Duration;

const WARM: usize = 200;
const CALLS: usize = 2_000;
const LIMIT: Duration = Duration::from_secs(60);

pub async fn measure(binaries: &Binaries, report: &mut Report) -> Result<(), Failure> {
    let python = std::fs::read(
        binaries
            .examples
            .join("dynamodb-manager/function/manager.py"),
    )?;
    let rust = std::fs::read(&binaries.bootstrap)?;
    let python = Package {
        name: "Python",
        runtime: "python3.13",
        handler: "manager.handler",
        code: zip_of("manager.py", &python)?,
    };
    let rust = Package {
        name: "Rust",
        runtime: "provided.al2023",
        handler: "bootstrap",
        code: zip_of("bootstrap", &rust)?,
    };
    for (package, most) in [(python, 5.0), (rust, 2.0)] {
        let mut latencies = run(binaries, &package).await?;
        let name = package.name;
        report.at_most(
            format!("chain, {name}, p50"),
            quantile(&mut latencies, 0.5),
            most,
            "ms",
        );
        report.plain(
            format!("chain, {name}, p99"),
            quantile(&mut latencies, 0.99),
            "ms",
        );
    }
    Ok(())
}

struct Package {
    name: &'static str,
    runtime: &'static str,
    handler: &'static str,
    /// A zip in base64.
    code: String,
}

async fn run(binaries: &Binaries, package: &Package) -> Result<Vec<f64>, Failure> {
    let folder = tempfile::tempdir()?;
    let runtimes = binaries.examples.join("../target/clients/runtimes");
    let server = Server::fogbank(&binaries.fogbank, &folder.path().join("data"), &runtimes).await?;
    let signer = Signer::new(server.address);
    let mut connection = Connection::open(server.address).await?;
    let path = deploy(&mut connection, &signer, package).await?;
    let create = |number: usize| {
        let item = json!({"id": format!("{number}"), "number": number});
        signer.plain(
            &path,
            &json!({"operation": "create", "tableName": "items", "payload": {"Item": item}}),
        )
    };
    let answer = connection.succeed(&create(0)).await?;
    if answer != b"{}" {
        return Err(format!("create answers {}", String::from_utf8_lossy(&answer)).into());
    }
    let warm: Vec<Vec<u8>> = (0..WARM).map(create).collect();
    load::run(server.address, Arc::new(warm), 1, Laps::One, LIMIT).await?;
    let calls: Vec<Vec<u8>> = (0..CALLS).map(create).collect();
    let run = load::run(server.address, Arc::new(calls), 1, Laps::One, LIMIT).await?;
    server.kill().await?;
    Ok(run.latencies_ms)
}

/// Makes the microservice; answers the path to POST to.
async fn deploy(
    connection: &mut Connection,
    signer: &Signer,
    package: &Package,
) -> Result<String, Failure> {
    let role = create_role(connection, signer, "manager").await?;
    connection
        .succeed(&signer.dynamodb("CreateTable", &table_named("items"))?)
        .await?;
    let function = json!({
        "FunctionName": "manager", "Role": role, "Runtime": package.runtime, "Timeout": 60,
        "Handler": package.handler, "MemorySize": 512, "Code": {"ZipFile": package.code},
    });
    let lambda = "/2015-03-31/functions";
    let made = call(
        connection,
        &signer.rest("lambda", Method::POST, lambda, &function)?,
    )
    .await?;
    let arn = text(&made, "FunctionArn")?;
    wait_until_active(connection, signer).await?;

    let api = json!({"name": "manager"});
    let made = call(
        connection,
        &signer.rest("apigateway", Method::POST, "/restapis", &api)?,
    )
    .await?;
    let (id, root) = (text(&made, "id")?, text(&made, "rootResourceId")?);
    let resource = format!("/restapis/{id}/resources/{root}");
    let part = json!({"pathPart": "manager"});
    let made = call(
        connection,
        &signer.rest("apigateway", Method::POST, &resource, &part)?,
    )
    .await?;
    let method = format!(
        "/restapis/{id}/resources/{}/methods/POST",
        text(&made, "id")?
    );
    let uri =
        format!("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations");
    let steps = [
        (method.clone(), json!({"authorizationType": "NONE"})),
        (format!("{method}/responses/200"), json!({})),
        (
            format!("{method}/integration"),
            json!({"type": "AWS", "httpMethod": "POST", "uri": uri}),
        ),
        (format!("{method}/integration/responses/200"), json!({})),
    ];
    for (path, body) in steps {
        call(
            connection,
            &signer.rest("apigateway", Method::PUT, &path, &body)?,
        )
        .await?;
    }
    let deployments = format!("/restapis/{id}/deployments");
    let stage = json!({"stageName": "test"});
    call(
        connection,
        &signer.rest("apigateway", Method::POST, &deployments, &stage)?,
    )
    .await?;
    let permission = json!({
        "StatementId": "gateway", "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
    });
    let policy = format!("{lambda}/manager/policy");
    call(
        connection,
        &signer.rest("lambda", Method::POST, &policy, &permission)?,
    )
    .await?;
    Ok(format!("/restapis/{id}/test/_user_request_/manager"))
}

async fn wait_until_active(connection: &mut Connection, signer: &Signer) -> Result<(), Failure> {
    let path = "/2015-03-31/functions/manager/configuration";
    for _ in 0..600 {
        let request = signer.rest("lambda", Method::GET, path, &Value::Null)?;
        if text(&call(connection, &request).await?, "State")? == "Active" {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err("the function does not become active".into())
}

/// A role that Lambda may assume, with all rights on items and logs; answers its ARN.
pub async fn create_role(
    connection: &mut Connection,
    signer: &Signer,
    name: &str,
) -> Result<String, Failure> {
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole",
    }]});
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": ["dynamodb:*", "logs:*"], "Resource": "*",
    }]});
    let role = format!("Version=2010-05-08&RoleName={name}");
    let create = format!(
        "Action=CreateRole&{role}&AssumeRolePolicyDocument={}",
        escaped(&trust)
    );
    let put = format!(
        "Action=PutRolePolicy&{role}&PolicyName=all&PolicyDocument={}",
        escaped(&policy)
    );
    for form in [create, put] {
        connection.succeed(&signer.iam(&form)?).await?;
    }
    Ok(format!("arn:aws:iam::000000000000:role/{name}"))
}

/// CreateTable's input for a table with the string hash key `id`.
pub fn table_named(name: &str) -> Value {
    json!({
        "TableName": name, "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    })
}

/// A zip with one executable file, in base64.
pub fn zip_of(name: &str, content: &[u8]) -> Result<String, Failure> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
    archive.start_file(name, options)?;
    archive.write_all(content)?;
    let packed = archive.finish()?.into_inner();
    Ok(base64::engine::general_purpose::STANDARD.encode(packed))
}

async fn call(connection: &mut Connection, request: &[u8]) -> Result<Value, Failure> {
    Ok(serde_json::from_slice(&connection.succeed(request).await?)?)
}

pub fn text(document: &Value, member: &str) -> Result<String, Failure> {
    let value = document.get(member).and_then(Value::as_str);
    Ok(value
        .ok_or_else(|| format!("no {member} in {document}"))?
        .to_owned())
}

/// A JSON document as a form's value.
fn escaped(document: &Value) -> String {
    let text = document.to_string();
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            escaped.push(char::from(byte));
        } else {
            escaped += &format!("%{byte:02X}");
        }
    }
    escaped
}
