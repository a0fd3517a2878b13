//! The `Credential` parameter: access key id and scope.

use crate::{Error, date};
use base::Region;
use std::borrow::Cow;

const TERMINATOR: &str = "aws4_request";

/// `keyid/date/region/service/aws4_request`, with its parts known to be there.
#[derive(Debug)]
pub(crate) struct Credential<'a> {
    text: Cow<'a, str>,
    /// Where the slashes are.
    slashes: [usize; 4],
    region: Region,
}

impl<'a> Credential<'a> {
    /// # Errors
    /// [`Error::Credential`] unless there are five parts; [`Error::Scope`] unless the scope has a
    /// well-formed region, the terminator, and the day of `signed_at`, which is in compact form.
    pub(crate) fn parse(text: Cow<'a, str>, signed_at: &str) -> Result<Credential<'a>, Error> {
        let Some(slashes) = slashes(&text) else {
            return Err(Error::Credential {
                got: text.into_owned(),
            });
        };
        let [date, region, terminator] = [1, 2, 4].map(|index| part(&text, &slashes, index));
        let mut wrong = String::new();
        let region = region.parse::<Region>();
        if region.is_err() {
            wrong += "Credential should be scoped to a valid region. ";
        }
        if terminator != TERMINATOR {
            wrong += &format!(
                "Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{terminator}'. "
            );
        }
        let day = date::day_of(signed_at);
        if date != day {
            wrong += &format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date \
                 from HTTP: '{date}' != '{day}', from '{signed_at}'."
            );
        }
        match region {
            Ok(region) if wrong.is_empty() => Ok(Credential {
                text,
                slashes,
                region,
            }),
            _ => Err(Error::Scope { wrong }),
        }
    }

    /// All of it, which names one signing key.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn access_key_id(&self) -> &str {
        self.part(0)
    }

    pub(crate) fn date(&self) -> &str {
        self.part(1)
    }

    pub(crate) fn region(&self) -> &Region {
        &self.region
    }

    pub(crate) fn service(&self) -> &str {
        self.part(3)
    }

    /// Everything after the access key id, as it stands in the string to sign.
    pub(crate) fn scope(&self) -> &str {
        self.text.split_once('/').map_or("", |(_, scope)| scope)
    }

    fn part(&self, index: usize) -> &str {
        part(&self.text, &self.slashes, index)
    }
}

/// Nothing unless there are exactly four.
fn slashes(text: &str) -> Option<[usize; 4]> {
    let mut found = text.bytes().enumerate().filter(|(_, byte)| *byte == b'/');
    let mut next = || found.next().map(|(at, _)| at);
    let slashes = [next()?, next()?, next()?, next()?];
    next().is_none().then_some(slashes)
}

fn part<'t>(text: &'t str, slashes: &[usize; 4], index: usize) -> &'t str {
    let start = match index.checked_sub(1) {
        None => Some(0),
        Some(before) => slashes.get(before).map(|slash| slash + 1),
    };
    let end = slashes.get(index).copied().unwrap_or(text.len());
    let found = start.and_then(|start| text.get(start..end));
    found.unwrap_or_default()
}

/// The scope a signature of `signed_at` has.
pub(crate) fn scope_text(signed_at: &str, region: &Region, service: &str) -> String {
    let day = date::day_of(signed_at);
    format!("{day}/{region}/{service}/{TERMINATOR}")
}
