//! PartiQL statements that write, and what every statement may have wrong. The answers are those of
//! the service as others recorded them in 2026, unless a comment says otherwise.

use super::*;

pub const MALFORMED: &str = "Statement wasn't well formed, can't be processed: ";

impl World {
    /// The answer to a statement without parameters.
    #[track_caller]
    pub fn sql(&self, statement: impl ToString) -> impl Future<Output = Value> {
        self.ok(
            "ExecuteStatement",
            json!({"Statement": statement.to_string()}),
        )
    }

    /// The message that a statement is refused with.
    #[track_caller]
    pub fn refuses(&self, statement: impl ToString) -> impl Future<Output = String> {
        let statement = json!({"Statement": statement.to_string()});
        let refusal = self.refused("ExecuteStatement", statement);
        async { refusal.await.message }
    }

    #[track_caller]
    pub fn refuses_with(
        &self,
        statement: impl ToString,
        parameters: Value,
    ) -> impl Future<Output = String> {
        let statement = json!({"Statement": statement.to_string(), "Parameters": parameters});
        let refusal = self.refused("ExecuteStatement", statement);
        async { refusal.await.message }
    }
}

/// A table `tab` with the key `p` and `s`.
pub async fn world() -> World {
    let world = World::new();
    world.table("tab", Some("S")).await;
    world
}

async fn item(world: &World, p: &str) -> Value {
    world.get("tab", json!({"p": s(p), "s": s("1")})).await
}

#[tokio::test]
async fn inserts() {
    let world = world().await;
    let answer = world
        .sql("INSERT INTO \"tab\" value {'p':'dt', 's':'1', 'n':1, 'm':{'a':'v', 'b':4}, 'l':[1,'x'], 'ns':<<1,34,4.5>>, 'ss':<<'y','x'>>, 'z': null, 'e': 1E3, 'f': -1.5e-3, 'q': 'it''s', 't': true}")
        .await;
    assert_eq!(answer, json!({"Items": []}));
    assert_eq!(
        item(&world, "dt").await,
        json!({
            "p": s("dt"), "s": s("1"), "n": n(1), "m": {"M": {"a": s("v"), "b": n(4)}},
            "l": {"L": [n(1), s("x")]}, "ns": {"NS": ["1", "4.5", "34"]}, "ss": {"SS": ["x", "y"]},
            "z": {"NULL": true}, "e": n(1000), "f": n("-0.0015"), "q": s("it's"), "t": {"BOOL": true},
        })
    );
    let input = json!({
        "Statement": "INSERT INTO tab VALUE {'p': ?, 's': '1', 'b': ?}",
        "Parameters": [s("par"), {"M": {"k": {"B": "AAE="}}}],
        "ReturnConsumedCapacity": "TOTAL",
    });
    let answer = world.ok("ExecuteStatement", input).await;
    let capacity = json!({"TableName": "tab", "CapacityUnits": 1.0});
    assert_eq!(answer, json!({"Items": [], "ConsumedCapacity": capacity}));
    assert_eq!(
        item(&world, "par").await["b"],
        json!({"M": {"k": {"B": "AAE="}}})
    );
    let duplicate = json!({"Statement": "INSERT INTO tab VALUE {'p': 'par', 's': '1'}"});
    let refusal = world.refused("ExecuteStatement", duplicate).await;
    assert_eq!(refusal.code, "DuplicateItemException");
    assert_eq!(refusal.message, "Duplicate primary key exists in table");
}

