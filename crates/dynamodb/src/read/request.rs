//! The parameters that Query and Scan share, in the order in which AWS judges them.

use super::{MAX_PAGE_BYTES, Page, Stretch, Wanted, check_start_key};
use crate::capacity::{Consistency, Shown};
use crate::error::{Error, ErrorKind, ParameterError, SelectError};
use crate::expression::{Condition, Kind, Placeholders, Projection as Wish};
use crate::item::Item;
use crate::legacy;
use crate::table::{Index, IndexState, Projection, Reach, Table};
use crate::values::{WireItem, typed_item};
use kv::{KeyRange, Order, Snapshot};
use std::collections::{BTreeMap, BTreeSet};
use wire::dynamodb::{
    Condition as WireCondition, ConditionalOperator, ConsumedCapacity, ReturnConsumedCapacity,
    Select,
};

/// Which operation reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    Query,
    Scan,
}

/// The shared parameters as they come.
#[derive(Debug)]
pub struct Parameters {
    pub operation: Reading,
    pub index_name: Option<String>,
    pub select: Option<Select>,
    pub attributes_to_get: Option<Vec<String>>,
    pub limit: Option<i32>,
    pub consistent_read: Option<bool>,
    /// QueryFilter or ScanFilter.
    pub filter: Option<BTreeMap<String, WireCondition>>,
    pub operator: Option<ConditionalOperator>,
    pub start_key: Option<WireItem>,
    pub return_consumed_capacity: Option<ReturnConsumedCapacity>,
    pub projection_expression: Option<String>,
    pub filter_expression: Option<String>,
}

/// The shared parameters, understood.
#[derive(Debug)]
pub struct Request {
    pub start_key: Option<Item>,
    pub filter: Option<Condition>,
    pub wanted: Wanted,
    index_name: Option<String>,
    select: Option<Select>,
    limit: Option<usize>,
    consistency: Consistency,
    return_consumed_capacity: Option<ReturnConsumedCapacity>,
}

impl Parameters {
    /// The checks of Select against what says which attributes are wanted.
    ///
    /// # Errors
    /// [`ParameterError`]
    fn check_select(&self) -> Result<(), Error> {
        let member = if self.projection_expression.is_some() {
            Some("ProjectionExpression")
        } else {
            self.attributes_to_get.as_ref().map(|_| "AttributesToGet")
        };
        let error = match (self.select, member) {
            (Some(Select::AllProjectedAttributes), _) if self.index_name.is_none() => {
                SelectError::Projected
            }
            (Some(Select::SpecificAttributes), None) => SelectError::Specific,
            (Some(Select::AllAttributes), Some(member)) => SelectError::WithProjection {
                member,
                target: "ALL_ATTRIBUTES",
            },
            (Some(Select::AllProjectedAttributes), Some(member)) => SelectError::WithProjection {
                member,
                target: "ALL_PROJECTED_ATTRIBUTES",
            },
            (Some(Select::Count), Some(member)) => SelectError::WithProjection {
                member,
                target: "only the Count",
            },
            _ => return Ok(()),
        };
        Err(match self.operation {
            Reading::Query => ParameterError::QuerySelect(error),
            Reading::Scan => ParameterError::ScanSelect(error),
        }
        .into())
    }

    /// Checks and types everything but the expressions.
    ///
    /// # Errors
    /// [`Error`] with what AWS reports first.
    pub fn check(mut self) -> Result<Checked, Error> {
        let filter = self.filter.take().unwrap_or_default();
        legacy::check_operator(self.operator, filter.len())?;
        let filter = legacy::filter(filter, self.operator)?;
        let listed = self
            .attributes_to_get
            .clone()
            .map(legacy::projection)
            .transpose()?;
        let start_key = self.start_key.take().map(typed_item).transpose();
        let start_key = start_key.map_err(|error| Error::from(ErrorKind::StartKeyValue(error)))?;
        Ok(Checked {
            filter,
            listed,
            start_key,
            parameters: self,
        })
    }
}

/// The shared parameters, with what has been understood of them so far.
#[derive(Debug)]
pub struct Checked {
    filter: Option<Condition>,
    listed: Option<Wish>,
    start_key: Option<Item>,
    parameters: Parameters,
}

