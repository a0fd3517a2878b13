//! From a request's path to the resource that takes it.
//!
//! A fixed part beats a variable, and a variable beats a greedy one. The tree is walked from the
//! root and each of its nodes is looked at once at most, so a large API costs no more than a
//! small one: children with fixed parts are found by hashing.
//!
//! A route that matches counts only if it is wanted, so that a caller may look for path and method
//! at once: behind a fixed part without the method, the variable or greedy one beside it is tried.
//! That is measured on the real service: `GET /users/me` goes to `/users/{id}` if `/users/me` has
//! PATCH alone, and `POST` to `/{proxy+}` if that has it.
//!
//! Parts of the path are compared and handed out as they came, percent-encoding included; only
//! resources that have methods are routes, as in a deployed API.

use std::collections::HashMap;

/// Routes of an API, each with what it leads to.
#[derive(Debug)]
pub struct Router<T> {
    /// The root first; children come after their parents.
    nodes: Vec<Node<T>>,
}

#[derive(Debug)]
struct Node<T> {
    fixed: HashMap<Box<str>, usize>,
    variable: Option<(Box<str>, usize)>,
    greedy: Option<(Box<str>, T)>,
    target: Option<T>,
}

/// A route that matches.
#[derive(Debug, PartialEq, Eq)]
pub struct Match<'r, 'p, T> {
    pub target: &'r T,
    /// Path parameters with their values, in the order of the path.
    pub parameters: Vec<(&'r str, &'p str)>,
}

