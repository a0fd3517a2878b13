use super::*;
use crate::document::{Source, parse};

fn read(text: &str) -> Result<String, String> {
    let node = parse(&Source::new("t.yaml", text), &mut Vec::new()).map_err(|e| e.to_string())?;
    let call = intrinsic(&node).map_err(|e| e.to_string())?;
    Ok(call.map_or("data".to_owned(), |call| format!("{call:?}")))
}

#[test]
fn data_is_no_call() {
    for text in [
        "x",
        "[Ref, x]",
        "{Condition: x}",
        "{a: 1, Ref: x}",
        "{Refs: x}",
        "{}",
    ] {
        assert_eq!(read(text), Ok("data".to_owned()), "{text}");
    }
}

#[test]
fn sub_takes_its_text_apart() {
    for (text, parts) in [
        ("", "[]"),
        ("plain", "[Text(\"plain\")]"),
        ("a${B}c", "[Text(\"a\"), Name(\"B\"), Text(\"c\")]"),
        (
            "${A.B.C}${AWS::Region}",
            "[Name(\"A.B.C\"), Name(\"AWS::Region\")]",
        ),
        (
            "${!Literal}",
            "[Text(\"${\"), Text(\"Literal\"), Text(\"}\")]",
        ),
        ("$ {x} $x", "[Text(\"$ {x} $x\")]"),
    ] {
        let call = read(&format!("!Sub '{text}'"));
        assert_eq!(
            call,
            Ok(format!("Sub {{ parts: {parts}, variables: None }}")),
            "{text}"
        );
    }
}

#[test]
fn wrong_arguments_are_named() {
    for (text, message) in [
        ("Ref: [a]", "Ref: takes a name"),
        (
            "!GetAtt a",
            "Fn::GetAtt: takes \"Resource.Attribute\" or a list of resource and attribute name",
        ),
        ("!Sub '${a'", "Fn::Sub: a `${` is not closed by `}`"),
        (
            "!Sub '${a b}'",
            "Fn::Sub: a name in `${...}` has only letters, digits, underscores, periods and colons",
        ),
        (
            "!Sub [a]",
            "Fn::Sub: takes a string and an object of variables",
        ),
        ("!Join [a]", "Fn::Join: takes a delimiter and a list"),
        ("!Select 5", "Fn::Select: takes an index and a list"),
        (
            "!If [a, b]",
            "Fn::If: takes a condition's name and two values",
        ),
        ("!And [a]", "Fn::And: takes two to ten conditions"),
        ("!ImportValue x", "Fn::ImportValue is not supported"),
        ("Fn::ForEach::X: [a]", "Fn::ForEach::X is not supported"),
        ("Fn::Foo: x", "unknown intrinsic function \"Fn::Foo\""),
        (
            "{Fn::Sub: x, a: 1}",
            "Fn::Sub: must be the only key of its object",
        ),
    ] {
        assert_eq!(read(text), Err(message.to_owned()), "{text}");
    }
}