impl Checked {
    /// Reads the expressions.
    ///
    /// # Errors
    /// [`Error`] with what AWS reports first.
    pub fn read(self, placeholders: &mut Placeholders) -> Result<Request, Error> {
        let Checked {
            filter,
            listed,
            start_key,
            mut parameters,
        } = self;
        let filter = match parameters.filter_expression.take() {
            Some(text) => Some(Condition::parse(Kind::Filter, &text, placeholders)?),
            None => filter,
        };
        let expression = parameters.projection_expression.clone();
        let wanted = Wanted::read(expression, listed, placeholders)?;
        parameters.check_select()?;
        let limit = parameters
            .limit
            .and_then(|limit| usize::try_from(limit).ok());
        Ok(Request {
            start_key,
            filter,
            wanted,
            index_name: parameters.index_name,
            select: parameters.select,
            limit,
            consistency: Consistency::of(parameters.consistent_read),
            return_consumed_capacity: parameters.return_consumed_capacity,
        })
    }
}

impl Request {
    /// The index that is to be read, if one is.
    ///
    /// # Errors
    /// [`ParameterError`] for one that is not there, not ready, or cannot be read so.
    pub fn index<'t>(&self, table: &'t Table) -> Result<Option<&'t Index>, Error> {
        let Some(name) = &self.index_name else {
            return Ok(None);
        };
        let unknown = || ParameterError::UnknownIndex(name.clone());
        let index = table.index(name).ok_or_else(unknown)?;
        if index.reach == Reach::Global && self.consistency == Consistency::Strong {
            return Err(ParameterError::ConsistentIndexRead.into());
        }
        if index.state == IndexState::Backfilling {
            return Err(ParameterError::BackfillingIndex(name.clone()).into());
        }
        Ok(Some(index))
    }

    /// # Errors
    /// [`ParameterError`] or [`crate::key::KeyError`] for a starting key of something else.
    pub fn check_start_key(&self, table: &Table, index: Option<&Index>) -> Result<(), Error> {
        match &self.start_key {
            Some(key) => check_start_key(table, index, key),
            None => Ok(()),
        }
    }

    /// # Errors
    /// [`ParameterError::SelectAll`]
    pub fn check_select(&self, index: Option<&Index>) -> Result<(), Error> {
        match index {
            Some(index)
                if self.select == Some(Select::AllAttributes)
                    && index.reach == Reach::Global
                    && index.projection != Projection::All =>
            {
                Err(ParameterError::SelectAll(index.name.clone()).into())
            }
            _ => Ok(()),
        }
    }

    /// # Errors
    /// [`ParameterError::NotProjected`] if a global index lacks something that is wanted.
    pub fn check_projected(&self, table: &Table, index: Option<&Index>) -> Result<(), Error> {
        let Some(index) = index.filter(|index| index.reach == Reach::Global) else {
            return Ok(());
        };
        let names = self.unprojected(table, index);
        if names.is_empty() {
            return Ok(());
        }
        Err(ParameterError::NotProjected {
            index: index.name.clone(),
            names,
        }
        .into())
    }

    fn unprojected(&self, table: &Table, index: &Index) -> Vec<String> {
        let wanted = self.wanted.attributes().into_iter().flatten();
        wanted
            .filter(|name| !table.is_projected(index, name))
            .map(str::to_owned)
            .collect()
    }

    /// The attributes that the filter looks at, by name.
    pub fn filtered(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        if let Some(filter) = &self.filter {
            filter.for_each_path(&mut |path| {
                names.insert(path.root.as_str());
            });
        }
        names
    }

    /// Reads the page.
    ///
    /// # Errors
    /// The store's.
    pub async fn page(
        &self,
        snapshot: &Snapshot,
        table: &Table,
        index: Option<&Index>,
        range: KeyRange,
        order: Order,
    ) -> Result<Page, Error> {
        let fetches = index.is_some_and(|index| {
            let wants_all = self.select == Some(Select::AllAttributes);
            index.reach == Reach::Local
                && index.projection != Projection::All
                && (wants_all || !self.unprojected(table, index).is_empty())
        });
        let stretch = Stretch {
            table,
            index,
            range,
            order,
            limit: self.limit,
            max_bytes: MAX_PAGE_BYTES,
            filter: self.filter.as_ref(),
            wanted: self.wanted.clone(),
            is_count: self.is_count(),
            fetches,
            consistency: self.consistency,
        };
        stretch.read(snapshot).await
    }

    pub fn is_count(&self) -> bool {
        self.select == Some(Select::Count)
    }

    /// The capacity of a page, if it is to be reported.
    pub fn report(&self, table: &Table, page: &Page) -> Option<ConsumedCapacity> {
        page.consumed
            .report(table, self.return_consumed_capacity, Shown::Plain)
    }
}
