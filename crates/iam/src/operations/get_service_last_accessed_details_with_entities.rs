//! GetServiceLastAccessedDetailsWithEntities.

use crate::Iam;
use crate::error::Error;
use crate::gate::on_account;
use crate::last_accessed;
use crate::page::Page;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{
    GetServiceLastAccessedDetailsWithEntitiesInput,
    GetServiceLastAccessedDetailsWithEntitiesOutput, JobStatusType,
};

impl Operate<Iam> for GetServiceLastAccessedDetailsWithEntitiesInput {
    async fn requirements(&self, _: &Iam, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(on_account("iam:GetServiceLastAccessedDetailsWithEntities"))
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<GetServiceLastAccessedDetailsWithEntitiesOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let records = iam.records(permit.caller());
        let job = last_accessed::job(&records, &self.job_id).await?;
        let entities =
            last_accessed::entities(iam, &records, &job, &self.service_namespace).await?;
        let listing = page.cut(entities, |entity| entity.entity_info.arn.clone());
        let created = base::Timestamp::from_secs(job.created_s);
        Ok(GetServiceLastAccessedDetailsWithEntitiesOutput {
            job_status: JobStatusType::Completed,
            job_creation_date: created,
            job_completion_date: created,
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            entity_details_list: listing.items,
            error: None,
        })
    }
}
