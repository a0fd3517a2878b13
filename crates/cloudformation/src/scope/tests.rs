use super::*;
use crate::document::{Source, parse};

const TEMPLATE: &str = r#"
Parameters:
  Stage: {Type: String, Default: test}
  Elsewhere: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /a/b}
  Names: {Type: CommaDelimitedList, Default: "a, b,c"}
Mappings:
  Sizes:
    test: {Memory: 128, Zones: [x, y]}
Conditions:
  IsTest: !Equals [!Ref Stage, test]
  IsProd: !Not [{Condition: IsTest}]
  Never: !And [{Condition: IsTest}, {Condition: IsProd}]
  Either: !Or [{Condition: Never}, !Equals [1, "1"]]
Resources:
  Table: {Type: AWS::DynamoDB::Table}
  Role: {Type: AWS::IAM::Role}
  Off: {Type: AWS::DynamoDB::Table, Condition: IsProd}
"#;

fn place() -> Place {
    Place {
        region: "eu-west-1".to_owned(),
        account_id: "123456789012".to_owned(),
        stack_name: "demo".to_owned(),
        stack_id: "arn:aws:cloudformation:eu-west-1:123456789012:stack/demo/1".to_owned(),
    }
}

fn check(expressions: &[(&str, &str)]) {
    let template = Template::parse(
        &Source::new("t.yaml", TEMPLATE),
        std::path::Path::new("nowhere"),
        &mut Vec::new(),
    )
    .unwrap();
    let place = place();
    let mut scope = Scope::new(&template, &place, &BTreeMap::new()).unwrap();
    let arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/items";
    scope.made(
        "Table",
        Made {
            reference: "items".to_owned(),
            attributes: BTreeMap::from([("Arn".to_owned(), arn.to_owned())]),
        },
    );
    for (expression, expected) in expressions {
        let node = parse(&Source::new("t.yaml", *expression), &mut Vec::new()).unwrap();
        let value = match scope.value(&node) {
            Ok(resolved) if resolved.pending => format!("pending {}", resolved.value),
            Ok(resolved) => resolved.value.to_string(),
            Err(error) => format!("error {error}"),
        };
        assert_eq!(&value, expected, "{expression}");
    }
}

#[test]
fn functions_have_values() {
    check(&[
        ("!Ref Stage", "\"test\""),
        ("!Ref Names", r#"["a","b","c"]"#),
        ("!Ref AWS::Region", "\"eu-west-1\""),
        (
            "!Sub '${AWS::Partition}/${AWS::AccountId}/${AWS::URLSuffix}'",
            "\"aws/123456789012/amazonaws.com\"",
        ),
        ("!Ref Table", "\"items\""),
        (
            "!GetAtt Table.Arn",
            "\"arn:aws:dynamodb:eu-west-1:123456789012:table/items\"",
        ),
        (
            "!Sub '${Table.Arn}/index/*'",
            "\"arn:aws:dynamodb:eu-west-1:123456789012:table/items/index/*\"",
        ),
        ("!Sub ['${x}-${Stage}', {x: !Ref Table}]", "\"items-test\""),
        ("!Sub '${!Stage}'", "\"${Stage}\""),
        ("!Join ['-', [a, !Ref Stage, 5]]", "\"a-test-5\""),
        ("!Join ['', !Ref Names]", "\"abc\""),
        ("!Split [',', 'a,b,,c']", r#"["a","b","","c"]"#),
        ("!Select [1, !Split ['/', 'a/b/c']]", "\"b\""),
        ("!Select ['0', [{a: 1}]]", r#"{"a":1}"#),
        ("!FindInMap [Sizes, !Ref Stage, Memory]", "128"),
        ("!FindInMap [Sizes, test, Zones]", r#"["x","y"]"#),
        ("!If [IsTest, 1, 2]", "1"),
        ("!If [IsProd, !Ref Nowhere, 2]", "2"),
        ("!If [Either, a, b]", "\"a\""),
        (
            "{a: !If [IsProd, 1, !Ref AWS::NoValue], b: [!Ref AWS::NoValue, 2]}",
            r#"{"b":[2]}"#,
        ),
        ("!Base64 hello", "\"aGVsbG8=\""),
        ("{Ref: Stage, other: 1}", r#"{"Ref":"Stage","other":1}"#),
    ]);
}

#[test]
fn what_is_not_made_yet_has_a_placeholder() {
    check(&[
        ("!Ref Role", "pending \"${Role}\""),
        ("!Sub 'x/${Role.Arn}'", "pending \"x/${Role.Arn}\""),
        ("!GetAtt [Role, RoleId]", "pending \"${Role.RoleId}\""),
        (
            "!Select [2, !Split ['/', !GetAtt Role.Arn]]",
            "pending \"${part 2}\"",
        ),
    ]);
}

#[test]
fn wrong_names_are_told() {
    check(&[
        (
            "!Ref Nowhere",
            "error \"Nowhere\" is neither a parameter nor a resource of this template",
        ),
        (
            "!Sub '${Nowhere.Arn}'",
            "error \"Nowhere\" is neither a parameter nor a resource of this template",
        ),
        (
            "!GetAtt Table.Foo",
            "error a resource of type AWS::DynamoDB::Table has no attribute \"Foo\" (\"Table\")",
        ),
        (
            "!GetAtt Role.Foo",
            "error a resource of type AWS::IAM::Role has no attribute \"Foo\" (\"Role\")",
        ),
        (
            "!Ref Off",
            "error the resource \"Off\" is not created: its condition is false",
        ),
        ("!If [Nope, 1, 2]", "error unknown condition \"Nope\""),
        (
            "!FindInMap [Sizes, prod, Memory]",
            "error the mapping Sizes / prod / Memory is not there",
        ),
        (
            "!Select [3, [a]]",
            "error Fn::Select's index must be a place in its list, not \"3\"",
        ),
        (
            "!Join ['', x]",
            "error Fn::Join's list must be a list, not a string",
        ),
        (
            "!Sub ['${x}', {x: [1]}]",
            "error a variable of Fn::Sub must be a string, not a list",
        ),
        (
            "!Equals [1, 1]",
            "error a condition outside the section Conditions is not supported",
        ),
    ]);
}

#[test]
fn conditions_may_not_go_in_circles() {
    let text =
        "Conditions:\n  A: {Condition: B}\n  B: !Not [{Condition: A}]\nResources:\n  T: {Type: X}";
    let template = Template::parse(
        &Source::new("t.yaml", text),
        std::path::Path::new("nowhere"),
        &mut Vec::new(),
    )
    .unwrap();
    let place = place();
    let error = Scope::new(&template, &place, &BTreeMap::new()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "these depend on each other in a circle: A -> B -> A"
    );
}

#[test]
fn what_lies_in_other_services_is_told() {
    check(&[
        (
            "!Ref Elsewhere",
            "error the parameter \"Elsewhere\" stands for \"/a/b\" in the SSM Parameter Store, which \
             is not here: give its value with --parameter Elsewhere=VALUE",
        ),
        (
            "!Sub 'x {{resolve:ssm:/${Stage}}} y'",
            "error {{resolve:ssm:/test}} cannot be resolved, as neither Parameter Store nor Secrets \
             Manager is here: use a parameter of the template",
        ),
        (
            "[a, '{{resolve:secretsmanager:b}}']",
            "error {{resolve:secretsmanager:b}} cannot be resolved, as neither Parameter Store nor \
             Secrets Manager is here: use a parameter of the template",
        ),
    ]);
}
