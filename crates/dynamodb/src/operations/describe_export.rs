//! DescribeExport, and how answers describe exports.

use crate::Dynamodb;
use crate::error::{Error, ExportError};
use crate::export::{self, Export, S3Encryption, Span, State};
use crate::formats::Format;
use base::Timestamp;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{
    DescribeExportInput, DescribeExportOutput, ExportDescription, ExportFormat, ExportStatus,
    ExportSummary, ExportType, ExportViewType, IncrementalExportSpecification, S3SseAlgorithm,
};

impl Operate<Dynamodb> for DescribeExportInput {
    async fn requirements(&self, _: &Dynamodb, _: &Caller) -> Result<Vec<Requirement>, Error> {
        let arn = export::named(&self.export_arn)?.arn();
        Ok(vec![Requirement::new("dynamodb:DescribeExport", arn)])
    }

    async fn operate(self, service: &Dynamodb, _: &Permit) -> Result<DescribeExportOutput, Error> {
        let name = export::named(&self.export_arn)?;
        let record = service.store.snapshot().get(&name.key()).await?;
        let record = record.ok_or(ExportError::NotFound(self.export_arn))?;
        let export: Export = kv::record::decode(&record)?;
        Ok(DescribeExportOutput {
            export_description: Some(export.describe()),
        })
    }
}

impl Export {
    pub(super) fn describe(&self) -> ExportDescription {
        let (wanted, time) = (&self.wanted, Timestamp::from_millis);
        let is_completed = self.state == State::Completed;
        let (failure_code, failure_message) = match &self.state {
            State::Failed { code, message } => (Some(code.clone()), Some(message.clone())),
            State::InProgress | State::Completed => (None, None),
        };
        ExportDescription {
            export_arn: Some(self.arn.clone()),
            export_status: Some(self.status()),
            start_time: Some(time(self.started_ms)),
            end_time: self.ended_ms.map(time),
            export_manifest: is_completed.then(|| self.manifest()),
            table_arn: Some(self.table.arn.clone()),
            table_id: Some(self.table.uuid.clone()),
            export_time: (self.from.is_none()).then_some(time(self.time_ms)),
            client_token: wanted.client_token.clone(),
            s3_bucket: Some(wanted.bucket.clone()),
            s3_bucket_owner: wanted.bucket_owner.clone(),
            s3_prefix: wanted.prefix.clone(),
            s3_sse_algorithm: Some(match wanted.encryption {
                None | Some(S3Encryption::Aes256) => S3SseAlgorithm::Aes256,
                Some(S3Encryption::Kms) => S3SseAlgorithm::Kms,
            }),
            s3_sse_kms_key_id: wanted.key_id.clone(),
            failure_code,
            failure_message,
            export_format: Some(match wanted.format {
                Format::DynamodbJson => ExportFormat::DynamodbJson,
                Format::Ion => ExportFormat::Ion,
            }),
            billed_size_bytes: is_completed.then_some(self.bytes),
            item_count: is_completed.then_some(self.items),
            export_type: Some(self.kind()),
            incremental_export_specification: self.specification(),
            ..ExportDescription::default()
        }
    }

    pub(super) fn summary(&self) -> ExportSummary {
        ExportSummary {
            export_arn: Some(self.arn.clone()),
            export_status: Some(self.status()),
            export_type: Some(self.kind()),
        }
    }

    fn status(&self) -> ExportStatus {
        match self.state {
            State::InProgress => ExportStatus::InProgress,
            State::Completed => ExportStatus::Completed,
            State::Failed { .. } => ExportStatus::Failed,
        }
    }

    fn kind(&self) -> ExportType {
        match self.wanted.span {
            Span::Full { .. } => ExportType::FullExport,
            Span::Incremental { .. } => ExportType::IncrementalExport,
        }
    }

    fn specification(&self) -> Option<IncrementalExportSpecification> {
        let Span::Incremental {
            from_ms, shows_old, ..
        } = self.wanted.span
        else {
            return None;
        };
        Some(IncrementalExportSpecification {
            export_from_time: Some(Timestamp::from_millis(from_ms)),
            export_to_time: Some(Timestamp::from_millis(self.time_ms)),
            export_view_type: Some(match shows_old {
                true => ExportViewType::NewAndOldImages,
                false => ExportViewType::NewImage,
            }),
        })
    }
}
