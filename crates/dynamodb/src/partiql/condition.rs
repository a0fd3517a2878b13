//! Conditions from expressions.

use super::ast::{BinaryOperator, Call, DataType, Expr, Literal};
use super::error::StatementError;
use super::operand::{Parameters, is_value, path, value};
use crate::error::Error;
use crate::expression::condition::build::{self, FUNCTIONS};
use crate::expression::{Condition, ExpressionError, MAX_IN_OPERANDS, Operand};
use crate::item::Type;

/// The condition that a WHERE clause sets.
///
/// # Errors
/// [`StatementError`] for an expression that is no condition, or is refused like any other.
pub fn condition(expr: &Expr, parameters: &Parameters) -> Result<Condition, Error> {
    Lowering { parameters }.condition(expr, StatementError::NoCondition)
}

struct Lowering<'a> {
    parameters: &'a Parameters,
}

impl Lowering<'_> {
    /// A condition; `otherwise` is the refusal of an expression that is none.
    fn condition(&self, expr: &Expr, otherwise: StatementError) -> Result<Condition, Error> {
        match expr {
            Expr::And(terms) => self.terms(terms).map(Condition::And),
            Expr::Or(terms) => self.terms(terms).map(Condition::Or),
            Expr::Not(inner) => {
                let inner = self.condition(inner, StatementError::Negated)?;
                Ok(Condition::Not(Box::new(inner)))
            }
            Expr::Binary {
                operator,
                left,
                right,
            } => {
                let BinaryOperator::Compare(comparator) = operator else {
                    return Err(StatementError::ConditionOperator(operator.text()).into());
                };
                let (left, right) = (self.operand(left)?, self.operand(right)?);
                built(build::comparison(*comparator, left, right))
            }
            Expr::Between { operand, low, high } => {
                let (operand, low) = (self.operand(operand)?, self.operand(low)?);
                built(build::between(operand, low, self.operand(high)?))
            }
            Expr::In { operand, list } => self.is_in(operand, list),
            Expr::Is { operand, data_type } => self.is_of(operand, *data_type),
            Expr::Call(call) if call.function != "size" => self.call(call),
            _ => Err(otherwise.into()),
        }
    }

    fn terms(&self, terms: &[Expr]) -> Result<Vec<Condition>, Error> {
        let terms = terms
            .iter()
            .map(|term| self.condition(term, StatementError::Term));
        terms.collect()
    }

    fn operand(&self, expr: &Expr) -> Result<Operand, Error> {
        match expr {
            expr if is_value(expr) => Ok(Operand::Value(value(expr, self.parameters)?)),
            Expr::Variable(_) | Expr::Path(..) => Ok(Operand::Path(path(expr)?)),
            Expr::Call(call) if call.function == "size" => {
                built(build::check_count("size", call.arguments.len()))?;
                built(build::size(self.operands(&call.arguments)?))
            }
            Expr::Sign(sign, _) => Err(StatementError::ConditionOperator(sign.text()).into()),
            condition => {
                let condition = self.condition(condition, StatementError::NoCondition)?;
                Ok(Operand::Condition(Box::new(condition)))
            }
        }
    }

    fn operands(&self, exprs: &[Expr]) -> Result<Vec<Operand>, Error> {
        exprs.iter().map(|expr| self.operand(expr)).collect()
    }

    fn is_in(&self, operand: &Expr, list: &Expr) -> Result<Condition, Error> {
        let elements = match list {
            Expr::List(elements, _) if !elements.is_empty() => elements,
            _ => return Err(StatementError::InList.into()),
        };
        if elements.len() > MAX_IN_OPERANDS {
            let error = ExpressionError::TooManyOperands(elements.len());
            return Err(StatementError::from(error).into());
        }
        let operand = self.operand(operand)?;
        built(build::is_in(operand, self.operands(elements)?))
    }

    fn is_of(&self, operand: &Expr, data_type: DataType) -> Result<Condition, Error> {
        let is_term = matches!(
            operand,
            Expr::Variable(_) | Expr::Path(..) | Expr::Literal(..) | Expr::Parameter(..)
        );
        if !is_term {
            return Err(StatementError::IsOperand.into());
        }
        let kind = match data_type {
            DataType::Missing => return is_missing(operand),
            DataType::Null => Type::Null,
            DataType::Boolean => Type::Bool,
            DataType::Blob => Type::B,
            DataType::String => Type::S,
            DataType::Numeric => Type::N,
            DataType::Struct | DataType::Tuple => Type::M,
            DataType::List => Type::L,
            other => return Err(StatementError::IsType(other.text()).into()),
        };
        let operand = self.operand(operand)?;
        Ok(Condition::IsOfType { operand, kind })
    }

    fn call(&self, call: &Call) -> Result<Condition, Error> {
        let Call {
            function,
            arguments,
            span,
        } = call;
        if !FUNCTIONS.iter().any(|(name, _)| name == function) {
            let (name, at) = (function.clone(), *span);
            return Err(StatementError::Function { name, at }.into());
        }
        built(build::check_count(function, arguments.len()))?;
        built(build::call(function, self.operands(arguments)?))
    }
}

/// Whether there is nothing at a path; of a literal, which is always there, whether it says so.
fn is_missing(operand: &Expr) -> Result<Condition, Error> {
    match operand {
        Expr::Literal(Literal::Missing, _) => Ok(Condition::And(Vec::new())),
        Expr::Literal(..) | Expr::Parameter(..) => Ok(Condition::Or(Vec::new())),
        operand => Ok(Condition::NotExists(path(operand)?)),
    }
}

fn built<T>(result: Result<T, ExpressionError>) -> Result<T, Error> {
    result.map_err(|error| StatementError::from(error).into())
}
