use super::*;
use wire::dynamodb::KeySchemaElement as Element;

fn definitions(text: &str) -> Definitions {
    let attributes = text.split_whitespace().map(|name| AttributeDefinition {
        attribute_name: name.to_owned(),
        attribute_type: ScalarAttributeType::S,
    });
    Definitions::new(attributes.collect())
}

/// `a b/c d`: partition key attributes, and sort key attributes behind the slash.
fn elements(text: &str) -> Vec<Element> {
    let (partition, sort) = text.split_once('/').unwrap_or((text, ""));
    let of = |text: &str, key_type: KeyType| -> Vec<Element> {
        let names = text.split_whitespace();
        names
            .map(|name| Element {
                attribute_name: name.to_owned(),
                key_type,
            })
            .collect()
    };
    [of(partition, KeyType::Hash), of(sort, KeyType::Range)].concat()
}

#[test]
fn keys_of_tables() {
    let refused = |text: &str, defined: &str| {
        table_key(&elements(text), &definitions(defined))
            .unwrap_err()
            .to_string()
    };
    assert!(table_key(&elements("a/b"), &definitions("a b c")).is_ok());
    assert_eq!(
        refused("a/b", "a"),
        "Invalid KeySchema: Some index key attribute have no definition"
    );
    assert_eq!(
        refused("a/b", "a c"),
        "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [a, b], AttributeDefinitions: [a, c]"
    );
    assert_eq!(refused("a/a", "a b"), SchemaError::SameName.to_string());
    assert_eq!(refused("/a", "a"), SchemaError::FirstIsNotHash.to_string());
    assert_eq!(
        refused("a b", "a b"),
        SchemaError::SecondIsNotRange.to_string()
    );
    assert_eq!(
        refused("a/b c", "a b c"),
        "1 validation error detected: Value '[KeySchemaElement(attributeName=a, keyType=HASH), KeySchemaElement(attributeName=b, keyType=RANGE), KeySchemaElement(attributeName=c, keyType=RANGE)]' at 'keySchema' failed to satisfy constraint: Member must have length less than or equal to 2"
    );
}

#[test]
fn keys_of_global_indexes() {
    let definitions = definitions("a b c d e f g h i j");
    let refused = |elements: Vec<Element>| definitions.composite_key(&elements).unwrap_err();
    assert!(
        definitions
            .composite_key(&elements("a b c d/e f g h"))
            .is_ok()
    );
    assert_eq!(refused(elements("a b a")), SchemaError::RepeatedName);
    assert_eq!(
        refused(elements("a b c d e")),
        SchemaError::TooManyKeyAttributes("HASH")
    );
    assert_eq!(
        refused(elements("a/b c d e f")),
        SchemaError::TooManyKeyAttributes("RANGE")
    );
    let mixed = [elements("a/b"), elements("c")].concat();
    assert_eq!(refused(mixed), SchemaError::HashAfterRange);
}

#[test]
fn ceilings() {
    let given = |read: Option<i64>, write: Option<i64>| OnDemandThroughput {
        max_read_request_units: read,
        max_write_request_units: write,
    };
    let mode = BillingMode::PayPerRequest;
    let current = on_demand(Some(&given(Some(5), Some(6))), mode, None).unwrap();
    let updated = updated_on_demand(current, &given(Some(-1), None), mode, None).unwrap();
    assert_eq!(
        updated,
        OnDemand {
            max_read: None,
            max_write: Some(6)
        }
    );
    for wrong in [Some(0), Some(-1)] {
        assert!(on_demand(Some(&given(wrong, None)), mode, None).is_err());
    }
    assert!(updated_on_demand(current, &given(Some(0), None), mode, None).is_err());
    let refusal = on_demand(
        Some(&given(None, Some(1))),
        BillingMode::Provisioned,
        Some("i"),
    );
    assert_eq!(
        refusal.unwrap_err().to_string(),
        "One or more parameter values were invalid: MaxWriteRequestUnits for OnDemandThroughput for index: i cannot be specified when table BillingMode is PROVISIONED."
    );
}
