//! AddLayerVersionPermission.

use crate::error::{Error, Revised};
use crate::lambda::Lambda;
use crate::layers::{self, LayerTarget};
use crate::permissions;
use crate::record::{Effect, PolicyRecord, StatementRecord};
use crate::target::Scope;
use kv::Txn;
use service::{Caller, Operate, Permit, Requirement};
use std::collections::BTreeMap;
use wire::lambda::{AddLayerVersionPermissionInput, AddLayerVersionPermissionOutput};

impl Operate<Lambda> for AddLayerVersionPermissionInput {
    async fn requirements(
        &self,
        lambda: &Lambda,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let target = parse(self, &Scope::of(caller))?;
        let action = "lambda:AddLayerVersionPermission";
        Ok(vec![lambda.on_layer(action, &target).await?])
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<AddLayerVersionPermissionOutput, Error> {
        let target = &parse(&self, &Scope::of(permit.caller()))?;
        let statement = &statement(&self, target)?;
        let revision_id = &lambda.0.entropy.uuid();
        let given = self.revision_id.as_ref();
        let store = &lambda.0.store;
        store
            .transact(|txn| async move { add(&txn, target, given, statement, revision_id).await })
            .await?;
        Ok(AddLayerVersionPermissionOutput {
            statement: serde_json::to_string(statement).ok(),
            revision_id: Some(revision_id.clone()),
        })
    }
}

fn parse(input: &AddLayerVersionPermissionInput, scope: &Scope) -> Result<LayerTarget, Error> {
    LayerTarget::parse(scope, &input.layer_name, input.version_number)
}

fn statement(
    input: &AddLayerVersionPermissionInput,
    target: &LayerTarget,
) -> Result<StatementRecord, Error> {
    let organization = input.organization_id.clone().map(|id| {
        let key = BTreeMap::from([("aws:PrincipalOrgID".to_owned(), id)]);
        BTreeMap::from([("StringEquals".to_owned(), key)])
    });
    Ok(StatementRecord {
        sid: input.statement_id.clone(),
        effect: Effect::Allow,
        principal: permissions::principal(&input.principal)?,
        action: input.action.clone(),
        resource: target.arn(),
        condition: organization.unwrap_or_default(),
    })
}

async fn add(
    txn: &Txn,
    target: &LayerTarget,
    given: Option<&String>,
    statement: &StatementRecord,
    revision_id: &str,
) -> Result<(), Error> {
    layers::check_exists(txn, target).await?;
    let policy = layers::policy(txn, target).await?;
    let latest = policy.as_ref().map(|policy| &policy.revision_id);
    if given.is_some() && given != latest {
        return Err(Error::StaleRevision(Revised::LayerPolicy));
    }
    let policy = PolicyRecord::with(policy, statement, revision_id)?;
    txn.put(target.policy_key(), kv::record::encode(&policy));
    Ok(())
}
