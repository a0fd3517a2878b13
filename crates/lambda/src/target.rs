//! How requests name functions: by name, by partial or full ARN, with a qualifier or without.

use crate::error::{Error, Invalid};
use base::{AccountId, Arn, Region};
use service::Caller;
use std::fmt;

/// The longest name of a function.
const MAX_NAME: usize = 64;

/// The account and region that functions live in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    pub account: AccountId,
    pub region: Region,
}

impl Scope {
    pub fn of(caller: &Caller) -> Scope {
        Scope {
            account: caller.account,
            region: caller.region.clone(),
        }
    }

    /// The ARN of everything of one function, without a qualifier.
    pub fn function_arn(&self, name: &str) -> Arn {
        let resource = format!("function:{name}");
        Arn::regional("lambda", &self.region, self.account, &resource)
    }
}

/// Which version of a function is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Qualifier {
    Latest,
    Version(u64),
    Alias(String),
}

/// The version that changes.
pub const LATEST: &str = "$LATEST";

impl Qualifier {
    pub fn parse(text: &str) -> Qualifier {
        if text == LATEST {
            return Qualifier::Latest;
        }
        match text.parse() {
            Ok(version) if text.bytes().all(|b| b.is_ascii_digit()) => Qualifier::Version(version),
            _ => Qualifier::Alias(text.to_owned()),
        }
    }
}

impl fmt::Display for Qualifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Qualifier::Latest => f.write_str(LATEST),
            Qualifier::Version(version) => write!(f, "{version}"),
            Qualifier::Alias(name) => f.write_str(name),
        }
    }
}

/// A function as a request names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub scope: Scope,
    pub name: String,
    pub qualifier: Option<Qualifier>,
}

impl Target {
    /// # Errors
    /// [`Invalid::OnQualifier`] if it names a published version or an alias.
    pub fn of_function(self) -> Result<Target, Error> {
        match self.qualifier {
            None | Some(Qualifier::Latest) => Ok(self),
            Some(Qualifier::Version(_) | Qualifier::Alias(_)) => Err(Invalid::OnQualifier.into()),
        }
    }

    /// Reads the parameters `FunctionName` and `Qualifier`, whose patterns have been checked.
    ///
    /// # Errors
    /// They contradict each other, or name a function that cannot be reached from here.
    pub fn parse(scope: &Scope, name: &str, qualifier: Option<&str>) -> Result<Target, Error> {
        let parts = Parts::split(name);
        let region = parts
            .region
            .filter(|region| *region != scope.region.as_str());
        if let Some(given) = region {
            return Err(Error::OtherRegion {
                given: given.to_owned(),
                ours: scope.region.to_string(),
            });
        }
        let account = parts
            .account
            .filter(|account| *account != scope.account.as_str());
        if account.is_some() {
            return Err(Error::OtherAccount);
        }
        if parts.name.len() > MAX_NAME {
            return Err(Invalid::NameTooLong(parts.name.to_owned()).into());
        }
        let qualifier = match (parts.qualifier, qualifier) {
            (Some(derived), Some(given)) if derived != given => {
                return Err(Invalid::QualifierMismatch.into());
            }
            (derived, given) => given.or(derived),
        };
        Ok(Target {
            scope: scope.clone(),
            name: parts.name.to_owned(),
            qualifier: qualifier.map(Qualifier::parse),
        })
    }

    /// The function's ARN without a qualifier.
    pub fn function_arn(&self) -> Arn {
        self.scope.function_arn(&self.name)
    }

    /// The ARN with the qualifier, if there is one.
    pub fn arn(&self) -> String {
        match &self.qualifier {
            Some(qualifier) => self.qualified_arn(qualifier),
            None => self.function_arn().to_string(),
        }
    }

    /// The qualifier as text; `$LATEST` if there is none.
    pub fn qualifier_or_latest(&self) -> String {
        let qualifier = self.qualifier.as_ref();
        qualifier.map_or_else(|| LATEST.to_owned(), Qualifier::to_string)
    }

