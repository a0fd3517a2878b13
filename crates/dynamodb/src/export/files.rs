//! The files of an export, as "DynamoDB table export output format" of the developer guide has
//! them.

use super::{Export, S3Encryption, Span, TransferError};
use crate::formats::{Format, dynamodb_json, ion};
use crate::item::{Item, Value};
use crate::number::Number;
use base::{Timestamp, hex};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use md5::{Digest, Md5};
use s3_folder::{Folder, S3Error};
use serde::Serialize;
use std::io::Write as _;

/// How many bytes of text a file takes, about.
const FILE_BYTES: usize = 32 * 1024 * 1024;
/// How many bytes of text are compressed at once.
const BLOCK_BYTES: usize = 64 * 1024;

/// Writes the data files, and then their list.
pub struct Files<'a> {
    folder: &'a Folder,
    export: &'a Export,
    data: GzEncoder<Vec<u8>>,
    text: Vec<u8>,
    /// What is in the file that is being written.
    file_items: i64,
    file_bytes: usize,
    listed: Vec<Listed>,
    items: i64,
    bytes: i64,
}

/// A line of `manifest-files.json`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    item_count: i64,
    md5_checksum: String,
    etag: String,
    data_file_s3_key: String,
}

impl<'a> Files<'a> {
    pub fn new(folder: &'a Folder, export: &'a Export) -> Files<'a> {
        Files {
            folder,
            export,
            data: encoder(),
            text: Vec::new(),
            file_items: 0,
            file_bytes: 0,
            listed: Vec::new(),
            items: 0,
            bytes: 0,
        }
    }

    /// Shows that the bucket can be written to.
    pub async fn start(&self) -> Result<(), S3Error> {
        let key = format!("{}/_started", self.export.folder());
        self.put(&key, Vec::new()).await
    }

    /// Adds a line.
    pub async fn add(
        &mut self,
        members: impl IntoIterator<Item = (&'static str, &Item)>,
        size_bytes: usize,
    ) -> Result<(), TransferError> {
        let before = self.text.len();
        match (self.export.wanted.format, self.export.from) {
            (Format::DynamodbJson, _) => dynamodb_json::write(&mut self.text, members),
            (Format::Ion, None) => ion::write(&mut self.text, members),
            (Format::Ion, Some(_)) => ion::write_record(&mut self.text, members),
        }
        self.file_bytes += self.text.len() - before;
        self.file_items += 1;
        self.items += 1;
        self.bytes += i64::try_from(size_bytes).unwrap_or(i64::MAX);
        if self.text.len() >= BLOCK_BYTES {
            self.compress();
        }
        if self.file_bytes >= FILE_BYTES {
            self.end_file().await?;
        }
        Ok(())
    }

    /// Writes what is left, and the list; answers the export with its counts.
    pub async fn finish(mut self) -> Result<Export, TransferError> {
        // A table without items has an empty file.
        if self.file_items > 0 || self.listed.is_empty() {
            self.end_file().await?;
        }
        let mut lines = Vec::new();
        for listed in &self.listed {
            json_line(&mut lines, listed);
        }
        self.put_checked("manifest-files", lines).await?;
        Ok(Export {
            items: self.items,
            bytes: self.bytes,
            ..self.export.clone()
        })
    }

    fn compress(&mut self) {
        // Writing into memory cannot fail.
        let _ = self.data.write_all(&self.text);
        self.text.clear();
    }

    async fn end_file(&mut self) -> Result<(), S3Error> {
        self.compress();
        let data = std::mem::replace(&mut self.data, encoder());
        let content = data.finish().unwrap_or_default();
        let digest = Md5::digest(&content);
        let key = self.data_key();
        self.listed.push(Listed {
            item_count: self.file_items,
            md5_checksum: STANDARD.encode(digest),
            etag: format!("{}-1", hex::encode(&digest)),
            data_file_s3_key: key.clone(),
        });
        (self.file_items, self.file_bytes) = (0, 0);
        self.put(&key, content).await
    }

    /// The same names each time, so that an export which is done again leaves nothing behind.
    fn data_key(&self) -> String {
        let number = self.listed.len().to_string();
        let digest = Md5::new()
            .chain_update(self.export.label())
            .chain_update(number)
            .finalize();
        let extension = match self.export.wanted.format {
            Format::DynamodbJson => "json.gz",
            Format::Ion => "ion.gz",
        };
        // Incremental exports share a folder.
        let folder = match self.export.from {
            None => self.export.folder(),
            Some(_) => self.export.root(),
        };
        format!("{folder}/data/{}.{extension}", hex::encode(&digest))
    }

    async fn put(&self, key: &str, content: Vec<u8>) -> Result<(), S3Error> {
        let bucket = &self.export.wanted.bucket;
        self.folder.put(bucket, key, content).await
    }

    async fn put_checked(&self, name: &str, content: Vec<u8>) -> Result<(), S3Error> {
        put_checked(self.folder, self.export, name, content).await
    }
}

