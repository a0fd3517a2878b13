//! Names: of stacks, and of resources that the template does not name.

use base::Entropy;

/// How many random characters make a name unique.
const RANDOM_LENGTH: usize = 12;
/// The longest name where no type says otherwise; a statement id has at most 100 characters.
const MAX_LENGTH: usize = 100;
/// CloudFormation's limit for the name of a stack.
const MAX_STACK_LENGTH: usize = 128;

/// `STACK-LOGICALID-RANDOM`, as CloudFormation names resources; the front parts give way where
/// the type has short names.
pub(crate) fn made_up(
    stack: &str,
    logical_id: &str,
    max_length: Option<usize>,
    entropy: &Entropy,
) -> String {
    let room = max_length
        .unwrap_or(MAX_LENGTH)
        .saturating_sub(RANDOM_LENGTH + 2);
    let logical_room = room.saturating_sub(stack.len().min(room / 2));
    let logical: String = logical_id.chars().take(logical_room).collect();
    let stack: String = stack
        .chars()
        .take(room.saturating_sub(logical.len()))
        .collect();
    format!("{stack}-{logical}-{}", entropy.upper_alnum(RANDOM_LENGTH))
}

/// Whether a stack may have this name: a letter, then letters, digits and hyphens.
pub(crate) fn is_stack_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() <= MAX_STACK_LENGTH
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// A stack's name made from a folder's: what is not allowed becomes a hyphen.
pub fn stack_name(folder: &str) -> String {
    let start = folder.find(|c: char| c.is_ascii_alphabetic());
    let name = start
        .and_then(|start| folder.get(start..))
        .unwrap_or("stack");
    let name = name.chars().take(MAX_STACK_LENGTH);
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    name.map(allowed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_their_type() {
        let entropy = Entropy::seeded(1);
        for (stack, id) in [
            ("s", "Table"),
            ("a-rather-long-stack-name-for-a-demo", "Function"),
        ] {
            let long_id = id.repeat(10);
            for logical_id in [id, long_id.as_str()] {
                let name = made_up(stack, logical_id, Some(64), &entropy);
                assert!(name.len() <= 64, "{name}");
            }
        }
        let name = made_up("demo", "Table", None, &entropy);
        assert!(
            name.starts_with("demo-Table-") && name.len() == 23,
            "{name}"
        );
    }

    #[test]
    fn a_folder_gives_a_stack_name() {
        for (folder, name) in [
            ("dynamodb-manager", "dynamodb-manager"),
            ("2nd_try", "nd-try"),
            ("ünder.score", "nder-score"),
            ("42", "stack"),
            ("", "stack"),
        ] {
            assert_eq!(stack_name(folder), name, "{folder}");
            assert!(is_stack_name(name), "{name}");
        }
    }
}
