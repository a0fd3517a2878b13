//! What AWS charges an UpdateItem for its expression where it holds the request to the item size
//! limit: nothing of the stored item, every target and operand of the text. The costs were
//! measured on the service by others, by bisecting the limit.
//!
//! ```text
//! update                 3 + every action
//! SET target = value     19 + target + value      ADD target :v      19 + target + :v
//! REMOVE target          1 + target               DELETE target :v   1 + target
//! target                 its first element, 4 + element for each other
//! path read              1, 14 + element for each element
//! a + b                  34 + a + b               a - b              37 + a + b
//! if_not_exists(p, v)    39 + p + v               list_append(a, b)  37 + a + b
//! :v                     the value's size
//! element                the bytes of the name, or the digits of the index
//! ```

use super::{Action, Expression, Operand};
use crate::item::{Path, Step};

pub fn of(actions: &[(Path, Action)]) -> usize {
    3 + actions
        .iter()
        .map(|(path, action)| target(path) + of_action(action))
        .sum::<usize>()
}

fn of_action(action: &Action) -> usize {
    match action {
        Action::Set(expression) => 19 + of_expression(expression),
        Action::Add(value) => 19 + value.size_bytes(),
        Action::Remove | Action::Delete(_) => 1,
    }
}

fn of_expression(expression: &Expression) -> usize {
    match expression {
        Expression::Operand(operand) => of_operand(operand),
        Expression::Sum(left, right) => 34 + of_operand(left) + of_operand(right),
        Expression::Difference(left, right) => 37 + of_operand(left) + of_operand(right),
    }
}

fn of_operand(operand: &Operand) -> usize {
    match operand {
        Operand::Path(path) => path_read(path),
        Operand::Value(value) => value.size_bytes(),
        Operand::IfNotExists(path, otherwise) => 39 + path_read(path) + of_operand(otherwise),
        Operand::ListAppend(left, right) => 37 + of_operand(left) + of_operand(right),
    }
}

fn target(path: &Path) -> usize {
    path.root.len()
        + path
            .steps
            .iter()
            .map(|step| 4 + element(step))
            .sum::<usize>()
}

fn path_read(path: &Path) -> usize {
    1 + 14
        + path.root.len()
        + path
            .steps
            .iter()
            .map(|step| 14 + element(step))
            .sum::<usize>()
}

fn element(step: &Step) -> usize {
    match step {
        Step::Key(name) => name.len(),
        Step::Index(index) => index.checked_ilog10().map_or(1, |log| log as usize + 1),
    }
}
