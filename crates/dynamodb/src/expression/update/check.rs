//! From the syntax of an update to the typed actions.
//!
//! AWS reports what is wrong in stages, each for the whole expression: reserved words, functions
//! that do not exist or stand in the wrong place, repeated sections, undefined names, undefined values, overlapping and then
//! conflicting paths, and last the types of operands.

use super::super::condition::{FUNCTIONS as CONDITION_FUNCTIONS, check_reserved, resolve};
use super::super::projection::check_apart;
use super::super::syntax::{
    ActionSyntax, ArgumentSyntax, Call, Operand as OperandSyntax, PathSyntax, Section,
    SectionKeyword, ValueSyntax,
};
use super::super::{ExpressionError, Given, Placeholders};
use super::{Action, Expression, Operand};
use crate::item::{Path, Type};

type Checked<T> = Result<T, ExpressionError>;

const IF_NOT_EXISTS: &str = "if_not_exists";
const LIST_APPEND: &str = "list_append";

/// # Errors
/// The [`ExpressionError`] that AWS reports first.
pub fn typed(
    sections: Vec<Section<'_>>,
    placeholders: &mut Placeholders,
) -> Checked<Vec<(Path, Action)>> {
    let actions = || sections.iter().flat_map(|section| &section.actions);
    actions().try_for_each(|action| each_path(action, &mut check_reserved))?;
    actions().try_for_each(|action| each_call(action, &mut check_function))?;
    actions().try_for_each(|action| each_call(action, &mut check_use))?;
    check_sections(&sections)?;
    actions().try_for_each(|action| {
        each_path(action, &mut |path| resolve(path, placeholders).map(|_| ()))
    })?;
    actions().try_for_each(|action| {
        each_value(action, &mut |key| placeholders.value(key).map(|_| ()))
    })?;
    let paths = actions().map(|action| resolve(&action.path, placeholders));
    let paths = paths.collect::<Checked<Vec<Path>>>()?;
    check_apart(paths.iter())?;
    for section in &sections {
        section
            .actions
            .iter()
            .try_for_each(|a| check_section_operand(section, a, placeholders))?;
    }
    let mut typing = Typing { placeholders };
    let arguments = sections.into_iter().flat_map(|section| {
        section
            .actions
            .into_iter()
            .map(move |action| (section.keyword, action.argument))
    });
    let actions = arguments.map(|(keyword, argument)| typing.action(keyword, argument));
    let actions = actions.collect::<Checked<Vec<Action>>>()?;
    Ok(paths.into_iter().zip(actions).collect())
}

fn operands<'a>(action: &'a ActionSyntax<'a>) -> Vec<&'a OperandSyntax<'a>> {
    match &action.argument {
        ArgumentSyntax::Assign(ValueSyntax::Operand(operand)) => vec![operand],
        ArgumentSyntax::Assign(ValueSyntax::Sum(l, r) | ValueSyntax::Difference(l, r)) => {
            vec![l, r]
        }
        ArgumentSyntax::None | ArgumentSyntax::Value(_) => Vec::new(),
    }
}

fn each_path<'a>(
    action: &'a ActionSyntax<'a>,
    visit: &mut dyn FnMut(&'a PathSyntax<'a>) -> Checked<()>,
) -> Checked<()> {
    visit(&action.path)?;
    operands(action).into_iter().try_for_each(|operand| {
        each_leaf(operand, &mut |leaf| {
            if let OperandSyntax::Path(path) = leaf {
                visit(path)
            } else {
                Ok(())
            }
        })
    })
}

fn each_value<'a>(
    action: &'a ActionSyntax<'a>,
    visit: &mut dyn FnMut(&'a str) -> Checked<()>,
) -> Checked<()> {
    if let ArgumentSyntax::Value(key) = action.argument {
        visit(key)?;
    }
    operands(action).into_iter().try_for_each(|operand| {
        each_leaf(operand, &mut |leaf| {
            if let OperandSyntax::Value(key) = leaf {
                visit(key)
            } else {
                Ok(())
            }
        })
    })
}

/// Calls `visit` with every path and value in an operand.
fn each_leaf<'a>(
    operand: &'a OperandSyntax<'a>,
    visit: &mut dyn FnMut(&'a OperandSyntax<'a>) -> Checked<()>,
) -> Checked<()> {
    match operand {
        OperandSyntax::Call(call) => call
            .arguments
            .iter()
            .try_for_each(|argument| each_leaf(argument, visit)),
        leaf => visit(leaf),
    }
}

fn each_call<'a>(
    action: &'a ActionSyntax<'a>,
    visit: &mut dyn FnMut(&'a Call<'a>) -> Checked<()>,
) -> Checked<()> {
    operands(action)
        .into_iter()
        .try_for_each(|operand| calls_in(operand, visit))
}

fn calls_in<'a>(
    operand: &'a OperandSyntax<'a>,
    visit: &mut dyn FnMut(&'a Call<'a>) -> Checked<()>,
) -> Checked<()> {
    let OperandSyntax::Call(call) = operand else {
        return Ok(());
    };
    call.arguments
        .iter()
        .try_for_each(|argument| calls_in(argument, visit))?;
    visit(call)
}

