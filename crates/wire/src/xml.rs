//! XML answers of the query protocol.

use bytes::Bytes;

/// Writes elements straight into a buffer.
#[derive(Debug, Default)]
pub struct XmlWriter {
    out: String,
}

impl XmlWriter {
    pub fn new() -> XmlWriter {
        XmlWriter {
            out: String::with_capacity(512),
        }
    }

    pub fn finish(self) -> Bytes {
        Bytes::from(self.out)
    }

    /// An element with whatever `content` writes.
    pub fn element(&mut self, name: &str, content: impl FnOnce(&mut XmlWriter)) {
        self.out.push('<');
        self.out.push_str(name);
        self.out.push('>');
        content(self);
        self.close(name);
    }

    /// The outermost element, in a namespace.
    pub fn root(&mut self, name: &str, namespace: &str, content: impl FnOnce(&mut XmlWriter)) {
        self.out.push('<');
        self.out.push_str(name);
        self.out.push_str(" xmlns=\"");
        self.text(namespace);
        self.out.push_str("\">");
        content(self);
        self.close(name);
    }

    /// Character data; what XML 1.0 cannot hold becomes U+FFFD.
    pub fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '&' => self.out.push_str("&amp;"),
                '"' => self.out.push_str("&quot;"),
                '\r' => self.out.push_str("&#13;"),
                '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => {
                    self.out.push(c);
                }
                _ => self.out.push('\u{fffd}'),
            }
        }
    }

    fn close(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }
}
