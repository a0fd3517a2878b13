use super::*;
use crate::document::{Source, parse};

const PROPERTIES: [Property; 7] = [
    Property::required("Name", Schema::Text),
    Property::optional("Size", Schema::Integer),
    Property::optional("On", Schema::Flag),
    Property::optional("Tags", TAGS),
    Property::optional("Variables", Schema::Map(&Schema::Text)),
    Property::optional("Code", Schema::Code),
    Property::refused("Vpc"),
];

#[test]
fn properties_get_the_types_of_their_schema() {
    for (text, expected) in [
        ("{Name: 5}", r#"{"Name":"5"}"#),
        (
            "{Name: true, Size: '12', On: 'false'}",
            r#"{"Name":"true","Size":12,"On":false}"#,
        ),
        ("{Name: a, Size: ~}", r#"{"Name":"a"}"#),
        (
            "{Name: a, Tags: [{Key: k, Value: 1}], Variables: {A: 1, B: no}}",
            r#"{"Name":"a","Tags":[{"Key":"k","Value":"1"}],"Variables":{"A":"1","B":"no"}}"#,
        ),
        ("{Name: a, Code: ./src}", r#"{"Name":"a","Code":"./src"}"#),
        (
            "{Name: a, Code: 's3://bucket/a/key.zip'}",
            r#"{"Name":"a","Code":{"S3Bucket":"bucket","S3Key":"a/key.zip"}}"#,
        ),
        (
            "{Name: a, Code: 's3://bucket'}",
            "error Code of T must be s3://BUCKET/KEY, not \"s3://bucket\"",
        ),
        ("{}", "error T needs the property \"Name\""),
        ("{Name: ~}", "error T needs the property \"Name\""),
        ("{Name: a, Foo: 1}", "error unknown property \"Foo\" of T"),
        ("{Name: a, Vpc: {}}", "error Vpc of T is not supported"),
        (
            "{Name: [a]}",
            "error Name of T must be a string, not a list",
        ),
        (
            "{Name: a, Size: 1.5}",
            "error Size of T must be a whole number, not \"1.5\"",
        ),
        (
            "{Name: a, On: yes}",
            "error On of T must be true or false, not a string",
        ),
        (
            "{Name: a, Tags: {k: v}}",
            "error Tags of T must be a list, not an object",
        ),
        (
            "{Name: a, Tags: [{Key: k}]}",
            "error Tags of T needs the property \"Value\"",
        ),
        (
            "{Name: a, Tags: [{Key: k, Value: v, X: 1}]}",
            "error unknown property \"X\" of Tags of T",
        ),
        (
            "{Name: a, Variables: {A: {}}}",
            "error A in Variables of T must be a string, not an object",
        ),
        (
            "{Name: a, Code: {SourceKMSKeyArn: k}}",
            "error SourceKMSKeyArn of Code of T is not supported",
        ),
    ] {
        let node = parse(&Source::new("t.yaml", text), &mut Vec::new()).unwrap();
        let map = node.as_map().unwrap();
        let checked = match check("T", Mark::default(), &PROPERTIES, map) {
            Ok(map) => Node::new(Mark::default(), Value::Map(map)).to_string(),
            Err(error) => format!("error {error}"),
        };
        assert_eq!(checked, expected, "{text}");
    }
}
