//! IAM's own words for broken constraints. Values are not repeated, enumerations not listed. Some
//! patterns are looked at only when everything else holds, and then have a sentence of their own.

use crate::decode::{Violation, lower_first};

/// The pattern that the model demands, and what IAM says of a value that breaks it.
const SENTENCES: [(&str, &str); 3] = [
    (
        r"[\w+=,.@-]+",
        "It must contain only alphanumeric characters and/or the following: +=,.@_-",
    ),
    (
        r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)",
        "It must begin and end with / and contain only alphanumeric characters and/or / \
         characters.",
    ),
    (
        r"\u002F[\u0021-\u007F]*",
        "It must begin with the / character and contain only alphanumeric characters and/or / \
         characters.",
    ),
];
/// What is said of an alias of the account, whatever is wrong with it.
const ALIAS: &str = "It must be a minimum length of 3 characters and maximum length of 63 \
                     characters, contain only digits, lowercase letters, and hyphens (-), but \
                     cannot begin or end with a hyphen.";
const PATTERN: &str = "Member must satisfy regular expression pattern: ";
/// Where the list of an enumeration's names begins.
const ENUMERATION: &str = "Member must satisfy enum value set";

/// The whole message, where the first pattern to be looked at last is all that is broken.
pub(crate) fn message(violations: &[&Violation]) -> Option<String> {
    let [violation] = violations else { return None };
    let member = lower_first(violation.member()?);
    let sentence = sentence(violation)?;
    Some(format!(
        "The specified value for {member} is invalid. {sentence}"
    ))
}

/// What is told of several violations: not the patterns that are looked at last.
pub(crate) fn told(violations: &[Violation]) -> Vec<&Violation> {
    let earlier = violations.iter().filter(|v| sentence(v).is_none());
    let earlier: Vec<&Violation> = earlier.collect();
    match earlier.is_empty() {
        true => violations.iter().take(1).collect(),
        false => earlier,
    }
}

fn sentence(violation: &Violation) -> Option<&'static str> {
    if violation.member() == Some("AccountAlias") && violation.value.is_some() {
        return Some(ALIAS);
    }
    let broken = violation.words.strip_prefix(PATTERN)?;
    let known = SENTENCES.iter().find(|(pattern, _)| *pattern == broken);
    known.map(|(_, sentence)| *sentence)
}

/// What is demanded of a member.
pub(crate) fn words(violation: &Violation) -> &str {
    match violation.words.starts_with(ENUMERATION) {
        true => ENUMERATION,
        false => &violation.words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Segment;

    fn violation(member: &'static str, words: &str) -> Violation {
        Violation {
            path: vec![Segment::Member(member)],
            value: Some("a b".to_owned()),
            words: words.to_owned(),
        }
    }

    #[test]
    fn sentences_of_their_own() {
        let check = |violations: &[Violation], member: Option<&str>| {
            let begins = member.map(|m| format!("The specified value for {m} is invalid. It must"));
            let message = message(&told(violations));
            match begins {
                Some(begins) => assert!(message.unwrap().starts_with(&begins)),
                None => assert_eq!(message, None),
            }
        };
        let name = || violation("UserName", &format!(r"{PATTERN}[\w+=,.@-]+"));
        let path = || violation("NewPath", &format!("{PATTERN}{}", SENTENCES[1].0));
        check(&[name()], Some("userName"));
        check(&[path()], Some("newPath"));
        check(&[name(), path()], Some("userName"));
        check(&[violation("TagKeys", &format!("{PATTERN}x"))], None);
        let short = |member| violation(member, "Member must have length less than 3");
        check(&[short("AccountAlias")], Some("accountAlias"));
        check(&[name(), short("UserName")], None);
    }

    #[test]
    fn enumerations_are_not_listed() {
        let broken = violation("Status", "Member must satisfy enum value set: [Active]");
        assert_eq!(words(&broken), "Member must satisfy enum value set");
    }
}
