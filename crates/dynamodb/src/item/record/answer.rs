//! Stored items straight to the JSON of answers, as most reads have them: nothing is made of the
//! values on the way. Accepts exactly what decoding accepts.

use super::{B, BS, FALSE, L, M, N, NS, NULL, Reader, RecordError, S, SS, TRUE};
use crate::item::MAX_DEPTH;
use bytes::Bytes;
use wire::{Attributes, JsonWriter};

/// A stored item as answers have it.
///
/// # Errors
/// [`RecordError`] as for [`super::decode`].
pub fn answered(record: &Bytes) -> Result<Attributes, RecordError> {
    let mut reader = Reader::new(record);
    reader.header()?;
    let attributes = Attributes::write(2 * record.len(), |out| reader.write_item(0, out))?;
    reader.end()?;
    Ok(attributes)
}

impl<'a> Reader<'a> {
    fn write_item(&mut self, depth: usize, out: &mut JsonWriter) -> Result<(), RecordError> {
        let count = self.count()?;
        out.object(|out| {
            let mut last = None;
            for _ in 0..count {
                let name = after(&mut last, self.str()?)?;
                out.key(name);
                self.write_value(depth, out)?;
            }
            Ok(())
        })
    }

    fn write_value(&mut self, depth: usize, out: &mut JsonWriter) -> Result<(), RecordError> {
        if depth >= MAX_DEPTH {
            return Err(RecordError::Depth);
        }
        let tag = self.byte()?;
        out.object(|out| self.write_member(tag, depth, out))
    }

    /// The one member of a value's object.
    fn write_member(
        &mut self,
        tag: u8,
        depth: usize,
        out: &mut JsonWriter,
    ) -> Result<(), RecordError> {
        out.key(name(tag)?);
        match tag {
            S => out.string(self.str()?),
            N => out.quoted(&self.number()?),
            B => out.base64(self.octets()?),
            FALSE => out.bool(false),
            L => self.write_list(depth + 1, out)?,
            M => self.write_item(depth + 1, out)?,
            SS => self.write_set(out, Self::str, |text, out| out.string(text))?,
            NS => self.write_set(out, Self::number, |number, out| out.quoted(number))?,
            BS => self.write_set(out, Self::octets, |octets, out| out.base64(octets))?,
            // True, and the value of NULL.
            _ => out.bool(true),
        }
        Ok(())
    }

    fn write_list(&mut self, depth: usize, out: &mut JsonWriter) -> Result<(), RecordError> {
        let count = self.count()?;
        out.array(|out| {
            for _ in 0..count {
                out.item();
                self.write_value(depth, out)?;
            }
            Ok(())
        })
    }

    fn write_set<T: Ord>(
        &mut self,
        out: &mut JsonWriter,
        read: impl Fn(&mut Self) -> Result<T, RecordError>,
        write: impl Fn(&T, &mut JsonWriter),
    ) -> Result<(), RecordError> {
        let count = self.count()?;
        if count == 0 {
            return Err(RecordError::Order);
        }
        out.array(|out| {
            let mut last = None;
            for _ in 0..count {
                out.item();
                let element = read(self)?;
                write(after(&mut last, element)?, out);
            }
            Ok(())
        })
    }
}

/// Checks that names and elements come in order, each once.
fn after<T: Ord>(last: &mut Option<T>, next: T) -> Result<&T, RecordError> {
    match last {
        Some(last) if *last >= next => Err(RecordError::Order),
        _ => Ok(last.insert(next)),
    }
}

/// What answers call values of the type.
fn name(tag: u8) -> Result<&'static str, RecordError> {
    Ok(match tag {
        S => "S",
        N => "N",
        B => "B",
        FALSE | TRUE => "BOOL",
        NULL => "NULL",
        L => "L",
        M => "M",
        SS => "SS",
        NS => "NS",
        BS => "BS",
        tag => return Err(RecordError::Tag(tag)),
    })
}
