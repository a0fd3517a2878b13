//! CreateTable.

use super::tag_resource::tag_map;
use crate::Dynamodb;
use crate::access::{Access, tag_pairs};
use crate::error::{Error, ErrorKind, SchemaError, TableError};
use crate::resource_policy::ResourcePolicy;
use crate::schema::{self, Definitions};
use crate::settings::Settings;
use crate::statistics::Counts;
use crate::stream::Stream;
use crate::table::{Billing, BillingMode, Class, StreamView, Table};
use crate::tables::{TableName, next_id};
use base::Timestamp;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{
    CreateTableInput, CreateTableOutput, StreamSpecification, StreamViewType, TableClass,
    TableStatus,
};

impl Operate<Dynamodb> for CreateTableInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = TableName::read(caller, &self.table_name)?;
        let create = Access::to("dynamodb:CreateTable", &name)
            .require(service)
            .await?;
        let mut requirements = vec![create.request_tags(tag_pairs(self.tags.as_deref()))];
        if self.tags.as_ref().is_some_and(|tags| !tags.is_empty()) {
            let tag = Access::to("dynamodb:TagResource", &name)
                .require(service)
                .await?;
            requirements.push(tag.request_tags(tag_pairs(self.tags.as_deref())));
        }
        if self.resource_policy.is_some() {
            let access = Access::to("dynamodb:PutResourcePolicy", &name);
            requirements.push(access.require(service).await?);
        }
        Ok(requirements)
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<CreateTableOutput, Error> {
        let name = TableName::read(permit.caller(), &self.table_name)?;
        let view = self
            .stream_specification
            .as_ref()
            .map(new_stream)
            .transpose()?
            .flatten();
        let table = read(self, service, &name)?;
        let (name, table) = (&name, &table);
        let now = Timestamp::from_millis(table.created_at_ms);
        let table = service
            .store
            .transact(|txn| async move {
                if txn.get(&name.key()).await?.is_some() {
                    return Err(Error::from(TableError::Exists(table.name.clone())));
                }
                name.check_room(&service.store.snapshot()).await?;
                let mut table = Table {
                    id: next_id(&txn).await?,
                    ..table.clone()
                };
                if let Some(view) = view {
                    Stream::open(&txn, name, &mut table, view, now).await?;
                }
                txn.put(name.key(), kv::record::encode(&table));
                Ok(table)
            })
            .await?;
        let description = table.describe(TableStatus::Creating, &Counts::default());
        Ok(CreateTableOutput {
            table_description: Some(description),
        })
    }
}

/// The table that is asked for, but for its id.
///
/// # Errors
/// [`Error`] with what AWS reports first.
pub fn read(input: CreateTableInput, service: &Dynamodb, name: &TableName) -> Result<Table, Error> {
    check_built(&input)?;
    let now = service.clock.now();
    let given = input.provisioned_throughput.as_ref();
    let attributes = schema::required(input.attribute_definitions, "attributeDefinitions")?;
    let elements = schema::required(input.key_schema, "keySchema")?;
    let mode = schema::billing(input.billing_mode, given)?;
    let throughput = schema::throughput(given)?;
    let on_demand = schema::on_demand(input.on_demand_throughput.as_ref(), mode, None)?;
    let warm = schema::new_warm(input.warm_throughput.as_ref(), mode, throughput, None)?;
    let definitions = Definitions::distinct(attributes)?;
    let key = schema::table_key(&elements, &definitions)?;
    let has_indexes =
        input.local_secondary_indexes.is_some() || input.global_secondary_indexes.is_some();
    if !has_indexes && elements.len() != definitions.len() {
        return Err(SchemaError::DefinitionCount.into());
    }
    let (local, global) = (
        input.local_secondary_indexes,
        input.global_secondary_indexes,
    );
    let indexes = schema::indexes(local, global, &definitions, &key, mode)?;
    let encryption = input.sse_specification.as_ref();
    let encryption = encryption.map(|given| schema::encryption(given, &service.entropy, name));
    let policy = input.resource_policy;
    let policy = policy.map(|document| ResourcePolicy::new(&document, None, now));
    Ok(Table {
        id: 0,
        uuid: service.entropy.uuid(),
        name: name.name.clone(),
        arn: name.arn(),
        created_at_ms: now.as_millis(),
        attributes: definitions.into_vec(),
        key,
        next_index_id: u64::try_from(indexes.len())
            .unwrap_or(u64::MAX)
            .saturating_add(1),
        indexes,
        billing: Billing {
            mode,
            on_demand_since_ms: (mode == BillingMode::PayPerRequest).then_some(now.as_millis()),
        },
        throughput,
        on_demand,
        warm,
        class: input.table_class.map(|class| Class {
            infrequent_access: class == TableClass::StandardInfrequentAccess,
            changed_at_ms: None,
        }),
        deletion_protection: input.deletion_protection_enabled == Some(true),
        stream: None,
        encryption: encryption.transpose()?.flatten(),
        time_to_live: None,
        tags: tag_map(input.tags.unwrap_or_default())?,
        policy: policy.transpose()?,
        settings: Settings::default(),
        history: None,
        restore: None,
        is_filling: false,
    })
}

/// Refuses by name what a table cannot have here.
fn check_built(input: &CreateTableInput) -> Result<(), Error> {
    let given = [
        (
            "CreateTable with VectorIndexes",
            input.vector_indexes.is_some(),
        ),
        (
            "CreateTable with GlobalTableSourceArn",
            input.global_table_source_arn.is_some(),
        ),
    ];
    match given.into_iter().find(|(_, is_given)| *is_given) {
        Some((what, _)) => Err(ErrorKind::NotImplemented(what).into()),
        None => Ok(()),
    }
}

/// What a specification that switches a stream on wants to be recorded.
///
/// # Errors
/// [`SchemaError`] for a view type that does not go with it.
pub fn new_stream(given: &StreamSpecification) -> Result<Option<StreamView>, SchemaError> {
    match (given.stream_enabled, given.stream_view_type) {
        (false, None) => Ok(None),
        (false, Some(_)) => Err(SchemaError::ViewTypeWithoutStream),
        (true, None) => Err(SchemaError::StreamWithoutViewType),
        (true, Some(StreamViewType::KeysOnly)) => Ok(Some(StreamView::KeysOnly)),
        (true, Some(StreamViewType::NewImage)) => Ok(Some(StreamView::NewImage)),
        (true, Some(StreamViewType::OldImage)) => Ok(Some(StreamView::OldImage)),
        (true, Some(StreamViewType::NewAndOldImages)) => Ok(Some(StreamView::NewAndOldImages)),
    }
}
