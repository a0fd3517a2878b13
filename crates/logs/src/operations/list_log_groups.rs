//! ListLogGroups.

use crate::filter::Wildcard;
use crate::page::{decode_name, encode_name};
use crate::record::{Group, groups_range, name_of};
use crate::{Logs, LogsError, group_arn};
use kv::{Order, record};
use service::{Caller, Operate, Permit, Requirement};
use std::collections::BTreeMap;
use wire::Enumeration;
use wire::logs::{
    ListLogGroupsInput, ListLogGroupsOutput, LogGroupClass, LogGroupSummary, TagFilter,
};

const DEFAULT_LIMIT: usize = 50;

impl Operate<Logs> for ListLogGroupsInput {
    async fn requirements(&self, _: &Logs, _: &Caller) -> Result<Vec<Requirement>, LogsError> {
        Ok(vec![Requirement::new("logs:ListLogGroups", "*")])
    }

    async fn operate(self, logs: &Logs, permit: &Permit) -> Result<ListLogGroupsOutput, LogsError> {
        if self.data_sources.is_some() || self.field_index_names.is_some() {
            return Err(LogsError::NotBuilt(
                "Data sources and field indexes are not built",
            ));
        }
        let caller = permit.caller();
        let limit = self.limit.and_then(|n| usize::try_from(n).ok());
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        let after = self.next_token.as_deref().map(decode_name).transpose()?;
        let snapshot = logs.store.snapshot();
        let mut scan = snapshot.scan(groups_range(caller, ""), Order::Ascending);
        let (mut found, mut more) = (Vec::<String>::new(), false);
        let mut summaries = Vec::new();
        while let Some((key, value)) = scan.next().await? {
            let name = name_of(&key)?;
            let group: Group = record::decode(&value)?;
            if after.as_ref().is_some_and(|after| name <= *after) || !self.wants(&name, &group) {
                continue;
            }
            if found.len() == limit {
                more = true;
                break;
            }
            summaries.push(LogGroupSummary {
                log_group_arn: Some(group_arn(caller, &name)),
                log_group_name: Some(name.clone()),
                log_group_class: LogGroupClass::from_name(&group.class),
            });
            found.push(name);
        }
        Ok(ListLogGroupsOutput {
            log_groups: Some(summaries),
            next_token: found.last().filter(|_| more).map(|name| encode_name(name)),
        })
    }
}

trait Wanted {
    fn wants(&self, name: &str, group: &Group) -> bool;
}

impl Wanted for ListLogGroupsInput {
    fn wants(&self, name: &str, group: &Group) -> bool {
        let pattern = self.log_group_name_pattern.as_deref();
        let class = self.log_group_class;
        let mut tags = self.log_group_tags.iter().flatten();
        pattern.is_none_or(|pattern| pattern.split('|').any(|part| is_named(name, part)))
            && class.is_none_or(|class| class.as_str() == group.class)
            && tags.all(|wanted| has_tag(&group.tags, wanted))
    }
}

/// A part of a name, or with `^` its beginning.
fn is_named(name: &str, part: &str) -> bool {
    match part.strip_prefix('^') {
        Some(prefix) => name.starts_with(prefix),
        None => name.contains(part),
    }
}

/// A tag with one of the values, if any are named: `prod`, `!prod`, `prod*` in any case.
fn has_tag(tags: &BTreeMap<String, String>, wanted: &TagFilter) -> bool {
    let Some(value) = tags.get(&wanted.key) else {
        return false;
    };
    let values = wanted.values.as_deref().unwrap_or_default();
    let is_value = |text: &str| match text.contains('*') {
        true => Wildcard::new(&text.to_lowercase()).matches(&value.to_lowercase()),
        false => value == text,
    };
    let fits = |text: &String| match text.strip_prefix('!') {
        Some(other) => !is_value(other),
        None => is_value(text),
    };
    values.is_empty() || values.iter().any(fits)
}
