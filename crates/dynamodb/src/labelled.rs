//! What is made of tables and named by the moment it was made at: backups, exports, imports.

use crate::tables::TableName;
use base::{AccountId, Arn, Entropy, Region, Timestamp};
use bytes::Bytes;
use kv::Space;
use kv::key::KeyWriter;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Backup,
    Export,
    Import,
}

/// The name of such a thing, with where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labelled {
    pub kind: Kind,
    pub table: TableName,
    /// When it was made, in milliseconds, and something random.
    pub label: String,
}

impl Kind {
    /// As it stands in ARNs and in keys.
    const fn name(self) -> &'static str {
        match self {
            Kind::Backup => "backup",
            Kind::Export => "export",
            Kind::Import => "import",
        }
    }

    /// What the keys of all of this kind start with.
    pub fn all(self) -> KeyWriter {
        KeyWriter::new(Space::Dynamodb).text(self.name())
    }

    /// What the keys of all of an account in a region start with.
    pub fn of_account(self, account: AccountId, region: &Region) -> KeyWriter {
        self.all().account(account).text(region.as_str())
    }

    /// What the keys of all of a table start with.
    pub fn of_table(self, table: &TableName) -> KeyWriter {
        self.of_account(table.account, &table.region)
            .text(&table.name)
    }
}

impl Labelled {
    /// A name for something new.
    pub fn new(kind: Kind, table: &TableName, now: Timestamp, entropy: &Entropy) -> Labelled {
        let random = u32::from_be_bytes(entropy.bytes());
        Labelled {
            kind,
            table: table.clone(),
            label: format!("{:014}-{random:08x}", now.as_millis()),
        }
    }

    /// What an ARN names.
    pub fn from_arn(kind: Kind, text: &str) -> Option<Labelled> {
        let table = TableName::from_arn(text)?;
        let arn: Arn = text.parse().ok()?;
        let label = arn.resource().rsplit('/').next()?.to_owned();
        let name = Labelled { kind, table, label };
        (name.arn() == text).then_some(name)
    }

    pub fn arn(&self) -> String {
        format!("{}/{}/{}", self.table.arn(), self.kind.name(), self.label)
    }

    /// Where its record is kept.
    pub fn key(&self) -> Bytes {
        self.kind.of_table(&self.table).text(&self.label).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_name_them() {
        let arn =
            "arn:aws:dynamodb:eu-west-1:123456789012:table/abc/backup/01489602797149-73d8d5bc";
        let name = Labelled::from_arn(Kind::Backup, arn).unwrap();
        assert_eq!(name.label, "01489602797149-73d8d5bc");
        assert_eq!(name.arn(), arn);
        assert_eq!(Labelled::from_arn(Kind::Export, arn), None);
        for bad in [
            "arn:aws:dynamodb:eu-west-1:123456789012:table/abc",
            "arn:aws:dynamodb:eu-west-1:123456789012:table/abc/stream/x",
            "backup",
        ] {
            assert_eq!(Labelled::from_arn(Kind::Backup, bad), None, "{bad}");
        }
    }

    #[test]
    fn names_tell_when_they_were_made() {
        let table = TableName::from_arn("arn:aws:dynamodb:eu-west-1:123456789012:table/abc");
        let now = Timestamp::from_millis(1_489_602_797_149);
        let name = Labelled::new(Kind::Import, &table.unwrap(), now, &Entropy::seeded(1));
        assert!(name.label.starts_with("01489602797149-"));
        assert_eq!(name.label.len(), 23);
    }
}
