//! Rendering: a walk over the template's tree.
//!
//! Two rules are API Gateway's own rather than Velocity's. A property, method or index that
//! yields nothing is the empty string, so it prints as such and counts as true in `#if`; and a
//! variable that was never set prints nothing either, where Velocity would print the reference
//! itself. Both are what users observe of the service.

use super::ast::{Access, Block, Expr, Node, Operator, Reference, Slot};
use super::methods::{self, Outcome};
use super::operators;
use super::value::{Heap, MapId, Style, Value};
use super::{Limits, Template};
use std::collections::HashMap;
use std::sync::Arc;

/// The objects behind [`Value::Object`].
pub trait Host {
    /// Why an object may refuse a call and end the rendering.
    type Error;

    /// Calls a method; none if the object has no such method for these arguments.
    ///
    /// # Errors
    /// Whatever must end the rendering.
    fn call(
        &mut self,
        heap: &mut Heap,
        object: &'static str,
        method: &str,
        args: &[Value],
    ) -> Result<Option<Value>, Self::Error>;

    /// Reads a property; none if the object has no such property.
    ///
    /// # Errors
    /// Whatever must end the rendering.
    fn property(
        &mut self,
        heap: &mut Heap,
        object: &'static str,
        name: &str,
    ) -> Result<Option<Value>, Self::Error>;
}

/// Variables a template starts with, and after rendering their last values.
#[derive(Debug, Default)]
pub struct Bindings {
    pub heap: Heap,
    pub variables: HashMap<&'static str, Value>,
}

/// Why a rendering was abandoned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError<E> {
    #[error("the template takes more than {0} steps")]
    Steps(u64),
    #[error("the template prints more than {0} bytes")]
    Output(usize),
    #[error("the template nests more than {0} evaluations")]
    Depth(usize),
    #[error("{0}")]
    Regex(crate::java_regex::Error),
    #[error("{0}")]
    Host(E),
}

pub(super) fn render<H: Host>(
    template: &Template,
    bindings: &mut Bindings,
    host: &mut H,
    limits: Limits,
) -> Result<String, RenderError<H::Error>> {
    bindings.heap.set_budget(limits.steps);
    let mut slots = vec![Value::Null; template.slots.len()];
    for (name, value) in &bindings.variables {
        if let Some(slot) = template
            .slots
            .get(*name)
            .and_then(|slot| slots.get_mut(slot.0))
        {
            *slot = value.clone();
        }
    }
    let mut evaluator = Evaluator {
        template,
        heap: &mut bindings.heap,
        host,
        slots,
        out: String::new(),
        limits,
        depth: 0,
    };
    evaluator.block(&template.body)?;
    evaluator.check_output()?;
    let Evaluator { slots, out, .. } = evaluator;
    for (name, value) in &mut bindings.variables {
        let slot = template.slots.get(*name);
        if let Some(last) = slot.and_then(|slot| slots.get(slot.0)) {
            *value = last.clone();
        }
    }
    Ok(out)
}

/// Whether to go on after a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    /// `#break`: leave the innermost loop.
    Break,
    /// `#stop`: leave the template.
    Stop,
}

struct Evaluator<'t, H: Host> {
    template: &'t Template,
    heap: &'t mut Heap,
    host: &'t mut H,
    slots: Vec<Value>,
    out: String,
    limits: Limits,
    depth: usize,
}

type Rendering<T, H> = Result<T, RenderError<<H as Host>::Error>>;

impl<'t, H: Host> Evaluator<'t, H> {
    fn step(&mut self) -> Rendering<(), H> {
        if !self.heap.charge(1) {
            return Err(RenderError::Steps(self.limits.steps));
        }
        self.check_output()
    }

    fn check_output(&self) -> Rendering<(), H> {
        if self.out.len() > self.limits.output {
            return Err(RenderError::Output(self.limits.output));
        }
        Ok(())
    }

