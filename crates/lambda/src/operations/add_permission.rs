//! AddPermission.

use crate::catalog;
use crate::error::Error;
use crate::lambda::{Lambda, on_target};
use crate::permissions;
use crate::record::{self, Effect, PolicyRecord, StatementRecord};
use crate::target::{Scope, Target};
use kv::Txn;
use service::{Caller, Operate, Permit, Requirement};
use std::collections::BTreeMap;
use wire::Enumeration;
use wire::lambda::{AddPermissionInput, AddPermissionOutput};

/// The largest policy document, in bytes.
const MAX_POLICY_BYTES: usize = 20_480;

impl Operate<Lambda> for AddPermissionInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = parse(self, &Scope::of(caller))?;
        let add = on_target("lambda:AddPermission", &target).into_iter();
        Ok(add
            .map(|requirement| {
                let auth = self.function_url_auth_type.map(|auth| auth.as_str());
                requirement
                    .with("lambda:Principal", [&self.principal])
                    .with("lambda:FunctionUrlAuthType", auth)
            })
            .collect())
    }

    async fn operate(self, lambda: &Lambda, permit: &Permit) -> Result<AddPermissionOutput, Error> {
        let target = &parse(&self, &Scope::of(permit.caller()))?;
        let statement = &statement(&self, target)?;
        let revision_id = &lambda.0.entropy.uuid();
        let input = &self;
        let store = &lambda.0.store;
        store
            .transact(|txn| async move { add(&txn, target, input, statement, revision_id).await })
            .await?;
        Ok(AddPermissionOutput {
            statement: serde_json::to_string(statement).ok(),
        })
    }
}

fn parse(input: &AddPermissionInput, scope: &Scope) -> Result<Target, Error> {
    Target::parse(scope, &input.function_name, input.qualifier.as_deref())
}

async fn add(
    txn: &Txn,
    target: &Target,
    input: &AddPermissionInput,
    statement: &StatementRecord,
    revision_id: &str,
) -> Result<(), Error> {
    permissions::check_target(txn, target).await?;
    let policy = catalog::policy(txn, target).await?;
    let given = input.revision_id.as_ref();
    permissions::check_revision(txn, target, policy.as_ref(), given).await?;
    let policy = PolicyRecord::with(policy, statement, revision_id)?;
    let bytes = policy.document().len();
    if bytes > MAX_POLICY_BYTES {
        return Err(Error::PolicyTooLong(bytes));
    }
    let key = record::policy_key(&target.scope, &target.name, target.qualifier.as_ref());
    txn.put(key, kv::record::encode(&policy));
    permissions::revise(txn, target, revision_id).await
}

fn statement(input: &AddPermissionInput, target: &Target) -> Result<StatementRecord, Error> {
    Ok(StatementRecord {
        sid: input.statement_id.clone(),
        effect: Effect::Allow,
        principal: permissions::principal(&input.principal)?,
        action: input.action.clone(),
        resource: target.arn(),
        condition: condition(input),
    })
}

fn condition(input: &AddPermissionInput) -> BTreeMap<String, BTreeMap<String, String>> {
    let auth_type = input.function_url_auth_type.map(|t| t.as_str().to_owned());
    let via_url = input.invoked_via_function_url.map(|via| via.to_string());
    let given = [
        (
            "StringEquals",
            "AWS:SourceAccount",
            input.source_account.clone(),
        ),
        (
            "StringEquals",
            "lambda:EventSourceToken",
            input.event_source_token.clone(),
        ),
        ("StringEquals", "lambda:FunctionUrlAuthType", auth_type),
        (
            "StringEquals",
            "aws:PrincipalOrgID",
            input.principal_org_id.clone(),
        ),
        ("Bool", "lambda:InvokedViaFunctionUrl", via_url),
        ("ArnLike", "AWS:SourceArn", input.source_arn.clone()),
    ];
    let mut condition: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (operator, key, value) in given {
        if let Some(value) = value {
            let operator = condition.entry(operator.to_owned()).or_default();
            operator.insert(key.to_owned(), value);
        }
    }
    condition
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::{AccountId, Region};

    fn check(change: impl FnOnce(&mut AddPermissionInput), expected: &str) {
        let mut input = AddPermissionInput {
            function_name: "f".to_owned(),
            statement_id: "s".to_owned(),
            action: "lambda:InvokeFunction".to_owned(),
            principal: "apigateway.amazonaws.com".to_owned(),
            ..AddPermissionInput::default()
        };
        change(&mut input);
        let scope = Scope {
            account: AccountId::DEFAULT,
            region: Region::default_region(),
        };
        let target = parse(&input, &scope).unwrap();
        let written = serde_json::to_string(&statement(&input, &target).unwrap()).unwrap();
        assert!(written.contains(expected), "{written}");
    }

    #[test]
    fn statements() {
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
        check(|_| (), &format!(r#""Resource":"{arn}"}}"#));
        check(
            |i| i.qualifier = Some("live".into()),
            &format!(r#""Resource":"{arn}:live""#),
        );
        check(|i| i.principal = "*".into(), r#""Principal":"*""#);
        check(
            |i| i.principal = "111111111111".into(),
            r#""Principal":{"AWS":"arn:aws:iam::111111111111:root"}"#,
        );
        check(
            |i| {
                i.source_arn = Some("arn:aws:execute-api:us-east-1:000000000000:x/*".into());
                i.source_account = Some("000000000000".into());
            },
            r#""Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:execute-api:us-east-1:000000000000:x/*"},"StringEquals":{"AWS:SourceAccount":"000000000000"}}"#,
        );
        assert!(permissions::principal("invalid.nonaws.com").is_err());
    }
}
