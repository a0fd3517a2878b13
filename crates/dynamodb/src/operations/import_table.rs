//! ImportTable.

use super::create_table;
use crate::Dynamodb;
use crate::access::Access;
use crate::error::{Error, ErrorKind, ExportError, TableError};
use crate::export::State;
use crate::import::{Compression, Counts, Import, InputFormat, Wanted};
use crate::labelled::{Kind, Labelled};
use crate::table::Table;
use crate::tables::{TableName, next_id};
use base::Timestamp;
use kv::{Order, Txn};
use service::{Caller, Operate, Permit, Requirement};
use std::time::Duration;
use wire::dynamodb::{
    CreateTableInput, ImportTableInput, ImportTableOutput, InputCompressionType,
    InputFormat as WireFormat, TableCreationParameters,
};

/// How long a client token counts.
const TOKEN_LIFETIME: Duration = Duration::from_secs(8 * 60 * 60);

impl Operate<Dynamodb> for ImportTableInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = TableName::read(caller, &self.table_creation_parameters.table_name)?;
        let access = Access::to("dynamodb:ImportTable", &name);
        // The files are found and read in the caller's name.
        let source = &self.s3_bucket_source;
        let bucket = format!("arn:aws:s3:::{}", source.s3_bucket);
        let prefix = source.s3_key_prefix.as_deref().unwrap_or_default();
        let files = format!("{bucket}/{prefix}*");
        Ok(vec![
            access.require(service).await?,
            Requirement::new("s3:ListBucket", bucket),
            Requirement::new("s3:GetObject", files),
        ])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<ImportTableOutput, Error> {
        let now = service.clock.now();
        let parameters = self.table_creation_parameters.clone();
        let table = TableName::read(permit.caller(), &parameters.table_name)?;
        let plan = &Plan {
            wanted: wanted(self)?,
            definition: definition(parameters, service, &table)?,
            name: Labelled::new(Kind::Import, &table, now, &service.entropy),
            now,
        };
        plan.name
            .table
            .check_room(&service.store.snapshot())
            .await?;
        let import = service.store.transact(|txn| plan.begin(txn)).await?;
        service.transfers.notify_one();
        Ok(ImportTableOutput {
            import_table_description: import.describe(),
        })
    }
}

fn wanted(input: ImportTableInput) -> Result<Wanted, Error> {
    let csv = input.input_format_options.and_then(|options| options.csv);
    if csv.is_some() && input.input_format != WireFormat::Csv {
        return Err(ExportError::CsvOptions.into());
    }
    let csv = csv.unwrap_or_default();
    let source = input.s3_bucket_source;
    Ok(Wanted {
        bucket: source.s3_bucket,
        bucket_owner: source.s3_bucket_owner,
        prefix: source.s3_key_prefix,
        format: match input.input_format {
            WireFormat::DynamodbJson => InputFormat::DynamodbJson,
            WireFormat::Ion => InputFormat::Ion,
            WireFormat::Csv => InputFormat::Csv {
                delimiter: csv.delimiter.and_then(|text| text.chars().next()),
                header: csv.header_list,
            },
        },
        compression: match input.input_compression_type {
            Some(InputCompressionType::Gzip) => Compression::Gzip,
            Some(InputCompressionType::Zstd) => Compression::Zstd,
            None | Some(InputCompressionType::None) => Compression::None,
        },
        client_token: input.client_token,
    })
}

/// The table that is asked for, but for its id.
fn definition(
    parameters: TableCreationParameters,
    service: &Dynamodb,
    name: &TableName,
) -> Result<Table, Error> {
    if parameters.vector_indexes.is_some() {
        let what = "ImportTable with VectorIndexes";
        return Err(ErrorKind::NotImplemented(what).into());
    }
    let input = CreateTableInput {
        table_name: parameters.table_name,
        attribute_definitions: Some(parameters.attribute_definitions),
        key_schema: Some(parameters.key_schema),
        billing_mode: parameters.billing_mode,
        provisioned_throughput: parameters.provisioned_throughput,
        on_demand_throughput: parameters.on_demand_throughput,
        sse_specification: parameters.sse_specification,
        global_secondary_indexes: parameters.global_secondary_indexes,
        ..CreateTableInput::default()
    };
    Ok(Table {
        is_filling: true,
        ..create_table::read(input, service, name)?
    })
}

struct Plan {
    wanted: Wanted,
    definition: Table,
    name: Labelled,
    now: Timestamp,
}

impl Plan {
    async fn begin(&self, txn: Txn) -> Result<Import, Error> {
        if let Some(import) = self.replayed(&txn).await? {
            return Ok(import);
        }
        let table = &self.name.table;
        if txn.get(&table.key()).await?.is_some() {
            return Err(TableError::Exists(table.name.clone()).into());
        }
        let definition = Table {
            id: next_id(&txn).await?,
            ..self.definition.clone()
        };
        txn.put(table.key(), kv::record::encode(&definition));
        let import = Import {
            arn: self.name.arn(),
            wanted: self.wanted.clone(),
            table: definition,
            started_ms: self.now.as_millis(),
            ended_ms: None,
            state: State::InProgress,
            counts: Counts::default(),
        };
        txn.put(self.name.key(), kv::record::encode(&import));
        Ok(import)
    }

    /// The import that a request with the same token began.
    async fn replayed(&self, txn: &Txn) -> Result<Option<Import>, Error> {
        if self.wanted.client_token.is_none() {
            return Ok(None);
        }
        let since = self.now.saturating_sub(TOKEN_LIFETIME).as_millis();
        let TableName {
            account, region, ..
        } = &self.name.table;
        let range = Kind::Import.of_account(*account, region).range();
        let mut imports = txn.scan(range, Order::Ascending);
        while let Some((_, record)) = imports.next().await? {
            let import: Import = kv::record::decode(&record)?;
            let is_same = import.wanted.client_token == self.wanted.client_token;
            if is_same && import.started_ms > since {
                return match import.wanted == self.wanted && self.makes(&import.table) {
                    true => Ok(Some(import)),
                    false => Err(ExportError::ImportToken.into()),
                };
            }
        }
        Ok(None)
    }

    /// Whether the table that was made is the one that is asked for.
    fn makes(&self, table: &Table) -> bool {
        let asked = &self.definition;
        (&asked.arn, &asked.attributes, &asked.key, &asked.indexes)
            == (&table.arn, &table.attributes, &table.key, &table.indexes)
            && asked.billing.mode == table.billing.mode
            && asked.throughput == table.throughput
    }
}