#[tokio::test]
async fn what_cannot_be_inserted() {
    let world = world().await;
    let deep = |open: &str, close: &str, count: usize| {
        format!("{}1{}", open.repeat(count), close.repeat(count))
    };
    let with = |value: &str| format!("INSERT INTO tab VALUE {{'p': 'x', 's': '1', 'v': {value}}}");
    let at = |value: &str, part: &str| {
        let statement = with(value);
        let column = statement.rfind(part).unwrap() + 1;
        format!("1:{column}:{}", part.len())
    };
    let range = "Number overflow. Attempting to store a number with magnitude larger than supported range under root";
    let cases: Vec<(String, String)> = vec![
        (with("<<>>"), "Empty bags are not supported".into()),
        (with("<<1, 'a'>>"), "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags".into()),
        (with("<<'a', 'a'>>"), "One or more parameter values were invalid: Input collection [a, a] contains duplicates.".into()),
        (with("[<<2, 2.0>>]"), "One or more parameter values were invalid: Input collection [2, 2.0] contains duplicates! under root[0]".into()),
        (with("1e126"), range.into()),
        (with("{'x': 1e126}"), format!("{range}.x")),
        (with("[1, 1e126]"), format!("{range}[1]")),
        (with("set_add(<<'a'>>, <<'b'>>)"), format!("Unsupported data type: set_add under key root at {}", at("set_add(<<'a'>>, <<'b'>>)", "set_add"))),
        (with("{'k': ?}"), format!("Unsupported data type: Parameter under key root.k at {}", at("{'k': ?}", "?"))),
        (with(&deep("{'a':", "}", 32)), format!("Nesting Levels have exceeded supported limits under root{}", ".a".repeat(32))),
        (with(&deep("[", "]", 32)), format!("Nesting Levels have exceeded supported limits under root{}", "[0]".repeat(32))),
        ("INSERT INTO tab VALUE {'p': 'x'}".into(), "Key attribute should be present in the item: Key s".into()),
        ("INSERT INTO tab VALUE {'p': 1, 's': '1'}".into(), "Key attribute's data type should match its data type in table's schema: Key p".into()),
        ("INSERT INTO tab.i VALUE {'p': 'x', 's': '1'}".into(), "FROM clause may only contain a single table name in data manipulation statements at 1:13:3".into()),
        ("INSERT INTO \"abcdefgh\".\"i\" VALUE {'p': 'x', 's': '1'}".into(), "FROM clause may only contain a single table name in data manipulation statements at 1:13:10".into()),
        ("INSERT INTO tab VALUE {'p': 'x', 's': '1'} RETURNING ALL OLD *".into(), "RETURNING is not supported in INSERT".into()),
        ("INSERT INTO tab VALUE 'x'".into(), "Unsupported format in item expression. Please use struct format {...} to express item values for insert statement.".into()),
        ("INSERT INTO tab <<{'p': 'x', 's': '1'}>>".into(), "Unsupported operation: Inserting multiple items in a single statement is not supported, use \"INSERT INTO tableName VALUE item\" instead".into()),
        ("INSERT INTO tab VALUE {'p': '', 's': '1'}".into(), "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: p".into()),
    ];
    for (statement, message) in cases {
        assert_eq!(world.refuses(&statement).await, message, "{statement}");
    }
}

#[tokio::test]
async fn updates() {
    let world = world().await;
    world
        .sql("INSERT INTO tab VALUE {'p':'dt', 's':'1', 'n':1, 'm':{'a':'v', 'g': [2020]}, 'l':[1,'x'], 'ns':<<1,34>>, 'ss':<<'a','b'>>}")
        .await;
    let changes = [
        "SET n=n + 100 SET m.newer=[2020, 'v'], m.g = list_append([2010], m.g)",
        "SET l = LIST_APPEND(l, [4, <<'c', 'd'>>]) SET ns = SET_ADD(ns, <<345>>)",
        "SET ss = set_delete(ss, <<'a'>>) SET fresh = set_add(fresh, <<'m'>>)",
        "SET n=n-1 REMOVE l[1] REMOVE m.newer SET none = set_delete(none, <<'m'>>)",
        "SET n = n - - 2, k = [- 1]",
    ];
    for change in changes {
        let statement = format!("UPDATE tab {change} WHERE p='dt' AND s='1'");
        assert_eq!(world.sql(statement).await, json!({"Items": []}));
    }
    assert_eq!(
        item(&world, "dt").await,
        json!({
            "p": s("dt"), "s": s("1"), "n": n(102), "m": {"M": {"a": s("v"), "g": {"L": [n(2010), n(2020)]}}},
            "l": {"L": [n(1), n(4), {"SS": ["c", "d"]}]}, "ns": {"NS": ["1", "34", "345"]},
            "ss": {"SS": ["b"]}, "fresh": {"SS": ["m"]}, "k": {"L": [n(-1)]},
        })
    );
    let input = json!({
        "Statement": "FROM \"tab\" WHERE (p = ? AND s = '1') AND n = 102 SET c = ? RETURNING MODIFIED NEW *",
        "Parameters": [s("dt"), {"NULL": true}],
    });
    let answer = world.ok("ExecuteStatement", input).await;
    assert_eq!(answer["Items"], json!([{"c": {"NULL": true}}]));
}

