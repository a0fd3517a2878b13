use super::*;
use crate::json::{Dialect, Json};
use proptest::prelude::*;
use std::convert::Infallible;

/// `$host.echo(x)` is x, `$host.name` is "host", anything else is missing.
struct Echo;

impl Host for Echo {
    type Error = Infallible;

    fn call(
        &mut self,
        _: &mut Heap,
        _: &'static str,
        method: &str,
        args: &[Value],
    ) -> Result<Option<Value>, Infallible> {
        Ok(match (method, args) {
            ("echo", [value]) => Some(value.clone()),
            _ => None,
        })
    }

    fn property(
        &mut self,
        _: &mut Heap,
        _: &'static str,
        name: &str,
    ) -> Result<Option<Value>, Infallible> {
        Ok((name == "name").then(|| Value::text("host")))
    }
}

const DOCUMENT: &str = r#"{"name":"Ada","n":3,"d":1.5,"yes":true,"none":null,
    "list":[1,"two",{"a":"b/c"}],"map":{"x":1,"y":[true]},"first-name":"A"}"#;

fn try_render(text: &str, limits: Limits) -> Result<String, RenderError<Infallible>> {
    let template = Template::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let mut bindings = Bindings::default();
    let document = Json::read(DOCUMENT, Dialect::Strict).unwrap();
    let document = bindings.heap.import(&document);
    bindings.variables.insert("doc", document);
    bindings.variables.insert("host", Value::Object("host"));
    template.render(&mut bindings, &mut Echo, limits)
}

#[track_caller]
fn check(text: &str, expected: &str) {
    match try_render(text, Limits::STANDARD) {
        Ok(rendered) => assert_eq!(rendered, expected, "{text}"),
        Err(error) => panic!("{text}: {error}"),
    }
}

#[test]
fn text_and_references() {
    check("", "");
    check(
        "plain {\"a\": 1} 100% $ $5 # #fff",
        "plain {\"a\": 1} 100% $ $5 # #fff",
    );
    check(
        "$doc.name ${doc.name}! $!doc.name $!{doc.name}s",
        "Ada Ada! Ada Adas",
    );
    check("$doc.name.", "Ada.");
    check("$doc.name.length()", "3");
    check("$doc.first-name", "A");
    check(
        "$doc.map.y[0] $doc.list[1] $doc[\"n\"] $doc.list[-1].a",
        "true two 3 b/c",
    );
    check("$doc.name[abc]", "Ada[abc]");
    check("$host.echo(\"a, b\").length()", "4");
    check("$host.echo( [1, 2] ).size()", "2");
}

/// What is not there prints nothing: API Gateway's rule, not Velocity's.
#[test]
fn missing_values() {
    check("<$nothing> <$!nothing> <${nothing.a.b}>", "<> <> <>");
    check(
        "<$doc.nothing> <$doc.none> <$doc.name.nothing()> <$doc.list[9]>",
        "<> <> <> <>",
    );
    check("#if($doc.nothing)set#else missing#end", "set");
    check("#if($nothing)set#{else}missing#end", "missing");
    check("#if($doc.nothing == \"\")empty#end", "empty");
    check("$doc.put(\"k\", 1)$doc.k", "1");
}

#[test]
fn escapes_and_comments() {
    check(
        r"\$doc.name \\$doc.name \#if(1) C:\dir \",
        r"$doc.name \Ada #if(1) C:\dir \",
    );
    check("a ## comment $doc.name\nb", "a b");
    check("a#* $doc \n *#b", "ab");
    check("#[[ $doc.name #if ]]#", " $doc.name #if ");
}

#[test]
fn set_and_scopes() {
    check("#set($a = 1)$a", "1");
    check("#set( $a = \"x$doc.name\" )\n$a", "xAda");
    check("#set($a = 'x$doc.name')$a", "x$doc.name");
    check(
        "#set($a=\"say \"\"hi\"\" it\"\"s\")$a #set($b='it''s')$b",
        "say \"hi\" it\"s it's",
    );
    check(
        "#set($m = {})#set($m.a = 1)#set($m[\"b\"] = {\"c\": 2})#set($m.b.d = 3)$m",
        "{a=1, b={c=2, d=3}}",
    );
    check("#set($l = [1,2])#set($l[1] = 9)$l", "[1, 9]");
    check("#set($a = 1)#set($a = $nothing)$a", "1");
    check(
        "#set($a = {\"k\": [1, {\"z\": null}]})$a",
        "{k=[1, {z=null}]}",
    );
}

