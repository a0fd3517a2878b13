//! Text to blocks: directives, comments, escapes, and the notations of references.

use super::ast::{Access, Block, Macro, Node, Reference, Slot};
use super::cursor::{Cursor, Fault};
use super::lexer::{self, Token};
use super::{MAX_NESTING, MAX_TEXT, Problem, SyntaxError, Template};
use std::collections::HashMap;
use std::sync::Arc;

pub(super) fn parse(text: &str) -> Result<Template, SyntaxError> {
    parse_all(text).map_err(|fault| fault.placed_in(text))
}

fn parse_all(text: &str) -> Result<Template, Fault> {
    let mut cursor = Cursor::new(text);
    if text.len() > MAX_TEXT {
        return Err(cursor.error(Problem::TooLong));
    }
    let mut parser = Parser::default();
    let (body, end) = parser.block(&mut cursor)?;
    if let Some(stray) = end.keyword() {
        return Err(cursor.error(Problem::Stray(stray)));
    }
    let Parser {
        defines,
        macros,
        slots,
        ..
    } = parser;
    Ok(Template {
        body,
        defines,
        macros,
        slots,
    })
}

/// What a block ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Text,
    ElseIf,
    Else,
    End,
}

impl Ending {
    fn keyword(self) -> Option<&'static str> {
        match self {
            Ending::Text => None,
            Ending::ElseIf => Some("elseif"),
            Ending::Else => Some("else"),
            Ending::End => Some("end"),
        }
    }
}

/// What one step through the text met.
enum Met {
    Node(Node),
    Nothing,
    Ending(Ending),
}

#[derive(Default)]
pub(super) struct Parser {
    defines: Vec<Block>,
    macros: HashMap<Arc<str>, Macro>,
    slots: HashMap<Arc<str>, Slot>,
    depth: usize,
}

impl Parser {
    pub(super) fn slot(&mut self, name: &str) -> Slot {
        if let Some(slot) = self.slots.get(name) {
            return *slot;
        }
        let slot = Slot(self.slots.len());
        self.slots.insert(Arc::from(name), slot);
        slot
    }

