//! PartiQL in batches and transactions, and what callers must be allowed to do. The answers are
//! those of the service as others recorded them in 2026, unless a comment says otherwise.

use super::partiql::{MALFORMED, world};
use super::*;

fn statements(texts: &[&str]) -> Value {
    texts
        .iter()
        .map(|text| json!({"Statement": text}))
        .collect()
}

impl World {
    async fn batch(&self, texts: &[&str]) -> Value {
        let input = json!({"Statements": statements(texts)});
        self.ok("BatchExecuteStatement", input).await["Responses"].clone()
    }

    async fn transaction(&self, texts: &[&str]) -> Result<Value, Refusal> {
        let input = json!({"TransactStatements": statements(texts)});
        self.ask("ExecuteTransaction", input).await
    }

    /// The message that a transaction is refused with.
    async fn cancelled(&self, texts: &[&str]) -> Refusal {
        self.transaction(texts).await.expect_err(&texts.join("; "))
    }
}

fn error(code: &str, message: &str) -> Value {
    json!({"Error": {"Code": code, "Message": message}})
}

fn codes(refusal: &Refusal) -> Vec<&str> {
    let reasons = refusal.body["CancellationReasons"]
        .as_array()
        .unwrap()
        .iter();
    reasons
        .filter_map(|reason| reason["Code"].as_str())
        .collect()
}

#[tokio::test]
async fn batches_of_writes() {
    let world = world().await;
    world
        .put("tab", json!({"p": s("there"), "s": s("1"), "v": s("here")}))
        .await;
    let answers = world
        .batch(&[
            "INSERT INTO tab VALUE {'p': 'new', 's': '1'}",
            "INSERT INTO tab VALUE {'p': 'there', 's': '1'}",
            "SLECT * FROM tab WHERE p = 'x'",
            "UPDATE \"no-such\" SET a = 1 WHERE p = 'x'",
            "DELETE FROM tab WHERE p = 'a' AND s = '1' RETURNING MODIFIED OLD *",
            "UPDATE tab SET v = 2 WHERE p = 'absent' AND s = '1'",
            "DELETE FROM tab WHERE p = 'none' AND s = '1'",
        ])
        .await;
    let failed = |code: &str, message: &str| json!({"Error": {"Code": code, "Message": message}, "TableName": "tab"});
    let done = json!({"TableName": "tab"});
    let expected = json!([
        done,
        failed("DuplicateItem", "Duplicate primary key exists in table"),
        error(
            "ValidationError",
            &format!("{MALFORMED}Expected data manipulation")
        ),
        error("ResourceNotFound", "Requested resource not found"),
        error(
            "ValidationError",
            "Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is allowed in DELETE statements."
        ),
        failed("ConditionalCheckFailed", "The conditional request failed"),
        done,
    ]);
    assert_eq!(answers, expected);
    let answers = world
        .batch(&[
            "DELETE FROM tab WHERE p = 'there' AND s = '1' RETURNING ALL OLD *",
            "UPDATE tab SET v = 2 WHERE p = 'new' AND s = '1' RETURNING MODIFIED NEW *",
        ])
        .await;
    let old = json!({"p": s("there"), "s": s("1"), "v": s("here")});
    let expected = json!([
        {"TableName": "tab", "Item": old},
        {"TableName": "tab", "Item": {"v": n(2)}},
    ]);
    assert_eq!(answers, expected);
    let answers = world
        .batch(&["UPDATE tab REMOVE v WHERE p = 'new' AND s = '1' RETURNING MODIFIED NEW *"])
        .await;
    assert_eq!(answers, json!([{"TableName": "tab"}]));
}