    fn deeper<T>(&mut self, part: impl FnOnce(&mut Self) -> Rendering<T, H>) -> Rendering<T, H> {
        if self.depth >= self.limits.depth {
            return Err(RenderError::Depth(self.limits.depth));
        }
        self.depth += 1;
        let result = part(self);
        self.depth -= 1;
        result
    }

    fn variable(&self, slot: Slot) -> Value {
        self.slots.get(slot.0).cloned().unwrap_or(Value::Null)
    }

    fn assign(&mut self, slot: Slot, value: Value) {
        if let Some(variable) = self.slots.get_mut(slot.0) {
            *variable = value;
        }
    }

    fn block(&mut self, block: &'t Block) -> Rendering<Flow, H> {
        self.deeper(|this| {
            for node in &block.0 {
                match this.node(node)? {
                    Flow::On => {}
                    stopped => return Ok(stopped),
                }
            }
            Ok(Flow::On)
        })
    }

    fn node(&mut self, node: &'t Node) -> Rendering<Flow, H> {
        self.step()?;
        match node {
            Node::Text(text) => self.out.push_str(text),
            Node::Reference(reference) => {
                let value = self.reference(reference)?;
                return self.print(&value);
            }
            Node::Set { target, value } => {
                let value = self.expr(value)?;
                // Velocity leaves the variable alone rather than setting it to null.
                if !value.is_null() {
                    self.set(target, value)?;
                }
            }
            Node::If { arms, otherwise } => {
                for (condition, body) in arms {
                    if self.expr(condition)?.is_true() {
                        return self.block(body);
                    }
                }
                return self.block(otherwise);
            }
            Node::Foreach {
                variable,
                source,
                body,
            } => {
                return self.foreach(*variable, source, body);
            }
            Node::Define { variable, block } => self.assign(*variable, Value::Defined(*block)),
            Node::Call { name, args, source } => return self.call_macro(name, args, source),
            Node::Break => return Ok(Flow::Break),
            Node::Stop => return Ok(Flow::Stop),
        }
        Ok(Flow::On)
    }

    fn print(&mut self, value: &Value) -> Rendering<Flow, H> {
        if let Value::Defined(block) = value {
            let template = self.template;
            return match template.defines.get(*block) {
                Some(block) => self.block(block),
                None => Ok(Flow::On),
            };
        }
        self.heap.print(value, &mut self.out, self.limits.output);
        Ok(Flow::On)
    }

    fn set(&mut self, target: &'t Reference, value: Value) -> Rendering<(), H> {
        let Some((last, path)) = target.path.split_last() else {
            self.assign(target.root, value);
            return Ok(());
        };
        let mut place = self.variable(target.root);
        for access in path {
            place = self.access(&place, access)?;
        }
        match (last, place) {
            (Access::Property(name), Value::Map(map)) => self.put(map, name.clone(), value),
            (Access::Index(index), Value::Map(map)) => {
                let key = self.expr(index)?;
                self.put(map, Arc::from(self.heap.to_text(&key)), value);
            }
            (Access::Index(index), Value::List(list)) => {
                let at = self.expr(index)?;
                let items = self.heap.items_mut(list);
                if let Some(item) = items.and_then(|items| methods::item_mut(items, &at)) {
                    *item = value;
                }
            }
            // Velocity logs that it cannot be set, and goes on.
            _ => {}
        }
        Ok(())
    }

    fn put(&mut self, map: MapId, name: Arc<str>, value: Value) {
        if let Some(members) = self.heap.members_mut(map) {
            members.insert(name, value);
        }
    }

