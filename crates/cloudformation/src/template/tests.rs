use super::*;

const RESOURCE: &str = "Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n";

/// Parses, and gives the parameters' values; or the message as a user sees it.
fn read(text: &str, given: &[(&str, &str)]) -> Result<String, String> {
    let source = Source::new("t.yaml", text);
    let given = given
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    let template = Template::parse(&source, std::path::Path::new("nowhere"), &mut Vec::new());
    let values = template.and_then(|t| parameter_values(&t.parameters, &given));
    match values {
        Ok(values) => Ok(format!("{values:?}")),
        Err(error) => Err(error.explain(&source)),
    }
}

#[test]
fn sections_are_known() {
    for (text, message) in [
        (
            "Resource:\n  T: {Type: X}",
            "t.yaml:1:1: unknown section \"Resource\" of a template\n  1 | Resource:\n    | ^",
        ),
        (
            "[a]",
            "t.yaml:1:1: a template is an object\n  1 | [a]\n    | ^",
        ),
        (
            "Description: x",
            "t.yaml:1:1: a template needs resources\n  1 | Description: x\n    | ^",
        ),
        (
            "Hooks: {}",
            "t.yaml:1:1: the section Hooks is not supported\n  1 | Hooks: {}\n    | ^",
        ),
        (
            "Transform: AWS::Include",
            "t.yaml:1:12: the transform \"AWS::Include\" is not supported\n  \
             1 | Transform: AWS::Include\n    |            ^",
        ),
        (
            "AWSTemplateFormatVersion: 2011",
            "t.yaml:1:27: AWSTemplateFormatVersion must be 2010-09-09, not \"2011\"\n  \
             1 | AWSTemplateFormatVersion: 2011\n    |                           ^",
        ),
    ] {
        assert_eq!(read(text, &[]), Err(message.to_owned()));
    }
    let mut globals = String::from("Globals: {}\n");
    globals.push_str(RESOURCE);
    let error = read(&globals, &[]).unwrap_err();
    assert!(
        error.contains("the section Globals without `Transform:"),
        "{error}"
    );
}

#[test]
fn resources_are_known() {
    for (resource, message) in [
        ("{}", "2:3: the resource T needs the property \"Type\""),
        ("{Type: [X]}", "2:13: Type must be a string, not a list"),
        (
            "{Type: X, Foo: 1}",
            "2:16: unknown property \"Foo\" of the resource T",
        ),
        (
            "{Type: X, Properties: 5}",
            "2:28: Properties must be an object, not a number",
        ),
        (
            "{Type: X, DependsOn: 5}",
            "2:27: DependsOn must be a name or a list of names, not a number",
        ),
        (
            "{Type: X, DeletionPolicy: Foo}",
            "2:32: DeletionPolicy must be Delete or Retain, not \"Foo\"",
        ),
        (
            "{Type: X, DeletionPolicy: Snapshot}",
            "2:32: DeletionPolicy: Snapshot is not supported",
        ),
        (
            "{Type: X, UpdatePolicy: {}}",
            "2:16: the attribute UpdatePolicy of a resource is not supported",
        ),
    ] {
        let error = read(&format!("Resources:\n  T: {resource}"), &[]).unwrap_err();
        let first = error.lines().next().unwrap_or_default();
        assert_eq!(first, format!("t.yaml:{message}"), "{resource}");
    }
    let error = read("Resources:\n  my-table: {Type: X}", &[]).unwrap_err();
    assert!(
        error.contains("a name in Resources must be letters and digits"),
        "{error}"
    );
}

fn parameter(declaration: &str, given: Option<&str>) -> String {
    let text = format!("Parameters:\n  P: {declaration}\n{RESOURCE}");
    let given: Vec<(&str, &str)> = given.map(|value| ("P", value)).into_iter().collect();
    let shown = match read(&text, &given) {
        Ok(values) => values,
        Err(error) => error.lines().next().unwrap_or_default().to_owned(),
    };
    shown.replace("t.yaml:2:3: ", "")
}

#[test]
fn parameters_have_values() {
    for (declaration, given, expected) in [
        ("{Type: String, Default: 5}", None, r#"{"P": Text("5")}"#),
        (
            "{Type: String, Default: a}",
            Some("b"),
            r#"{"P": Text("b")}"#,
        ),
        ("{Type: String}", None, r#"the parameter "P" needs a value"#),
        ("{Type: Number}", Some("1.5"), r#"{"P": Text("1.5")}"#),
        (
            "{Type: Number}",
            Some("x"),
            r#"the parameter P must be a number, not "x""#,
        ),
        (
            "{Type: CommaDelimitedList}",
            Some("a, b"),
            r#"{"P": List(["a", "b"])}"#,
        ),
        (
            "{Type: List<Number>}",
            Some("1,x"),
            r#"the parameter P must be a number, not "x""#,
        ),
        (
            "{Type: String, AllowedValues: [a, 1]}",
            Some("1"),
            r#"{"P": Text("1")}"#,
        ),
        (
            "{Type: String, AllowedValues: [a, 1]}",
            Some("b"),
            r#"the parameter P must be one of a, 1, not "b""#,
        ),
        (
            "{Type: String, MinLength: 2}",
            Some("é"),
            r#"the parameter P must be at least 2 characters, not "é""#,
        ),
        (
            "{Type: Number, MaxValue: 9}",
            Some("10"),
            r#"the parameter P must be at most 9, not "10""#,
        ),
        (
            "{Type: String, AllowedPattern: '[a-z]+'}",
            Some("ab1"),
            r#"the parameter P must be text that matches ^(?:[a-z]+)$, not "ab1""#,
        ),
        (
            "{Type: AWS::SSM::Parameter::Name}",
            None,
            r#"the parameter "P" needs a value"#,
        ),
        (
            "{Type: List<AWS::EC2::Subnet::Id>}",
            Some("a, b"),
            r#"{"P": List(["a", "b"])}"#,
        ),
        (
            "{Type: AWS::SSM::Parameter::Value<String>, Default: /a}",
            None,
            r#"{"P": Stored("/a")}"#,
        ),
        (
            "{Type: AWS::SSM::Parameter::Value<List<String>>, Default: /a}",
            Some("b,c"),
            r#"{"P": List(["b", "c"])}"#,
        ),
        (
            "{Type: AWS}",
            None,
            r#"t.yaml:2:13: the parameter type "AWS" is not supported"#,
        ),
        ("{}", None, r#"the parameter P needs the property "Type""#),
    ] {
        assert_eq!(
            parameter(declaration, given),
            expected,
            "{declaration} {given:?}"
        );
    }
    let unknown = read(RESOURCE, &[("Q", "1")]);
    assert_eq!(
        unknown,
        Err("t.yaml: the template has no parameter \"Q\"".to_owned())
    );
}