#[tokio::test]
async fn what_is_returned() {
    let world = world().await;
    let key = json!({"p": s("r"), "s": s("1")});
    let seed = json!({"p": s("r"), "s": s("1"), "a": s("old"), "l": {"L": [s("x"), s("y")]}, "m": {"M": {"k": n(1), "z": n(2)}}});
    let cases = [
        (
            "SET a = 'new' WHERE p='r' AND s='1' RETURNING ALL OLD *",
            json!([seed]),
        ),
        (
            "SET a = 'new' WHERE p='r' AND s='1' RETURNING MODIFIED OLD *",
            json!([{"a": s("old")}]),
        ),
        (
            "SET a = 'new' WHERE p='r' AND s='1' RETURNING MODIFIED NEW *",
            json!([{"a": s("new")}]),
        ),
        (
            "SET m.k = 5 WHERE p='r' AND s='1' RETURNING MODIFIED NEW *",
            json!([{"m": {"M": {"k": n(5)}}}]),
        ),
        (
            "SET l[1] = 'v' WHERE p='r' AND s='1' RETURNING MODIFIED NEW *",
            json!([{"l": {"L": [s("v")]}}]),
        ),
        (
            "REMOVE a WHERE p='r' AND s='1' RETURNING MODIFIED NEW *",
            json!([]),
        ),
        (
            "REMOVE a WHERE p='r' AND s='1' RETURNING MODIFIED OLD *",
            json!([{"a": s("old")}]),
        ),
        (
            "SET b = 1 WHERE p='r' AND s='1' RETURNING MODIFIED OLD *",
            json!([]),
        ),
        ("SET b = 1 WHERE p='r' AND s='1'", json!([])),
    ];
    for (statement, items) in cases {
        world.put("tab", seed.clone()).await;
        let answer = world.sql(format!("UPDATE tab {statement}")).await;
        assert_eq!(answer, json!({"Items": items}), "{statement}");
    }
    world.put("tab", seed.clone()).await;
    let delete = "DELETE FROM tab WHERE p='r' AND s='1' RETURNING ALL OLD *";
    assert_eq!(world.sql(delete).await["Items"], json!([seed]));
    assert_eq!(world.sql(delete).await["Items"], json!([]));
    assert_eq!(world.get("tab", key).await, Value::Null);
    for mapping in ["MODIFIED OLD", "ALL NEW", "MODIFIED NEW"] {
        let statement = format!("DELETE FROM tab WHERE p = 'x' RETURNING {mapping} *");
        let message = format!(
            "Invalid returning clause: RETURNING {mapping} *. Only RETURNING ALL OLD * is allowed in DELETE statements."
        );
        assert_eq!(world.refuses(statement).await, message);
    }
}

