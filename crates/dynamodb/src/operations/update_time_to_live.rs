//! UpdateTimeToLive.

use crate::Dynamodb;
use crate::access::Access;
use crate::error::{Error, ParameterError};
use crate::sweep::Dropped;
use crate::table::{IndexState, Table, TimeToLive};
use crate::tables::TableName;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{TimeToLiveSpecification, UpdateTimeToLiveInput, UpdateTimeToLiveOutput};

impl Operate<Dynamodb> for UpdateTimeToLiveInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = TableName::of_table(caller, &self.table_name)?;
        Ok(vec![
            Access::to("dynamodb:UpdateTimeToLive", &name)
                .require(service)
                .await?,
        ])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<UpdateTimeToLiveOutput, Error> {
        let name = TableName::of_table(permit.caller(), &self.table_name)?;
        let (name, wanted) = (&name, &self.time_to_live_specification);
        service
            .store
            .transact(|txn| async move {
                let mut table = Table::clone(&*service.own_table(&txn, name).await?);
                if let Some(dropped) = change(&mut table, wanted)? {
                    dropped.note(&txn);
                }
                txn.put(name.key(), kv::record::encode(&table));
                Ok::<(), Error>(())
            })
            .await?;
        service.work.notify_one();
        Ok(UpdateTimeToLiveOutput {
            time_to_live_specification: Some(self.time_to_live_specification),
        })
    }
}

/// Switches it on or off, and tells what is left behind.
fn change(table: &mut Table, wanted: &TimeToLiveSpecification) -> Result<Option<Dropped>, Error> {
    let current = table.time_to_live.take();
    match (current, wanted.enabled) {
        (None, true) => {
            table.time_to_live = Some(TimeToLive {
                attribute: wanted.attribute_name.clone(),
                id: table.new_index_id(),
                state: IndexState::Backfilling,
            });
            Ok(None)
        }
        (None, false) => Err(ParameterError::TtlDisabled.into()),
        (Some(current), false) if current.attribute == wanted.attribute_name => Ok(Some(Dropped {
            table: table.id,
            index: Some(current.id),
        })),
        (Some(current), true) if current.attribute == wanted.attribute_name => {
            Err(ParameterError::TtlEnabled.into())
        }
        (Some(current), _) => Err(ParameterError::TtlAttribute(current.attribute).into()),
    }
}
