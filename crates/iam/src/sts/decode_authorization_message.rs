//! DecodeAuthorizationMessage.

use crate::decisions::{Decision, decoded};
use crate::error::Error;
use crate::sts::Sts;
use serde_json::json;
use service::{Caller, Operate, Permit, Requirement};
use wire::sts::{DecodeAuthorizationMessageInput, DecodeAuthorizationMessageOutput};

impl Operate<Sts> for DecodeAuthorizationMessageInput {
    async fn requirements(&self, _: &Sts, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![Requirement::new(
            "sts:DecodeAuthorizationMessage",
            "*",
        )])
    }

    async fn operate(
        self,
        sts: &Sts,
        permit: &Permit,
    ) -> Result<DecodeAuthorizationMessageOutput, Error> {
        let found = sts.iam.decisions.find(&decoded(&self.encoded_message));
        let account = permit.caller().account;
        let own = found.filter(|decision| decision.principal.account == account.as_str());
        let decision = own.ok_or(Error::UnreadableAuthorizationMessage)?;
        Ok(DecodeAuthorizationMessageOutput {
            decoded_message: Some(document(&decision)),
        })
    }
}

/// The document that AWS answers ("DecodeAuthorizationMessage" of the STS reference).
fn document(decision: &Decision) -> String {
    let deciding = decision.decided.statement.iter();
    let matched: Vec<_> = deciding
        .map(|statement| {
            json!({
                "statementId": statement.sid,
                "effect": "DENY",
                "policy": statement.policy,
                "line": statement.line,
            })
        })
        .collect();
    let conditions: Vec<_> = decision
        .context
        .iter()
        .map(|(key, values)| {
            let values: Vec<_> = values
                .iter()
                .map(|value| json!({ "value": value }))
                .collect();
            json!({ "key": key, "values": { "items": values } })
        })
        .collect();
    json!({
        "allowed": false,
        "explicitDeny": decision.is_explicit(),
        "matchedStatements": { "items": matched },
        "failures": { "items": [] },
        "context": {
            "principal": {
                "id": decision.principal.user_id,
                "name": decision.principal.arn.rsplit('/').next(),
                "arn": decision.principal.arn,
            },
            "action": decision.action,
            "resource": decision.resource,
            "conditions": { "items": conditions },
        },
    })
    .to_string()
}
