//! GetCredentialReport.

use crate::Iam;
use crate::error::Error;
use crate::gate::on_account;
use crate::keys;
use crate::record::CredentialReport;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{GetCredentialReportInput, GetCredentialReportOutput, ReportFormatType};

impl Operate<Iam> for GetCredentialReportInput {
    async fn requirements(&self, _: &Iam, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(on_account("iam:GetCredentialReport"))
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<GetCredentialReportOutput, Error> {
        let account = permit.caller().account;
        let records = iam.records(permit.caller());
        let report: Option<CredentialReport> =
            records.read(&keys::credential_report(account)).await?;
        let report = report.ok_or(Error::NoReport)?;
        Ok(GetCredentialReportOutput {
            content: Some(report.content.into_bytes().into()),
            report_format: Some(ReportFormatType::TextCsv),
            generated_time: Some(base::Timestamp::from_secs(report.generated_s)),
        })
    }
}
