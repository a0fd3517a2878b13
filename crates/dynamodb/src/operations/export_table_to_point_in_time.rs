//! ExportTableToPointInTime.

use crate::Dynamodb;
use crate::access::Access;
use crate::error::{Error, ErrorKind, ExportError, ParameterError};
use crate::export::{Export, S3Encryption, Span, State, Wanted};
use crate::formats::Format;
use crate::history::Source;
use crate::labelled::{Kind, Labelled};
use crate::stream::sequence_of;
use crate::table::Table;
use crate::tables::{TableName, next_id};
use crate::write::{Author, Writer};
use base::Timestamp;
use kv::{Order, Txn};
use service::{Caller, Operate, Permit, Requirement};
use std::time::Duration;
use wire::dynamodb::{
    ExportFormat, ExportTableToPointInTimeInput, ExportTableToPointInTimeOutput, ExportType,
    ExportViewType, S3SseAlgorithm,
};

/// How long a client token counts.
const TOKEN_LIFETIME: Duration = Duration::from_secs(8 * 60 * 60);

impl Operate<Dynamodb> for ExportTableToPointInTimeInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        _: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = table_name(&self.table_arn)?;
        let access = Access::to("dynamodb:ExportTableToPointInTime", &name);
        // The files are written in the caller's name.
        let (bucket, prefix) = (&self.s3_bucket, self.s3_prefix.as_deref());
        let folder = prefix.map_or(String::new(), |prefix| format!("{prefix}/"));
        let files = format!("arn:aws:s3:::{bucket}/{folder}AWSDynamoDB/*");
        Ok(vec![
            access.require(service).await?,
            Requirement::new("s3:PutObject", files),
        ])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        _: &Permit,
    ) -> Result<ExportTableToPointInTimeOutput, Error> {
        let now = service.clock.now();
        let table = table_name(&self.table_arn)?;
        let plan = &Plan {
            name: Labelled::new(Kind::Export, &table, now, &service.entropy),
            wanted: wanted(self)?,
            now,
        };
        let export = service
            .transact(Author::Caller, |writer| plan.begin(service, writer))
            .await?;
        service.transfers.notify_one();
        Ok(ExportTableToPointInTimeOutput {
            export_description: Some(export.describe()),
        })
    }
}

/// The table that is to be exported.
fn table_name(arn: &str) -> Result<TableName, Error> {
    let name = TableName::from_arn(arn).filter(|name| name.arn() == arn);
    Ok(name.ok_or_else(|| ParameterError::TableArn(arn.to_owned()))?)
}

fn wanted(input: ExportTableToPointInTimeInput) -> Result<Wanted, Error> {
    if input.filter_specification.is_some() {
        let what = "ExportTableToPointInTime with FilterSpecification";
        return Err(ErrorKind::NotImplemented(what).into());
    }
    let prefix = input.s3_prefix.filter(|prefix| !prefix.is_empty());
    if let Some(prefix) = &prefix {
        check_prefix(prefix)?;
    }
    let millis = |time: Option<Timestamp>| time.map(Timestamp::as_millis);
    let specification = input.incremental_export_specification;
    let span = match (input.export_type, specification) {
        (None | Some(ExportType::FullExport), None) => Span::Full {
            time_ms: millis(input.export_time),
        },
        (Some(ExportType::IncrementalExport), Some(given)) => Span::Incremental {
            from_ms: millis(given.export_from_time).ok_or(ExportError::NoFromTime)?,
            to_ms: millis(given.export_to_time),
            shows_old: given.export_view_type != Some(ExportViewType::NewImage),
        },
        _ => return Err(ExportError::Specification.into()),
    };
    Ok(Wanted {
        bucket: input.s3_bucket,
        bucket_owner: input.s3_bucket_owner,
        prefix,
        encryption: input.s3_sse_algorithm.map(|algorithm| match algorithm {
            S3SseAlgorithm::Aes256 => S3Encryption::Aes256,
            S3SseAlgorithm::Kms => S3Encryption::Kms,
        }),
        key_id: input.s3_sse_kms_key_id,
        format: match input.export_format {
            None | Some(ExportFormat::DynamodbJson) => Format::DynamodbJson,
            Some(ExportFormat::Ion) => Format::Ion,
        },
        client_token: input.client_token,
        span,
    })
}

