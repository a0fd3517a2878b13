//! ListContributorInsights: of tables and their global indexes, enabled or not.

use super::update_contributor_insights::{mode, status};
use crate::Dynamodb;
use crate::error::Error;
use crate::table::Table;
use crate::tables::TableName;
use kv::Order;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{
    ContributorInsightsSummary, ListContributorInsightsInput, ListContributorInsightsOutput,
};

const MAX_SUMMARIES: usize = 100;

impl Operate<Dynamodb> for ListContributorInsightsInput {
    async fn requirements(&self, _: &Dynamodb, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![Requirement::new(
            "dynamodb:ListContributorInsights",
            "*",
        )])
    }

    /// A token is the place of the last summary: table and index.
    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<ListContributorInsightsOutput, Error> {
        let tables = tables(service, permit.caller(), self.table_name.as_deref()).await?;
        let limit = self.max_results.and_then(|max| usize::try_from(max).ok());
        let limit = limit.unwrap_or(MAX_SUMMARIES).clamp(1, MAX_SUMMARIES);
        let mut found = tables.iter().flat_map(summaries);
        if let Some(token) = &self.next_token {
            found.find(|(place, _)| place == token);
        }
        let page: Vec<_> = found.by_ref().take(limit).collect();
        let last = page.last().map(|(place, _)| place.clone());
        Ok(ListContributorInsightsOutput {
            next_token: last.filter(|_| found.next().is_some()),
            contributor_insights_summaries: Some(page.into_iter().map(|(_, it)| it).collect()),
        })
    }
}

async fn tables(
    service: &Dynamodb,
    caller: &Caller,
    name: Option<&str>,
) -> Result<Vec<Table>, Error> {
    let snapshot = service.store.snapshot();
    if let Some(name) = name {
        let name = TableName::of_table(caller, name)?;
        let table = service.any_table_at(&snapshot, &name).await?;
        let table = table.ok_or_else(|| name.no_such_table())?;
        return Ok(vec![Table::clone(&table)]);
    }
    let range = TableName::prefix(caller.account, &caller.region).range();
    let mut records = snapshot.scan(range, Order::Ascending);
    let mut tables = Vec::new();
    while let Some((_, record)) = records.next().await? {
        tables.push(kv::record::decode(&record)?);
    }
    Ok(tables)
}

fn summaries(table: &Table) -> Vec<(String, ContributorInsightsSummary)> {
    let indexes = table.global_indexes().map(|index| Some(index.name.clone()));
    let summary = |index: Option<String>| {
        let key = index.clone().unwrap_or_default();
        let insights = table.settings.insights.get(&key);
        let summary = ContributorInsightsSummary {
            table_name: Some(table.name.clone()),
            index_name: index,
            contributor_insights_status: Some(status(insights)),
            contributor_insights_mode: insights.map(|insights| mode(insights.mode)),
        };
        (format!("{}/{key}", table.name), summary)
    };
    std::iter::once(None).chain(indexes).map(summary).collect()
}
