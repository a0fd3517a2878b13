//! What is a policy and what is not, and what AWS says of the latter.

use super::*;

/// A document with one statement: `Effect`, `Action` and `Resource` as usual, with the entries
/// given here put in place of them. An entry of `null` removes.
fn one(entries: serde_json::Value) -> String {
    let mut statement = serde_json::json!({
        "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::example_bucket"
    });
    for (key, value) in entries.as_object().unwrap() {
        match value {
            serde_json::Value::Null => {
                statement.as_object_mut().unwrap().remove(key);
            }
            value => statement[key] = value.clone(),
        }
    }
    serde_json::json!({"Version": "2012-10-17", "Statement": statement}).to_string()
}

macro_rules! one {
    ($($json:tt)+) => { one(serde_json::json!($($json)+)) };
}

fn check(document: &str, dialect: Dialect, expected: &str) {
    let found = match Policy::parse(document, dialect) {
        Ok(_) => String::new(),
        Err(malformed) => malformed.to_string(),
    };
    assert_eq!(found, expected, "{document:.300}");
}

const SYNTAX: &str = "Syntax errors in policy.";
const VERSION: &str = "Policy document must be version 2012-10-17 or greater.";
const LEGACY: &str = "The policy failed legacy parsing";
const VENDOR: &str = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
const ACTIONS: &str = "Policy statement must contain actions.";
const RESOURCES: &str = "Policy statement must contain resources.";

#[test]
fn identity_policies_with_syntax_errors() {
    let statement = r#"{"Effect":"Allow","Action":"s3:x","Resource":"*"}"#;
    for document in [
        "This is not a json document".to_owned(),
        "null".to_owned(),
        "{}".to_owned(),
        "[]".to_owned(),
        format!("{{\"Version\":\"2013-10-17\",\"Statement\":{statement}}}"),
        format!("{{\"Version\":2012,\"Statement\":{statement}}}"),
        format!("{{\"version\":\"2012-10-17\",\"Statement\":{statement}}}"),
        r#"{"Version":"2012-10-17"}"#.to_owned(),
        r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned(),
        r#"{"Version":"2012-10-17","Statement":null}"#.to_owned(),
        r#"{"Version":"2012-10-17","Statement":["afd"]}"#.to_owned(),
        format!("{{\"Version\":\"2012-10-17\",\"Extra\":1,\"Statement\":{statement}}}"),
        format!("{{\"Version\":\"2012-10-17\",\"Id\":[\"x\"],\"Statement\":{statement}}}"),
        format!(
            "{{\"Version\":\"2012-10-17\",\"Statement\":{statement},\"Statement\":{statement}}}"
        ),
        one!({"Extra field": "value"}),
        one!({"Effect": "invalid"}),
        one!({"Effect": null}),
        one!({"Resource": {"a": "b"}}),
        one!({"Resource": ["a", {}]}),
        one!({"NotResource": []}),
        one!({"NotAction": "iam:x"}),
        one!({"Action": [[]]}),
        one!({"Action": 123}),
        one!({"Condition": []}),
        one!({"Condition": "a"}),
        one!({"Condition": {"a": "b"}}),
        one!({"Condition": {"DateGreaterThan": []}}),
        one!({"Condition": {"DateGreaterThan": {"a": {}}}}),
        one!({"Condition": {"x": {"a": "1"}}}),
        one!({"Condition": {"ForAnyValue::StringEqualsIfExists": {"a": "asf"}}}),
        one!({"Sid": {}}),
        format!("{}{}", one!({}), "}"),
        "[".repeat(200_000),
        format!(
            "{{\"Version\":\"2012-10-17\",\"Statement\":{}",
            "[".repeat(100_000)
        ),
        one!({"Sid": "x".repeat(MAX_DOCUMENT_BYTES)}),
    ] {
        check(&document, Dialect::Identity, SYNTAX);
    }
}

#[test]
fn managed_policies_have_to_be_of_the_current_version() {
    let old = one!({}).replace("2012-10-17", "2008-10-17");
    let none = r#"{"Statement":{"Effect":"Allow","Action":"s3:x","Resource":"*"}}"#;
    for document in [old.as_str(), none, &none.replace("Allow", "allOw")] {
        check(document, Dialect::Managed, VERSION);
    }
    for document in [old.as_str(), none] {
        check(document, Dialect::Identity, "");
    }
}

