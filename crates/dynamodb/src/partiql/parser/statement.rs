//! Statements and their clauses.

use super::{Parsed, Parser};
use crate::partiql::ast::{
    Assignment, Column, Delete, Direction, Expr, Insert, Inserted, Mapping, Modification, Name,
    Ordering, PathStep, Projection, Returned, Select, Source, Statement, Update, UpdateForm,
};
use crate::partiql::error::SyntaxError;
use crate::partiql::lexer::{Lexeme, Symbol};

impl Parser {
    pub(super) fn statement(&mut self) -> Parsed<Statement> {
        if self.take_keyword("select") {
            return self.select().map(Statement::Select);
        }
        if self.take_keywords("insert", "into") {
            return self.insert().map(Statement::Insert);
        }
        if self.take_keyword("update") {
            return self.update().map(Statement::Update);
        }
        if self.take_keyword("delete") {
            return self.delete().map(Statement::Delete);
        }
        if self.take_keyword("from") {
            return self.update_from().map(Statement::Update);
        }
        Err(SyntaxError::UnexpectedKeyword)
    }

    fn select(&mut self) -> Parsed<Select> {
        let is_distinct = self.take_keyword("distinct");
        if !is_distinct {
            self.take_keyword("all");
        }
        let projection = match self.take_keyword("value") {
            true => Projection::Value(self.expression()?),
            false => self.projection()?,
        };
        if !self.take_keyword("from") {
            return Err(SyntaxError::NoFromAfterSelect);
        }
        let sources = self.sources()?;
        let condition = self.clause("where")?;
        let mut group_by = Vec::new();
        if self.take_keyword("group") {
            self.take_keyword("partial");
            self.expect_by()?;
            group_by = self.list(Parser::expression)?;
        }
        let having = self.clause("having")?;
        let mut order_by = Vec::new();
        if self.take_keyword("order") {
            self.expect_by()?;
            order_by = self.list(Parser::ordering)?;
        }
        Ok(Select {
            is_distinct,
            projection,
            sources,
            condition,
            group_by,
            having,
            order_by,
            limit: self.clause("limit")?,
        })
    }

    /// An optional clause of one expression.
    fn clause(&mut self, keyword: &str) -> Parsed<Option<Expr>> {
        match self.take_keyword(keyword) {
            true => self.expression().map(Some),
            false => Ok(None),
        }
    }

    fn expect_by(&mut self) -> Parsed<()> {
        match self.take_keyword("by") {
            true => Ok(()),
            false => Err(SyntaxError::Expected("BY")),
        }
    }

    fn projection(&mut self) -> Parsed<Projection> {
        // Nothing for a star.
        let columns = self.list(|parser| match parser.take_symbol(Symbol::Star) {
            true => Ok(None),
            false => parser.column().map(Some),
        })?;
        let count = columns.len();
        let columns: Vec<Column> = columns.into_iter().flatten().collect();
        match (count - columns.len(), columns.is_empty()) {
            (0, _) => Ok(Projection::Columns(columns)),
            (1, true) => Ok(Projection::Star),
            _ => Err(SyntaxError::StarIsNotAlone),
        }
    }

    fn column(&mut self) -> Parsed<Column> {
        let what = self.expression()?;
        if let Expr::Path(_, steps) = &what {
            let (last, leading) = steps
                .split_last()
                .map_or((None, &[][..]), |(l, s)| (Some(l), s));
            let is_misplaced = leading.contains(&PathStep::Unpivot)
                || steps.contains(&PathStep::Wildcard)
                || (last == Some(&PathStep::Unpivot)
                    && steps.iter().any(|step| matches!(step, PathStep::Index(_))));
            if is_misplaced {
                return Err(SyntaxError::MisplacedStar);
            }
        }
        let alias = self.alias()?;
        Ok(Column { what, alias })
    }

    /// `[AS] name [AT name] [BY name]`, of which the first is kept.
    fn alias(&mut self) -> Parsed<Option<Name>> {
        let mut alias = match self.take_keyword("as") {
            true => Some(self.take_name().ok_or(SyntaxError::NoAlias("AS"))?),
            false => self.take_name(),
        };
        for (keyword, name) in [("at", "AT"), ("by", "BY")] {
            if self.take_keyword(keyword) {
                let other = self.take_name().ok_or(SyntaxError::NoAlias(name))?;
                alias.get_or_insert(other);
            }
        }
        Ok(alias)
    }

    /// One source or several that are joined.
    fn sources(&mut self) -> Parsed<Vec<Source>> {
        let mut sources = vec![self.source()?];
        loop {
            if self.take_symbol(Symbol::Comma) {
                sources.push(self.source()?);
            } else if self.take_join() {
                sources.push(self.source()?);
                if self.take_keyword("on") {
                    self.expression()?;
                }
            } else {
                return Ok(sources);
            }
        }
    }

