//! What callers must be allowed to do, and the condition keys that policies may ask for.

use crate::Dynamodb;
use crate::error::Error;
use crate::expression::{attribute_names, equated};
use crate::item::Value;
use crate::resource_policy::ResourcePolicy;
use crate::table::Table;
use crate::tables::TableName;
use crate::values::{WireItem, wire_value};
use base64::Engine as _;
use service::Requirement;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wire::AttributeValue;
use wire::Enumeration as _;
use wire::dynamodb::{
    QueryInput, ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure, Select,
    Tag,
};

/// A requirement on a table under construction.
#[derive(Debug)]
pub struct Access<'a> {
    name: &'a TableName,
    action: &'static str,
    index: Option<&'a str>,
    attributes: BTreeSet<String>,
    leading_keys: Vec<String>,
    context: Vec<(&'static str, &'static str)>,
    /// The table, once it was looked up; it need not exist.
    table: Option<Option<Arc<Table>>>,
}

/// How much a read looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Everything,
    Keys,
}

impl<'a> Access<'a> {
    pub fn to(action: &'static str, name: &'a TableName) -> Access<'a> {
        Access {
            name,
            action,
            index: None,
            attributes: BTreeSet::new(),
            leading_keys: Vec::new(),
            context: Vec::new(),
            table: None,
        }
    }

    #[must_use]
    pub fn index(mut self, index: Option<&'a str>) -> Access<'a> {
        self.index = index;
        self
    }

    /// Adds attributes by name.
    #[must_use]
    pub fn attributes<'b>(mut self, names: impl IntoIterator<Item = &'b String>) -> Access<'a> {
        self.attributes.extend(names.into_iter().cloned());
        self
    }

    /// Adds the attributes that expressions name.
    #[must_use]
    pub fn expressions<const N: usize>(
        mut self,
        texts: [Option<&String>; N],
        placeholders: Option<&BTreeMap<String, String>>,
    ) -> Access<'a> {
        for text in texts.into_iter().flatten() {
            self.attributes.extend(attribute_names(text, placeholders));
        }
        self
    }

    /// Says what a write answers with: nothing, if the request does not say. A write that shows the
    /// item when its condition fails answers with all that was there, whatever it does otherwise.
    #[must_use]
    pub fn returns(
        self,
        value: Option<ReturnValue>,
        on_failure: Option<ReturnValuesOnConditionCheckFailure>,
    ) -> Access<'a> {
        let value = match on_failure {
            Some(ReturnValuesOnConditionCheckFailure::AllOld) => ReturnValue::AllOld,
            _ => value.unwrap_or(ReturnValue::None),
        };
        self.with("dynamodb:ReturnValues", value.as_str())
    }

    /// Says whether the request asks for its capacity: not, if it does not say.
    #[must_use]
    pub fn return_capacity(self, value: Option<ReturnConsumedCapacity>) -> Access<'a> {
        let value = value.unwrap_or(ReturnConsumedCapacity::None);
        self.with("dynamodb:ReturnConsumedCapacity", value.as_str())
    }

    #[must_use]
    pub fn select(self, value: Select) -> Access<'a> {
        self.with("dynamodb:Select", value.as_str())
    }

    /// Says what a read answers with. Where it does not say itself, that is what it projects, or
    /// everything that the table or index has.
    #[must_use]
    pub fn reads(
        self,
        given: Option<Select>,
        projection: Option<&String>,
        listed: Option<&Vec<String>>,
    ) -> Access<'a> {
        let implied = match (projection, listed, self.index) {
            (None, None, None) => Select::AllAttributes,
            (None, None, Some(_)) => Select::AllProjectedAttributes,
            _ => Select::SpecificAttributes,
        };
        self.select(given.unwrap_or(implied))
    }

    #[must_use]
    pub fn within(self, operation: &'static str) -> Access<'a> {
        self.with("dynamodb:EnclosingOperation", operation)
    }

    /// Says whether a PartiQL statement reads all of a table or index.
    #[must_use]
    pub fn scans(self, scope: Scope) -> Access<'a> {
        let value = match scope {
            Scope::Everything => "true",
            Scope::Keys => "false",
        };
        self.with("dynamodb:FullTableScan", value)
    }

    /// Adds partition key values.
    #[must_use]
    pub fn leading<'b>(mut self, values: impl IntoIterator<Item = &'b Value>) -> Access<'a> {
        let values = values.into_iter().map(|value| wire_value(value.clone()));
        self.leading_keys
            .extend(values.filter_map(|value| key_text(&value)));
        self
    }

    fn with(mut self, key: &'static str, value: &'static str) -> Access<'a> {
        self.context.push((key, value));
        self
    }

    /// Adds the partition key values among `items`, which may be whole items or keys.
    ///
    /// # Errors
    /// The store's.
    pub async fn keys<'b>(
        mut self,
        service: &Dynamodb,
        items: impl IntoIterator<Item = &'b WireItem> + Send,
    ) -> Result<Access<'a>, Error> {
        let items: Vec<&WireItem> = items.into_iter().collect();
        let table = self.look(service).await?;
        for attribute in table.iter().flat_map(|table| &table.key.partition) {
            let values = items.iter().filter_map(|item| item.get(&attribute.name));
            self.leading_keys.extend(values.filter_map(key_text));
        }
        Ok(self)
    }

    /// Adds the partition key values that a query asks for.
    ///
    /// # Errors
    /// The store's.
    pub async fn query(
        mut self,
        service: &Dynamodb,
        query: &QueryInput,
    ) -> Result<Access<'a>, Error> {
        let table = self.look(service).await?;
        let schema = table.as_ref().and_then(|table| match self.index {
            Some(index) => table.index(index).map(|index| &index.key),
            None => Some(&table.key),
        });
        for attribute in schema.into_iter().flat_map(|schema| &schema.partition) {
            let value = partition_value(query, &attribute.name);
            self.leading_keys.extend(value.and_then(key_text));
        }
        Ok(self)
    }

    async fn look(&mut self, service: &Dynamodb) -> Result<Option<Arc<Table>>, Error> {
        if let Some(table) = &self.table {
            return Ok(table.clone());
        }
        let snapshot = service.store.snapshot();
        let table = service.any_table_at(&snapshot, self.name).await?;
        Ok(self.table.insert(table).clone())
    }

    /// The requirement, with the policy that the table has.
    ///
    /// # Errors
    /// The store's.
    pub async fn require(mut self, service: &Dynamodb) -> Result<Requirement, Error> {
        let table = self.look(service).await?;
        let policy = table.as_ref().and_then(|table| table.policy.as_ref());
        let policy = policy.map(ResourcePolicy::parsed).transpose()?;
        let resource = match self.index {
            Some(index) => format!("{}/index/{index}", self.name.arn()),
            None => self.name.arn(),
        };
        let mut requirement = Requirement::new(self.action, resource)
            .with("dynamodb:LeadingKeys", self.leading_keys)
            .with("dynamodb:Attributes", self.attributes)
            .resource_policy(policy);
        if let Some(table) = &table {
            let tags = table.tags.iter();
            requirement =
                requirement.resource_tags(tags.map(|(key, value)| (key.as_str(), value.as_str())));
        }
        for (key, value) in self.context {
            requirement = requirement.with(key, [value]);
        }
        Ok(requirement)
    }
}

/// A request's tags as pairs.
pub fn tag_pairs(tags: Option<&[Tag]>) -> impl Iterator<Item = (&str, &str)> {
    let tags = tags.unwrap_or_default().iter();
    tags.map(|tag| (tag.key.as_str(), tag.value.as_str()))
}

fn partition_value<'q>(query: &'q QueryInput, attribute: &str) -> Option<&'q AttributeValue> {
    if let Some(text) = &query.key_condition_expression {
        let names = query.expression_attribute_names.as_ref();
        return query
            .expression_attribute_values
            .as_ref()?
            .get(equated(text, attribute, names)?);
    }
    let condition = query.key_conditions.as_ref()?.get(attribute)?;
    condition.attribute_value_list.as_ref()?.first()
}

/// A key value as policies compare it.
fn key_text(value: &AttributeValue) -> Option<String> {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => Some(text.clone()),
        AttributeValue::B(bytes) => Some(base64::engine::general_purpose::STANDARD.encode(bytes)),
        _ => None,
    }
}
