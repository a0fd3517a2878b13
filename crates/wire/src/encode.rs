//! From typed outputs to bytes: the traits that generated code implements.

use crate::operation::Protocol;
use crate::{ByteStream, EVENT_STREAM, JsonWriter, XmlWriter};
use base::{RequestId, Timestamp};
use bytes::Bytes;
use std::collections::BTreeMap;

/// An answer, ready for HTTP. The front adds what every answer has.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Body,
}

/// An answer's body with its content type.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// `None` for an answer without a body.
    pub content_type: Option<&'static str>,
    pub bytes: Bytes,
    /// What comes after `bytes`, as it is made.
    pub stream: Option<ByteStream>,
}

impl Reply {
    /// An answer whose document is JSON.
    pub fn json(status: u16, content_type: &'static str, document: JsonWriter) -> Reply {
        let body = Body {
            content_type: Some(content_type),
            bytes: document.finish(),
            stream: None,
        };
        Reply {
            status,
            headers: Vec::new(),
            body,
        }
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Reply {
        let body = Body {
            content_type: None,
            bytes: Bytes::new(),
            stream: None,
        };
        Reply {
            status,
            headers: Vec::new(),
            body,
        }
    }

    /// The query protocol's answer: the result, if it has members, and the request id.
    pub fn query(
        operation: &str,
        protocol: Protocol,
        request_id: &RequestId,
        result: Option<&dyn Fn(&mut XmlWriter)>,
    ) -> Reply {
        let Protocol::Query { namespace, .. } = protocol else {
            return Reply::empty(500);
        };
        let mut xml = XmlWriter::new();
        xml.root(&format!("{operation}Response"), namespace, |xml| {
            if let Some(result) = result {
                xml.element(&format!("{operation}Result"), result);
            }
            xml.element("ResponseMetadata", |xml| {
                xml.element("RequestId", |xml| xml.text(request_id.as_str()));
            });
        });
        let body = Body {
            content_type: Some("text/xml"),
            bytes: xml.finish(),
            stream: None,
        };
        Reply {
            status: 200,
            headers: Vec::new(),
            body,
        }
    }

    /// An answer that is a stream of events.
    pub fn events(status: u16, stream: Option<ByteStream>) -> Reply {
        let body = Body {
            content_type: Some(EVENT_STREAM),
            bytes: Bytes::new(),
            stream,
        };
        Reply {
            status,
            headers: Vec::new(),
            body,
        }
    }

    /// Adds a header if its value is there.
    pub fn header(&mut self, name: &str, value: Option<&dyn HeaderText>) {
        if let Some(text) = value.map(HeaderText::header_text) {
            self.headers.push((name.to_owned(), text));
        }
    }
}

/// A value in a JSON document.
pub trait EncodeJson {
    fn json(&self, out: &mut JsonWriter);
}

/// A value in an XML document: what stands between its element's tags.
pub trait EncodeXml {
    fn xml(&self, out: &mut XmlWriter);
}

/// A value in a header.
pub trait HeaderText {
    fn header_text(&self) -> String;
}

impl JsonWriter {
    /// A member, if its value is there.
    pub fn member<T: EncodeJson>(&mut self, name: &str, value: Option<&T>) {
        if let Some(value) = value {
            self.key(name);
            value.json(self);
        }
    }
}

impl XmlWriter {
    /// A member, if its value is there.
    pub fn member<T: EncodeXml>(&mut self, name: &str, value: Option<&T>) {
        if let Some(value) = value {
            self.element(name, |xml| value.xml(xml));
        }
    }
}

macro_rules! scalar {
    ($type:ty, $value:ident, $out:ident => $json:expr, $text:expr) => {
        impl EncodeJson for $type {
            fn json(&self, $out: &mut JsonWriter) {
                let $value = self;
                $json;
            }
        }
        impl EncodeXml for $type {
            fn xml(&self, out: &mut XmlWriter) {
                let $value = self;
                out.text(&$text);
            }
        }
        impl HeaderText for $type {
            fn header_text(&self) -> String {
                let $value = self;
                $text.to_string()
            }
        }
    };
}

scalar!(String, v, out => out.string(v), v.as_str());
scalar!(bool, v, out => out.bool(*v), v.to_string());
scalar!(i32, v, out => out.integer(i64::from(*v)), v.to_string());
scalar!(i64, v, out => out.integer(*v), v.to_string());
scalar!(f64, v, out => out.double(*v), v.to_string());
scalar!(Timestamp, v, out => out.timestamp(*v), v.iso8601());
scalar!(Bytes, v, out => out.base64(v), to_base64(v));

fn to_base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

impl<T: EncodeJson> EncodeJson for Vec<T> {
    fn json(&self, out: &mut JsonWriter) {
        out.array(|out| {
            for item in self {
                out.item();
                item.json(out);
            }
        });
    }
}

impl<T: EncodeXml> EncodeXml for Vec<T> {
    fn xml(&self, out: &mut XmlWriter) {
        for item in self {
            out.element("member", |out| item.xml(out));
        }
    }
}

impl<T: EncodeJson> EncodeJson for BTreeMap<String, T> {
    fn json(&self, out: &mut JsonWriter) {
        out.object(|out| {
            for (key, value) in self {
                out.key(key);
                value.json(out);
            }
        });
    }
}

impl<T: EncodeXml> EncodeXml for BTreeMap<String, T> {
    fn xml(&self, out: &mut XmlWriter) {
        for (key, value) in self {
            out.element("entry", |out| {
                out.element("key", |out| out.text(key));
                out.element("value", |out| value.xml(out));
            });
        }
    }
}

impl<T: EncodeJson> EncodeJson for Box<T> {
    fn json(&self, out: &mut JsonWriter) {
        T::json(self, out);
    }
}

impl<T: EncodeXml> EncodeXml for Box<T> {
    fn xml(&self, out: &mut XmlWriter) {
        T::xml(self, out);
    }
}
