//! GetServiceLastAccessedDetails.

use crate::Iam;
use crate::error::Error;
use crate::gate::on_account;
use crate::last_accessed;
use crate::page::Page;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{
    AccessAdvisorUsageGranularityType, GetServiceLastAccessedDetailsInput,
    GetServiceLastAccessedDetailsOutput, JobStatusType,
};

impl Operate<Iam> for GetServiceLastAccessedDetailsInput {
    async fn requirements(&self, _: &Iam, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(on_account("iam:GetServiceLastAccessedDetails"))
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<GetServiceLastAccessedDetailsOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let records = iam.records(permit.caller());
        let job = last_accessed::job(&records, &self.job_id).await?;
        let services = last_accessed::services(iam, &records, &job).await?;
        let listing = page.cut(services, |service| service.service_namespace.clone());
        let created = base::Timestamp::from_secs(job.created_s);
        Ok(GetServiceLastAccessedDetailsOutput {
            job_status: JobStatusType::Completed,
            job_type: Some(match job.action_level {
                true => AccessAdvisorUsageGranularityType::ActionLevel,
                false => AccessAdvisorUsageGranularityType::ServiceLevel,
            }),
            job_creation_date: created,
            job_completion_date: created,
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            services_last_accessed: listing.items,
            error: None,
        })
    }
}
