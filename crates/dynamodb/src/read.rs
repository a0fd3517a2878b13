//! What Query and Scan have in common, and what every read does with the items it finds.
//!
//! A read looks at the table's record, the items and the index entries in one snapshot, so it
//! never sees an index disagree with its table.

mod page;
mod request;
mod start;

pub use page::{Page, Stretch};
pub use request::{Parameters, Request};
pub use start::{check_more_than_one, check_start_key, check_start_of_query, start_position};

use crate::error::Error;
use crate::expression::{Placeholders, Projection};
use crate::item::Item;
use crate::table::Table;

/// What of an item a read answers with.
#[derive(Debug, Clone, Default)]
pub struct Wanted(Option<Projection>);

impl Wanted {
    /// Reads the projection expression; `listed` is what the legacy parameter says instead.
    ///
    /// # Errors
    /// [`Error`] with what AWS reports first.
    pub fn read(
        expression: Option<String>,
        listed: Option<Projection>,
        placeholders: &mut Placeholders,
    ) -> Result<Wanted, Error> {
        let expressed = expression
            .map(|text| Projection::parse(&text, placeholders))
            .transpose()?;
        Ok(Wanted(expressed.or(listed)))
    }

    /// Refuses to look into key attributes.
    ///
    /// # Errors
    /// [`crate::error::ParameterError::KeyPath`]
    pub fn check(&self, table: &Table) -> Result<(), Error> {
        table.check_dissected(self.0.iter().flat_map(Projection::dissected))
    }

    /// The attributes of which something is wanted; nothing if all are.
    pub fn attributes(&self) -> Option<impl Iterator<Item = &str>> {
        self.0.as_ref().map(Projection::attributes)
    }

    pub fn of(&self, item: Item) -> Item {
        match &self.0 {
            Some(projection) => projection.apply(item),
            None => item,
        }
    }
}
