use super::*;
use crate::exchange;
use proptest::prelude::*;

fn transform(template: &str, body: &str) -> Result<Option<String>, TransformError> {
    let exchange = exchange::tests::example();
    MappingTemplate::new(template).transform(&exchange, body, &mut Overrides::default())
}

#[track_caller]
fn check(template: &str, body: &str, expected: &str) {
    assert_eq!(
        transform(template, body).unwrap().as_deref(),
        Some(expected),
        "{template}"
    );
}

const BODY: &str = r#"{"name":"Ada","n":1.50,"list":[{"a":1},{"a":"x/y"}],"none":null,"q":"it's"}"#;

#[test]
fn input() {
    check(
        "$input.json('$')",
        "{\"b\": [1, 2], \"a\":null}",
        r#"{"b":[1,2],"a":null}"#,
    );
    check(
        "$input.json('$.name') $input.json('$.n') $input.json('$.none')",
        BODY,
        "\"Ada\" 1.5 null",
    );
    check("$input.json('$.list[*].a')", BODY, r#"[1,"x/y"]"#);
    check("$input.path('$.name') $input.path('$.n')", BODY, "Ada 1.5");
    check(
        "$input.path('$.list') $input.path('$.list[0]')",
        BODY,
        r#"[{"a":1},{"a":"x\/y"}] {a=1}"#,
    );
    check(
        "#set($r = $input.path('$'))$r.list.size() $r.list[1].a $r",
        "{\"list\":[1,{\"a\":2}]}",
        "2 2 {list=[1,{\"a\":2}]}",
    );
    check("$input.body", "not json", "not json");
    // An empty body is an empty object.
    check(
        "$input.body $input.json('$') $input.path('$')",
        "",
        "{} {} {}",
    );
}

/// Missing parts are empty: as text nothing, as JSON an empty string.
#[test]
fn missing() {
    check(
        "<$input.path('$.x')> $input.json('$.x') <$input.path('$.x').y.size()>",
        BODY,
        "<> \"\" <>",
    );
    check(
        "<$input.params('x')> <$context.nothing> <$context.identity.user> <$stageVariables.x>",
        "",
        "<> <> <> <>",
    );
    check("#if($input.params('x') == \"\")none#end", "", "none");
}

#[test]
fn params() {
    check(
        "$input.params('id') $input.params('q') $input.params('x-test')",
        "",
        "7 2 b",
    );
    check(
        "$input.params().path.id $input.params().querystring.q $input.params().header.get('Accept')",
        "",
        "7 2 */*",
    );
    let loops = "#foreach($t in $input.params().keySet())#set($p = $input.params().get($t))$t:#foreach($k in $p.keySet())$k=$util.escapeJavaScript($p.get($k))#if($foreach.hasNext),#end#end;#end";
    check(
        loops,
        "",
        "path:id=7;querystring:q=2;header:Accept=*/*,X-Test=a,x-test=b;",
    );
}

#[test]
fn context_and_stage_variables() {
    check(
        "$context.httpMethod $context.resourcePath $context.identity.sourceIp $context.path",
        "",
        "GET /pets/{id} 127.0.0.1 /test/pets/7",
    );
    check(
        "$stageVariables.color ${stageVariables.color} $stageVariables.get('color')",
        "",
        "blue blue blue",
    );
    // In the order that a recording of the real service shows.
    let keys = "#foreach($k in $context.keySet())$k #end";
    check(
        keys,
        "",
        "resourceId resourcePath httpMethod extendedRequestId requestTime path accountId protocol requestOverride stage domainPrefix requestTimeEpoch requestId identity domainName deploymentId responseOverride apiId ",
    );
    check(
        "#foreach($k in $context.identity.keySet())$k #end",
        "",
        "cognitoIdentityPoolId accountId cognitoIdentityId caller sourceIp principalOrgId accessKey cognitoAuthenticationType cognitoAuthenticationProvider userArn userAgent user ",
    );
    check(
        "[$util.escapeJavaScript($context.get('identity'))]",
        "",
        "[]",
    );
}

#[test]
fn util() {
    check("$util.escapeJavaScript($input.path('$.q'))", BODY, "it's");
    check(
        "$util.escapeJavaScript($input.body)",
        "{\"a\": \"b\\n\"}\n",
        r#"{\"a\": \"b\\n\"}\n"#,
    );
    check("$util.escapeJavaScript('é😀')", "", r"\u00E9\uD83D\uDE00");
    check(
        "$util.escapeJavaScript($input.json('$.list')).replaceAll(\"\\\\'\",\"'\")",
        BODY,
        r#"[{\"a\":1},{\"a\":\"x/y\"}]"#,
    );
    check(
        "$util.urlEncode('a b&c=é/*') $util.urlDecode('a+b%26')",
        "",
        "a+b%26c%3D%C3%A9%2F* a b&",
    );
    check(
        "$util.base64Encode('hi') $util.base64Decode('aGk=')",
        "",
        "aGk= hi",
    );
    check(
        "$util.parseJson($input.path('$.s')).k[1].x",
        r#"{"s":"{\"k\":[1,{\"x\":2}]}"}"#,
        "2",
    );
    check(
        "<$util.parseJson('broken')> <$util.nothing('x')> <$util.urlEncode({})>",
        "",
        "<> <> <>",
    );
}

/// Assignments to members of maps, as in a recorded MOCK integration.
#[test]
fn assigning_to_maps() {
    let template = "#set($b = $util.parseJson($input.body))#set($b[\"value\"] = \"bar\")#set($x = $b.put(\"value2\", \"putBar\"))#set($b.nested.value3 = \"nestedFoo\"){\"value\":\"$b.value\",\"value2\":\"$b.value2\",\"value3\":\"$b.nested.value3\"}";
    check(
        template,
        "{\"nested\":{}}",
        r#"{"value":"bar","value2":"putBar","value3":"nestedFoo"}"#,
    );
}

#[test]
fn overrides_live_on() {
    let exchange = exchange::tests::example();
    let mut overrides = Overrides::default();
    let request = "#set($context.responseOverride.status = 444)#set($context.responseOverride.header.foo = \"bar\")#set($context.responseOverride.custom = \"kept\")#set($context.requestOverride.path.p = \"one\")#set($context.requestOverride.header.h = ['a', 'b']){}";
    let text = MappingTemplate::new(request)
        .transform(&exchange, "", &mut overrides)
        .unwrap();
    assert_eq!(text.as_deref(), Some("{}"));
    assert_eq!(overrides.status(), Some(444));
    assert_eq!(
        overrides.response_headers(),
        [("foo".to_owned(), vec!["bar".to_owned()])]
    );
    assert_eq!(
        overrides.request_headers(),
        [("h".to_owned(), vec!["a".to_owned(), "b".to_owned()])]
    );
    let response = "$context.responseOverride.custom $context.responseOverride.header.foo $context.responseOverride.status $context.requestOverride.path.p";
    let text = MappingTemplate::new(response)
        .transform(&exchange, "", &mut overrides)
        .unwrap();
    assert_eq!(text.as_deref(), Some("kept bar 444 one"));
}

#[test]
fn statuses_out_of_range_are_ignored() {
    for (set, status) in [
        ("99", None),
        ("600", None),
        ("\"404\"", Some(404)),
        ("'x'", None),
        ("200", Some(200)),
    ] {
        let mut overrides = Overrides::default();
        let template = format!("#set($context.responseOverride.status = {set})");
        let exchange = exchange::tests::example();
        MappingTemplate::new(&template)
            .transform(&exchange, "", &mut overrides)
            .unwrap();
        assert_eq!(overrides.status(), status, "{set}");
    }
}

#[test]
fn failures() {
    assert_eq!(transform("", "x").unwrap(), None);
    let error = transform("$input.json('$')", "foo").unwrap_err();
    assert_eq!(
        error.to_string(),
        "Could not parse request body into json: Unrecognized token 'foo': was expecting ('true', 'false' or 'null') at line 1, column 4"
    );
    assert!(matches!(
        transform("#if(", ""),
        Err(TransformError::Syntax(_))
    ));
    assert!(matches!(
        transform("$input.json('$[')", "{}"),
        Err(TransformError::Render(RenderError::Host(InputError::Path(
            _
        ))))
    ));
}

proptest! {
    #[test]
    fn never_panics(parts in prop::collection::vec(prop::sample::select(vec![
        "$input.json('$", ".a", "[0]", "')", "$input.path('$..", "$input.params(", "'x'", ")", ".get(",
        "$context.", "identity", "responseOverride.status", "#set(", " = ", "$util.", "parseJson(",
        "escapeJavaScript(", "urlDecode(", "base64Decode(", "$input.body", "#foreach($x in ", "#end",
    ]), 0..16)) {
        let _ = transform(&parts.concat(), BODY);
    }
}

/// What a template makes of lists in lists, of a large body again and again, and of places that lie
/// within each other: none of it takes more than the budget's work and memory.
#[test]
fn what_grows_is_bounded() {
    let steps = TransformError::Render(RenderError::Steps(2_000_000));
    let knot = "#set($l = [1])#foreach($i in [1..40])#set($l = [$l, $l])#end";
    let shown = transform(&format!("{knot}#set($s = \"x\" + $l)$s.length()"), "{}");
    assert!(shown.is_err() || shown.is_ok_and(|text| text.is_some_and(|text| text.len() < 10)));
    let again = format!("{knot}#foreach($i in [1..1000])#set($s = \"x\" + $l)#end");
    assert_eq!(transform(&again, "{}"), Err(steps.clone()));
    let large = format!("\"{}\"", "x".repeat(1 << 20));
    for work in [
        "$util.base64Encode($input.body)",
        "$util.urlEncode($input.body)",
        "$input.json('$')",
        "$input.json('$..a')",
        "$input.body.contains('y')",
        "$input.body.indexOf('y')",
        "$input.body.hashCode()",
    ] {
        let template =
            format!("#foreach($i in [1..1000])#foreach($j in [1..1000])#set($x = {work})#end#end");
        assert_eq!(transform(&template, &large), Err(steps.clone()), "{work}");
    }
    let equal = "#set($a = $util.urlDecode($input.body))#foreach($i in [1..1000])\
                 #foreach($j in [1..1000])#if($a == $input.body)#end#end#end";
    assert_eq!(transform(equal, &large), Err(steps.clone()));
    let nested = format!(
        "{}\"{}\"{}",
        "{\"a\":".repeat(150),
        "x".repeat(1 << 20),
        "}".repeat(150)
    );
    assert!(transform("$input.json('$..a')", &nested).is_err());
}