fn encoder() -> GzEncoder<Vec<u8>> {
    GzEncoder::new(Vec::new(), Compression::default())
}

/// Writes a manifest and its checksum.
async fn put_checked(
    folder: &Folder,
    export: &Export,
    name: &str,
    content: Vec<u8>,
) -> Result<(), S3Error> {
    let (bucket, path) = (&export.wanted.bucket, export.folder());
    let checksum = STANDARD.encode(Md5::digest(&content)).into_bytes();
    folder
        .put(bucket, &format!("{path}/{name}.json"), content)
        .await?;
    folder
        .put(bucket, &format!("{path}/{name}.checksum"), checksum)
        .await
}

/// `manifest-summary.json`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary<'a> {
    version: &'static str,
    export_arn: &'a str,
    start_time: String,
    end_time: String,
    table_arn: &'a str,
    table_id: &'a str,
    export_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    export_from_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    export_to_time: Option<String>,
    s3_bucket: &'a str,
    s3_prefix: Option<&'a str>,
    s3_sse_algorithm: &'static str,
    s3_sse_kms_key_id: Option<&'a str>,
    manifest_files_s3_key: String,
    billed_size_bytes: i64,
    item_count: i64,
    output_format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_view: Option<&'static str>,
    export_type: &'static str,
}

/// Writes the summary of an export whose files are there.
pub async fn write_summary(
    folder: &Folder,
    export: &Export,
    end: Timestamp,
) -> Result<(), S3Error> {
    let wanted = &export.wanted;
    let time = |ms: i64| Timestamp::from_millis(ms).iso8601();
    let (version, kind, view, from) = match wanted.span {
        Span::Full { .. } => ("2020-06-30", "FULL_EXPORT", None, None),
        Span::Incremental {
            shows_old, from_ms, ..
        } => {
            let view = match shows_old {
                true => "NEW_AND_OLD_IMAGES",
                false => "NEW_IMAGE",
            };
            (
                "2023-08-01",
                "INCREMENTAL_EXPORT",
                Some(view),
                Some(from_ms),
            )
        }
    };
    let summary = Summary {
        version,
        export_arn: &export.arn,
        start_time: time(export.started_ms),
        end_time: end.iso8601(),
        table_arn: &export.table.arn,
        table_id: &export.table.uuid,
        export_time: time(export.time_ms),
        export_from_time: from.map(time),
        export_to_time: from.map(|_| time(export.time_ms)),
        s3_bucket: &wanted.bucket,
        s3_prefix: wanted.prefix.as_deref(),
        s3_sse_algorithm: match wanted.encryption {
            None | Some(S3Encryption::Aes256) => "AES256",
            Some(S3Encryption::Kms) => "KMS",
        },
        s3_sse_kms_key_id: wanted.key_id.as_deref(),
        manifest_files_s3_key: export.manifest(),
        billed_size_bytes: export.bytes,
        item_count: export.items,
        output_format: match wanted.format {
            Format::DynamodbJson => "DYNAMODB_JSON",
            Format::Ion => "ION",
        },
        output_view: view,
        export_type: kind,
    };
    let mut content = Vec::new();
    json_line(&mut content, &summary);
    put_checked(folder, export, "manifest-summary", content).await
}

fn json_line(out: &mut Vec<u8>, value: &impl Serialize) {
    // Nothing in these cannot be JSON, and writing into memory cannot fail.
    let _ = serde_json::to_writer(&mut *out, value);
    out.push(b'\n');
}

/// What an incremental export says about a change: when it was.
pub fn metadata(moment: u64) -> Item {
    let at = Value::N(Number::from(moment));
    Item::from_iter([("WriteTimestampMicros".to_owned(), at)])
}