#[test]
fn identity_policies_with_other_faults() {
    let check = |document: &str, expected: &str| check(document, Dialect::Identity, expected);
    check(
        &one!({"Principal": "*"}),
        "Policy document should not specify a principal.",
    );
    check(&one!({"Effect": "denY"}), LEGACY);
    check(
        &one!({"Condition": {"DateGreaterThan": {"a": "sdfdsf"}}}),
        LEGACY,
    );
    check(
        &one!({"Action": null, "Condition": {"DateLessThan": {"a": "234-13"}}}),
        LEGACY,
    );
    check(
        &one!({"Condition": {"DateLessThan": {"a": "9223372036854775808"}}}),
        LEGACY,
    );
    for resource in ["arn:aws:s3::example_bucket", "arn:aws::::x", "arn:aws::x"] {
        check(&one!({"Resource": resource}), LEGACY);
        check(
            &one!({"Action": null, "NotResource": resource, "Resource": null}),
            LEGACY,
        );
    }
    check(&one!({"Action": null}), ACTIONS);
    check(&one!({"Action": []}), ACTIONS);
    check(&one!({"Action": null, "Resource": null}), ACTIONS);
    check(&one!({"Resource": null}), RESOURCES);
    check(&one!({"Resource": []}), RESOURCES);
    check(&one!({"Resource": null, "Action": "invalid"}), RESOURCES);
    check(&one!({"Action": "invalid"}), VENDOR);
    check(&one!({"Action": null, "NotAction": ""}), VENDOR);
    check(
        &one!({"Action": "a a:ListBucket"}),
        "Vendor a a is not valid",
    );
    check(&one!({"Action": ":GetObject"}), "Vendor  is not valid");
    check(
        &one!({"Action": "s3:a:b"}),
        "Actions/Condition can contain only one colon.",
    );
    let sid = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the \
               regular expression [0-9A-Za-z]*";
    check(&one!({"Sid": "a b"}), sid);
    let twice = r#"{"Version":"2012-10-17","Statement":[
        {"Sid":"s","Effect":"Allow","Action":"s3:x","Resource":"*"},
        {"Sid":"s","Effect":"Allow"}]}"#;
    check(
        twice,
        "Statement IDs (SID) in a single policy must be unique.",
    );
}

