//! GenerateCredentialReport.

use crate::Iam;
use crate::credential_report;
use crate::error::Error;
use crate::gate::on_account;
use crate::keys;
use crate::record::CredentialReport;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{GenerateCredentialReportInput, GenerateCredentialReportOutput, ReportStateType};

impl Operate<Iam> for GenerateCredentialReportInput {
    async fn requirements(&self, _: &Iam, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(on_account("iam:GenerateCredentialReport"))
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<GenerateCredentialReportOutput, Error> {
        let account = permit.caller().account;
        let records = iam.records(permit.caller());
        let known = records.exists(&keys::credential_report(account)).await?;
        let report = &CredentialReport {
            generated_s: iam.clock.now().as_secs(),
            content: credential_report::write(iam, &records).await?,
        };
        iam.change(account, |records| async move {
            records.put(keys::credential_report(account), report);
            Ok(())
        })
        .await?;
        Ok(GenerateCredentialReportOutput {
            state: Some(match known {
                true => ReportStateType::Complete,
                false => ReportStateType::Started,
            }),
            description: (!known)
                .then(|| "No report exists. Starting a new report generation task".to_owned()),
        })
    }
}
