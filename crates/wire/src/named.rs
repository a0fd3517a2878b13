//! IAM's own words for two kinds of broken constraints: names with characters that no name has,
//! and whatever is wrong with the newer operations, which do not repeat values.

use crate::decode::{Violation, lower_first};

/// What the model demands of names.
const NAME_PATTERN: &str = r"Member must satisfy regular expression pattern: [\w+=,.@-]+";
/// Where the list of an enumeration's names begins.
const ENUMERATION: &str = "Member must satisfy enum value set";

/// The whole message, where it is not the classic one.
pub(crate) fn message(operation: &str, violations: &[Violation]) -> Option<String> {
    let [violation] = violations else { return None };
    let member = lower_first(violation.member()?);
    if operation.contains("ServiceSpecificCredential") {
        violation.value.as_ref()?;
        let words = match violation.words.starts_with(ENUMERATION) {
            true => ENUMERATION,
            false => violation.words.as_str(),
        };
        return Some(format!(
            "1 validation error detected: Value at '{member}' failed to satisfy constraint: {words}"
        ));
    }
    (violation.words == NAME_PATTERN && member.ends_with("Name")).then(|| {
        format!(
            "The specified value for {member} is invalid. It must contain only alphanumeric \
             characters and/or the following: +=,.@_-"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Segment;

    #[test]
    fn words_of_their_own() {
        let check = |operation, member, words: &str, expected: Option<&str>| {
            let violation = Violation {
                path: vec![Segment::Member(member)],
                value: Some("a b".to_owned()),
                words: words.to_owned(),
            };
            assert_eq!(message(operation, &[violation]).as_deref(), expected);
        };
        check(
            "CreateUser",
            "UserName",
            NAME_PATTERN,
            Some(
                "The specified value for userName is invalid. It must contain only alphanumeric \
                 characters and/or the following: +=,.@_-",
            ),
        );
        check(
            "UpdateServiceSpecificCredential",
            "Status",
            "Member must satisfy enum value set: [Active]",
            Some(
                "1 validation error detected: Value at 'status' failed to satisfy constraint: \
                 Member must satisfy enum value set",
            ),
        );
        check("CreateUser", "UserName", "Member must have length", None);
    }
}
