//! Amazon Resource Names.

use crate::{AccountId, PARTITION, Region};
use std::fmt;
use std::str::FromStr;

/// An ARN, `arn:partition:service:region:account:resource`, kept as its text; region and account
/// may be empty (IAM has no region, S3 neither).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn {
    text: String,
    /// Where the first five colons are: every decision asks for several parts.
    colons: [usize; 5],
}

/// The text is not six colon-separated parts starting with `arn`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an ARN has the form arn:partition:service:region:account:resource")]
pub struct InvalidArn;

impl Arn {
    /// An ARN in a region.
    pub fn regional(service: &str, region: &Region, account: AccountId, resource: &str) -> Arn {
        Arn::of(service, region.as_str(), account, resource)
    }

    /// An ARN of a service without regions (IAM, STS).
    pub fn global(service: &str, account: AccountId, resource: &str) -> Arn {
        Arn::of(service, "", account, resource)
    }

    fn of(service: &str, region: &str, account: AccountId, resource: &str) -> Arn {
        let account = account.as_str();
        let text = ["arn", PARTITION, service, region, account, resource].join(":");
        let colons = colons(&text).unwrap_or([text.len(); 5]);
        Arn { text, colons }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn partition(&self) -> &str {
        let [first, second, ..] = self.colons;
        self.between(first, second)
    }

    pub fn service(&self) -> &str {
        let [_, second, third, ..] = self.colons;
        self.between(second, third)
    }

    /// The region part, which may be empty.
    pub fn region(&self) -> &str {
        let [.., third, fourth, _] = self.colons;
        self.between(third, fourth)
    }

    /// The account part as it stands, which may be empty or `aws` (managed policies).
    pub fn account(&self) -> &str {
        let [.., fourth, fifth] = self.colons;
        self.between(fourth, fifth)
    }

    /// Everything after the fifth colon, such as `function:name` or `role/path/name`.
    pub fn resource(&self) -> &str {
        let [.., fifth] = self.colons;
        self.between(fifth, self.text.len())
    }

    fn between(&self, colon: usize, end: usize) -> &str {
        self.text.get(colon + 1..end).unwrap_or_default()
    }
}

/// Where the first five colons are, if there are so many.
fn colons(text: &str) -> Option<[usize; 5]> {
    let mut found = text.bytes().enumerate().filter(|(_, byte)| *byte == b':');
    let mut colons = [0; 5];
    for colon in &mut colons {
        *colon = found.next()?.0;
    }
    Some(colons)
}

impl FromStr for Arn {
    type Err = InvalidArn;

    fn from_str(text: &str) -> Result<Self, InvalidArn> {
        let colons = colons(text).ok_or(InvalidArn)?;
        let arn = Arn {
            text: text.to_owned(),
            colons,
        };
        match text.starts_with("arn:") && !arn.resource().is_empty() {
            true => Ok(arn),
            false => Err(InvalidArn),
        }
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        let arn: Arn = "arn:aws:lambda:eu-west-1:123456789012:function:a:1"
            .parse()
            .unwrap();
        assert_eq!(arn.partition(), "aws");
        assert_eq!(arn.service(), "lambda");
        assert_eq!(arn.region(), "eu-west-1");
        assert_eq!(arn.account(), "123456789012");
        assert_eq!(arn.resource(), "function:a:1");
        let role = Arn::global("iam", AccountId::DEFAULT, "role/r");
        assert_eq!(role.as_str(), "arn:aws:iam::000000000000:role/r");
        assert_eq!((role.region(), role.resource()), ("", "role/r"));
        for bad in [
            "",
            "arn",
            "arn:aws:iam::1",
            "arn:aws:iam::1:",
            "x:aws:iam::1:r",
        ] {
            assert_eq!(bad.parse::<Arn>(), Err(InvalidArn), "{bad}");
        }
    }
}
