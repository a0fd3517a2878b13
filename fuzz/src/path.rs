//! Routes of REST APIs: the path of a request reaches at most one, and its parameters are parts of
//! it.

use apigateway::router::{PathPart, Router};

pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Some((routes, path)) = text.split_once('\n') else {
        return;
    };
    let routes: Vec<&str> = routes.split(' ').collect();
    let router = Router::new(routes.iter().map(|route| (*route, *route)));
    let Some(found) = router.find(path) else {
        return;
    };
    assert!(
        routes.contains(found.target),
        "{} is no route",
        found.target
    );
    for (name, value) in &found.parameters {
        assert!(path.contains(value), "{name}={value} is no part of {path}");
        assert!(!value.is_empty());
    }
    let is_variable = |part: &&str| !matches!(PathPart::parse(part), PathPart::Fixed(_));
    let variables = found.target.split('/').filter(is_variable).count();
    assert!(found.parameters.len() <= variables);
}
