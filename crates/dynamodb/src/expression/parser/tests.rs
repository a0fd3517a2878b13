use super::super::syntax::{ArgumentSyntax, ValueSyntax};
use super::*;
use proptest::prelude::*;

/// The tree as text with all parentheses.
fn shown(node: &Node<'_>) -> String {
    let join = |nodes: &[Node<'_>], by: &str| {
        format!("({})", nodes.iter().map(shown).collect::<Vec<_>>().join(by))
    };
    match node {
        Node::And(terms) => join(terms, " & "),
        Node::Or(terms) => join(terms, " | "),
        Node::Not(inner) => format!("!{}", shown(inner)),
        Node::Compare {
            comparator,
            left,
            right,
        } => {
            format!(
                "({} {} {})",
                operand(left),
                comparator.text(),
                operand(right)
            )
        }
        Node::Between {
            operand: o,
            low,
            high,
        } => {
            format!("({} in {}..{})", operand(o), operand(low), operand(high))
        }
        Node::In { operand: o, list } => {
            format!(
                "({} in {:?})",
                operand(o),
                list.iter().map(operand).collect::<Vec<_>>()
            )
        }
        Node::Operand(o) => operand(o),
    }
}

fn operand(operand_: &Operand<'_>) -> String {
    match operand_ {
        Operand::Value(name) => (*name).to_owned(),
        Operand::Call(call) => {
            let arguments: Vec<_> = call.arguments.iter().map(operand).collect();
            format!("{}({})", call.function, arguments.join(","))
        }
        Operand::Path(path) => {
            let name = |n: &NameSyntax<'_>| match n {
                NameSyntax::Plain(n) | NameSyntax::Placeholder(n) => (*n).to_owned(),
            };
            let mut text = name(&path.root);
            for step in &path.steps {
                match step {
                    StepSyntax::Key(n) => text.push_str(&format!(".{}", name(n))),
                    StepSyntax::Index(i) => text.push_str(&format!("[{i}]")),
                }
            }
            text
        }
    }
}

#[track_caller]
fn check(text: &str, tree: &str) {
    assert_eq!(
        condition(text).map(|node| shown(&node)),
        Ok(tree.to_owned()),
        "{text}"
    );
}

#[test]
fn precedence() {
    check(
        "a = :a OR b = :b AND NOT c = :c",
        "((a = :a) | ((b = :b) & !(c = :c)))",
    );
    check("a=:a and b=:b and c=:c", "((a = :a) & (b = :b) & (c = :c))");
    check(
        "(a=:a or b=:b) and c=:c",
        "(((a = :a) | (b = :b)) & (c = :c))",
    );
    check("not not a=:a", "!!(a = :a)");
    check("NOT (a=:a AND b=:b)", "!((a = :a) & (b = :b))");
    check(
        "a between :a and :b and c = :c",
        "((a in :a..:b) & (c = :c))",
    );
    check(
        "a in (:a, b.c) or contains(a, :b)",
        "((a in [\":a\", \"b.c\"]) | contains(a,:b))",
    );
}

#[test]
fn operands_in_parentheses() {
    check("(a) = (:a)", "(a = :a)");
    check("(a.b)[0].#c = :a", "(a.b[0].#c = :a)");
    check("((a.b)[0]).c = :a", "(a.b[0].c = :a)");
    check("(size(a)) > :a", "(size(a) > :a)");
    check("(attribute_exists(a))", "attribute_exists(a)");
    check("((a) = :a)", "(a = :a)");
    check("((a=:a) and b=:b)", "((a = :a) & (b = :b))");
    check("contains((a), (:b))", "contains(a,:b)");
    check("(a)between(b)and(c)", "(a in b..c)");
}

#[track_caller]
fn check_syntax_error(text: &str) {
    let error = condition(text).unwrap_err();
    assert!(
        matches!(error, ExpressionError::Syntax { .. }),
        "{text}: {error}"
    );
}

