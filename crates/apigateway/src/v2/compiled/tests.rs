use super::*;
use crate::testing::World;
use crate::v2::{apis, routes};
use proptest::prelude::*;

fn api(keys: &[&str]) -> HttpApi {
    let world = World::new();
    let gateway = &world.gateway;
    HttpApi::new(Definition {
        id: "d".to_owned(),
        api: apis::new(&gateway.entropy, 0, "api".to_owned()),
        routes: keys
            .iter()
            .map(|key| routes::new(&gateway.entropy, (*key).to_owned()))
            .collect(),
        integrations: Vec::new(),
        authorizers: Vec::new(),
        route_responses: Vec::new(),
        integration_responses: Vec::new(),
    })
}

#[track_caller]
fn check(api: &HttpApi, line: &str, expected: Option<(&str, &[(&str, &str)])>) {
    let (method, path) = line.split_once(' ').unwrap();
    let found = api.route(method, path).map(|(compiled, parameters)| {
        let shown: Vec<_> = parameters.into_iter().collect();
        (compiled.route.key.clone(), shown)
    });
    let expected = expected.map(|(key, parameters)| {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        (key.to_owned(), parameters.iter().map(pair).collect())
    });
    assert_eq!(found, expected, "{line}");
}

/// The documentation's example.
#[test]
fn the_most_particular_route_wins() {
    let api = api(&[
        "$default",
        "ANY /{proxy+}",
        "GET /pets/{proxy+}",
        "GET /pets/dog/{id}",
        "GET /pets/dog/1",
    ]);
    check(&api, "GET /pets/dog/1", Some(("GET /pets/dog/1", &[])));
    let dog = ("GET /pets/dog/{id}", &[("id", "2")][..]);
    check(&api, "GET /pets/dog/2", Some(dog));
    let cat = ("GET /pets/{proxy+}", &[("proxy", "cat/1")][..]);
    check(&api, "GET /pets/cat/1", Some(cat));
    let any = ("ANY /{proxy+}", &[("proxy", "test/5")][..]);
    check(&api, "POST /test/5", Some(any));
    check(&api, "PROPFIND /test/5", Some(any));
    let nothing = ("ANY /{proxy+}", &[("proxy", "")][..]);
    check(&api, "POST /", Some(nothing));
    let no_pet = ("GET /pets/{proxy+}", &[("proxy", "")][..]);
    check(&api, "GET /pets/", Some(no_pet));
    let pets = ("ANY /{proxy+}", &[("proxy", "pets")][..]);
    check(&api, "GET /pets", Some(pets));
}

#[test]
fn methods_and_slashes_count() {
    let api = api(&["ANY /a", "GET /a", "PUT /b/{x}", "GET /b/{y}/c"]);
    check(&api, "GET /a", Some(("GET /a", &[])));
    check(&api, "PUT /a", Some(("ANY /a", &[])));
    check(&api, "GET /a/", None);
    check(&api, "GET /b/1", None);
    check(&api, "PUT /b/a%20b", Some(("PUT /b/{x}", &[("x", "a b")])));
    check(&api, "GET /b/1/c", Some(("GET /b/{y}/c", &[("y", "1")])));
}

proptest! {
    /// Whatever is asked, a default route takes what no other does.
    #[test]
    fn nothing_is_lost(method in "[A-Z]{1,8}", path in "(/[a-z0-9%.{}+]{0,6}){1,5}") {
        let api = api(&["$default", "GET /a/{b}", "ANY /c/{d+}"]);
        prop_assert!(api.route(&method, &path).is_some());
    }
}