/// Refuses prefixes that are no path below the bucket.
fn check_prefix(prefix: &str) -> Result<(), ExportError> {
    let mut parts = prefix.trim_end_matches('/').split('/');
    match parts.any(|part| matches!(part, "" | "." | "..") || part.contains('\0')) {
        true => Err(ExportError::Prefix(prefix.to_owned())),
        false => Ok(()),
    }
}

struct Plan {
    name: Labelled,
    wanted: Wanted,
    now: Timestamp,
}

/// The stretch of time that is exported.
struct Stretch {
    from: Option<u64>,
    to: Timestamp,
}

impl Plan {
    async fn begin(&self, service: &Dynamodb, writer: Writer) -> Result<Export, Error> {
        let txn = &writer.txn;
        if let Some(export) = self.replayed(txn).await? {
            return Ok(export);
        }
        let table = &self.name.table;
        let found = service.table_in(txn, table).await?;
        let no_table = || ExportError::NoTable(table.name.clone());
        let mut found = Table::clone(&*found.ok_or_else(no_table)?);
        let stretch = self.stretch(&found)?;
        let id = next_id(txn).await?;
        let latest = service.read_past(&writer, &mut found, id).await?;
        let end = sequence_of(end_of(stretch.to)).saturating_sub(1);
        let export = Export {
            id,
            arn: self.name.arn(),
            wanted: self.wanted.clone(),
            table: Table {
                history: None,
                ..found.clone()
            },
            source: Source {
                moment: latest.moment.min(end),
                ..latest
            },
            from: stretch.from,
            started_ms: self.now.as_millis(),
            ended_ms: None,
            time_ms: stretch.to.as_millis(),
            state: State::InProgress,
            items: 0,
            bytes: 0,
        };
        txn.put(self.name.key(), kv::record::encode(&export));
        txn.put(table.key(), kv::record::encode(&found));
        Ok(export)
    }

    /// The export that a request with the same token began.
    async fn replayed(&self, txn: &Txn) -> Result<Option<Export>, Error> {
        if self.wanted.client_token.is_none() {
            return Ok(None);
        }
        let since = self.now.saturating_sub(TOKEN_LIFETIME).as_millis();
        let range = Kind::Export.of_table(&self.name.table).range();
        let mut exports = txn.scan(range, Order::Ascending);
        while let Some((_, record)) = exports.next().await? {
            let export: Export = kv::record::decode(&record)?;
            let is_same = export.wanted.client_token == self.wanted.client_token;
            if is_same && export.started_ms > since {
                return match export.wanted == self.wanted {
                    true => Ok(Some(export)),
                    false => Err(ExportError::Token.into()),
                };
            }
        }
        Ok(None)
    }

    fn stretch(&self, table: &Table) -> Result<Stretch, ExportError> {
        let recovery = table.history.as_ref().and_then(|history| history.recovery);
        let recovery = recovery.ok_or_else(|| ExportError::NoRecovery(table.name.clone()))?;
        let earliest = recovery.earliest(self.now);
        let check = |ms: i64, member: &'static str| {
            let time = Timestamp::from_millis(ms);
            let is_possible = time.as_secs() >= earliest.as_secs() && time <= self.now;
            is_possible.then_some(time).ok_or(ExportError::Time(member))
        };
        match self.wanted.span {
            Span::Full { time_ms } => Ok(Stretch {
                from: None,
                to: check(time_ms.unwrap_or(self.now.as_millis()), "ExportTime")?,
            }),
            Span::Incremental { from_ms, to_ms, .. } => {
                let to_ms = to_ms.unwrap_or(self.now.as_millis());
                if from_ms >= to_ms {
                    return Err(ExportError::Span);
                }
                let from = check(from_ms, "ExportFromTime")?;
                Ok(Stretch {
                    from: Some(sequence_of(from).saturating_sub(1)),
                    to: check(to_ms, "ExportToTime")?,
                })
            }
        }
    }
}

/// A whole second counts to its end, as in restores.
fn end_of(time: Timestamp) -> Timestamp {
    match time.as_millis().rem_euclid(1000) {
        0 => time.saturating_add(Duration::from_secs(1)),
        _ => time.saturating_add(Duration::from_millis(1)),
    }
}
