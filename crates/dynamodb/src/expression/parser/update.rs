//! The grammar of updates.
//!
//! ```text
//! update  = section {section}
//! section = SET path = value {, path = value}    | REMOVE path {, path}
//!         | ADD path :value {, path :value}      | DELETE path :value {, path :value}
//! value   = ( value ) | operand | operand + operand | operand - operand
//! ```

use super::super::ExpressionError;
use super::super::lexer::Kind as Lexeme;
use super::super::syntax::{
    ActionSyntax, ArgumentSyntax, Operand, Section, SectionKeyword, ValueSyntax,
};
use super::Parser;

impl<'a> Parser<'a> {
    pub(super) fn sections(&mut self) -> Result<Vec<Section<'a>>, ExpressionError> {
        let mut sections = vec![self.section()?];
        while self.tokens.peek().kind != Lexeme::End {
            sections.push(self.section()?);
        }
        Ok(sections)
    }

    fn section(&mut self) -> Result<Section<'a>, ExpressionError> {
        let mut all = SectionKeyword::ALL.into_iter();
        let keyword = all.find(|keyword| self.tokens.take_keyword(keyword.text()));
        let keyword = keyword.ok_or_else(|| self.tokens.unexpected())?;
        let actions = self.list(|parser| parser.action(keyword))?;
        Ok(Section { keyword, actions })
    }

    fn action(&mut self, keyword: SectionKeyword) -> Result<ActionSyntax<'a>, ExpressionError> {
        let path = self.path()?;
        let argument = match keyword {
            SectionKeyword::Remove => ArgumentSyntax::None,
            SectionKeyword::Set => {
                match self.tokens.peek() {
                    equals if equals.text == "=" => self.tokens.take(),
                    _ => return Err(self.tokens.unexpected()),
                };
                ArgumentSyntax::Assign(self.assigned()?)
            }
            SectionKeyword::Add | SectionKeyword::Delete => {
                let value = self.tokens.take_if(Lexeme::Value);
                ArgumentSyntax::Value(value.ok_or_else(|| self.tokens.unexpected())?.text)
            }
        };
        Ok(ActionSyntax { path, argument })
    }

    fn assigned(&mut self) -> Result<ValueSyntax<'a>, ExpressionError> {
        if !self.tokens.take_symbol('(') {
            return self.arithmetic();
        }
        // Either the whole value stands in parentheses or its first operand does.
        self.enter()?;
        let inner = self.arithmetic()?;
        self.leave()?;
        match inner {
            ValueSyntax::Operand(operand) => self.sum(operand),
            whole => Ok(whole),
        }
    }

    fn arithmetic(&mut self) -> Result<ValueSyntax<'a>, ExpressionError> {
        let left = self.update_operand()?;
        self.sum(left)
    }

    fn sum(&mut self, left: Operand<'a>) -> Result<ValueSyntax<'a>, ExpressionError> {
        if self.tokens.take_symbol('+') {
            self.count_operator()?;
            return Ok(ValueSyntax::Sum(left, self.update_operand()?));
        }
        if self.tokens.take_symbol('-') {
            self.count_operator()?;
            return Ok(ValueSyntax::Difference(left, self.update_operand()?));
        }
        Ok(ValueSyntax::Operand(left))
    }

    /// An operand, possibly in one pair of parentheses; a path does not go on behind it.
    fn update_operand(&mut self) -> Result<Operand<'a>, ExpressionError> {
        if !self.tokens.take_symbol('(') {
            return self.atom();
        }
        self.enter()?;
        let operand = self.atom()?;
        self.leave()?;
        Ok(operand)
    }
}
