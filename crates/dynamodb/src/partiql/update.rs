//! Updates from SET and REMOVE clauses.

use super::ast::{Assignment, BinaryOperator, Call, Expr, Modification, Sign};
use super::error::StatementError;
use super::operand::{Parameters, is_value, path, value};
use crate::error::Error;
use crate::expression::ExpressionError;
use crate::expression::projection::check_apart;
use crate::expression::update::{Action, Expression, Operand, Update, check_operand};
use crate::item::{Path, Type};

/// The functions that change a set in place, and their names in messages.
const SET_ADD: (&str, &str) = ("set_add", "SET_ADD");
const SET_DELETE: (&str, &str) = ("set_delete", "SET_DELETE");

/// The update that the clauses make together.
///
/// # Errors
/// [`StatementError`] for what cannot be assigned so.
pub fn update(modifications: &[Modification], parameters: &Parameters) -> Result<Update, Error> {
    let lowering = Lowering { parameters };
    let mut actions = Vec::new();
    for modification in modifications {
        match modification {
            Modification::Set(assignments) => {
                for assignment in assignments {
                    actions.push(lowering.assignment(assignment)?);
                }
            }
            Modification::Remove(target) => actions.push((path(target)?, Action::Remove)),
        }
    }
    built(check_apart(actions.iter().map(|(path, _)| path)))?;
    Ok(Update::of(actions))
}

struct Lowering<'a> {
    parameters: &'a Parameters,
}

impl Lowering<'_> {
    fn assignment(&self, assignment: &Assignment) -> Result<(Path, Action), Error> {
        let target = path(&assignment.target)?;
        let action = match &assignment.value {
            Expr::Call(call) if call.function == SET_ADD.0 => {
                Action::Add(self.set_operand(call, SET_ADD.1, &target)?)
            }
            Expr::Call(call) if call.function == SET_DELETE.0 => {
                Action::Delete(self.set_operand(call, SET_DELETE.1, &target)?)
            }
            expr => Action::Set(self.expression(expr)?),
        };
        Ok((target, action))
    }

    /// What is to be added to the target, or taken out of it.
    fn set_operand(
        &self,
        call: &Call,
        function: &'static str,
        target: &Path,
    ) -> Result<std::sync::Arc<crate::item::Value>, Error> {
        let at = call.span;
        let [of, set] = call.arguments.as_slice() else {
            return Err(StatementError::SetArguments { function, at }.into());
        };
        let is_path = matches!(of, Expr::Variable(_) | Expr::Path(..));
        if !is_path || path(of)? != *target {
            return Err(StatementError::SetTarget { function, at }.into());
        }
        let at = of.span();
        let no_set = || StatementError::SetOperand { function, at };
        if !is_value(set) {
            return Err(no_set().into());
        }
        let value = value(set, self.parameters)?;
        match value.type_of() {
            Type::Ss | Type::Ns | Type::Bs => Ok(value),
            _ => Err(no_set().into()),
        }
    }

    fn expression(&self, expr: &Expr) -> Result<Expression, Error> {
        let Expr::Binary {
            operator: operator @ (BinaryOperator::Add | BinaryOperator::Subtract),
            left,
            right,
        } = expr
        else {
            return Ok(Expression::Operand(self.operand(expr)?));
        };
        let (left, right) = (self.operand(left)?, self.operand(right)?);
        built(check_operand(operator.text(), &left, Type::N))?;
        built(check_operand(operator.text(), &right, Type::N))?;
        Ok(match operator {
            BinaryOperator::Add => Expression::Sum(left, right),
            _ => Expression::Difference(left, right),
        })
    }

    fn operand(&self, expr: &Expr) -> Result<Operand, Error> {
        let operator = match expr {
            expr if is_value(expr) => return Ok(Operand::Value(value(expr, self.parameters)?)),
            Expr::Variable(_) | Expr::Path(..) => return Ok(Operand::Path(path(expr)?)),
            Expr::Call(call) => return self.call(call),
            Expr::Is { .. } => return Err(StatementError::IsInUpdate.into()),
            Expr::Sign(Sign::Plus, _) => "+",
            Expr::Sign(Sign::Minus, _) => "-",
            other => other.kind(),
        };
        Err(StatementError::UpdateOperator(operator).into())
    }

    fn call(&self, call: &Call) -> Result<Operand, Error> {
        const LIST_APPEND: &str = "list_append";
        if call.function != LIST_APPEND {
            let (name, at) = (call.function.clone(), call.span);
            return Err(StatementError::Function { name, at }.into());
        }
        let arguments = call.arguments.iter().map(|argument| self.operand(argument));
        let arguments = arguments.collect::<Result<Vec<_>, _>>()?;
        let count = arguments.len();
        let Ok([first, second]) = <[Operand; 2]>::try_from(arguments) else {
            let function = LIST_APPEND.to_owned();
            return built(Err(ExpressionError::OperandCount { function, count }));
        };
        built(check_operand(LIST_APPEND, &first, Type::L))?;
        built(check_operand(LIST_APPEND, &second, Type::L))?;
        Ok(Operand::ListAppend(Box::new(first), Box::new(second)))
    }
}

fn built<T>(result: Result<T, ExpressionError>) -> Result<T, Error> {
    result.map_err(|error| StatementError::from(error).into())
}