/// As observed on the service by others, where not obvious.
#[test]
fn what_is_no_condition() {
    for text in [
        "things are not gonna be ok",
        "a > 4",
        "a",
        "(a)",
        ":a",
        "a = ",
        "= a",
        "a = :a AND",
        "a AND b = :b",
        "a = :a b",
        "attribute_exists(Pictures-RearView)",
        "attribute_exists(\"Pictures.RearView\")",
        "attribute_exists(Pictures..RearView)",
        "attribute_exists(Pi#ctures.RearView)",
        "attribute_exists(asdf[a])",
        "attribute_exists()",
        "attribute_exists(pk,)",
        "a in b, c",
        "a > between",
        "a in b",
        "a in (b,c,)",
        "a in ()",
        "(a)between(b.(c.d))and(c)",
        "(a)between(b.c.d)and((c)",
        "#$.b > a",
        "a > :things.stuff",
        "b[:a] > a",
        "b[#_] > a",
        "ü > a",
        "(a)between(b.c[4.5].#d)and(:a)",
        "size(a).b > a",
        "(size(a)).b > a",
        "size(a)[0] > a",
        "(size(a))[0] > a",
        "(a = :a) = :b",
        "a = b = c",
        "a[01] = :a",
        "a.b.",
        "a !",
    ] {
        check_syntax_error(text);
    }
}

#[test]
fn redundant_parentheses() {
    for text in [
        "a=a and a > ((views))",
        "(a)between(((b.c)).d)and(c)",
        "a > whatever((:things), ((a)))",
        "a=a AND ((a=a AND a=a)) AND a=a",
        "a=a OR ((a=a OR a=a)) OR a=a",
        "a=a AND ((a=a AND (a=a AND a=a)))",
        "((a=a OR (a=a OR a=a)))",
    ] {
        assert_eq!(
            condition(text),
            Err(ExpressionError::RedundantParentheses),
            "{text}"
        );
    }
    for text in [
        "size((a)) > :b",
        "((a=b) and (c=d))",
        "(a=b) or (c=d)",
        "a in ((b), c)",
    ] {
        assert!(condition(text).is_ok(), "{text}");
    }
}

#[test]
fn nesting_and_operators_are_bounded() {
    let deep =
        |open: &str, close: &str, n: usize| format!("{}a = b{}", open.repeat(n), close.repeat(n));
    for text in [
        deep("(", ")", 2000),
        "(".repeat(4096),
        deep("(a).b = (", ")", 299),
    ] {
        let _ = condition(&text).unwrap_err();
    }
    assert_eq!(condition(&deep("NOT ", "", 299)).map(|_| ()), Ok(()));
    assert_eq!(
        condition(&deep("NOT ", "", 300)),
        Err(ExpressionError::TooManyOperators)
    );
    assert_eq!(condition(&deep("NOT (", ")", 150)).map(|_| ()), Ok(()));
    let nested = |n: usize| format!("{}a=b{}", "(".repeat(n), " AND c=d)".repeat(n));
    assert_eq!(condition(&nested(149)).map(|_| ()), Ok(()));
    assert_eq!(
        condition(&nested(150)),
        Err(ExpressionError::TooManyOperators)
    );
    let many = |n: usize| vec!["a=b"; n].join(" OR ");
    assert_eq!(condition(&many(150)).map(|_| ()), Ok(()));
    assert_eq!(
        condition(&many(151)),
        Err(ExpressionError::TooManyOperators)
    );
    let calls = |n: usize| format!("{}a{} > b", "size(".repeat(n), ")".repeat(n));
    assert_eq!(condition(&calls(150)).map(|_| ()), Ok(()));
    let list = |n: usize| format!("a IN ({})", vec![":a"; n].join(","));
    assert_eq!(condition(&list(100)).map(|_| ()), Ok(()));
    assert_eq!(
        condition(&list(101)),
        Err(ExpressionError::TooManyOperands(101))
    );
}

/// As observed on the service by others: 32 elements with the attribute, not 33.
#[test]
fn paths_are_bounded() {
    let path = |steps: usize| format!("a{}", ".b".repeat(steps));
    assert_eq!(projection(&path(31)).map(|_| ()), Ok(()));
    assert_eq!(projection(&path(32)), Err(ExpressionError::PathDepth(33)));
    assert_eq!(
        projection(&path(2000)),
        Err(ExpressionError::PathDepth(2001))
    );
    let parenthesised = format!("(a{}){} = b", ".b".repeat(20), "[0]".repeat(12));
    assert_eq!(
        condition(&parenthesised),
        Err(ExpressionError::PathDepth(33))
    );
    let update_path = format!("REMOVE a{}", "[1]".repeat(32));
    assert_eq!(
        update(&update_path).map(|_| ()),
        Err(ExpressionError::PathDepth(33))
    );
}

