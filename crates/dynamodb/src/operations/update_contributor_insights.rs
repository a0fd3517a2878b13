//! UpdateContributorInsights. What is wanted is remembered; nothing is counted.

use crate::Dynamodb;
use crate::access::Access;
use crate::error::{Error, TableError};
use crate::settings::{Insights, InsightsMode};
use crate::tables::TableName;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{
    ContributorInsightsAction, ContributorInsightsMode, ContributorInsightsStatus,
    UpdateContributorInsightsInput, UpdateContributorInsightsOutput,
};

impl Operate<Dynamodb> for UpdateContributorInsightsInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = TableName::of_table(caller, &self.table_name)?;
        let access = Access::to("dynamodb:UpdateContributorInsights", &name)
            .index(self.index_name.as_deref());
        Ok(vec![access.require(service).await?])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<UpdateContributorInsightsOutput, Error> {
        let name = &TableName::of_table(permit.caller(), &self.table_name)?;
        let is_enabled = self.contributor_insights_action == ContributorInsightsAction::Enable;
        let changed_at_ms = service.clock.now().as_millis();
        let wanted = self.contributor_insights_mode.map(|mode| match mode {
            ContributorInsightsMode::AccessedAndThrottledKeys => {
                InsightsMode::AccessedAndThrottledKeys
            }
            ContributorInsightsMode::ThrottledKeys => InsightsMode::ThrottledKeys,
        });
        let index = self.index_name.as_deref();
        let found = service
            .change_table(name, |table| {
                check_index(name, index, |index| table.index(index).is_some())?;
                let key = index.unwrap_or_default().to_owned();
                let before = table.settings.insights.get(&key).map(|before| before.mode);
                let insights = Insights {
                    is_enabled,
                    mode: wanted.or(before).unwrap_or_default(),
                    changed_at_ms,
                };
                table.settings.insights.insert(key, insights);
                Ok(())
            })
            .await?;
        let (_, table) = found.ok_or_else(|| name.no_such_table())?;
        let insights = table.settings.insights.get(index.unwrap_or_default());
        Ok(UpdateContributorInsightsOutput {
            table_name: Some(name.name.clone()),
            contributor_insights_mode: insights.map(|insights| mode(insights.mode)),
            index_name: self.index_name,
            contributor_insights_status: Some(match is_enabled {
                true => ContributorInsightsStatus::Enabling,
                false => ContributorInsightsStatus::Disabling,
            }),
        })
    }
}

/// # Errors
/// [`TableError::NoObservedIndex`]
pub fn check_index(
    name: &TableName,
    index: Option<&str>,
    is_there: impl Fn(&str) -> bool,
) -> Result<(), Error> {
    match index {
        Some(index) if !is_there(index) => Err(TableError::NoObservedIndex {
            index: index.to_owned(),
            table: name.name.clone(),
        }
        .into()),
        _ => Ok(()),
    }
}

pub fn mode(mode: InsightsMode) -> ContributorInsightsMode {
    match mode {
        InsightsMode::AccessedAndThrottledKeys => ContributorInsightsMode::AccessedAndThrottledKeys,
        InsightsMode::ThrottledKeys => ContributorInsightsMode::ThrottledKeys,
    }
}

pub fn status(insights: Option<&Insights>) -> ContributorInsightsStatus {
    match insights.is_some_and(|insights| insights.is_enabled) {
        true => ContributorInsightsStatus::Enabled,
        false => ContributorInsightsStatus::Disabled,
    }
}
