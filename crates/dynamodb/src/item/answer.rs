//! Items as the JSON of answers.

use super::{Item, Value};
use std::convert::Infallible;
use wire::{Attributes, JsonWriter};

/// An item as answers have it.
pub fn answered(item: &Item) -> Attributes {
    let Ok(attributes) = Attributes::write::<Infallible>(2 * item.size_bytes(), |out| {
        write_item(item, out);
        Ok(())
    });
    attributes
}

/// Writes an item as the JSON object that DynamoDB has for it.
pub fn write_item(item: &Item, out: &mut JsonWriter) {
    out.object(|out| {
        for (name, value) in item.iter() {
            out.key(name);
            write_value(value, out);
        }
    });
}

fn write_value(value: &Value, out: &mut JsonWriter) {
    out.object(|out| {
        out.key(value.type_of().name());
        match value {
            Value::S(text) => out.string(text),
            Value::N(number) => out.quoted(number),
            Value::B(bytes) => out.base64(bytes),
            Value::Bool(value) => out.bool(*value),
            Value::Null => out.bool(true),
            Value::L(list) => write_all(list, out, write_value),
            Value::M(map) => write_item(map, out),
            Value::Ss(set) => write_all(set.iter(), out, |text, out| out.string(text)),
            Value::Ns(set) => write_all(set.iter(), out, |number, out| out.quoted(number)),
            Value::Bs(set) => write_all(set.iter(), out, |bytes, out| out.base64(bytes)),
        }
    });
}

fn write_all<T>(
    elements: impl IntoIterator<Item = T>,
    out: &mut JsonWriter,
    write: impl Fn(T, &mut JsonWriter),
) {
    out.array(|out| {
        for element in elements {
            out.item();
            write(element, out);
        }
    });
}
