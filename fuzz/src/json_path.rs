//! JSON documents as mapping templates read them, and paths into them.

use crate::input::two_texts;
use apigateway::json::{Dialect, Json};
use apigateway::jsonpath::{Found, JsonPath};

/// A path, and a document from the second line on.
pub fn check(data: &[u8]) {
    let Some((path, document)) = two_texts(data) else {
        return;
    };
    let path = JsonPath::parse(path);
    for dialect in [Dialect::Relaxed, Dialect::Strict] {
        let Ok(document) = Json::read(document, dialect) else {
            continue;
        };
        let written = document.to_text();
        let again = Json::read(&written, Dialect::Strict).expect("what is written can be read");
        assert_eq!(again.to_text(), written);
        let Ok(path) = &path else {
            continue;
        };
        let _ = path.evaluate(&document, |found| {
            let is_list = matches!(found, Found::Many(_));
            assert!(path.is_definite() != is_list, "{found:?}");
        });
    }
}
