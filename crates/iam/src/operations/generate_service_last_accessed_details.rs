//! GenerateServiceLastAccessedDetails.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::last_accessed;
use crate::record::AccessJob;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{
    AccessAdvisorUsageGranularityType, GenerateServiceLastAccessedDetailsInput,
    GenerateServiceLastAccessedDetailsOutput,
};

impl Operate<Iam> for GenerateServiceLastAccessedDetailsInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let action = "iam:GenerateServiceLastAccessedDetails";
        iam.about(caller, action, &self.arn).await
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<GenerateServiceLastAccessedDetailsOutput, Error> {
        let account = permit.caller().account;
        last_accessed::principals(&iam.records(permit.caller()), &self.arn).await?;
        let action_level = AccessAdvisorUsageGranularityType::ActionLevel;
        let job = &AccessJob {
            created_s: iam.clock.now().as_secs(),
            action_level: self.granularity == Some(action_level),
            arn: self.arn,
        };
        let id = &iam.entropy.uuid();
        iam.change(account, |records| async move {
            records.put(keys::access_job(account, id), job);
            Ok(())
        })
        .await?;
        Ok(GenerateServiceLastAccessedDetailsOutput {
            job_id: Some(id.clone()),
        })
    }
}
