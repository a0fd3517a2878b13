//! PartiQL statements: parsing ends, and what is printed reads back as the same statement, unless
//! the parentheses that printing adds nest too deep.

use dynamodb::partiql::{StatementError, SyntaxError};

pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(statement) = dynamodb::partiql::parse(text) else {
        return;
    };
    let printed = statement.to_string();
    match dynamodb::partiql::parse(&printed) {
        Ok(again) => assert_eq!(again.to_string(), printed),
        Err(StatementError::Syntax(error)) => assert_eq!(error, SyntaxError::TooDeep, "{printed}"),
        Err(error) => panic!("{error}: {printed}"),
    }
}
