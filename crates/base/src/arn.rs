//! Amazon Resource Names.

use crate::{AccountId, PARTITION, Region};
use std::fmt;
use std::str::FromStr;

/// An ARN, `arn:partition:service:region:account:resource`, kept as its text; region and account
/// may be empty (IAM has no region, S3 neither).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn(String);

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
        Arn(["arn", PARTITION, service, region, account, resource].join(":"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn partition(&self) -> &str {
        self.part(1)
    }

    pub fn service(&self) -> &str {
        self.part(2)
    }

    /// The region part, which may be empty.
    pub fn region(&self) -> &str {
        self.part(3)
    }

    /// The account part as it stands, which may be empty or `aws` (managed policies).
    pub fn account(&self) -> &str {
        self.part(4)
    }

    /// Everything after the fifth colon, such as `function:name` or `role/path/name`.
    pub fn resource(&self) -> &str {
        self.part(5)
    }

    fn part(&self, index: usize) -> &str {
        self.0.splitn(6, ':').nth(index).unwrap_or_default()
    }
}

impl FromStr for Arn {
    type Err = InvalidArn;

    fn from_str(text: &str) -> Result<Self, InvalidArn> {
        let mut parts = text.splitn(6, ':');
        let starts = parts.next() == Some("arn");
        let middle = parts.by_ref().take(4).count() == 4;
        match parts.next() {
            Some(resource) if starts && middle && !resource.is_empty() => Ok(Arn(text.to_owned())),
            _ => Err(InvalidArn),
        }
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
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
        assert_eq!(arn.service(), "lambda");
        assert_eq!(arn.region(), "eu-west-1");
        assert_eq!(arn.account(), "123456789012");
        assert_eq!(arn.resource(), "function:a:1");
        let role = Arn::global("iam", AccountId::DEFAULT, "role/r");
        assert_eq!(role.as_str(), "arn:aws:iam::000000000000:role/r");
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
