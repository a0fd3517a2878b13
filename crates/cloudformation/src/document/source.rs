//! A template's text, its name and its lines: what an error needs to show the place.

use super::Mark;
use std::fmt::Write as _;

/// How a template is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    Json,
    Yaml,
}

/// A template's text under the name that messages use for it.
#[derive(Clone, Debug)]
pub struct Source {
    name: String,
    text: String,
}

impl Source {
    /// `name` is the path as the user knows it; its extension tells the notation.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Source {
        let text = text.into();
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        };
        Source {
            name: name.into(),
            text,
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// By extension; a name that does not tell (`x.template`) is JSON when it starts like it.
    pub fn notation(&self) -> Notation {
        let extension = self.name.rsplit_once('.').map_or("", |(_, end)| end);
        match extension {
            "json" => Notation::Json,
            "yaml" | "yml" => Notation::Yaml,
            _ if self.text.trim_start().starts_with('{') => Notation::Json,
            _ => Notation::Yaml,
        }
    }

    /// A message with its place in front and the line it speaks of below:
    ///
    /// ```text
    /// template.yaml:7:5: unknown property "Foo" of AWS::DynamoDB::Table
    ///   7 |     Foo: bar
    ///     |     ^
    /// ```
    ///
    /// Further lines of the message, such as a build tool's, come last.
    pub fn explain(&self, mark: Mark, message: &str) -> String {
        if mark.line == 0 {
            return format!("{}: {message}", self.name);
        }
        let (headline, rest) = match message.split_once('\n') {
            Some((headline, rest)) => (headline, format!("\n{rest}")),
            None => (message, String::new()),
        };
        let mut text = format!("{}:{}:{}: {headline}", self.name, mark.line, mark.column);
        let index = usize::try_from(mark.line - 1).unwrap_or(usize::MAX);
        let Some(line) = self.text.lines().nth(index) else {
            return text + &rest;
        };
        let gutter = mark.line.to_string();
        let blank = " ".repeat(gutter.len());
        let column = usize::try_from(mark.column).unwrap_or(usize::MAX);
        let (shown, before) = window(line.trim_end(), column.saturating_sub(1));
        let before = shown.chars().take(before);
        let indent: String = before.map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        // Writing to a String cannot fail.
        let _ = write!(text, "\n  {gutter} | {shown}\n  {blank} | {indent}^");
        text + &rest
    }
}

/// The part of a line around a place, and how many characters of it stand before that: a template
/// that a tool wrote may be one line.
fn window(line: &str, place: usize) -> (String, usize) {
    const MOST: usize = 160;
    const BEFORE: usize = 40;
    if line.chars().count() <= MOST {
        return (line.to_owned(), place);
    }
    let first = place.saturating_sub(BEFORE);
    let cut = if first > 0 { "..." } else { "" };
    let part: String = line.chars().skip(first).take(MOST).collect();
    (format!("{cut}{part}"), place - first + cut.len())
}