    fn foreach(&mut self, variable: Slot, source: &'t Expr, body: &'t Block) -> Rendering<Flow, H> {
        let source = self.expr(source)?;
        let (items, length) = self.items(&source);
        let slots = &self.template.slots;
        let (state, count) = (
            slots.get("foreach").copied(),
            slots.get("velocityCount").copied(),
        );
        let outer = [Some(variable), state, count].map(|slot| slot.map(|s| (s, self.variable(s))));
        if let Some(slot) = state {
            let state = self.loop_state(slot);
            self.assign(slot, state);
        }
        let mut flow = Flow::On;
        for (index, item) in items.into_iter().enumerate() {
            self.step()?;
            self.assign(variable, item);
            if let Some(slot) = state {
                self.advance(slot, index, length);
            }
            if let Some(slot) = count {
                self.assign(slot, integer(index + 1));
            }
            flow = self.block(body)?;
            if flow != Flow::On {
                break;
            }
        }
        for (slot, value) in outer.into_iter().flatten() {
            self.assign(slot, value);
        }
        Ok(if flow == Flow::Break { Flow::On } else { flow })
    }

    /// What a loop goes through, as far as it may go, and how much there is in all.
    fn items(&mut self, source: &Value) -> (Vec<Value>, usize) {
        let most = self.limits.iterations;
        match source {
            Value::List(list) => {
                let items = self.heap.items(*list);
                (items.iter().take(most).cloned().collect(), items.len())
            }
            Value::Map(map) => match self.heap.members(*map) {
                Some(members) => (
                    members.values().take(most).cloned().collect(),
                    members.len(),
                ),
                None => (Vec::new(), 0),
            },
            _ => (Vec::new(), 0),
        }
    }

    /// A new `$foreach`, inside the loop that `slot` may already tell of.
    fn loop_state(&mut self, slot: Slot) -> Value {
        let parent = (Arc::from("parent"), self.variable(slot));
        self.heap.map([parent])
    }

    fn advance(&mut self, slot: Slot, index: usize, length: usize) {
        let last = index + 1 >= length;
        let Value::Map(state) = self.variable(slot) else {
            return;
        };
        for (name, value) in [
            ("index", integer(index)),
            ("count", integer(index + 1)),
            ("hasNext", Value::Bool(!last)),
            ("first", Value::Bool(index == 0)),
            ("last", Value::Bool(last)),
        ] {
            match self
                .heap
                .members_mut(state)
                .and_then(|members| members.get_mut(name))
            {
                Some(member) => *member = value,
                None => self.put(state, Arc::from(name), value),
            }
        }
    }

