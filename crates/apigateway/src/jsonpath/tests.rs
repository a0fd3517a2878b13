use super::*;
use crate::json::Dialect;
use proptest::prelude::*;

/// The store of Gössner's article, which the AWS documentation links to.
const STORE: &str = r#"{"store": {
    "book": [
      {"category": "reference", "author": "Nigel Rees", "price": 8.95},
      {"category": "fiction", "author": "Evelyn Waugh", "price": 12.99},
      {"category": "fiction", "author": "Herman Melville", "isbn": "0-553", "price": 8.99},
      {"category": "fiction", "author": "J. R. R. Tolkien", "isbn": "0-395", "price": 22.99}],
    "bicycle": {"color": "red", "price": 19.95}},
  "expensive": 10, "a-b": 1, "with space": 2, "none": null, "1": "one"}"#;

fn evaluate(path: &str) -> Option<String> {
    let document = Json::read(STORE, Dialect::Strict).unwrap();
    let path = JsonPath::parse(path).unwrap();
    path.evaluate(&document, |found| match found {
        Found::One(value) => Some(value.to_text()),
        Found::Many(values) => Some(Json::Array(values.into_iter().cloned().collect()).to_text()),
        Found::Nothing => None,
    })
    .unwrap()
}

fn check(path: &str, expected: &str) {
    assert_eq!(evaluate(path).as_deref(), Some(expected), "{path}");
}

#[test]
fn definite() {
    check("$.expensive", "10");
    check("expensive", "10");
    check("$['expensive']", "10");
    check("$[\"with space\"]", "2");
    check("$.a-b", "1");
    check("$.1", "\"one\"");
    check("$.none", "null");
    check("$.store.bicycle", r#"{"color":"red","price":19.95}"#);
    check("$.store.book[0].price", "8.95");
    check("$.store.book[-1].price", "22.99");
    check("$['store']['book'][1]['author']", "\"Evelyn Waugh\"");
    check("$.store.book.length()", "4");
    for missing in [
        "$.x",
        "$.store.x.y",
        "$.store.book[9]",
        "$.expensive.x",
        "$.expensive[0]",
    ] {
        assert_eq!(evaluate(missing), None, "{missing}");
    }
}

#[test]
fn indefinite() {
    check("$.store.book[*].price", "[8.95,12.99,8.99,22.99]");
    check("$..price", "[8.95,12.99,8.99,22.99,19.95]");
    check("$.store..price", "[8.95,12.99,8.99,22.99,19.95]");
    check("$.store.bicycle.*", r#"["red",19.95]"#);
    check("$.store.book[0,1].price", "[8.95,12.99]");
    check("$.store.book[0,-1].price", "[8.95,22.99]");
    check("$.store.book[:2].price", "[8.95,12.99]");
    check("$.store.book[1:3].price", "[12.99,8.99]");
    check("$.store.book[-2:].price", "[8.99,22.99]");
    check("$.store.book[::2].price", "[8.95,8.99]");
    check("$.store.book[3:1].price", "[]");
    check("$.store.bicycle['color','price']", r#"["red",19.95]"#);
    check("$..book[2].author", r#"["Herman Melville"]"#);
    check("$..nothing", "[]");
}

#[test]
fn filters() {
    check("$..book[?(@.isbn)].price", "[8.99,22.99]");
    check("$..book[?(!@.isbn)].price", "[8.95,12.99]");
    check("$.store.book[?(@.price < 10)].price", "[8.95,8.99]");
    check(
        "$.store.book[?(@.price <= $.expensive)].price",
        "[8.95,8.99]",
    );
    check(
        "$.store.book[?(@.category == 'fiction' && @.price > 20)].price",
        "[22.99]",
    );
    check(
        "$.store.book[?(@.price < 8.96 || @['price'] >= 22.99)].price",
        "[8.95,22.99]",
    );
    check("$.store.book[?(@.author =~ /.*rees/i)].price", "[8.95]");
    check(
        "$.store.book[?(@.category in ['reference', 'x'])].price",
        "[8.95]",
    );
    check("$.store.book[?(@.isbn == null)]", "[]");
}

#[test]
fn definiteness() {
    for (path, definite) in [("$.a[0]['b']", true), ("$..a", false), ("$[0,1]", false)] {
        assert_eq!(
            JsonPath::parse(path).unwrap().is_definite(),
            definite,
            "{path}"
        );
    }
}

#[test]
fn refused() {
    for bad in [
        "", "$.", "$[", "$[]", "$['a", "$[?(@.a]", "$.a[?]", "$ $", "$.a)", "$.min()", "$~",
    ] {
        assert!(JsonPath::parse(bad).is_err(), "{bad}");
    }
    let deep = format!("$[?{}@.a{}]", "(".repeat(50_000), ")".repeat(50_000));
    assert_eq!(JsonPath::parse(&deep), Err(Error::TooComplex));
    let nested = format!("$[?{}@.a{}]", "(".repeat(100), ")".repeat(100));
    assert_eq!(JsonPath::parse(&nested), Err(Error::TooComplex));
    let negated = format!("$[?({}@.a)]", "!".repeat(1000));
    assert_eq!(JsonPath::parse(&negated), Err(Error::TooComplex));
}

/// Every descent squares the work; the bound stops it.
#[test]
fn bombs_are_stopped() {
    let document = format!("{}1{}", "[".repeat(150), "]".repeat(150));
    let document = Json::read(&document, Dialect::Strict).unwrap();
    let path = JsonPath::parse("$..*..*..*..*..*").unwrap();
    assert_eq!(path.evaluate(&document, |_| ()), Err(Error::TooMuchWork));
}

proptest! {
    #[test]
    fn never_panics(path in "[$@.\\[\\]*?()'a1:,\\-<=!&| /]{0,24}") {
        let document = Json::read(STORE, Dialect::Strict).unwrap();
        if let Ok(path) = JsonPath::parse(&path) {
            let _ = path.evaluate(&document, |_| ());
        }
    }
}