#[test]
fn identity_policies_with_resources_that_are_none() {
    let check = |resource: serde_json::Value, expected: &str| {
        check(&one!({ "Resource": resource }), Dialect::Identity, expected);
    };
    let partition = |partition: &str, arn: &str| {
        format!("Partition \"{partition}\" is not valid for resource \"{arn}\".")
    };
    check(
        "a b".into(),
        r#"Resource a b must be in ARN format or "*"."#,
    );
    check("".into(), r#"Resource  must be in ARN format or "*"."#);
    check("a:b".into(), &partition("b", "arn:b:*:*:*:*"));
    check("a:b:c".into(), &partition("b", "arn:b:c:*:*:*"));
    check("a:b:c:d:e:f:g".into(), &partition("b", "arn:b:c:d:e:f:g"));
    check("aws:s3:::x".into(), &partition("s3", "arn:s3:::x:*"));
    check("s3::x/*".into(), &partition("", "arn::x/*:*:*:*"));
    check(
        "arn:aws2:s3:::x".into(),
        &partition("aws2", "arn:aws2:s3:::x"),
    );
    check("arn:awss3::x/*".into(), LEGACY);
    let list = serde_json::json!(["arn:error:s3:::x", "arn:error:s3::x"]);
    check(list, &partition("error", "arn:error:s3:::x"));
    let vendor = "Resource vendor must be fully qualified and cannot contain regexes.";
    check("arn:aws".into(), vendor);
    let path = "IAM resource path must either be \"*\", root, or start with user/, \
                federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, \
                policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.";
    check("arn:aws:iam:::x".into(), path);
    let region = "IAM resource arn:aws:iam:us-east-1::x cannot contain region information.";
    check("arn:aws:iam:us-east-1::x".into(), region);
    let region = "Resource arn:aws:s3:us-east-1::x can not contain region information.";
    check("arn:aws:s3:us-east-1::x".into(), region);
}

#[test]
fn identity_policies_that_are_well_formed() {
    let two = r#"{"Version":"2012-10-17","Id":"x","Statement":[
        {"Sid":"","Effect":"Allow","Action":"rds:*","Resource":["arn:aws:rds:region:*:*"]},
        {"Sid":"","Effect":"Deny","NotAction":["rds:Describe*"],"NotResource":["*"]}]}"#;
    for document in [
        two.to_owned(),
        one!({}),
        one!({"Action": "*", "Resource": ["arn:aws:s3:::x", "*"]}),
        one!({"Action": "*:*"}),
        one!({"Action": "iam: asdf safdsf af "}),
        one!({"Action": ["s3-s.t:x"]}),
        one!({"Resource": "arn:aws:s3"}),
        one!({"Resource": "arn:aws:iam:::user/x"}),
        one!({"Resource": "arn:aws:iam::*:*"}),
        one!({"Resource": "arn:aws:iam::*:root"}),
        one!({"Resource": "arn:*:s33:us-east-1::x"}),
        one!({"Resource": "arn:aws:s3:us-west-2:123456789012:accesspoint/ap"}),
        one!({"Condition": {}}),
        one!({"Condition": {"x": {}, "DateGreaterThan": {}}}),
        one!({"Condition": {"DateGreaterThan": {"a": []}}}),
        one!({"Condition": {"DateGreaterThan": {"aws:CurrentTime": "2017-07-01T00:00:00Z"}}}),
        one!({"Condition": {"DateLessThan": {"a": "2016-12-13T21:20:37.593194+00:00"}}}),
        one!({"Condition": {"DateLessThan": {"a": "-292275054"}}}),
        one!({"Condition": {"Bool": {"aws:SecureTransport": false}}}),
        one!({"Condition": {"NumericLessThan": {"s3:max-keys": 10}}}),
        one!({"Condition": {"ForAnyValue:StringEqualsIfExists": {"a": "asf"}}}),
        one!({"Condition": {"StringLike": {"s3:prefix": ["", "home/${aws:userid}/*"]}}}),
    ] {
        check(&document, Dialect::Identity, "");
    }
}