/// One part of a resource's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathPart<'a> {
    Fixed(&'a str),
    /// `{name}`
    Variable(&'a str),
    /// `{name+}`
    Greedy(&'a str),
}

impl<'a> PathPart<'a> {
    /// What a resource's path part says.
    pub fn parse(part: &'a str) -> PathPart<'a> {
        match part
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
        {
            Some(name) => match name.strip_suffix('+') {
                Some(name) => PathPart::Greedy(name),
                None => PathPart::Variable(name),
            },
            None => PathPart::Fixed(part),
        }
    }
}

impl<T> Default for Node<T> {
    fn default() -> Node<T> {
        Node {
            fixed: HashMap::new(),
            variable: None,
            greedy: None,
            target: None,
        }
    }
}

impl<T> FromIterator<(String, T)> for Router<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(routes: I) -> Router<T> {
        let mut router = Router {
            nodes: vec![Node::default()],
        };
        for (path, target) in routes {
            router.add(&path, target);
        }
        router
    }
}

impl<T> Router<T> {
    /// Routes by the paths of resources, such as `/pets/{id}`.
    pub fn new<'a>(routes: impl IntoIterator<Item = (&'a str, T)>) -> Router<T> {
        let mut router = Router {
            nodes: vec![Node::default()],
        };
        for (path, target) in routes {
            router.add(path, target);
        }
        router
    }

    fn add(&mut self, path: &str, target: T) {
        let mut at = 0;
        for part in path.split('/').filter(|part| !part.is_empty()) {
            let next = self.nodes.len();
            let Some(node) = self.nodes.get_mut(at) else {
                return;
            };
            at = match PathPart::parse(part) {
                PathPart::Fixed(text) => *node.fixed.entry(text.into()).or_insert(next),
                PathPart::Variable(name) => {
                    node.variable.get_or_insert_with(|| (name.into(), next)).1
                }
                PathPart::Greedy(name) => {
                    node.greedy = Some((name.into(), target));
                    return;
                }
            };
            if at == next {
                self.nodes.push(Node::default());
            }
        }
        if let Some(node) = self.nodes.get_mut(at) {
            node.target = Some(target);
        }
    }

    /// The route for a path after the stage. A slash at its end does not count.
    pub fn find<'r, 'p>(&'r self, path: &'p str) -> Option<Match<'r, 'p, T>> {
        self.find_wanted(path, &|_| true)
    }

    /// The most specific route for a path of those that lead to what is wanted.
    pub fn find_wanted<'r, 'p>(
        &'r self,
        path: &'p str,
        wanted: &dyn Fn(&T) -> bool,
    ) -> Option<Match<'r, 'p, T>> {
        let path = path.trim_start_matches('/');
        let path = path.strip_suffix('/').unwrap_or(path);
        let mut parameters = Vec::new();
        let target = self.walk(0, path, &mut parameters, wanted)?;
        Some(Match { target, parameters })
    }

    /// `path` is what is left to match under the node `at`. Recursion is as deep as the tree.
    fn walk<'r, 'p>(
        &'r self,
        at: usize,
        path: &'p str,
        parameters: &mut Vec<(&'r str, &'p str)>,
        wanted: &dyn Fn(&T) -> bool,
    ) -> Option<&'r T> {
        let node = self.nodes.get(at)?;
        if path.is_empty() {
            return node.target.as_ref().filter(|target| wanted(target));
        }
        let (part, rest) = path.split_once('/').unwrap_or((path, ""));
        // `a/` has an empty part after `a`, which only a greedy variable takes.
        let ends_empty = rest.is_empty() && part.len() < path.len();
        if !ends_empty {
            if let Some(child) = node.fixed.get(part)
                && let Some(target) = self.walk(*child, rest, parameters, wanted)
            {
                return Some(target);
            }
            if let Some((name, child)) = node.variable.as_ref().filter(|_| !part.is_empty()) {
                parameters.push((name, part));
                if let Some(target) = self.walk(*child, rest, parameters, wanted) {
                    return Some(target);
                }
                parameters.pop();
            }
        }
        let (name, target) = node.greedy.as_ref().filter(|(_, target)| wanted(target))?;
        parameters.push((name, path));
        Some(target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn routes() -> Router<&'static str> {
        let paths = [
            "/",
            "/pets",
            "/pets/{id}",
            "/pets/{id}/owner",
            "/pets/cats/{color}",
            "/pets/cats/{proxy+}",
            "/files/{path+}",
            "/a/b",
            "/{any}/b/c",
        ];
        Router::new(paths.map(|path| (path, path)))
    }

    #[track_caller]
    fn check(path: &str, expected: Option<(&str, &[(&str, &str)])>) {
        let router = routes();
        let found = router.find(path);
        let found = found.as_ref().map(|m| (*m.target, m.parameters.as_slice()));
        assert_eq!(found, expected, "{path}");
    }

    #[test]
    fn precedence() {
        check("/", Some(("/", &[])));
        check("", Some(("/", &[])));
        check("/pets", Some(("/pets", &[])));
        check("/pets/", Some(("/pets", &[])));
        check("/pets/7", Some(("/pets/{id}", &[("id", "7")])));
        check("/pets/7/owner", Some(("/pets/{id}/owner", &[("id", "7")])));
        check(
            "/pets/cats/red",
            Some(("/pets/cats/{color}", &[("color", "red")])),
        );
        check(
            "/pets/cats/red/1",
            Some(("/pets/cats/{proxy+}", &[("proxy", "red/1")])),
        );
        // There is no method on `/pets/cats`, so the variable takes it.
        check("/pets/cats", Some(("/pets/{id}", &[("id", "cats")])));
        // The fixed `a` leads nowhere, so the variable takes it.
        check("/a/b", Some(("/a/b", &[])));
        check("/a/b/c", Some(("/{any}/b/c", &[("any", "a")])));
        check("/nothing", None);
        check("/pets/7/owner/x", None);
    }

    #[test]
    fn what_is_not_wanted_is_passed_over() {
        let router = routes();
        let found = |path, unwanted: &str| {
            let found = router.find_wanted(path, &|target| *target != unwanted)?;
            Some((*found.target, found.parameters))
        };
        let id = ("/pets/cats/{proxy+}", vec![("proxy", "red")]);
        assert_eq!(found("/pets/cats/red", "/pets/cats/{color}"), Some(id));
        assert_eq!(found("/a/b", "/a/b"), None);
        assert_eq!(found("/", "/"), None);
        assert_eq!(found("/files/a", "/files/{path+}"), None);
    }

    /// As recorded: inner double slashes survive in a greedy parameter, a slash at the end does
    /// not, escapes stay.
    #[test]
    fn slashes_and_escapes() {
        check("/files", None);
        check("/files/", None);
        check("/files/a/", Some(("/files/{path+}", &[("path", "a")])));
        check("/files/a//b", Some(("/files/{path+}", &[("path", "a//b")])));
        check(
            "/files/a%2Bb@c",
            Some(("/files/{path+}", &[("path", "a%2Bb@c")])),
        );
        check("/pets//owner", None);
        check("/pets//", None);
        check("//pets", Some(("/pets", &[])));
        check("/pe%74s", None);
        check(
            "/files/../pets",
            Some(("/files/{path+}", &[("path", "../pets")])),
        );
    }

    #[test]
    fn parts() {
        assert_eq!(PathPart::parse("pets"), PathPart::Fixed("pets"));
        assert_eq!(PathPart::parse("{id}"), PathPart::Variable("id"));
        assert_eq!(PathPart::parse("{proxy+}"), PathPart::Greedy("proxy"));
    }

    proptest! {
        #[test]
        fn never_panics(path in "[/a-c{}+%.]{0,32}") {
            let _ = routes().find(&path);
        }

        /// Every fixed route is found again, however many there are.
        #[test]
        fn fixed_routes_are_found(names in prop::collection::btree_set("[a-z]{1,4}(/[a-z]{1,4}){0,2}", 1..200)) {
            let router = Router::new(names.iter().map(|name| (name.as_str(), name)));
            for name in &names {
                prop_assert_eq!(router.find(name).map(|found| found.target), Some(&name));
            }
        }
    }
}
