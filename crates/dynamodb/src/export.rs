//! Exports: a table's items as they were at a moment, or what changed between two, as files.
//!
//! An export is noted in the store and carried out in the background. It reads the past
//! ([`crate::history`]), so after a restart it is done again from its beginning and gives the
//! same files.

mod files;

use crate::Dynamodb;
use crate::error::{Error, ExportError};
use crate::formats::Format;
use crate::history::{Changes, Past, Source};
use crate::labelled::{Kind, Labelled};
use crate::table::Table;
use crate::write;
use files::Files;
use kv::{Order, Txn};
use s3_folder::S3Error;
use serde::{Deserialize, Serialize};

/// An export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Export {
    /// Its id as a reader of the table's history; never used again.
    pub id: u64,
    pub arn: String,
    pub wanted: Wanted,
    /// The table as it was when the export began.
    pub table: Table,
    pub source: Source,
    /// The moment after which changes count, for incremental ones.
    #[serde(default)]
    pub from: Option<u64>,
    pub started_ms: i64,
    #[serde(default)]
    pub ended_ms: Option<i64>,
    /// The time whose items are exported.
    pub time_ms: i64,
    pub state: State,
    #[serde(default)]
    pub items: i64,
    #[serde(default)]
    pub bytes: i64,
}

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    pub bucket: String,
    pub bucket_owner: Option<String>,
    pub prefix: Option<String>,
    pub encryption: Option<S3Encryption>,
    pub key_id: Option<String>,
    pub format: Format,
    pub client_token: Option<String>,
    pub span: Span,
}

/// Encryption at rest, which is only remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum S3Encryption {
    Aes256,
    Kms,
}

/// What of the table is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Span {
    /// All items, at a time or now.
    Full { time_ms: Option<i64> },
    /// What changed.
    Incremental {
        from_ms: i64,
        to_ms: Option<i64>,
        shows_old: bool,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    InProgress,
    Completed,
    Failed { code: String, message: String },
}

/// Where an export or an import stands when it cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    #[error("{}", .0.message())]
    Table(Error),
    #[error(transparent)]
    S3(#[from] S3Error),
}

impl From<Error> for TransferError {
    fn from(error: Error) -> TransferError {
        TransferError::Table(error)
    }
}

impl From<kv::Error> for TransferError {
    fn from(error: kv::Error) -> TransferError {
        TransferError::Table(error.into())
    }
}

/// As AWS names such failures.
impl From<&S3Error> for State {
    fn from(error: &S3Error) -> State {
        let code = match error {
            S3Error::NoBucket => "S3NoSuchBucket",
            S3Error::Key(_) => "S3InvalidKey",
            S3Error::File { .. } => "S3AccessDenied",
        };
        State::Failed {
            code: code.to_owned(),
            message: error.to_string(),
        }
    }
}

/// The export that an ARN names.
///
/// # Errors
/// [`ExportError::NotFound`]
pub fn named(arn: &str) -> Result<Labelled, Error> {
    let name = Labelled::from_arn(Kind::Export, arn);
    Ok(name.ok_or_else(|| ExportError::NotFound(arn.to_owned()))?)
}

impl Export {
    /// The exports that are still to be carried out.
    ///
    /// # Errors
    /// The store's.
    pub async fn under_way(txn: &Txn) -> Result<Vec<Export>, Error> {
        let mut exports = Vec::new();
        let mut records = txn.scan(Kind::Export.all().range(), Order::Ascending);
        while let Some((_, record)) = records.next().await? {
            let export: Export = kv::record::decode(&record)?;
            if export.state == State::InProgress {
                exports.push(export);
            }
        }
        Ok(exports)
    }

    /// The key of the manifest that lists the files.
    pub fn manifest(&self) -> String {
        format!("{}/manifest-files.json", self.folder())
    }

    /// The key under which everything of the export is.
    fn folder(&self) -> String {
        format!("{}/{}", self.root(), self.label())
    }

    fn root(&self) -> String {
        let prefix = self.wanted.prefix.as_deref().unwrap_or_default();
        match prefix.trim_end_matches('/') {
            "" => "AWSDynamoDB".to_owned(),
            prefix => format!("{prefix}/AWSDynamoDB"),
        }
    }

    fn label(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }
}

impl Dynamodb {
    /// Carries out every export that is noted.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn export_noted(&self) -> Result<(), Error> {
        let exports = self
            .store
            .transact(|txn| async move { Export::under_way(&txn).await })
            .await?;
        let mut done = Ok(());
        for export in exports {
            // What keeps one from being made does not keep the others.
            done = done.and(self.carry_out_export(export).await);
        }
        done
    }

    async fn carry_out_export(&self, export: Export) -> Result<(), Error> {
        let ended = match self.export(&export).await {
            Ok(ended) => ended,
            Err(TransferError::Table(error)) => return Err(error),
            Err(TransferError::S3(error)) => {
                tracing::warn!(%error, export = export.arn, "an export failed");
                Export {
                    state: State::from(&error),
                    ..export
                }
            }
        };
        self.end_export(ended).await
    }

    async fn end_export(&self, export: Export) -> Result<(), Error> {
        let export = &Export {
            ended_ms: Some(self.clock.now().as_millis()),
            ..export
        };
        let name = &named(&export.arn)?;
        self.store
            .transact(|txn| async move {
                self.leave_past(&txn, &name.table, export.table.id, export.id)
                    .await?;
                txn.put(name.key(), kv::record::encode(export));
                Ok::<(), Error>(())
            })
            .await
    }

    async fn export(&self, export: &Export) -> Result<Export, TransferError> {
        let mut files = Files::new(&self.buckets, export);
        files.start().await?;
        match export.from {
            None => self.export_items(export, &mut files).await?,
            Some(from) => self.export_changes(export, from, &mut files).await?,
        }
        let ended = Export {
            state: State::Completed,
            ..files.finish().await?
        };
        files::write_summary(&self.buckets, &ended, self.clock.now()).await?;
        Ok(ended)
    }

    async fn export_items(
        &self,
        export: &Export,
        files: &mut Files<'_>,
    ) -> Result<(), TransferError> {
        let mut past = Past::new(&self.store.snapshot(), &export.source, None).await?;
        while let Some(found) = past.next().await? {
            let item = write::decode(&found.record)?;
            files.add([("Item", &item)], item.size_bytes()).await?;
        }
        Ok(())
    }

    async fn export_changes(
        &self,
        export: &Export,
        from: u64,
        files: &mut Files<'_>,
    ) -> Result<(), TransferError> {
        let shows_old = matches!(
            export.wanted.span,
            Span::Incremental {
                shows_old: true,
                ..
            }
        );
        let mut changes = Changes::new(&self.store.snapshot(), &export.source, from).await?;
        while let Some(change) = changes.next().await? {
            let old = change.old.as_ref().map(write::decode).transpose()?;
            let new = change.new.as_ref().map(write::decode).transpose()?;
            let Some(keys) = new.as_ref().or(old.as_ref()) else {
                // It came and went in between.
                continue;
            };
            let (keys, metadata) = (
                export.table.key.key_of(keys),
                files::metadata(change.moment),
            );
            let mut members = vec![("Metadata", &metadata), ("Keys", &keys)];
            members.extend(
                old.as_ref()
                    .filter(|_| shows_old)
                    .map(|old| ("OldImage", old)),
            );
            members.extend(new.as_ref().map(|new| ("NewImage", new)));
            let size = members.iter().map(|(_, item)| item.size_bytes()).sum();
            files.add(members, size).await?;
        }
        Ok(())
    }
}
