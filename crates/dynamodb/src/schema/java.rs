//! How AWS lists names in some refusals: in the order of the hash tables of its own language.

use wire::Enumeration as _;
use wire::dynamodb::KeySchemaElement;

/// Orders names as a Java hash table of the given capacity has them, which doubles whenever it is
/// more than three quarters full. Names that share a place keep their order.
pub fn java_order(names: Vec<String>, capacity: usize) -> Vec<String> {
    let mut places = capacity.max(1).next_power_of_two();
    while 4 * names.len() > 3 * places {
        places *= 2;
    }
    let mask = u32::try_from(places - 1).unwrap_or(u32::MAX);
    let mut names: Vec<(u32, String)> = names
        .into_iter()
        .map(|name| {
            let hash = java_hash(&name);
            ((hash ^ (hash >> 16)) & mask, name)
        })
        .collect();
    names.sort_by_key(|(place, _)| *place);
    names.into_iter().map(|(_, name)| name).collect()
}

/// Java's `String.hashCode`.
fn java_hash(text: &str) -> u32 {
    text.encode_utf16().fold(0, |hash: u32, unit| {
        hash.wrapping_mul(31).wrapping_add(u32::from(unit))
    })
}

/// A key schema as AWS shows it in a refusal.
pub fn java_text(elements: &[KeySchemaElement]) -> String {
    let shown = elements.iter().map(|element| {
        let KeySchemaElement {
            attribute_name: name,
            key_type,
        } = element;
        format!(
            "KeySchemaElement(attributeName={name}, keyType={})",
            key_type.as_str()
        )
    });
    format!("[{}]", shown.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_hash_order() {
        let names = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        // 'a'..'d' hash to 97..=100, whose places in a table of eight are 1, 2, 3 and 4.
        assert_eq!(java_order(names("d c b a"), 4).join(" "), "a b c d");
        // In a table of four, 'd' comes first.
        assert_eq!(java_order(names("a b d"), 3).join(" "), "d a b");
        assert_eq!(java_hash("hash"), 3_195_150);
    }
}