#[test]
fn conditions() {
    check("#if(true)a#{else}b#end", "a");
    check("#if(false)a#elseif($doc.n > 2)b#else c#end", "b");
    check("#if($doc.n == 3 && !($doc.name == 'Bob'))ok#end", "ok");
    check(
        "#if($doc.n == 3 and not ($doc.name eq 'Bob') or false)ok#end",
        "ok",
    );
    check("#if($doc.n == \"3\")same text#end", "same text");
    check("#if(1 == 1.0)equal#end", "equal");
    check("#if([1,{\"a\":2}] == [1,{\"a\":2}])equal#end", "equal");
    check("#if(\"a\" < \"b\")x#{else}no order#end", "no order");
    check("#if (2 >= 2)y#end#if(2 lt 1)n#end#if(1 ne 2)y#end", "yy");
    check("#if($doc.yes)\n  a\n#else\n  b\n#end\nc", "  a\nc");
}

#[test]
fn arithmetic() {
    check("#set($x = 1 + 2 * 3 - 4 / 3 % 2)$x", "6");
    check("#set($x = (1 + 2) * 3)$x", "9");
    check(
        "#set($x = 7 / 2)$x #set($y = 7 / 2.0)$y #set($z = -$x)$z",
        "3 3.5 -3",
    );
    check(
        "#set($x = 9223372036854775807 + 1)$x",
        "9.223372036854776E18",
    );
    check("#set($x = 5)#set($x = 1 / 0)$x", "5");
    check("#set($x = \"a\" + 1 + true)$x", "a1true");
    check(
        "#set($n = 0)$n.parseInt(\"42\") #set($d = 0.0)$d.parseDouble(\"1.5\")",
        "42 1.5",
    );
}

#[test]
fn loops() {
    check(
        "#foreach($x in [1..3])$x#if($foreach.hasNext),#end#end",
        "1,2,3",
    );
    check(
        "#foreach($x in [3..1])$foreach.index:$foreach.count:$velocityCount:$x #end",
        "0:1:1:3 1:2:2:2 2:3:3:1 ",
    );
    check(
        "#foreach($k in $doc.map.keySet())$k=$doc.map.get($k);#end",
        "x=1;y=[true];",
    );
    check("#foreach($v in $doc.map)$v;#end", "1;[true];");
    check(
        "#foreach($e in $doc.map.entrySet())$e.key=$e.value|$e.getKey();#end",
        "x=1|x;y=[true]|y;",
    );
    check("#foreach($x in [1..9])#if($x == 3)#break#end$x#end.", "12.");
    check("#foreach($x in [1..9])#if($x == 3)#stop#end$x#end.", "12");
    check("#set($x = 'o')#foreach($x in [1])$x#end$x", "1o");
    check(
        "#foreach($a in [1,2])#foreach($b in [1,2])$foreach.parent.index$foreach.index #end#end",
        "00 01 10 11 ",
    );
    check(
        "#foreach($x in $nothing)never#end#foreach($x in \"text\")never#end",
        "",
    );
    check(
        "#set($n = 0)#foreach($x in [1..5000])#set($n = $n + 1)#end$n",
        "1000",
    );
}

#[test]
fn macros_and_defines() {
    check(
        "#macro(hi $who $mark)hi $who$mark#end#hi(\"A\" '!') #hi('B', \"?\")",
        "hi A! hi B?",
    );
    check("#later('x')#macro(later $a)<$a>#end", "<x>");
    check(
        "#define($block)Hello $who#end#set($who = 'you')$block",
        "Hello you",
    );
    check("#unknown(1, 2) #unknown", "#unknown(1, 2) #unknown");
    check(
        "#macro(inner $v)[$v]#end#macro(outer $v)#inner($v)#inner('x')#end#outer('y')",
        "[y][x]",
    );
}

