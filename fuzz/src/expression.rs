//! DynamoDB's expressions: parsing ends, evaluation ends, and an update keeps an item well formed.

use dynamodb::expression::{Condition, Kind, Placeholders, Projection, Update};
use dynamodb::expression::{attribute_names, equated};
use dynamodb::item::{Item, Set, Value, record};
use std::collections::BTreeMap;

/// The first byte chooses the kind, the rest is the expression.
pub fn check(data: &[u8]) {
    let Some((kind, text)) = data.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let item = item();
    match kind % 5 {
        0 => condition(Kind::Condition, text, &item),
        1 => condition(Kind::Filter, text, &item),
        2 => condition(Kind::KeyCondition, text, &item),
        3 => {
            if let Ok(projection) = Projection::parse(text, &mut placeholders()) {
                projection.apply(item);
            }
        }
        _ => update(text, item),
    }
    attribute_names(text, Some(&names()));
    equated(text, "a", Some(&names()));
}

fn condition(kind: Kind, text: &str, item: &Item) {
    if let Ok(condition) = Condition::parse(kind, text, &mut placeholders()) {
        condition.evaluate(item);
        let absent = Item::new();
        condition.evaluate(&absent);
    }
}

fn update(text: &str, mut item: Item) {
    let Ok(update) = Update::parse(text, &mut placeholders()) else {
        return;
    };
    if update.apply(&mut item).is_ok() && item.depth() <= dynamodb::item::MAX_DEPTH {
        let stored = record::encode(&item);
        assert_eq!(record::decode(&stored).unwrap(), item);
    }
}

fn names() -> BTreeMap<String, String> {
    let names = [("#a", "a"), ("#b", "b.c"), ("#s", "size")];
    names
        .map(|(key, name)| (key.to_owned(), name.to_owned()))
        .into()
}

fn placeholders() -> Placeholders {
    let values = item()
        .into_iter()
        .map(|(name, value)| (format!(":{name}"), value));
    Placeholders::new(names(), values)
}

/// An attribute of every type, named by one letter.
fn item() -> Item {
    let number = |text: &str| Value::N(text.parse().unwrap());
    let values = [
        ("a", Value::S("text".to_owned())),
        ("n", number("12.5")),
        ("m", number("-9e125")),
        ("b", Value::B(vec![0, 1, 2].into())),
        ("t", Value::Bool(true)),
        ("z", Value::Null),
        ("l", Value::L(vec![number("1"), Value::S(String::new())])),
        (
            "o",
            Value::M(Item::from_iter([("a".to_owned(), number("0"))])),
        ),
        (
            "s",
            Value::Ss(Set::new(vec!["x".to_owned(), "y".to_owned()]).unwrap()),
        ),
        (
            "e",
            Value::Ns(Set::new(vec!["1".parse().unwrap()]).unwrap()),
        ),
    ];
    values
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
}