fn check_function(call: &Call<'_>) -> Checked<()> {
    if [IF_NOT_EXISTS, LIST_APPEND].contains(&call.function) {
        return Ok(());
    }
    let name = call.function.to_owned();
    if CONDITION_FUNCTIONS
        .iter()
        .any(|(function, _)| *function == call.function)
    {
        return Err(ExpressionError::ForbiddenFunction {
            context: "an update",
            name,
        });
    }
    Err(ExpressionError::UnknownFunction(name))
}

/// A list that is appended to comes from the item, a value or `if_not_exists`.
fn check_use(call: &Call<'_>) -> Checked<()> {
    let is_append = |call: &Call<'_>| call.function == LIST_APPEND;
    let nested = call
        .arguments
        .iter()
        .any(|argument| matches!(argument, OperandSyntax::Call(inner) if is_append(inner)));
    if is_append(call) && nested {
        return Err(ExpressionError::MisusedFunction(LIST_APPEND.to_owned()));
    }
    Ok(())
}

fn check_sections(sections: &[Section<'_>]) -> Checked<()> {
    let mut seen: Vec<SectionKeyword> = Vec::new();
    for section in sections {
        if seen.contains(&section.keyword) {
            return Err(ExpressionError::RepeatedSection(section.keyword.text()));
        }
        seen.push(section.keyword);
    }
    Ok(())
}

/// ADD takes numbers and sets, DELETE sets only.
fn check_section_operand(
    section: &Section<'_>,
    action: &ActionSyntax<'_>,
    placeholders: &mut Placeholders,
) -> Checked<()> {
    let ArgumentSyntax::Value(key) = action.argument else {
        return Ok(());
    };
    let given = placeholders.value(key)?.type_of();
    let fits = match given {
        Type::Ss | Type::Ns | Type::Bs => true,
        Type::N => section.keyword == SectionKeyword::Add,
        _ => false,
    };
    if fits {
        return Ok(());
    }
    Err(ExpressionError::SectionOperandType {
        section: section.keyword.text(),
        given,
    })
}

struct Typing<'a> {
    placeholders: &'a mut Placeholders,
}

impl Typing<'_> {
    fn action(&mut self, keyword: SectionKeyword, argument: ArgumentSyntax<'_>) -> Checked<Action> {
        match (argument, keyword) {
            (ArgumentSyntax::None, _) => Ok(Action::Remove),
            (ArgumentSyntax::Assign(value), _) => self.expression(value).map(Action::Set),
            (ArgumentSyntax::Value(key), SectionKeyword::Delete) => {
                self.placeholders.value(key).map(Action::Delete)
            }
            (ArgumentSyntax::Value(key), _) => self.placeholders.value(key).map(Action::Add),
        }
    }

    fn expression(&mut self, value: ValueSyntax<'_>) -> Checked<Expression> {
        match value {
            ValueSyntax::Operand(operand) => self.operand(operand).map(Expression::Operand),
            ValueSyntax::Sum(left, right) => {
                let (left, right) = self.numbers("+", left, right)?;
                Ok(Expression::Sum(left, right))
            }
            ValueSyntax::Difference(left, right) => {
                let (left, right) = self.numbers("-", left, right)?;
                Ok(Expression::Difference(left, right))
            }
        }
    }

    fn numbers(
        &mut self,
        operator: &str,
        left: OperandSyntax<'_>,
        right: OperandSyntax<'_>,
    ) -> Checked<(Operand, Operand)> {
        let operands = (self.operand(left)?, self.operand(right)?);
        check_operand(operator, &operands.0, Type::N)?;
        check_operand(operator, &operands.1, Type::N)?;
        Ok(operands)
    }

    fn operand(&mut self, operand: OperandSyntax<'_>) -> Checked<Operand> {
        match operand {
            OperandSyntax::Path(path) => resolve(&path, self.placeholders).map(Operand::Path),
            OperandSyntax::Value(key) => self.placeholders.value(key).map(Operand::Value),
            OperandSyntax::Call(call) => self.call(call),
        }
    }

    fn call(&mut self, call: Call<'_>) -> Checked<Operand> {
        let Call {
            function,
            arguments,
        } = call;
        let count = arguments.len();
        let arguments = arguments.into_iter().map(|argument| self.operand(argument));
        let arguments = arguments.collect::<Checked<Vec<_>>>()?;
        let Ok([first, second]) = <[Operand; 2]>::try_from(arguments) else {
            return Err(ExpressionError::OperandCount {
                function: function.to_owned(),
                count,
            });
        };
        if function == LIST_APPEND {
            check_operand(LIST_APPEND, &first, Type::L)?;
            check_operand(LIST_APPEND, &second, Type::L)?;
            return Ok(Operand::ListAppend(Box::new(first), Box::new(second)));
        }
        match first {
            Operand::Path(path) => Ok(Operand::IfNotExists(path, Box::new(second))),
            _ => Err(ExpressionError::PathRequired(function.to_owned())),
        }
    }
}

/// # Errors
/// [`ExpressionError::OperandType`] for a value of another type; paths are judged on the item.
pub fn check_operand(function: &str, operand: &Operand, wanted: Type) -> Checked<()> {
    match operand {
        Operand::Value(value) if value.type_of() != wanted => {
            let given = Given::Type(value.type_of());
            Err(ExpressionError::OperandType {
                function: function.to_owned(),
                given,
            })
        }
        _ => Ok(()),
    }
}
