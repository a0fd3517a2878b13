use super::*;
use crate::document::{Mark, Node};

fn properties(name: &str) -> Map {
    let mut map = Map::default();
    map.set(Mark::default(), "Name", Node::text(Mark::default(), name));
    map
}

fn recorded(name: &str) -> Recorded {
    let made = Made {
        reference: name.to_owned(),
        attributes: BTreeMap::from([("Arn".to_owned(), "arn".to_owned())]),
    };
    Recorded::new("AWS::IAM::Role", &made, &properties(name))
}

#[tokio::test]
async fn what_is_recorded_is_found_again() {
    let store = Store::in_memory();
    let region = Region::default_region();
    let stack = |name| Stack {
        store: &store,
        account: AccountId::DEFAULT,
        region: &region,
        name,
    };
    let (mine, other) = (stack("mine"), stack("mine2"));
    let header = Header {
        id: "id".to_owned(),
        outputs: BTreeMap::new(),
    };
    mine.put_header(&header).await.unwrap();
    mine.put_resource("A", &recorded("a")).await.unwrap();
    other.put_resource("B", &recorded("b")).await.unwrap();
    mine.replace_resource("A", &recorded("a2"), 7, &recorded("a"))
        .await
        .unwrap();

    let state = mine.load().await.unwrap();
    assert_eq!(state.header, Some(header));
    assert_eq!(
        state.resources,
        BTreeMap::from([("A".to_owned(), recorded("a2"))])
    );
    assert_eq!(state.leftovers, BTreeMap::from([(7, recorded("a"))]));
    let existing = state.resources["A"].existing().unwrap();
    assert_eq!(existing.properties, properties("a2"));

    mine.forget_resource("A").await.unwrap();
    mine.forget_leftover(7).await.unwrap();
    mine.forget_header().await.unwrap();
    let state = mine.load().await.unwrap();
    assert!(state.header.is_none() && state.resources.is_empty() && state.leftovers.is_empty());
    assert_eq!(other.load().await.unwrap().resources.len(), 1);
}

/// `docs/keyspace.md` shows these bytes.
#[tokio::test]
async fn the_bytes_are_as_documented() {
    let store = Store::in_memory();
    let region = Region::default_region();
    let stack = Stack {
        store: &store,
        account: AccountId::DEFAULT,
        region: &region,
        name: "s",
    };
    let prefix = |kind: char| format!("\u{60}{kind}000000000000us-east-1\0\u{1}s\0\u{1}");
    let key = |bytes: Bytes| String::from_utf8(bytes.to_vec()).unwrap();
    assert_eq!(key(stack.header_key()), prefix('S'));
    assert_eq!(
        key(stack.resource_key("A")),
        format!("{}A\0\u{1}", prefix('R'))
    );
    assert_eq!(
        key(stack.leftover_key(1)),
        format!("{}\0\0\0\0\0\0\0\u{1}", prefix('L'))
    );
    let value = record::encode(&recorded("a"));
    let json = concat!(
        r#"{"type_name":"AWS::IAM::Role","reference":"a","attributes":{"Arn":"arn"},"#,
        r#""properties":"{\"Name\":\"a\"}","package_sha256":null,"depends_on":[],"#,
        r#""complete":false,"retain":false}"#,
    );
    assert_eq!(value, format!("\u{1}{json}"));
}
