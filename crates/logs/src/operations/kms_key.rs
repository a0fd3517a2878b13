//! AssociateKmsKey and DisassociateKmsKey. The key is kept and shown; the store is not encrypted
//! with it.

use super::group_meant;
use crate::record::GroupPath;
use crate::{Logs, LogsError, on_group};
use service::{Caller, Operate, Permit, Requirement};
use wire::logs::{AssociateKmsKeyInput, DisassociateKmsKeyInput};

impl Operate<Logs> for AssociateKmsKeyInput {
    async fn requirements(&self, _: &Logs, caller: &Caller) -> Result<Vec<Requirement>, LogsError> {
        let (name, identifier) = (&self.log_group_name, &self.resource_identifier);
        needed(
            "logs:AssociateKmsKey",
            name.as_ref(),
            identifier.as_ref(),
            caller,
        )
    }

    async fn operate(self, logs: &Logs, permit: &Permit) -> Result<(), LogsError> {
        let (name, identifier) = (&self.log_group_name, &self.resource_identifier);
        let group = group_meant(name.as_ref(), identifier.as_ref(), permit.caller())?;
        set(logs, permit, &group, Some(&self.kms_key_id)).await
    }
}

impl Operate<Logs> for DisassociateKmsKeyInput {
    async fn requirements(&self, _: &Logs, caller: &Caller) -> Result<Vec<Requirement>, LogsError> {
        let (name, identifier) = (&self.log_group_name, &self.resource_identifier);
        needed(
            "logs:DisassociateKmsKey",
            name.as_ref(),
            identifier.as_ref(),
            caller,
        )
    }

    async fn operate(self, logs: &Logs, permit: &Permit) -> Result<(), LogsError> {
        let (name, identifier) = (&self.log_group_name, &self.resource_identifier);
        let group = group_meant(name.as_ref(), identifier.as_ref(), permit.caller())?;
        set(logs, permit, &group, None).await
    }
}

/// To do it to no group at all needs a permission too, before it is refused.
fn needed(
    action: &'static str,
    name: Option<&String>,
    identifier: Option<&String>,
    caller: &Caller,
) -> Result<Vec<Requirement>, LogsError> {
    if name.is_none() && identifier.is_none() {
        return Ok(vec![Requirement::new(action, "*")]);
    }
    let group = group_meant(name, identifier, caller)?;
    Ok(on_group(action, caller, &group))
}

async fn set(
    logs: &Logs,
    permit: &Permit,
    group: &str,
    key: Option<&String>,
) -> Result<(), LogsError> {
    let caller = permit.caller();
    let path = GroupPath { caller, group };
    logs.store
        .transact(|txn| async move {
            let mut group = path.load(&txn).await?;
            group.kms_key_id = key.cloned();
            path.save(&txn, &group);
            Ok(())
        })
        .await
}
