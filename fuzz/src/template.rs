//! Mapping templates: any text is parsed or refused, and rendering ends within its limits.

use apigateway::template::{Bindings, Heap, Host, Limits, Template, Value};
use std::convert::Infallible;

const LIMITS: Limits = Limits {
    steps: 20_000,
    output: 64 * 1024,
    depth: 100,
    iterations: 100,
};

pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(template) = Template::parse(text) else {
        return;
    };
    let rendered = template.render(&mut Bindings::default(), &mut Nothing, LIMITS);
    if let Ok(rendered) = rendered {
        assert!(rendered.len() <= LIMITS.output);
    }
}

/// `$input` and the like, of which nobody knows anything.
struct Nothing;

impl Host for Nothing {
    type Error = Infallible;

    fn call(
        &mut self,
        _: &mut Heap,
        _: &'static str,
        _: &str,
        _: &[Value],
    ) -> Result<Option<Value>, Infallible> {
        Ok(None)
    }

    fn property(
        &mut self,
        _: &mut Heap,
        _: &'static str,
        _: &str,
    ) -> Result<Option<Value>, Infallible> {
        Ok(None)
    }
}
