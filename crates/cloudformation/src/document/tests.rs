use super::*;
use proptest::prelude::*;

fn yaml(text: &str) -> Result<Node, TemplateError> {
    parse(&Source::new("t.yaml", text), &mut Vec::new())
}

#[test]
fn a_repeated_key_takes_its_last_value_in_yaml() {
    let mut remarks = Vec::new();
    let source = Source::new("t.yaml", "a: 1\nb: {c: 2}\na: 3");
    let tree = parse(&source, &mut remarks).unwrap().to_string();
    assert_eq!(tree, r#"{"a":3,"b":{"c":2}}"#);
    let remarks: Vec<String> = remarks.iter().map(place).collect();
    assert_eq!(
        remarks,
        ["3:1: the key \"a\" is already given in line 1: this one counts"]
    );
}

#[test]
fn lines_in_brackets_may_start_anywhere() {
    for (text, expected) in [
        // As in templates that PyYAML reads.
        (
            "a:\n  b: [{\n    c: d\n  }]\n  e: f",
            r#"{"a":{"b":[{"c":"d"}],"e":"f"}}"#,
        ),
        (
            "a:\n  b: {\nc: [x,\ny]\n}\n",
            r#"{"a":{"b":{"c":["x","y"]}}}"#,
        ),
        ("a:\n  - - b: [\n'x'\n]", r#"{"a":[[{"b":["x"]}]]}"#),
    ] {
        let tree = yaml(text).map(|node| node.to_string());
        assert_eq!(
            tree.map_err(|e| place(&e)),
            Ok(expected.to_owned()),
            "{text}"
        );
    }
    // Places are those of the text as it was written.
    assert_eq!(
        yaml("a:\n  b: [{\n c: !Foo d\n }]").map_err(|e| place(&e)),
        Err("3:5: unknown tag !Foo".to_owned())
    );
    // Blocks still have to be in line.
    assert!(yaml("a:\n    b: 1\n  c: 2").is_err());
}

fn json(text: &str) -> Result<Node, TemplateError> {
    parse(&Source::new("t.json", text), &mut Vec::new())
}

fn place(error: &TemplateError) -> String {
    format!("{}:{}: {error}", error.mark.line, error.mark.column)
}

#[test]
fn yaml_becomes_a_tree() {
    for (text, expected) in [
        ("a: 1", r#"{"a":1}"#),
        ("a: 2012-10-17", r#"{"a":"2012-10-17"}"#),
        ("a: '1'\nb: \"true\"", r#"{"a":"1","b":"true"}"#),
        (
            "a: true\nb: no\nc: ~\nd:",
            r#"{"a":true,"b":"no","c":null,"d":null}"#,
        ),
        (
            "a: 0123\nb: 1.50\nc: -2e3",
            r#"{"a":"0123","b":1.50,"c":-2e3}"#,
        ),
        ("a: [x, {y: z}]", r#"{"a":["x",{"y":"z"}]}"#),
        ("a: |\n  one\n  two\n", r#"{"a":"one\ntwo\n"}"#),
        ("a: !Ref Table", r#"{"a":{"Ref":"Table"}}"#),
        ("a: !GetAtt T.Arn", r#"{"a":{"Fn::GetAtt":"T.Arn"}}"#),
        (
            "a: !Sub\n  - ${x}\n  - x: !Ref y",
            r#"{"a":{"Fn::Sub":["${x}",{"x":{"Ref":"y"}}]}}"#,
        ),
        ("a: !Condition c", r#"{"a":{"Condition":"c"}}"#),
        (
            "a: !Join ['', [a, 5]]",
            r#"{"a":{"Fn::Join":["",["a",5]]}}"#,
        ),
        ("a: !!str 5", r#"{"a":"5"}"#),
        ("a: &x {b: 1}\nc: *x", r#"{"a":{"b":1},"c":{"b":1}}"#),
        (
            "a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3",
            r#"{"a":{"b":1,"c":2},"d":{"c":3,"b":1}}"#,
        ),
        ("{\"a\": \"\\u00e9\"}", "{\"a\":\"é\"}"),
    ] {
        let tree = yaml(text).map(|node| node.to_string());
        assert_eq!(
            tree.map_err(|e| place(&e)),
            Ok(expected.to_owned()),
            "{text}"
        );
    }
}

#[test]
fn json_becomes_the_same_tree() {
    for (text, expected) in [
        ("{}", "{}"),
        (
            "{\n\t\"a\":\t[1, -2.5e+1, true, null]\n}",
            r#"{"a":[1,-2.5e+1,true,null]}"#,
        ),
        (r#"{"a": "\ud83d\ude00\n\/\u0041"}"#, "{\"a\":\"😀\\n/A\"}"),
        (
            r#"{"Fn::GetAtt": ["a", "b"]}"#,
            r#"{"Fn::GetAtt":["a","b"]}"#,
        ),
    ] {
        let tree = json(text).map(|node| node.to_string());
        assert_eq!(
            tree.map_err(|e| place(&e)),
            Ok(expected.to_owned()),
            "{text}"
        );
    }
}

#[test]
fn what_is_wrong_has_its_place() {
    for (text, expected) in [
        ("a: !Foo b", "1:4: unknown tag !Foo"),
        ("!Ref a: 1", "1:1: a key cannot have a tag"),
        ("[a]: 1", "1:1: a key must be a plain string"),
        (
            "a: &x [*x]",
            "1:8: an alias cannot stand inside what it names",
        ),
        ("a: *x", "1:4: while parsing node, found unknown anchor"),
        ("a: 1\n---\nb: 2", "2:1: a template is one document"),
        (
            "a: {<<: 5}",
            "1:5: `<<` takes an object or a list of objects",
        ),
        (
            "a: [1",
            "2:1: while parsing a flow sequence, expected ',' or ']'",
        ),
        ("", "0:0: the template is empty"),
    ] {
        assert_eq!(
            yaml(text).map_err(|e| place(&e)),
            Err(expected.to_owned()),
            "{text}"
        );
    }
    for (text, expected) in [
        ("", "1:1: expected a value, found the end of the text"),
        (
            "{\"a\": 1,\n \"a\": 2}",
            "2:2: the key \"a\" is already given in line 1",
        ),
        ("{\"a\" 1}", "1:6: expected ':', found '1'"),
        ("{a: 1}", "1:2: expected a key in double quotes, found 'a'"),
        ("[1,]", "1:4: expected a value, found ']'"),
        ("[01]", "1:2: expected a value, found \"01\""),
        ("[1] x", "1:5: expected the end of the text, found 'x'"),
        ("\"abc", "1:5: a string is not closed"),
        ("\"\\ud800x\"", "1:9: half of a surrogate pair in a string"),
        (
            "\"\\ud800\\u0041\"",
            "1:14: half of a surrogate pair in a string",
        ),
    ] {
        assert_eq!(
            json(text).map_err(|e| place(&e)),
            Err(expected.to_owned()),
            "{text}"
        );
    }
}

#[test]
fn trees_are_bounded() {
    let deep = format!("a: {}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
    assert_eq!(
        yaml(&deep).unwrap_err().to_string(),
        "the template is larger than 100 levels"
    );
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    assert_eq!(
        json(&deep).unwrap_err().to_string(),
        "the template is larger than 100 levels"
    );
    let wide: String = (0..=MAX_KEYS).map(|n| format!("k{n}: 1\n")).collect();
    assert_eq!(
        yaml(&wide).unwrap_err().to_string(),
        "the template is larger than 2000 keys in one object"
    );
    let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let items = vec![format!("*a{}", level - 1); 9].join(", ");
        laughs.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    let error = yaml(&laughs).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the template is larger than 200000 values, aliases included"
    );
    let long = format!("a: {}", "x".repeat(MAX_TEXT_BYTES));
    assert_eq!(
        yaml(&long).unwrap_err().to_string(),
        "the template is larger than 1048576 bytes of text"
    );
}

#[test]
fn a_message_shows_its_line() {
    let source = Source::new("dir/t.yaml", "a: 1\n\tb:  !Foo x  \n");
    let mark = Mark { line: 2, column: 6 };
    assert_eq!(
        source.explain(mark, "unknown tag !Foo"),
        "dir/t.yaml:2:6: unknown tag !Foo\n  2 | \tb:  !Foo x\n    | \t    ^"
    );
    assert_eq!(
        source.explain(Mark::default(), "empty"),
        "dir/t.yaml: empty"
    );
    let mark = Mark { line: 1, column: 1 };
    assert_eq!(
        source.explain(mark, "failed\nbecause"),
        "dir/t.yaml:1:1: failed\n  1 | a: 1\n    | ^\nbecause"
    );
    let mark = Mark { line: 9, column: 1 };
    assert_eq!(source.explain(mark, "gone"), "dir/t.yaml:9:1: gone");
    let long = format!("{}x{}", "-".repeat(500), "-".repeat(500));
    let source = Source::new("t.json", long);
    let mark = Mark {
        line: 1,
        column: 501,
    };
    let text = source.explain(mark, "odd");
    let lines: Vec<&str> = text.lines().collect();
    let [_, shown, pointer] = lines.as_slice() else {
        panic!("{text}")
    };
    assert!(
        shown.starts_with("  1 | ...---") && shown.len() < 200,
        "{text}"
    );
    assert_eq!(shown.find('x'), pointer.find('^'), "{text}");
}

#[test]
fn the_name_tells_the_notation() {
    for (name, text, notation) in [
        ("a.json", "", Notation::Json),
        ("a.yml", "{}", Notation::Yaml),
        ("a.yaml", "{}", Notation::Yaml),
        ("a.template", " {}", Notation::Json),
        ("a.template", "a: 1", Notation::Yaml),
    ] {
        assert_eq!(
            Source::new(name, text).notation(),
            notation,
            "{name} {text}"
        );
    }
}

fn trees() -> impl Strategy<Value = Node> {
    let mark = Mark::default();
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|n| Value::Number(n.to_string())),
        ".*".prop_map(Value::Text),
    ];
    let leaf = leaf.prop_map(move |value| Node::new(mark, value));
    leaf.prop_recursive(4, 32, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(move |v| Node::list(mark, v)),
            prop::collection::btree_map(".*", inner, 0..5).prop_map(move |m| Node::map(mark, m)),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_back(tree in trees()) {
        prop_assert_eq!(parse_json(&tree.to_string()).unwrap(), tree);
    }

    #[test]
    fn no_text_is_too_odd(text in "[\\[\\]{}:,!&*\"'a \n\\-#|>?%@\\\\0-9]{0,60}") {
        let _ = yaml(&text);
        let _ = json(&text);
    }
}