#[test]
fn trust_policies() {
    let trust = |statement: &str| {
        let document = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
        match Policy::parse(&document, Dialect::Trust) {
            Ok(_) => String::new(),
            Err(malformed) => malformed.to_string(),
        }
    };
    let check = |principal: &str, rest: &str, expected: &str| {
        let statement = format!(r#"{{"Effect":"Allow","Principal":{principal},{rest}}}"#);
        assert_eq!(trust(&statement), expected, "{statement}");
    };
    let assume = r#""Action":"sts:AssumeRole""#;
    let lambda = r#"{"Service":"lambda.amazonaws.com"}"#;
    check(lambda, assume, "");
    check(
        lambda,
        r#""Action":["sts:AssumeRole","sts:TagSession"]"#,
        "",
    );
    check(
        r#"{"AWS":["*","111111111111","arn:aws:iam::111111111111:root"]}"#,
        assume,
        "",
    );
    check(
        r#"{"AWS":"arn:aws:iam::111111111111:user/a/b"}"#,
        assume,
        "",
    );
    check(r#"{"AWS":"AROAROLEROLEROLEROLEX"}"#, assume, "");
    check(
        r#"{"Federated":"cognito-identity.amazonaws.com"}"#,
        assume,
        "",
    );
    let star = r#"AssumeRolepolicy contained an invalid principal: "STAR":"*"."#;
    check(r#""*""#, assume, star);
    check(
        "{}",
        assume,
        "Missing required field Principal cannot be empty!",
    );
    for bad in [
        "arn:aws:iam::1:user/b",
        "bob",
        "arn:aws:iam::111111111111:group/g",
        "*x",
    ] {
        let expected = format!(r#"Invalid principal in policy: "AWS":"{bad}""#);
        check(&format!(r#"{{"AWS":"{bad}"}}"#), assume, &expected);
    }
    let unknown = r#"Invalid principal in policy: "SERVICE":"lambda""#;
    check(r#"{"Service":"lambda"}"#, assume, unknown);
    let actions = "AssumeRole policy may only specify STS AssumeRole actions.";
    check(lambda, r#""Action":"*""#, actions);
    check(
        lambda,
        r#""Action":["sts:AssumeRole","s3:GetObject"]"#,
        actions,
    );
    check(lambda, r#""Action":[]"#, "Missing required field Action");
    check(lambda, r#""Sid":"x""#, "Missing required field Action");
    let with_resource = format!(r#"{assume},"Resource":"*""#);
    check(lambda, &with_resource, "Has prohibited field Resource");
    let with_not_resource = format!(r#"{assume},"NotResource":"*""#);
    check(
        lambda,
        &with_not_resource,
        "AssumeRole policy must not contain resources.",
    );
    check(lambda, &format!(r#"{assume},"_c":1"#), "Unknown field _c");

    let statement = |text: &str, expected: &str| assert_eq!(trust(text), expected, "{text}");
    statement("", "Could not parse the policy: Statement is empty!");
    statement(
        r#"{"Effect":"Allow","Action":"sts:AssumeRole"}"#,
        "Missing required field Principal",
    );
    statement(
        r#"{"Principal":{"AWS":"*"}}"#,
        "Missing required field Effect",
    );
    statement(r#"{"Effect":"allow"}"#, "Invalid effect: allow");
    statement(
        r#"{"Effect":"Allow","NotPrincipal":{"AWS":"*"},"Action":"sts:AssumeRole"}"#,
        "Allow with NotPrincipal is not allowed.",
    );
    let same = format!(r#"{{"Sid":"s","Effect":"Allow","Principal":{lambda},{assume}}}"#);
    statement(
        &format!("{same},{same}"),
        "The Statement Ids in the policy are not unique",
    );
}

#[test]
fn trust_documents() {
    let check = |document: &str, expected: &str| check(document, Dialect::Trust, expected);
    let statement = r#"{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}"#;
    check("x", "This policy contains invalid Json");
    check("{\"a\":1,}", "This policy contains invalid Json");
    check("[]", "This policy contains invalid Json");
    check("{\"statement\":[]}", "Unknown field statement");
    check("{}", "Missing required field Statement");
    check(&format!("{{\"Statement\":{statement}}}"), "");
    let version = "The policy must contain a valid version string";
    check(
        &format!("{{\"Version\":\"1\",\"Statement\":{statement}}}"),
        version,
    );
}

#[test]
fn an_authorizer_may_allow_nothing() {
    let of = |resource: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"execute-api:Invoke",{resource}}}]}}"#
        )
    };
    for (resource, for_authorizers, for_identities) in [
        (r#""Resource":[]"#, "", RESOURCES),
        (r#""NotResource":[]"#, RESOURCES, RESOURCES),
        (r#""Resource":["*"]"#, "", ""),
    ] {
        check(&of(resource), Dialect::Authorizer, for_authorizers);
        check(&of(resource), Dialect::Identity, for_identities);
    }
}

#[test]
fn resource_policies() {
    let check = |statement: &str, expected: &str| {
        let document = format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#);
        check(&document, Dialect::Resource, expected);
    };
    let function = "arn:aws:lambda:us-east-1:000000000000:function:f";
    check(
        &format!(
            r#"{{"Sid":"a-b_1","Effect":"Allow","Principal":{{"Service":"apigateway.amazonaws.com"}},
            "Action":"lambda:InvokeFunction","Resource":"{function}",
            "Condition":{{"ArnLike":{{"AWS:SourceArn":"arn:aws:execute-api:*:*:a/*"}}}}}}"#
        ),
        "",
    );
    check(
        r#"{"Effect":"Allow","Principal":"*","Action":"a:b"}"#,
        "Missing required field Resource",
    );
    check(
        r#"{"Effect":"Allow","Action":"a:b","Resource":"*"}"#,
        "Missing required field Principal",
    );
    check(
        r#"{"Effect":"Allow","Principal":"*","Resource":"*"}"#,
        "Missing required field Action",
    );
}
