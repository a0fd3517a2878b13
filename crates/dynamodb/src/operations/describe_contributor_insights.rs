//! DescribeContributorInsights.

use super::update_contributor_insights::{check_index, mode, status};
use crate::Dynamodb;
use crate::access::Access;
use crate::error::Error;
use crate::tables::TableName;
use base::Timestamp;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{DescribeContributorInsightsInput, DescribeContributorInsightsOutput};

impl Operate<Dynamodb> for DescribeContributorInsightsInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = TableName::of_table(caller, &self.table_name)?;
        let access = Access::to("dynamodb:DescribeContributorInsights", &name)
            .index(self.index_name.as_deref());
        Ok(vec![access.require(service).await?])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<DescribeContributorInsightsOutput, Error> {
        let name = TableName::of_table(permit.caller(), &self.table_name)?;
        let table = service
            .any_table_at(&service.store.snapshot(), &name)
            .await?;
        let table = table.ok_or_else(|| name.no_such_table())?;
        let index = self.index_name.as_deref();
        check_index(&name, index, |index| table.index(index).is_some())?;
        let insights = table.settings.insights.get(index.unwrap_or_default());
        Ok(DescribeContributorInsightsOutput {
            table_name: Some(name.name),
            index_name: self.index_name,
            contributor_insights_status: Some(status(insights)),
            contributor_insights_mode: insights.map(|insights| mode(insights.mode)),
            last_update_date_time: insights.map(|i| Timestamp::from_millis(i.changed_at_ms)),
            ..DescribeContributorInsightsOutput::default()
        })
    }
}