    fn call_macro(&mut self, name: &str, args: &'t [Expr], source: &'t str) -> Rendering<Flow, H> {
        let template = self.template;
        let Some(called) = template.macros.get(name) else {
            self.out.push_str(source);
            return Ok(Flow::On);
        };
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            values.push(self.expr(arg)?);
        }
        let mut outer = Vec::with_capacity(called.parameters.len());
        let values = values.into_iter().chain(std::iter::repeat(Value::Null));
        for (slot, value) in called.parameters.iter().zip(values) {
            outer.push((*slot, self.variable(*slot)));
            self.assign(*slot, value);
        }
        let flow = self.block(&called.body)?;
        for (slot, value) in outer {
            self.assign(slot, value);
        }
        Ok(if flow == Flow::Break { Flow::On } else { flow })
    }

    fn reference(&mut self, reference: &'t Reference) -> Rendering<Value, H> {
        let mut value = self.variable(reference.root);
        for access in &reference.path {
            value = self.access(&value, access)?;
        }
        Ok(value)
    }

    /// One step of a reference; what is not there is the empty string.
    fn access(&mut self, value: &Value, access: &'t Access) -> Rendering<Value, H> {
        self.step()?;
        let found = match access {
            Access::Property(name) => self.property(value, name)?,
            Access::Index(index) => {
                let index = self.expr(index)?;
                methods::index(self.heap, value, &index)
            }
            Access::Method(name, args) => {
                let mut values = Vec::with_capacity(args.len());
                for arg in args {
                    values.push(self.expr(arg)?);
                }
                self.method(value, name, &values)?
            }
        };
        Ok(match found {
            None | Some(Value::Null) => Value::text(""),
            Some(value) => value,
        })
    }

    fn property(&mut self, value: &Value, name: &str) -> Rendering<Option<Value>, H> {
        match value {
            Value::Object(object) => self
                .host
                .property(self.heap, object, name)
                .map_err(RenderError::Host),
            value => Ok(methods::property(self.heap, value, name)),
        }
    }

    fn method(&mut self, value: &Value, name: &str, args: &[Value]) -> Rendering<Option<Value>, H> {
        match value {
            Value::Null => Ok(None),
            Value::Object(object) => self
                .host
                .call(self.heap, object, name, args)
                .map_err(RenderError::Host),
            value => match methods::call(self.heap, value, name, args) {
                Outcome::Value(value) => Ok(Some(value)),
                Outcome::Missing => Ok(None),
                Outcome::Regex(error) => Err(RenderError::Regex(error)),
            },
        }
    }

    fn expr(&mut self, expr: &'t Expr) -> Rendering<Value, H> {
        self.step()?;
        self.deeper(|this| this.evaluate(expr))
    }

    fn evaluate(&mut self, expr: &'t Expr) -> Rendering<Value, H> {
        Ok(match expr {
            Expr::Null => Value::Null,
            Expr::Bool(b) => Value::Bool(*b),
            Expr::Int(n) => Value::Int(*n),
            Expr::Double(n) => Value::Double(*n),
            Expr::Text(text) => Value::Text(text.clone()),
            Expr::Interpolated(block) => return self.interpolated(block),
            Expr::Reference(reference) => return self.reference(reference),
            Expr::List(items) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    values.push(self.expr(item)?);
                }
                self.heap.list(values, Style::Java)
            }
            Expr::Map(members) => {
                let mut values = Vec::with_capacity(members.len());
                for (key, value) in members {
                    let key = self.expr(key)?;
                    let key = Arc::from(self.heap.to_text(&key));
                    values.push((key, self.expr(value)?));
                }
                self.heap.map(values)
            }
            Expr::Range(from, to) => {
                let (from, to) = (self.expr(from)?, self.expr(to)?);
                return self.range(&from, &to);
            }
            Expr::Not(operand) => Value::Bool(!self.expr(operand)?.is_true()),
            Expr::Negate(operand) => {
                let operand = self.expr(operand)?;
                operators::apply(self.heap, &Value::Int(0), Operator::Subtract, &operand)
            }
            Expr::Chain(first, links) => return self.chain(first, links),
        })
    }

    fn interpolated(&mut self, block: &'t Block) -> Rendering<Value, H> {
        let outer = std::mem::take(&mut self.out);
        let result = self.block(block);
        let text = std::mem::replace(&mut self.out, outer);
        result?;
        self.heap.charge(text.len() / 16);
        Ok(Value::text(text))
    }

    fn range(&mut self, from: &Value, to: &Value) -> Rendering<Value, H> {
        let (Value::Int(from), Value::Int(to)) = (from, to) else {
            return Ok(Value::Null);
        };
        let length = usize::try_from(from.abs_diff(*to)).unwrap_or(usize::MAX);
        if !self.heap.charge(length) {
            return Err(RenderError::Steps(self.limits.steps));
        }
        let (low, high) = (*from.min(to), *from.max(to));
        let mut items: Vec<Value> = (low..=high).map(Value::Int).collect();
        if from > to {
            items.reverse();
        }
        Ok(self.heap.list(items, Style::Java))
    }

    fn chain(&mut self, first: &'t Expr, links: &'t [(Operator, Expr)]) -> Rendering<Value, H> {
        let mut left = self.expr(first)?;
        for (operator, right) in links {
            left = match (operator, left.is_true()) {
                (Operator::Or, true) => Value::Bool(true),
                (Operator::And, false) => Value::Bool(false),
                (Operator::Or | Operator::And, _) => Value::Bool(self.expr(right)?.is_true()),
                _ => {
                    let right = self.expr(right)?;
                    operators::apply(self.heap, &left, *operator, &right)
                }
            };
        }
        Ok(left)
    }
}

fn integer(n: usize) -> Value {
    Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
}
