//! PartiQL statements: parsing ends, and what is printed reads back as the same statement.

pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(statement) = dynamodb::partiql::parse(text) else {
        return;
    };
    let printed = statement.to_string();
    let again = dynamodb::partiql::parse(&printed).expect("what is printed is a statement");
    assert_eq!(again.to_string(), printed);
}