/// As Java prints them: maps as `{k=v}`; arrays of a document, and all inside them, as JSON.
#[test]
fn printing_collections() {
    check("$doc.map", "{x=1, y=[true]}");
    check("$doc.list", r#"[1,"two",{"a":"b\/c"}]"#);
    check("$doc.list[2]", "{a=b/c}");
    check("#set($l = ['a', 1, 2.0, true])$l", "[a, 1, 2.0, true]");
    check(
        "$doc.map.keySet() $doc.map.entrySet()",
        "[x, y] [x=1, y=[true]]",
    );
}

#[test]
fn string_methods() {
    check(
        "$doc.name.toUpperCase()$doc.name.substring(1)$doc.name.substring(0, 1)",
        "ADAdaA",
    );
    check(
        "$doc.name.replaceAll(\"[Aa]\", \"o\") $doc.name.replace('d', '-')",
        "odo A-a",
    );
    check(
        "#set($s = \"a,b,c\")#foreach($p in $s.split(\",\"))$p#end",
        "abc",
    );
    check(
        "$doc.name.indexOf('d') $doc.name.lastIndexOf('z') $doc.name.contains('Ad')",
        "1 -1 true",
    );
    check(
        "$doc.name.equals('Ada') $doc.name.equalsIgnoreCase('ADA') $doc.name.startsWith('A')",
        "true true true",
    );
    check(
        "$doc.name.matches(\"A.*\") $doc.name.matches(\"d\") $doc.name.isEmpty() $doc.name.empty",
        "true false false false",
    );
    check(
        "#set($s = \"  x \")[$s.trim()] $s.concat('y') $doc.name.charAt(1) $doc.name.hashCode()",
        "[x]   x y d 65662",
    );
    check(
        "#set($s = \"é😀x\")$s.length() $s.substring(3) $s.indexOf('x')",
        "4 x 3",
    );
    check(
        "$doc.name.substring(9)|$doc.name.substring(-1)|$doc.name.charAt(9)",
        "||",
    );
    check(
        "$doc.n.toString().length() $doc.d.intValue() $doc.n.compareTo(4)",
        "1 1 -1",
    );
}

#[test]
fn collection_methods() {
    check(
        "#set($l = [1])#set($_ = $l.add(2))#set($_ = $l.add(0, 0))$l $l.size() $l.contains(2)",
        "[0, 1, 2] 3 true",
    );
    check(
        "#set($l = ['a','b'])#set($_ = $l.remove(0))$l$l.remove('b')$l.isEmpty()",
        "[b]truetrue",
    );
    check(
        "#set($l = [1,2,3])$l.subList(1, 3) $l.indexOf(2) $l.get(0) $l.set(0, 9)$l",
        "[2, 3] 1 1 1[9, 2, 3]",
    );
    check(
        "#set($m = {'a': 1})$m.containsKey('a') $m.containsValue(2) $m.size() $m.put('b', 2)$m.values()",
        "true false 1 [1, 2]",
    );
    check(
        "#set($m = {'a': 1})$m.remove('a')$m.isEmpty()$m.getOrDefault('x', 'd')",
        "1trued",
    );
    check(
        "#set($m = {})#set($_ = $m.putAll($doc.map))$m.keySet()",
        "[x, y]",
    );
}

#[test]
fn syntax_errors() {
    for bad in [
        "#if(true)",
        "#foreach($x in [1])",
        "#set($x)",
        "#set($x = )",
        "#end",
        "#else",
        "#if()#end",
        "${doc",
        "$doc.name(",
        "#set($x = [1,)",
        "#set(x = 1)",
        "#foreach(x in $y)#end",
        "$a.b(\"x)",
        "#if(1 +)#end",
        "#evaluate('x')",
        "#set($x = {\"a\" 1})",
        "\"#set($x = \"#end\")\"",
    ] {
        assert!(Template::parse(bad).is_err(), "{bad}");
    }
    let error = Template::parse("a\n #if(true)\nx").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the template ends inside #if at line 3, column 2"
    );
    let in_string = Template::parse("a\n#set($x = \"\n\n #if(true)\")").unwrap_err();
    assert_eq!(
        in_string.to_string(),
        "the template ends inside #if at line 2, column 10"
    );
}

#[test]
fn deep_texts_are_refused() {
    for deep in [
        format!("#set($x = {}1{})", "(".repeat(10_000), ")".repeat(10_000)),
        format!("#set($x = {}1)", "!".repeat(10_000)),
        format!("#set($x = {}1)", "- ".repeat(10_000)),
        "#if(true)".repeat(10_000),
        format!("$a{}", ".b($a".repeat(10_000)),
        format!("#set($x = {}", "[".repeat(10_000)),
    ] {
        assert_eq!(
            Template::parse(&deep).unwrap_err().problem,
            Problem::TooDeep
        );
    }
    // Long is not deep.
    let long = format!("#set($x = 1{})$x", " + 1".repeat(10_000));
    check(&long, "10001");
    check(&"#if(false)a#elseif(false)b#end".repeat(2000), "");
}