    /// The ARN with the qualifier, `$LATEST` if there is none.
    pub fn arn_or_latest(&self) -> String {
        format!("{}:{}", self.function_arn(), self.qualifier_or_latest())
    }

    pub fn qualified_arn(&self, qualifier: &Qualifier) -> String {
        format!("{}:{qualifier}", self.function_arn())
    }
}

/// `arn:aws:lambda:REGION:ACCOUNT:function:NAME:QUALIFIER`, of which only the name is always
/// there.
struct Parts<'a> {
    region: Option<&'a str>,
    account: Option<&'a str>,
    name: &'a str,
    qualifier: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn split(text: &'a str) -> Parts<'a> {
        let mut parts: Vec<&str> = text.split(':').collect();
        let mut take_if = |wanted: fn(&str) -> bool| match parts.first() {
            Some(part) if parts.len() > 1 && wanted(part) => Some(parts.remove(0)),
            _ => None,
        };
        if take_if(|part| part == "arn").is_some() {
            take_if(|_| true);
            take_if(|part| part == "lambda");
        }
        let region = take_if(is_region);
        let account = take_if(is_account);
        take_if(|part| part == "function");
        let name = parts.first().copied().unwrap_or_default();
        Parts {
            region,
            account,
            name,
            qualifier: parts.get(1).copied(),
        }
    }
}

fn is_account(part: &str) -> bool {
    part.parse::<AccountId>().is_ok()
}

/// `us-east-1`, `us-gov-west-1`: letters, at least two hyphens, one digit at the end.
fn is_region(part: &str) -> bool {
    let words: Vec<&str> = part.split('-').collect();
    let Some((number, names)) = words.split_last() else {
        return false;
    };
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    number.len() == 1
        && number.bytes().all(|b| b.is_ascii_digit())
        && names.len() >= 2
        && names.iter().all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        Scope {
            account: AccountId::DEFAULT,
            region: Region::default_region(),
        }
    }

    fn check(text: &str, qualifier: Option<&str>, name: &str, expected: Option<Qualifier>) {
        let target = Target::parse(&scope(), text, qualifier).unwrap();
        assert_eq!(target.name, name, "{text}");
        assert_eq!(target.qualifier, expected, "{text}");
    }

    #[test]
    fn every_form_of_a_name() {
        let live = || Some(Qualifier::Alias("live".to_owned()));
        check("f", None, "f", None);
        check("f:live", None, "f", live());
        check("f:live", Some("live"), "f", live());
        check("f", Some("12"), "f", Some(Qualifier::Version(12)));
        check("f:$LATEST", None, "f", Some(Qualifier::Latest));
        check("function:f", None, "f", None);
        check("000000000000:function:f", None, "f", None);
        check("000000000000:f", None, "f", None);
        check(
            "arn:aws:lambda:us-east-1:000000000000:function:f",
            None,
            "f",
            None,
        );
        check(
            "arn:aws:lambda:us-east-1:000000000000:function:f:live",
            None,
            "f",
            live(),
        );
        check("function", None, "function", None);
        check("000000000000", None, "000000000000", None);
    }

    #[test]
    fn functions_elsewhere() {
        let parse = |text: &str, qualifier| Target::parse(&scope(), text, qualifier);
        assert!(matches!(
            parse("arn:aws:lambda:eu-west-1:000000000000:function:f", None),
            Err(Error::OtherRegion { .. })
        ));
        assert!(matches!(
            parse("arn:aws:lambda:us-east-1:111111111111:function:f", None),
            Err(Error::OtherAccount)
        ));
        assert!(matches!(
            parse("f:1", Some("2")),
            Err(Error::Invalid(Invalid::QualifierMismatch))
        ));
        assert!(matches!(
            parse(&"a".repeat(65), None),
            Err(Error::Invalid(Invalid::NameTooLong(_)))
        ));
    }
}
