//! Where items stand in a table: two items of a partition are in the order of their sort keys.

use crate::input::Input;
use dynamodb::item::{Item, Type, Value};
use dynamodb::key::{Ending, KeyAttribute, KeySchema, Position, SortCondition};
use kv::{KeyWriter, Space};

/// Two sort keys of a type that the first byte chooses.
pub fn check(data: &[u8]) {
    let mut input = Input(data);
    let kind = [Type::S, Type::N, Type::B][usize::from(input.byte() % 3)];
    let ending = [Ending::Open, Ending::Closed][usize::from(input.byte() % 2)];
    let partition = Value::B(input.bytes().to_vec().into());
    let (Some(left), Some(right)) = (value(kind, &mut input), value(kind, &mut input)) else {
        return;
    };
    let attribute = |name: &str, kind| KeyAttribute {
        name: name.to_owned(),
        kind,
    };
    let schema = KeySchema {
        partition: vec![attribute("p", Type::B)],
        sort: vec![attribute("s", kind)],
    };
    let item = |sort: &Value| {
        let values = [("p", partition.clone()), ("s", sort.clone())];
        Item::from_iter(values.map(|(name, value)| (name.to_owned(), value)))
    };
    let prefix = || KeyWriter::new(Space::DynamodbItem).u64(7);
    let place = |sort: &Value| {
        let position = Position::of(prefix(), &schema, &item(sort), ending);
        position.expect("a whole key").finish()
    };
    let (at_left, at_right) = (place(&left), place(&right));
    let order = left.compare(&right).expect("values of one type");
    assert_eq!(at_left.cmp(&at_right), order, "{left:?} {right:?}");
    let partition = Position::partition(prefix(), &schema, &item(&left), ending);
    let partition = partition.expect("a whole key");
    for condition in conditions(&right) {
        let range = partition.matching(&condition);
        assert_eq!(
            range.contains(&at_left),
            condition.holds(&left),
            "{left:?} {condition:?}"
        );
    }
}

fn value(kind: Type, input: &mut Input<'_>) -> Option<Value> {
    match kind {
        Type::S => Some(Value::S(input.text())),
        Type::B => Some(Value::B(input.bytes().to_vec().into())),
        _ => input.text().parse().ok().map(Value::N),
    }
}

fn conditions(value: &Value) -> Vec<SortCondition> {
    let mut conditions = vec![
        SortCondition::Equal(value.clone()),
        SortCondition::Less(value.clone()),
        SortCondition::LessOrEqual(value.clone()),
        SortCondition::Greater(value.clone()),
        SortCondition::GreaterOrEqual(value.clone()),
        SortCondition::Between(value.clone(), value.clone()),
    ];
    if value.type_of() != Type::N {
        conditions.push(SortCondition::BeginsWith(value.clone()));
    }
    conditions
}