    fn take_join(&mut self) -> bool {
        let is_part = |word: &str| {
            matches!(
                word,
                "inner" | "left" | "right" | "full" | "outer" | "cross"
            )
        };
        let mut parts = 0;
        while matches!(self.ahead(parts), Lexeme::Keyword(word) if is_part(word)) {
            parts += 1;
        }
        let is_join = self.is_keyword_ahead(parts, "join");
        if is_join {
            self.at += parts + 1;
        }
        is_join
    }

    fn source(&mut self) -> Parsed<Source> {
        let what = self.expression()?;
        let alias = self.alias()?;
        Ok(Source { what, alias })
    }

    fn ordering(&mut self) -> Parsed<Ordering> {
        let by = self.expression()?;
        let direction = if self.take_keyword("asc") {
            Some(Direction::Ascending)
        } else {
            self.take_keyword("desc").then_some(Direction::Descending)
        };
        Ok(Ordering { by, direction })
    }

    fn insert(&mut self) -> Parsed<Insert> {
        let into = self.simple_path()?;
        if !self.take_keyword("value") {
            let what = Inserted::Items(self.expression()?);
            let returning = Vec::new();
            return Ok(Insert {
                into,
                what,
                returning,
            });
        }
        let item = self.expression()?;
        let position = self.clause("at")?;
        Ok(Insert {
            into,
            what: Inserted::Item { item, position },
            returning: self.returning()?,
        })
    }

    fn update(&mut self) -> Parsed<Update> {
        let table = self.table()?;
        let modifications = self.modifications()?;
        let condition = self.clause("where")?;
        Ok(Update {
            form: UpdateForm::Update,
            table,
            modifications,
            condition,
            returning: self.returning()?,
        })
    }

    /// `FROM table [WHERE condition]` before the modifications.
    fn update_from(&mut self) -> Parsed<Update> {
        let table = self.source()?;
        let condition = self.clause("where")?;
        let modifications = self.modifications()?;
        let returning = self.returning()?;
        Ok(Update {
            form: UpdateForm::From,
            table,
            modifications,
            condition,
            returning,
        })
    }

    fn delete(&mut self) -> Parsed<Delete> {
        if !self.take_keyword("from") {
            return Err(SyntaxError::NoFromAfterDelete);
        }
        let table = self.table()?;
        let condition = self.clause("where")?;
        Ok(Delete {
            table,
            condition,
            returning: self.returning()?,
        })
    }

    /// The table that is written to.
    fn table(&mut self) -> Parsed<Source> {
        let what = self.simple_path()?;
        let alias = self.alias()?;
        Ok(Source { what, alias })
    }

    fn modifications(&mut self) -> Parsed<Vec<Modification>> {
        let mut modifications = Vec::new();
        loop {
            if self.take_keyword("set") {
                modifications.push(Modification::Set(self.list(Parser::assignment)?));
            } else if self.take_keyword("remove") {
                modifications.push(Modification::Remove(self.simple_path()?));
            } else if modifications.is_empty() {
                return Err(SyntaxError::NoManipulation);
            } else {
                return Ok(modifications);
            }
        }
    }

    fn assignment(&mut self) -> Parsed<Assignment> {
        let target = self.simple_path()?;
        if !self.take_symbol(Symbol::Equal) {
            return Err(SyntaxError::NoAssignment);
        }
        let value = self.expression()?;
        Ok(Assignment { target, value })
    }

    fn returning(&mut self) -> Parsed<Vec<Returned>> {
        match self.take_keyword("returning") {
            true => self.list(Parser::returned),
            false => Ok(Vec::new()),
        }
    }

    fn returned(&mut self) -> Parsed<Returned> {
        let mappings = [
            ("all", "old", Mapping::AllOld),
            ("all", "new", Mapping::AllNew),
            ("modified", "old", Mapping::ModifiedOld),
            ("modified", "new", Mapping::ModifiedNew),
        ];
        let mut mappings = mappings.into_iter();
        let found = mappings.find(|(first, second, _)| self.take_keywords(first, second));
        let (_, _, mapping) = found.ok_or(SyntaxError::ReturningElement)?;
        let column = match self.take_symbol(Symbol::Star) {
            true => None,
            false => match self.expression()? {
                column @ (Expr::Variable(_) | Expr::Path(..) | Expr::Literal(..)) => Some(column),
                _ => return Err(SyntaxError::ReturningColumn),
            },
        };
        Ok(Returned { mapping, column })
    }
}