    /// Runs a part that may contain itself, within the bound on nesting.
    pub(super) fn nested<'a, T>(
        &mut self,
        cursor: &mut Cursor<'a>,
        part: impl FnOnce(&mut Parser, &mut Cursor<'a>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        if self.depth >= MAX_NESTING {
            return Err(cursor.error(Problem::TooDeep));
        }
        self.depth += 1;
        let result = part(self, cursor);
        self.depth -= 1;
        result
    }

    /// The block that a string in double quotes at `place` stands for.
    pub(super) fn interpolated(&mut self, text: &str, place: &Cursor<'_>) -> Result<Block, Fault> {
        let text = text.replace("\"\"", "\"");
        let mut place = *place;
        self.nested(&mut place, |parser, place| {
            let mut cursor = Cursor::new(&text);
            let (block, end) = parser
                .block(&mut cursor)
                .map_err(|fault| place.error(fault.problem))?;
            match end.keyword() {
                None => Ok(block),
                Some(stray) => Err(place.error(Problem::Stray(stray))),
            }
        })
    }

    /// Everything up to an ending, which is stepped over.
    fn block(&mut self, cursor: &mut Cursor<'_>) -> Result<(Block, Ending), Fault> {
        let mut nodes = Vec::new();
        let mut text = String::new();
        loop {
            text.push_str(cursor.take_while(|c| !matches!(c, '$' | '#' | '\\')));
            let met = match cursor.peek() {
                None => Met::Ending(Ending::Text),
                Some('\\') => {
                    self.backslashes(cursor, &mut text);
                    continue;
                }
                Some('$') => self.dollar(cursor, &mut text)?,
                Some(_) => self.hash(cursor, &mut text)?,
            };
            if matches!(met, Met::Nothing) {
                continue;
            }
            if !text.is_empty() {
                nodes.push(Node::Text(std::mem::take(&mut text).into()));
            }
            match met {
                Met::Node(node) => nodes.push(node),
                Met::Ending(ending) => return Ok((Block(nodes), ending)),
                Met::Nothing => {}
            }
        }
    }

    /// Backslashes are text, unless they stand before something that Velocity would evaluate:
    /// then two make one, and an odd one makes what follows text.
    fn backslashes(&mut self, cursor: &mut Cursor<'_>, text: &mut String) {
        let run = cursor.take_while(|c| c == '\\');
        let mut ahead = *cursor;
        let evaluated = match ahead.bump() {
            Some('$') => reference_start(&mut ahead),
            Some('#') => directive_name(&mut ahead).is_some(),
            _ => false,
        };
        if !evaluated {
            text.push_str(run);
            return;
        }
        text.extend(std::iter::repeat_n('\\', run.len() / 2));
        if run.len() % 2 == 1 {
            text.push_str(ahead.since(cursor));
            *cursor = ahead;
        }
    }

    fn dollar(&mut self, cursor: &mut Cursor<'_>, text: &mut String) -> Result<Met, Fault> {
        match self.reference(cursor)? {
            Some(reference) => Ok(Met::Node(Node::Reference(reference))),
            None => {
                text.extend(cursor.bump());
                Ok(Met::Nothing)
            }
        }
    }

    /// A reference in any notation; nothing, and no step, if the `$` here is only text.
    pub(super) fn reference(
        &mut self,
        cursor: &mut Cursor<'_>,
    ) -> Result<Option<Reference>, Fault> {
        let mut ahead = *cursor;
        ahead.bump();
        let _ = ahead.take("!");
        let braced = ahead.take("{");
        let Some(name) = ahead.identifier() else {
            return Ok(None);
        };
        let root = self.slot(name);
        let path = self.nested(&mut ahead, Parser::path)?;
        if braced && !ahead.take("}") {
            return Err(ahead.unexpected("a reference"));
        }
        *cursor = ahead;
        Ok(Some(Reference { root, path }))
    }

    fn path(&mut self, cursor: &mut Cursor<'_>) -> Result<Vec<Access>, Fault> {
        let mut path = Vec::new();
        loop {
            let mut ahead = *cursor;
            let access = if ahead.take(".") {
                self.member(&mut ahead)?
            } else if ahead.take("[") {
                self.index(&mut ahead)
            } else {
                None
            };
            match access {
                Some(access) => path.push(access),
                None => return Ok(path),
            }
            *cursor = ahead;
        }
    }

    fn member(&mut self, cursor: &mut Cursor<'_>) -> Result<Option<Access>, Fault> {
        let Some(name) = cursor.identifier() else {
            return Ok(None);
        };
        let name = Arc::from(name);
        if !cursor.take("(") {
            return Ok(Some(Access::Property(name)));
        }
        let args = self.arguments(cursor)?;
        Ok(Some(Access::Method(name, args)))
    }

    /// An index; a bracket that holds no expression is text after the reference.
    fn index(&mut self, cursor: &mut Cursor<'_>) -> Option<Access> {
        let index = self.expression(cursor).ok()?;
        (lexer::next(cursor).ok()? == Token::ListClose).then_some(Access::Index(index))
    }

    fn hash(&mut self, cursor: &mut Cursor<'_>, text: &mut String) -> Result<Met, Fault> {
        let start = *cursor;
        cursor.bump();
        match cursor.peek() {
            Some('#') => {
                cursor.take_until("\n");
                return Ok(Met::Nothing);
            }
            Some('*') => {
                cursor.take_until("*#");
                return Ok(Met::Nothing);
            }
            _ => {}
        }
        if cursor.take("[[") {
            text.push_str(cursor.take_until("]]#"));
            return Ok(Met::Nothing);
        }
        let Some(name) = directive_name(cursor) else {
            text.push('#');
            return Ok(Met::Nothing);
        };
        let met = self.directive(name, &start, cursor)?;
        if matches!(met, Met::Nothing) && !matches!(name, "macro") {
            text.push_str(cursor.since(&start));
        }
        Ok(met)
    }

    fn directive<'a>(
        &mut self,
        name: &str,
        start: &Cursor<'a>,
        cursor: &mut Cursor<'a>,
    ) -> Result<Met, Fault> {
        let node = match name {
            "set" => self.set(cursor)?,
            "if" => self.nested(cursor, Parser::if_chain)?,
            "foreach" => self.nested(cursor, Parser::foreach)?,
            "define" => self.nested(cursor, Parser::define)?,
            "macro" => {
                self.nested(cursor, Parser::define_macro)?;
                return Ok(Met::Nothing);
            }
            "break" => Node::Break,
            "stop" => Node::Stop,
            "elseif" => return Ok(Met::Ending(Ending::ElseIf)),
            "else" => {
                cursor.rest_of_line();
                return Ok(Met::Ending(Ending::Else));
            }
            "end" => {
                cursor.rest_of_line();
                return Ok(Met::Ending(Ending::End));
            }
            "parse" | "include" | "evaluate" if cursor.peek() == Some('(') => {
                return Err(start.error(Problem::Unsupported(name.to_owned())));
            }
            _ => return self.call(name, start, cursor),
        };
        Ok(Met::Node(node))
    }

    /// A macro's call; a word after `#` that has no arguments is text.
    fn call<'a>(
        &mut self,
        name: &str,
        start: &Cursor<'a>,
        cursor: &mut Cursor<'a>,
    ) -> Result<Met, Fault> {
        let mut ahead = *cursor;
        ahead.space();
        let called = ahead.take("(");
        if !called && !self.macros.contains_key(name) {
            return Ok(Met::Nothing);
        }
        let args = if called {
            match self.nested(&mut ahead, Parser::arguments) {
                Ok(args) => args,
                Err(_) => return Ok(Met::Nothing),
            }
        } else {
            ahead = *cursor;
            Vec::new()
        };
        let source = ahead.since(start).into();
        *cursor = ahead;
        cursor.rest_of_line();
        Ok(Met::Node(Node::Call {
            name: Arc::from(name),
            args,
            source,
        }))
    }

    fn open(&mut self, cursor: &mut Cursor<'_>, inside: &'static str) -> Result<(), Fault> {
        cursor.space();
        if cursor.take("(") {
            Ok(())
        } else {
            Err(cursor.unexpected(inside))
        }
    }

    fn close(&mut self, cursor: &mut Cursor<'_>, inside: &'static str) -> Result<(), Fault> {
        cursor.space();
        if !cursor.take(")") {
            return Err(cursor.unexpected(inside));
        }
        cursor.rest_of_line();
        Ok(())
    }

    fn needed_reference(
        &mut self,
        cursor: &mut Cursor<'_>,
        inside: &'static str,
    ) -> Result<Reference, Fault> {
        cursor.space();
        let found = if cursor.peek() == Some('$') {
            self.reference(cursor)?
        } else {
            None
        };
        found.ok_or_else(|| cursor.unexpected(inside))
    }

    fn set(&mut self, cursor: &mut Cursor<'_>) -> Result<Node, Fault> {
        self.open(cursor, "#set")?;
        let target = self.needed_reference(cursor, "#set")?;
        if lexer::next(cursor)? != Token::Assign {
            return Err(cursor.unexpected("#set"));
        }
        let value = self.nested(cursor, Parser::expression)?;
        self.close(cursor, "#set")?;
        Ok(Node::Set { target, value })
    }

    fn if_chain(&mut self, cursor: &mut Cursor<'_>) -> Result<Node, Fault> {
        let mut arms = Vec::new();
        loop {
            self.open(cursor, "#if")?;
            let condition = self.expression(cursor)?;
            self.close(cursor, "#if")?;
            let (body, ending) = self.block(cursor)?;
            arms.push((condition, body));
            match ending {
                Ending::ElseIf => {}
                Ending::End => {
                    return Ok(Node::If {
                        arms,
                        otherwise: Block::default(),
                    });
                }
                Ending::Else => {
                    let otherwise = self.body(cursor, "#else")?;
                    return Ok(Node::If { arms, otherwise });
                }
                Ending::Text => return Err(cursor.error(Problem::Unclosed("#if"))),
            }
        }
    }

    /// A block that only `#end` may end.
    fn body(&mut self, cursor: &mut Cursor<'_>, inside: &'static str) -> Result<Block, Fault> {
        match self.block(cursor)? {
            (block, Ending::End) => Ok(block),
            (_, Ending::Text) => Err(cursor.error(Problem::Unclosed(inside))),
            (_, Ending::Else) => Err(cursor.error(Problem::Stray("else"))),
            (_, Ending::ElseIf) => Err(cursor.error(Problem::Stray("elseif"))),
        }
    }

    fn foreach(&mut self, cursor: &mut Cursor<'_>) -> Result<Node, Fault> {
        self.open(cursor, "#foreach")?;
        let variable = self.needed_reference(cursor, "#foreach")?.root;
        if lexer::next(cursor)? != Token::In {
            return Err(cursor.unexpected("#foreach"));
        }
        let source = self.expression(cursor)?;
        self.close(cursor, "#foreach")?;
        let body = self.body(cursor, "#foreach")?;
        Ok(Node::Foreach {
            variable,
            source,
            body,
        })
    }

    fn define(&mut self, cursor: &mut Cursor<'_>) -> Result<Node, Fault> {
        self.open(cursor, "#define")?;
        let variable = self.needed_reference(cursor, "#define")?.root;
        self.close(cursor, "#define")?;
        let body = self.body(cursor, "#define")?;
        self.defines.push(body);
        Ok(Node::Define {
            variable,
            block: self.defines.len() - 1,
        })
    }

    fn define_macro(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Fault> {
        self.open(cursor, "#macro")?;
        cursor.space();
        let Some(name) = cursor.identifier() else {
            return Err(cursor.unexpected("#macro"));
        };
        let mut parameters = Vec::new();
        loop {
            cursor.space();
            let _ = cursor.take(",");
            cursor.space();
            if cursor.peek() != Some('$') {
                break;
            }
            parameters.push(self.needed_reference(cursor, "#macro")?.root);
        }
        self.close(cursor, "#macro")?;
        let body = self.body(cursor, "#macro")?;
        self.macros
            .insert(Arc::from(name), Macro { parameters, body });
        Ok(())
    }
}

/// Steps over `name` or `{name}` after a `#`.
fn directive_name<'a>(cursor: &mut Cursor<'a>) -> Option<&'a str> {
    let mut ahead = *cursor;
    let braced = ahead.take("{");
    let name = ahead.identifier()?;
    if braced && !ahead.take("}") {
        return None;
    }
    *cursor = ahead;
    Some(name)
}

/// Steps over `!`, `{` and the name after a `$`, if they start a reference.
fn reference_start(cursor: &mut Cursor<'_>) -> bool {
    let _ = cursor.take("!");
    let _ = cursor.take("{");
    cursor.identifier().is_some()
}
