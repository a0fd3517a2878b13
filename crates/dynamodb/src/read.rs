//! What Query and Scan have in common, and what every read does with the items it finds.
//!
//! A read looks at the table's record, the items and the index entries in one snapshot, so it
//! never sees an index disagree with its table.

mod column;
mod page;
mod range;
mod request;
mod start;

pub use column::Column;
pub use page::{MAX_PAGE_BYTES, Page, Stretch};
pub use range::{everything, partition};
pub use request::{Parameters, Reading, Request};
pub use start::{check_more_than_one, check_start_key, check_start_of_query, start_position};

use crate::error::Error;
use crate::expression::{Placeholders, Projection};
use crate::item::Item;
use crate::table::Table;
use crate::{item, write};
use bytes::Bytes;
use wire::Attributes;

/// What of an item a read answers with.
#[derive(Debug, Clone, Default)]
pub enum Wanted {
    #[default]
    All,
    /// Parts, in their place in the item.
    Parts(Projection),
    /// Values by names of their own.
    Columns(Vec<Column>),
}

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
        Ok(expressed.or(listed).map_or(Wanted::All, Wanted::Parts))
    }

    /// Refuses to look into key attributes.
    ///
    /// # Errors
    /// [`crate::error::ParameterError::KeyPath`]
    pub fn check(&self, table: &Table) -> Result<(), Error> {
        match self {
            Wanted::Parts(projection) => table.check_dissected(projection.dissected()),
            Wanted::All | Wanted::Columns(_) => Ok(()),
        }
    }

    /// The attributes of which something is wanted, each once; nothing if all are.
    pub fn attributes(&self) -> Option<Vec<&str>> {
        match self {
            Wanted::All => None,
            Wanted::Parts(projection) => Some(projection.attributes().collect()),
            Wanted::Columns(columns) => Some(column::attributes(columns)),
        }
    }

    /// What is answered of a stored item.
    ///
    /// # Errors
    /// [`kv::Error::Corrupt`]
    pub fn answer(&self, record: &Bytes) -> Result<Attributes, Error> {
        match self {
            Wanted::All => write::answered(record),
            Wanted::Parts(_) | Wanted::Columns(_) => {
                Ok(item::answered(&self.of(write::decode(record)?)))
            }
        }
    }

    /// What is wanted of an item.
    pub fn of(&self, item: Item) -> Item {
        match self {
            Wanted::All => item,
            Wanted::Parts(projection) => projection.apply(item),
            Wanted::Columns(columns) => columns
                .iter()
                .filter_map(|column| column.of(&item))
                .collect(),
        }
    }
}