#[tokio::test]
async fn batches_of_reads() {
    let world = World::new();
    world.indexed_table("tab").await;
    world
        .put("tab", json!({"p": s("a"), "s": s("1"), "g": s("x")}))
        .await;
    let without_key = error(
        "ValidationError",
        "Select statements within BatchExecuteStatement must specify the primary key in the where clause.",
    );
    let answers = world
        .batch(&[
            "SELECT g FROM tab WHERE p = 'a' AND s = '1'",
            "SELECT * FROM tab WHERE p IN ['none'] AND s IN ['1']",
            "SELECT * FROM tab WHERE g = 'x'",
            "SELECT * FROM tab WHERE p = 'a'",
            "SELECT * FROM tab WHERE p = 'a' AND s = '2' AND g = 'x'",
            "SELECT * FROM tab WHERE p = 'a' AND s = '1' AND p = 'b'",
            "SELECT * FROM tab.\"all\" WHERE p = 'a' AND s = '1' AND g = 'x'",
            "SELECT * FROM \"no-such\" WHERE p = 'a'",
            "SELECT COUNT(*) FROM tab",
        ])
        .await;
    let expected = json!([
        {"TableName": "tab", "Item": {"g": s("x")}},
        {"TableName": "tab"},
        without_key, without_key, without_key, without_key, without_key,
        error("ResourceNotFound", "Requested resource not found"),
        error("ValidationError", "Unexpected path component at 1:8:5"),
    ]);
    assert_eq!(answers, expected);
    let one =
        json!({"Statement": "SELECT * FROM tab WHERE p = 'a' AND s = '1'", "ConsistentRead": true});
    let two = json!({"Statement": "SELECT * FROM tab WHERE p = 'b' AND s = '1'"});
    let input = json!({"Statements": [one, two], "ReturnConsumedCapacity": "TOTAL"});
    let answer = world.ok("BatchExecuteStatement", input).await;
    let capacity = json!([{"TableName": "tab", "CapacityUnits": 1.5}]);
    assert_eq!(answer["ConsumedCapacity"], capacity);
}

#[tokio::test]
async fn batches_that_are_refused() {
    let world = world().await;
    let refused = async |texts: &[&str]| {
        let input = json!({"Statements": statements(texts)});
        world.refused("BatchExecuteStatement", input).await.message
    };
    let read = "SELECT * FROM tab WHERE p = 'a' AND s = '1'";
    let write = "INSERT INTO tab VALUE {'p': 'b', 's': '1'}";
    assert_eq!(
        refused(&["NOT SQL", read, write]).await,
        "Read and write requests together in the same batch is not supported."
    );
    assert_eq!(
        refused(&[
            "NOT SQL",
            write,
            "UPDATE tab SET a = 1 WHERE p = 'b' AND s = '1'"
        ])
        .await,
        "Provided list of item keys contains duplicates"
    );
    assert_eq!(
        refused(&[]).await,
        "1 validation error detected: Value '[]' at 'statements' failed to satisfy constraint: Member must have length greater than or equal to 1"
    );
    assert!(
        refused(&[read; 26])
            .await
            .ends_with("Member must have length less than or equal to 25")
    );
    assert_eq!(
        world.get("tab", json!({"p": s("b"), "s": s("1")})).await,
        Value::Null
    );
}