#[tokio::test]
async fn conditions_of_writes() {
    let world = world().await;
    let put = || {
        world.put(
            "tab",
            json!({"p": s("c"), "s": s("1"), "kind": s("alpha"), "n": n(5)}),
        )
    };
    let key = "p='c' AND s='1'";
    put().await;
    for condition in [
        "kind = 'beta'",
        "NOT begins_with(\"kind\", 'al')",
        "attribute_exists(nope)",
        "n IS MISSING",
    ] {
        for write in ["UPDATE tab SET t = 1", "DELETE FROM tab"] {
            let statement = format!("{write} WHERE {key} AND {condition}");
            let input =
                json!({"Statement": statement, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"});
            let refusal = world.refused("ExecuteStatement", input).await;
            assert_eq!(
                refusal.code, "ConditionalCheckFailedException",
                "{statement}"
            );
            assert_eq!(refusal.message, "The conditional request failed");
            assert_eq!(refusal.body["Item"]["n"], n(5));
        }
    }
    assert_eq!(item(&world, "c").await["n"], n(5));
    world
        .sql(format!(
            "UPDATE tab SET n = 6 WHERE {key} AND \"kind\" = 'alpha' AND {key}"
        ))
        .await;
    assert_eq!(item(&world, "c").await["n"], n(6));
    world
        .sql(format!("DELETE FROM tab WHERE {key} AND size(kind) = 5"))
        .await;
    assert_eq!(item(&world, "c").await, Value::Null);
    // There has to be an item to update, but none to delete.
    for condition in ["", " AND attribute_not_exists(p)"] {
        let statement =
            json!({"Statement": format!("UPDATE tab SET n = 1 WHERE {key}{condition}")});
        let refusal = world.refused("ExecuteStatement", statement).await;
        assert_eq!(refusal.code, "ConditionalCheckFailedException");
    }
    let delete = format!("DELETE FROM tab WHERE {key} AND kind = 'x'");
    assert_eq!(world.sql(delete).await, json!({"Items": []}));
}

#[tokio::test]
async fn what_cannot_be_written() {
    let world = world().await;
    let seed =
        json!({"p": s("k"), "s": s("1"), "ss": {"SS": ["a"]}, "t": s("str"), "m": {"M": {}}});
    world.put("tab", seed).await;
    let update = |set: &str| format!("UPDATE tab SET {set} WHERE p='k' AND s='1'");
    let incomplete = "Where clause does not contain a mandatory equality on all key attributes";
    let several =
        "Multiple conditions on same key p. Only single item Update/Insert/Delete are supported";
    let wrong_type = "An operand in the update expression has an incorrect data type";
    let on_index = "This operation is not supported on an index";
    let aliasing = "Aliasing is not supported";
    let operand = "Incorrect operand type for operator or function; operator or function: ";
    let too_many = "The IN operator is provided with too many operands; number of operands: 101";
    let many = (0..101)
        .map(|i| format!("'v{i}'"))
        .collect::<Vec<_>>()
        .join(",");
    let cases: Vec<(String, String)> = vec![
        ("UPDATE tab SET a = 1 WHERE p = 'k'".into(), incomplete.into()),
        ("UPDATE tab SET a = 1".into(), incomplete.into()),
        ("DELETE FROM tab WHERE kind = 'x'".into(), incomplete.into()),
        ("FROM tab REMOVE a".into(), incomplete.into()),
        ("FROM tab WHERE a = 1 SET c = 1".into(), incomplete.into()),
        ("UPDATE tab SET a=1 WHERE p='k' AND s='1' AND p='other'".into(), several.into()),
        ("DELETE FROM tab WHERE p='k' AND s='1' AND p='other'".into(), several.into()),
        ("UPDATE tab SET a=1 WHERE p='k' AND s=1".into(), "Key attribute's data type should match its data type in table's schema: Key s".into()),
        (format!("UPDATE tab SET t=1 WHERE p='k' AND s='1' AND flag IN [{many}]"), too_many.into()),
        ("UPDATE tab.i SET a = 1 WHERE p='k'".into(), on_index.into()),
        ("DELETE FROM tab.i WHERE p='k'".into(), on_index.into()),
        ("UPDATE none.i SET a = 1 WHERE p='k'".into(), on_index.into()),
        ("UPDATE tab t SET a = 1 WHERE p='k'".into(), aliasing.into()),
        ("DELETE FROM tab t WHERE p='k'".into(), aliasing.into()),
        (update("p = 'z'"), "One or more parameter values were invalid: Cannot update attribute p. This attribute is part of the key".into()),
        (update("a = 1, a.b = 2"), "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b]".into()),
        (update("x = set_add(ss, <<'x'>>)"), "The first argument to SET_ADD must equal the assignment value at 1:20:7".into()),
        (update("ss = set_add(<<'a'>>, <<'b'>>)"), "The first argument to SET_ADD must equal the assignment value at 1:21:7".into()),
        (update("ss = set_add(ss, 'x')"), "The second argument to SET_ADD must be a value with type SET at 1:29:2".into()),
        (update("\"ss\" =\n set_delete(\"ss\", ['x'])"), "The second argument to SET_DELETE must be a value with type SET at 2:13:4".into()),
        (update("ss = set_add(ss)"), "SET_ADD must have exactly two arguments at 1:21:7".into()),
        (update("ss = set_add(ss, <<'x'>>, <<'y'>>)"), "SET_ADD must have exactly two arguments at 1:21:7".into()),
        (update("ss = set_add(ss, <<>>)"), "Empty bags are not supported".into()),
        (update("ss = set_add(ss, <<1>>)"), wrong_type.into()),
        (update("ss = set_delete(ss, <<1>>)"), wrong_type.into()),
        (update("t = set_add(t, <<'x'>>)"), wrong_type.into()),
        (update("none = list_append(none, [1])"), "The provided expression refers to an attribute that does not exist in the item".into()),
        (update("n = 'a' + 1"), format!("{operand}+, operand type: S")),
        (update("n = n - null"), format!("{operand}-, operand type: NULL")),
        (update("a = 1e-131"), "Number underflow. Attempting to store a number with magnitude smaller than supported range under root".into()),
        (update("x = [?]"), "Unsupported data type: Parameter under key root[0] at 1:21:1".into()),
        (update("x = attribute_exists(a)"), "Unrecognized function: attribute_exists at 1:20:16".into()),
        ("UPDATE tab REMOVE l[2147483648] WHERE p='k' AND s='1'".into(), "List index is not within the allowable range; index: [2147483648] at 1:21:10".into()),
        ("EXISTS(SELECT * FROM tab WHERE p='k' AND s='1' AND a = 1)".into(), "EXISTS can only be used in ExecuteTransaction write requests.".into()),
    ];
    for (statement, message) in cases {
        assert_eq!(world.refuses(&statement).await, message, "{statement}");
    }
    // A failing condition is found later than a wrong operand.
    let statement = "UPDATE tab SET n = n + [1] WHERE p='k' AND s='1' AND nope='x'";
    assert_eq!(
        world.refuses(statement).await,
        format!("{operand}+, operand type: L")
    );
    let deep = (0..31).fold(s("x"), |value, _| json!({"M": {"a": value}}));
    let message = world
        .refuses_with(update("m.deep = ?"), json!([deep]))
        .await;
    assert_eq!(message, "Nesting Levels have exceeded supported limits");
    assert_eq!(item(&world, "k").await["ss"], json!({"SS": ["a"]}));
}

#[tokio::test]
async fn parameters() {
    let world = world().await;
    let duplicates =
        "One or more parameter values were invalid: Input collection [a, a] contains duplicates.";
    let numeric = "The parameter cannot be converted to a numeric value";
    let deep = (0..40).fold(s("x"), |value, _| json!({"M": {"a": value}}));
    let nested = "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit";
    let count = "Number of parameters in request and statement don't match.";
    let cases = [
        ("UPDATE tab SET WHERE", json!([{"SS": ["a", "a"]}]), duplicates.to_owned()),
        ("SELECT * FROM tab WHERE p = ?", json!([{"NULL": false}]), "One or more parameter values were invalid: Null attribute value types must have the value of true".to_owned()),
        ("SELECT * FROM tab WHERE p = ?", json!([n("1e99999999999")]), format!("{numeric}: 1e99999999999")),
        ("SELECT * FROM tab WHERE p = ?", json!([n("1e2147483647")]), "Number underflow. Attempting to store a number with magnitude smaller than supported range".to_owned()),
        ("SELECT * FROM tab WHERE p = ?", json!([n("")]), numeric.to_owned()),
        ("SELECT * FROM tab WHERE a = ?", json!([deep, n("abc")]), nested.to_owned()),
        ("SELECT * FROM tab WHERE a = ?", json!([n("abc"), deep]), format!("{numeric}: abc")),
        ("SELECT * FROM tab WHERE p = ? AND s = ?", json!([s("x")]), count.to_owned()),
        ("SELECT * FROM tab WHERE p = ?", json!([s("x"), s("y")]), count.to_owned()),
        ("SELECT * FROM tab WHERE n > -?", json!([n(1)]), "Unsupported operator in Condition Expression. Operator: -".to_owned()),
    ];
    for (statement, parameters, message) in cases {
        let refused = world.refuses_with(statement, parameters).await;
        assert_eq!(refused, message, "{statement}");
    }
    let refusal = world.refused(
        "ExecuteStatement",
        json!({"Statement": "SELECT * FROM tab", "Parameters": []}),
    );
    let message = "1 validation error detected: Value '[]' at 'parameters' failed to satisfy constraint: Member must have length greater than or equal to 1";
    assert_eq!(refusal.await.message, message);
    let statement = format!("SELECT * FROM tab WHERE p = '{}'", "x".repeat(8192));
    assert!(
        world
            .refuses(statement)
            .await
            .ends_with("Member must have length less than or equal to 8192")
    );
}

#[tokio::test]
async fn indexes_and_streams_follow_statements() {
    let world = World::new();
    world.indexed_table("tab").await;
    let stream = json!({"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"});
    let update = json!({"TableName": "tab", "StreamSpecification": stream});
    let table = world.ok("UpdateTable", update).await["TableDescription"].clone();
    for statement in [
        "INSERT INTO tab VALUE {'p': 'a', 's': '1', 'g': 'one'}",
        "UPDATE tab SET g = 'two' WHERE p = 'a' AND s = '1'",
    ] {
        world.sql(statement).await;
    }
    let of_index = |g: &str| world.sql(format!("SELECT s FROM tab.\"all\" WHERE g = '{g}'"));
    assert_eq!(of_index("one").await["Items"], json!([]));
    assert_eq!(of_index("two").await["Items"], json!([{"s": s("1")}]));
    world.sql("DELETE FROM tab WHERE p = 'a' AND s = '1'").await;
    assert_eq!(of_index("two").await["Items"], json!([]));
    let arn = &table["LatestStreamArn"];
    let described = world
        .stream("DescribeStream", json!({"StreamArn": arn}))
        .await;
    let shard = &described["StreamDescription"]["Shards"][0]["ShardId"];
    let from = json!({"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"});
    let iterator = world.stream("GetShardIterator", from).await["ShardIterator"].clone();
    let records = world
        .stream("GetRecords", json!({"ShardIterator": iterator}))
        .await;
    let names = records["Records"].as_array().unwrap().iter();
    let names: Vec<&str> = names
        .filter_map(|record| record["eventName"].as_str())
        .collect();
    assert_eq!(names, ["INSERT", "MODIFY", "REMOVE"]);
}