#[test]
fn sections_of_an_update() {
    let sections = update("set a = b, c.d[1] = :e - (f) REMOVE g, h add i :j DELETE k :l").unwrap();
    let shape: Vec<_> = sections
        .iter()
        .map(|s| (s.keyword.text(), s.actions.len()))
        .collect();
    assert_eq!(
        shape,
        [("SET", 2), ("REMOVE", 2), ("ADD", 1), ("DELETE", 1)]
    );
    for text in [
        "set a = (b + c)",
        "set a = ((b.c.d)+(e))",
        "set a = (b) + c",
        "set a = (b)",
        "SET a = if_not_exists(a, if_not_exists(a, b)) + b",
    ] {
        let sections = update(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        let argument = &sections[0].actions[0].argument;
        let is_plain = !text.contains('+');
        let plain = matches!(argument, ArgumentSyntax::Assign(ValueSyntax::Operand(_)));
        assert_eq!(plain, is_plain, "{text}");
    }
}

/// As observed on the service by others.
#[test]
fn what_is_no_update() {
    for text in [
        "whatever",
        "set a",
        "add a",
        "delete a",
        "set a=set",
        "remove a = b",
        "add a = b",
        "delete a = b",
        "delete a b",
        "delete a if_not_exist(b)",
        "add abort b",
        "add a if_not_exist(b)",
        "remove a b",
        "set a b",
        "set :a = b",
        "add :a b",
        "delete :a b",
        "remove :a",
        "set a = b / c",
        "set a = b * c",
        "set a[1] = \"eight\"",
        "set a[1] = 1",
        "SET a = if_not_exist(a, 100)",
        "SET if_not_exist(a, b) = a",
        "set (a = (b + c))",
        "set a = (b.c).d + e",
        "set a = (b.c)[0] + e",
        "set a = b + c + d",
        "set a = :b, ",
        "set a <> :b",
        "   ",
    ] {
        let error = update(text).unwrap_err();
        assert!(
            matches!(error, ExpressionError::Syntax { .. }),
            "{text}: {error}"
        );
    }
}

#[test]
fn paths_of_a_projection() {
    let paths = projection("a, b[2].#c.set , and").unwrap();
    assert_eq!(paths.len(), 3);
    for text in [
        "a,",
        "a b",
        ",a",
        "a[",
        "a[b]",
        "a.0",
        "a[1",
        "!!! INVALID !!!",
        "a[00]",
    ] {
        assert!(projection(text).is_err(), "{text}");
    }
    let error = projection("a[99999999999]").unwrap_err();
    assert_eq!(error, ExpressionError::IndexRange("99999999999".into()));
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(
        text in r#"(a|b| |\(|\)|\.|\[|\]|1|0|=|<|>|:v|#n|,|\+|-| AND | OR | NOT | IN | BETWEEN |SET |REMOVE |size|é){0,40}"#
    ) {
        let _ = condition(&text);
        let _ = update(&text);
        let _ = projection(&text);
    }
}

/// As deep as the operators allow, on a thread with the least stack that the server's threads have.
#[test]
fn deep_conditions_are_read_checked_and_dropped() {
    for text in [
        format!("a<b {}{}", "or (a<b ".repeat(149), ")".repeat(149)),
        format!("{}a = b{}", "not (".repeat(299), ")".repeat(299)),
        format!("a<b {}", "and a<b ".repeat(149)),
    ] {
        let mut placeholders = crate::expression::Placeholders::default();
        let kind = crate::expression::Kind::Condition;
        let condition = crate::expression::Condition::parse(kind, &text, &mut placeholders);
        let condition = condition.unwrap_or_else(|error| panic!("{text}: {error}"));
        condition.evaluate(&crate::item::Item::new());
    }
}

#[test]
fn conditions_that_are_too_deep() {
    let too_many = Err(ExpressionError::TooManyOperators);
    let redundant = Err(ExpressionError::RedundantParentheses);
    for (text, expected) in [
        (
            format!("a<b {}{}", "or (a<b ".repeat(454), ")".repeat(454)),
            &too_many,
        ),
        (
            format!("{}a = b{}", "not (".repeat(400), ")".repeat(400)),
            &too_many,
        ),
        (
            format!("{}a = b{}", "(".repeat(2000), ")".repeat(2000)),
            &redundant,
        ),
        (
            format!("{}a{} = b", "(".repeat(2000), ")".repeat(2000)),
            &redundant,
        ),
        (
            format!("a = {}b{}", "(".repeat(2000), ")".repeat(2000)),
            &redundant,
        ),
        (
            format!("a = {}b{}", "size(".repeat(800), ")".repeat(800)),
            &redundant,
        ),
    ] {
        assert_eq!(
            &condition(&text).map(|_| ()),
            &expected.clone().map(|_: ()| ()),
            "{text}"
        );
    }
    let open = "(".repeat(4096);
    assert!(matches!(
        condition(&open),
        Err(ExpressionError::Syntax { .. })
    ));
}