#[test]
fn work_is_bounded() {
    let limits = Limits {
        steps: 100_000,
        output: 10_000,
        ..Limits::STANDARD
    };
    let loops = "#foreach($a in [1..999])#foreach($b in [1..999])#set($x = 1)#end#end";
    assert_eq!(try_render(loops, limits), Err(RenderError::Steps(100_000)));
    let doubling = format!(
        "#set($s = \"xxxxxxxx\"){}",
        "#set($s = \"$s$s\")".repeat(60)
    );
    assert!(matches!(
        try_render(&doubling, limits),
        Err(RenderError::Output(_))
    ));
    let adding = format!("#set($s = \"xxxxxxxx\"){}", "#set($s = $s + $s)".repeat(60));
    assert_eq!(
        try_render(&adding, limits),
        Err(RenderError::Steps(100_000))
    );
    let growing = format!(
        "#set($s = \"aa\"){}",
        "#set($s = $s.replace('a', $s))".repeat(20)
    );
    assert!(try_render(&growing, limits).is_err());
    assert_eq!(
        try_render("#set($x = [1..2000000000])", limits),
        Err(RenderError::Steps(100_000))
    );
    assert_eq!(
        try_render("#macro(m)#m()#end#m()", limits),
        Err(RenderError::Depth(200))
    );
    assert_eq!(
        try_render("#define($d)$d#end$d", limits),
        Err(RenderError::Depth(200))
    );
    let printing = "#foreach($x in [1..999])xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx#end";
    assert_eq!(
        try_render(printing, limits),
        Err(RenderError::Output(10_000))
    );
}

/// What is tied into a knot prints and compares without end in Java; here both stop.
#[test]
fn knots() {
    let knot = "#set($m = {})#set($m.self = $m)#set($n = {})#set($n.self = $n)#if($m == $n)x#end";
    assert!(try_render(knot, Limits::STANDARD).is_ok());
    let print = "#set($m = {})#set($m.self = $m)$m";
    assert!(try_render(print, Limits::STANDARD).is_ok());
    let wide = format!(
        "#set($l = [1]){}#if($l == 1)x#end$l",
        "#set($l = [$l, $l])".repeat(60)
    );
    assert!(try_render(&wide, Limits::STANDARD).is_err());
}

proptest! {
    #[test]
    fn never_panics(text in "[$#{}()\\[\\]\"'.a-c1!=+ \n\\\\*,:]{0,48}") {
        if let Ok(template) = Template::parse(&text) {
            let mut bindings = Bindings::default();
            let limits = Limits { steps: 10_000, ..Limits::STANDARD };
            let _ = template.render(&mut bindings, &mut Echo, limits);
        }
    }

    #[test]
    fn directives_never_panic(parts in prop::collection::vec(prop::sample::select(vec![
        "#set($a = ", "#if(", "#foreach($a in ", "#end", "#else", "#elseif(", ")", "$a", "${a", "}",
        ".size()", "[0]", "[1..3]", "{\"k\": 1}", "\"$a\"", "'x'", "1", " + ", " == ", "#macro(m $a)",
        "#m($a)", "#define($a)", "#break", "#stop", "\\", "##\n", "#*", "*#", "null", "!", ".get(",
    ]), 0..24)) {
        if let Ok(template) = Template::parse(&parts.concat()) {
            let mut bindings = Bindings::default();
            let limits = Limits { steps: 10_000, ..Limits::STANDARD };
            let _ = template.render(&mut bindings, &mut Echo, limits);
        }
    }

    /// Text without Velocity's characters is its own rendering.
    #[test]
    fn plain_text_is_itself(text in "[^$#\\\\]{0,64}") {
        let template = Template::parse(&text).unwrap();
        let rendered = template.render(&mut Bindings::default(), &mut Echo, Limits::STANDARD);
        prop_assert_eq!(rendered.unwrap(), text);
    }
}

/// Regular expressions cost steps, so that hostile ones cannot be used without end.
#[test]
fn regular_expressions_are_bounded() {
    let hostile =
        "#set($s = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\")$s.matches(\"(?:(a+)+\\1)+b\")";
    assert!(matches!(
        try_render(hostile, Limits::STANDARD),
        Err(RenderError::Regex(_))
    ));
    let limits = Limits {
        steps: 100_000,
        ..Limits::STANDARD
    };
    let many = "#foreach($x in [1..999])#set($y = $doc.name.matches(\"A.a$x\"))#end";
    assert_eq!(try_render(many, limits), Err(RenderError::Steps(100_000)));
    check(
        "#foreach($x in [1..999])#set($y = $doc.name.matches(\"A.a\"))#end$y",
        "true",
    );
}