#[tokio::test]
async fn transactions_of_writes() {
    let world = world().await;
    world
        .put(
            "tab",
            json!({"p": s("a"), "s": s("1"), "n": n(0), "Awards": n(1)}),
        )
        .await;
    let answer = world
        .transaction(&[
            "EXISTS(SELECT * FROM tab WHERE (p = 'x' AND s = '1') AND Awards IS MISSING)",
            "UPDATE tab SET n = n + 1 WHERE p = 'a' AND s = '1'",
            "INSERT INTO tab VALUE {'p': 'b', 's': '1'}",
            "DELETE FROM tab WHERE p = 'c' AND s = '1'",
        ])
        .await;
    assert_eq!(answer, Ok(json!({"Responses": []})));
    let refusal = world
        .cancelled(&[
            "EXISTS(SELECT * FROM tab WHERE p = 'a' AND s = '1' AND Awards IS MISSING)",
            "INSERT INTO tab VALUE {'p': 'b', 's': '1'}",
            "UPDATE tab SET n = 1 WHERE p = 'none' AND s = '1'",
            "INSERT INTO tab VALUE {'p': 'd', 's': '1'}",
        ])
        .await;
    assert_eq!(refusal.code, "TransactionCanceledException");
    assert_eq!(
        refusal.message,
        "Transaction cancelled, please refer cancellation reasons for specific reasons [ConditionalCheckFailed, DuplicateItem, ConditionalCheckFailed, None]"
    );
    assert_eq!(
        refusal.body["CancellationReasons"],
        json!([
            {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"},
            {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"},
            {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"},
            {"Code": "None"},
        ])
    );
    assert_eq!(
        world.get("tab", json!({"p": s("d"), "s": s("1")})).await,
        Value::Null
    );
    // An EXISTS takes the first value for the key, and fails on the other.
    let refusal = world
        .cancelled(&[
            "EXISTS(SELECT * FROM tab WHERE p='a' AND s='1' AND p='b' AND n=1)",
            "UPDATE tab SET x=1 WHERE p='b' AND s='1'",
        ])
        .await;
    assert_eq!(codes(&refusal), ["ConditionalCheckFailed", "None"]);
}

#[tokio::test]
async fn transactions_happen_once_for_a_token() {
    let world = world().await;
    world
        .put("tab", json!({"p": s("a"), "s": s("1"), "n": n(0)}))
        .await;
    let input = |by: i32| {
        json!({
            "TransactStatements": [{
                "Statement": "UPDATE tab SET n = n + ? WHERE p = 'a' AND s = '1'",
                "Parameters": [n(by)],
            }],
            "ClientRequestToken": "token",
            "ReturnConsumedCapacity": "TOTAL",
        })
    };
    let capacity = |unit: &str| {
        json!({
            "Responses": [],
            "ConsumedCapacity": [{"TableName": "tab", "CapacityUnits": 2.0, unit: 2.0}],
        })
    };
    let first = world.ok("ExecuteTransaction", input(1)).await;
    assert_eq!(first, capacity("WriteCapacityUnits"));
    let again = world.ok("ExecuteTransaction", input(1)).await;
    assert_eq!(again, capacity("ReadCapacityUnits"));
    let refusal = world.refused("ExecuteTransaction", input(2)).await;
    assert_eq!(refusal.code, "IdempotentParameterMismatchException");
    let item = world.get("tab", json!({"p": s("a"), "s": s("1")})).await;
    assert_eq!(item["n"], n(1));
}

#[tokio::test]
async fn transactions_of_reads() {
    let world = world().await;
    world
        .put("tab", json!({"p": s("a"), "s": s("1"), "v": s("x")}))
        .await;
    let answer = world
        .transaction(&[
            "SELECT v FROM tab WHERE (s='1') AND p='a' AND p='a'",
            "SELECT * FROM tab WHERE p IN ['b'] AND s IN ['1']",
        ])
        .await;
    assert_eq!(
        answer,
        Ok(json!({"Responses": [{"Item": {"v": s("x")}}, {}]}))
    );
    let select = "SELECT * FROM tab WHERE p='a' AND s='1'";
    let refusal = world
        .cancelled(&[select, "SELECT v FROM tab WHERE s='1' AND p='a'"])
        .await;
    assert_eq!(
        refusal.message,
        "Transaction request cannot include multiple operations on one item"
    );
    let refusal = world
        .cancelled(&[select, select, "SELECT * FROM tab WHERE p=1 AND s='1'"])
        .await;
    assert_eq!(codes(&refusal), ["None", "None", "ValidationError"]);
    let reason = &refusal.body["CancellationReasons"][2];
    assert_eq!(
        reason["Message"],
        "The provided key element does not match the schema"
    );
}

#[tokio::test]
async fn transactions_that_are_refused() {
    let world = World::new();
    world.indexed_table("tab").await;
    let in_first = "Validation failed in TransactStatements[0]: ";
    let without_key = "Select statements within ExecuteTransaction must specify the primary key in the where clause.";
    let exists = "EXISTS() must contain a single item read with additional condition";
    let many = (0..101)
        .map(|i| format!("'v{i}'"))
        .collect::<Vec<_>>()
        .join(",");
    let many = format!("SELECT * FROM tab WHERE p IN [{many}] AND s='1'");
    let write = "UPDATE tab SET b=1 WHERE p='other' AND s='1'";
    let cases: &[(&[&str], String)] = &[
        (&["SELECT * FROM tab WHERE"], format!("{in_first}{MALFORMED}Unexpected term")),
        (&["SELECT * FROM tab WHERE p='a' AND s='1'", write], "ExecuteTransaction API does not support both read and write operations in the same request.".into()),
        (&["UPDATE tab SET b=1 WHERE p='a' AND s='1' RETURNING ALL NEW *"], format!("{in_first}RETURNING clause is not supported in ExecuteTransaction.")),
        (&["UPDATE tab.\"all\" SET b=1 WHERE p='a'"], format!("{in_first}This operation is not supported on an index")),
        (&["SELECT * FROM tab.\"all\" WHERE g='a'"], format!("{in_first}Reads on indices are not supported within transactions.")),
        (&["SELECT * FROM tab WHERE p='a' AND s='1' AND flag='x'"], format!("{in_first}{without_key}")),
        (&["SELECT * FROM tab WHERE p='a' AND s='1' AND p='b'"], format!("{in_first}{without_key}")),
        (&["SELECT * FROM tab WHERE p='a'"], format!("{in_first}{without_key}")),
        (&["SELECT * FROM tab WHERE p='a' AND attribute_exists(b)"], format!("{in_first}{without_key}")),
        (&["SELECT * FROM tab WHERE p IN ['a','a'] AND s='1'"], format!("{in_first}Overlapping conditions with range keys are not supported in where clause")),
        (&[&many], format!("{in_first}The IN operator is provided with too many operands; number of operands: 101")),
        (&["EXISTS(SELECT * FROM tab WHERE p='a' AND s='1')", write], format!("{in_first}{exists}")),
        (&["EXISTS(SELECT * FROM tab WHERE p IN ['a'] AND s='1' AND flag='x')", write], format!("{in_first}{exists}")),
        (&["INSERT INTO tab VALUE {'p':'a','s':'1','x':[<<'a','a'>>]}"], format!("{in_first}One or more parameter values were invalid: Input collection [a, a] contains duplicates.")),
        (&["UPDATE tab SET n = n + [1] WHERE p='a' AND s='1'"], format!("{in_first}Incorrect operand type for operator or function; operator or function: +, operand type: L")),
        (&["UPDATE \"no-such\" SET a=1 WHERE p='x'", "UPDATE tab SET a=1 WHERE p='a' AND s='1' RETURNING ALL NEW *"], "Validation failed in TransactStatements[1]: RETURNING clause is not supported in ExecuteTransaction.".into()),
        (&[write, write], "Transaction request cannot include multiple operations on one item".into()),
    ];
    for (texts, message) in cases {
        let refusal = world.cancelled(texts).await;
        assert_eq!(refusal.code, "ValidationException", "{texts:?}");
        assert_eq!(refusal.message, *message, "{texts:?}");
    }
    let statement =
        json!({"Statement": "UPDATE tab SET b=? WHERE p='a'", "Parameters": [{"SS": ["a", "a"]}]});
    let refusal = world
        .refused(
            "ExecuteTransaction",
            json!({"TransactStatements": [statement]}),
        )
        .await;
    assert_eq!(
        refusal.message,
        "One or more parameter values were invalid: Input collection [a, a] contains duplicates."
    );
}

#[tokio::test]
async fn transactions_that_are_cancelled() {
    let world = world().await;
    world
        .put("tab", json!({"p": s("k"), "s": s("1"), "m": {"M": {}}}))
        .await;
    let missing = "UPDATE \"no-such\" SET a=1 WHERE p='x' AND s='1'";
    let refusal = world
        .cancelled(&[&format!("{missing} RETURNING ALL NEW *"), missing])
        .await;
    assert_eq!(codes(&refusal), ["ResourceNotFound", "ResourceNotFound"]);
    let reason = &refusal.body["CancellationReasons"][0];
    assert_eq!(reason["Message"], "Requested resource not found");
    let refusal = world
        .cancelled(&[
            "SELECT * FROM tab WHERE p='k' AND s='1'",
            "SELECT * FROM \"no-such\".\"i\" WHERE p='x'",
        ])
        .await;
    assert_eq!(codes(&refusal), ["None", "ResourceNotFound"]);
    let update = "UPDATE tab SET a=1 WHERE";
    let good = format!("{update} p='k' AND s='1'");
    let mismatch = "The provided key element does not match the schema";
    let missing = "One or more parameter values were invalid: Missing the key s in the item";
    for (bad, message) in [
        (format!("{update} p='k'"), Some(mismatch)),
        (format!("{update} p IN ['k'] AND s='1'"), None),
        (format!("{update} p='k' AND s='1' AND p='other'"), None),
        (format!("{update} p='k' AND s=1"), Some(mismatch)),
        (
            "INSERT INTO tab VALUE {'p':'new'}".to_owned(),
            Some(missing),
        ),
        ("DELETE FROM tab WHERE s='1'".to_owned(), Some(mismatch)),
    ] {
        let refusal = world.cancelled(&[&good, &bad]).await;
        assert_eq!(codes(&refusal), ["None", "ValidationError"], "{bad}");
        let reason = &refusal.body["CancellationReasons"][1];
        assert!(
            message.is_none_or(|message| reason["Message"] == message),
            "{bad}"
        );
    }
    // What comes after the first one is not looked at.
    let bad = format!("{update} p='k'");
    let refusal = world
        .cancelled(&[&bad, "DELETE FROM tab WHERE s='1'"])
        .await;
    assert_eq!(codes(&refusal), ["ValidationError", "None"]);
}

#[tokio::test]
async fn requirements() {
    let mut world = World::new();
    world.indexed_table("tab").await;
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/tab";
    let index = format!("{arn}/index/all");
    type Context<'a> = &'a [(&'a str, &'a str)];
    let cases: &[(&str, &str, &str, Context<'_>)] = &[
        (
            "SELECT s FROM tab WHERE p = 'a' AND s = '1'",
            "PartiQLSelect",
            arn,
            &[
                ("FullTableScan", "false"),
                ("LeadingKeys", "a"),
                ("Attributes", "p s"),
                ("Select", "SPECIFIC_ATTRIBUTES"),
            ],
        ),
        (
            "SELECT * FROM tab WHERE p IN ['a', 'b']",
            "PartiQLSelect",
            arn,
            &[
                ("FullTableScan", "false"),
                ("LeadingKeys", "a b"),
                ("Select", "ALL_ATTRIBUTES"),
            ],
        ),
        (
            "SELECT * FROM tab WHERE s = '1'",
            "PartiQLSelect",
            arn,
            &[("FullTableScan", "true"), ("LeadingKeys", "")],
        ),
        (
            "SELECT * FROM tab.\"all\" WHERE g = 'x'",
            "PartiQLSelect",
            &index,
            &[
                ("FullTableScan", "false"),
                ("LeadingKeys", "x"),
                ("Select", "ALL_PROJECTED_ATTRIBUTES"),
            ],
        ),
        (
            "SELECT * FROM tab.\"all\"",
            "PartiQLSelect",
            &index,
            &[("FullTableScan", "true")],
        ),
        (
            "INSERT INTO tab VALUE {'p': 'a', 's': '1', 'x': 1}",
            "PartiQLInsert",
            arn,
            &[("LeadingKeys", "a"), ("Attributes", "p s x")],
        ),
        (
            "UPDATE tab SET x = y WHERE p = 'a' AND s = '1' AND z = 1 RETURNING ALL OLD *",
            "PartiQLUpdate",
            arn,
            &[
                ("LeadingKeys", "a"),
                ("Attributes", "p s x y z"),
                ("ReturnValues", "ALL_OLD"),
            ],
        ),
        (
            "DELETE FROM tab WHERE p = 'a' AND s = '1'",
            "PartiQLDelete",
            arn,
            &[("LeadingKeys", "a")],
        ),
    ];
    for (statement, action, resource, context) in cases {
        world.gate.required.lock().clear();
        let _ = world
            .ask("ExecuteStatement", json!({"Statement": statement}))
            .await;
        let required = world.gate.required.lock().clone();
        assert_eq!(required.len(), 1, "{statement}");
        assert_eq!(
            required[0].action,
            format!("dynamodb:{action}"),
            "{statement}"
        );
        assert_eq!(required[0].resource, *resource, "{statement}");
        for (key, values) in *context {
            let key = format!("dynamodb:{key}");
            let found = required[0].context.iter().find(|(name, _)| **name == key);
            let found = found
                .map(|(_, values)| values.join(" "))
                .unwrap_or_default();
            assert_eq!(found, *values, "{key} of {statement}");
        }
    }
    let delete = "DELETE FROM tab WHERE p = 'a' AND s = '1'";
    let input = json!({"TransactStatements": statements(&[delete, "EXISTS(SELECT * FROM tab WHERE p = 'b' AND s = '1' AND x = 1)"])});
    world.gate.required.lock().clear();
    let _ = world.ask("ExecuteTransaction", input).await;
    let required = world.gate.required.lock().clone();
    let actions: Vec<&str> = required.iter().map(|r| &*r.action).collect();
    assert_eq!(
        actions,
        ["dynamodb:PartiQLDelete", "dynamodb:PartiQLSelect"]
    );
    let enclosing = (
        "dynamodb:EnclosingOperation".into(),
        vec!["ExecuteTransaction".to_owned()],
    );
    assert!(required[0].context.contains(&enclosing));
    world.put("tab", json!({"p": s("a"), "s": s("1")})).await;
    world.gate.denied = Some("dynamodb:PartiQLDelete");
    for (operation, member) in [
        ("ExecuteStatement", json!({"Statement": delete})),
        (
            "BatchExecuteStatement",
            json!({"Statements": statements(&[delete])}),
        ),
        (
            "ExecuteTransaction",
            json!({"TransactStatements": statements(&[delete])}),
        ),
    ] {
        let refusal = world.refused(operation, member).await;
        assert_eq!(refusal.code, "AccessDeniedException", "{operation}");
    }
    assert_ne!(
        world.get("tab", json!({"p": s("a"), "s": s("1")})).await,
        Value::Null
    );
}
