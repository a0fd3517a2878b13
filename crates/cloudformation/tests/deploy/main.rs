//! Deployments against services that only remember what they were asked.
#![expect(clippy::unwrap_used, reason = "a failed test says enough")]

mod changes;
mod definitions;
mod example;
mod fake;
mod invocations;
mod refusals;
mod rest_apis;
mod types;

use base::{AccountId, Entropy, Region};
use cloudformation::{
    Action, DeployError, Deployer, Deployment, Event, Options, Progress, Source, find_template,
};
use fake::Services;
use kv::Store;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A stack named `demo` on services of its own.
struct Demo {
    services: Services,
    store: Store,
    entropy: Entropy,
    options: Options,
}

impl Demo {
    fn new() -> Demo {
        Demo {
            services: Services::default(),
            store: Store::in_memory(),
            entropy: Entropy::seeded(1),
            options: Options {
                stack_name: "demo".to_owned(),
                account: AccountId::DEFAULT,
                region: Region::default_region(),
                parameters: BTreeMap::new(),
                cache: PathBuf::from("nowhere"),
            },
        }
    }

    fn deployer(&self) -> Deployer<'_, Services> {
        Deployer {
            api: &self.services,
            store: &self.store,
            entropy: &self.entropy,
            progress: Progress::new(&|_| {}),
        }
    }

    async fn deploy(&self, text: &str) -> Result<Deployment, String> {
        let source = Source::new("t.yaml", text);
        let deployer = self.deployer();
        let done = sendable(deployer.deploy_source(&source, Path::new("nowhere"), &self.options));
        done.await.map_err(|error| error.to_string())
    }

    /// Deploys, and gives what was called and what was done.
    async fn changes(&self, text: &str) -> (Vec<String>, String) {
        let deployment = self.deploy(text).await.unwrap();
        (self.calls(), shown(&deployment.changes))
    }

    /// Calls with made-up names cut to what is the same every time.
    fn calls(&self) -> Vec<String> {
        let calls = self.services.calls().into_iter();
        calls.map(|call| without_random(&call)).collect()
    }
}

/// `demo-Table-ABCDEFGHIJKL` is `demo-Table-*`.
fn without_random(call: &str) -> String {
    let random = |word: &str| {
        word.len() == 12
            && word
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    };
    let words = call.split('-');
    let words = words.map(|word| {
        let end = word
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(word.len());
        let (head, tail) = word.split_at(end);
        if random(head) {
            format!("*{tail}")
        } else {
            word.to_owned()
        }
    });
    words.collect::<Vec<_>>().join("-")
}

/// A deployment may run on any thread.
fn sendable<F: Future + Send>(future: F) -> F {
    future
}

fn shown(changes: &[(String, Action)]) -> String {
    let changes = changes
        .iter()
        .filter(|(_, action)| *action != Action::Keep)
        .map(|(id, action)| format!("{} {id}", action.as_str()));
    changes.collect::<Vec<_>>().join(", ")
}

const SERVICE: &str = r#"
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Code: {ZipFile: "def handler(e, c): return 1"}
      Handler: index.handler
      Runtime: python3.12
      Timeout: 5
      Role: !GetAtt Role.Arn
      Environment: {Variables: {TABLE: !Ref Table}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: []}
      Policies:
        - PolicyName: items
          PolicyDocument: {Statement: [{Resource: !GetAtt Table.Arn}]}
Outputs:
  Name: {Value: !Ref Table}
"#;

const API: &str = r#"
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: test
      DefinitionBody:
        openapi: 3.0.1
        info: {title: Demo}
        paths:
          /a/b:
            post:
              responses: {"200": {description: OK}}
              x-amazon-apigateway-integration:
                {type: aws, httpMethod: POST, uri: "arn:x", responses: {default: {statusCode: "200"}}}
"#;
