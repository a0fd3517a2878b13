//! Who owns which part of the key space.

/// The first byte of every key. A byte, once used, keeps its meaning for ever: see
/// `docs/keyspace.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Space {
    /// The store's own records.
    System = 0x01,
    Iam = 0x10,
    Sts = 0x11,
    /// Tables.
    Dynamodb = 0x20,
    DynamodbItem = 0x21,
    DynamodbIndex = 0x22,
    DynamodbStream = 0x23,
    /// The past of items.
    DynamodbHistory = 0x24,
    /// Functions.
    Lambda = 0x30,
    LambdaCode = 0x31,
    LambdaQueue = 0x32,
    ApiGateway = 0x40,
    /// Groups and streams.
    Logs = 0x50,
    LogsEvent = 0x51,
    CloudFormation = 0x60,
}

impl Space {
    pub const ALL: [Space; 15] = [
        Space::System,
        Space::Iam,
        Space::Sts,
        Space::Dynamodb,
        Space::DynamodbItem,
        Space::DynamodbIndex,
        Space::DynamodbStream,
        Space::DynamodbHistory,
        Space::Lambda,
        Space::LambdaCode,
        Space::LambdaQueue,
        Space::ApiGateway,
        Space::Logs,
        Space::LogsEvent,
        Space::CloudFormation,
    ];

    pub const fn byte(self) -> u8 {
        self as u8
    }

    pub fn from_byte(byte: u8) -> Option<Space> {
        Space::ALL.into_iter().find(|space| space.byte() == byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_space_is_found_by_its_byte() {
        for space in Space::ALL {
            assert_eq!(Space::from_byte(space.byte()), Some(space));
        }
        assert_eq!(Space::from_byte(0), None);
        assert_eq!(Space::from_byte(0xff), None);
    }
}
