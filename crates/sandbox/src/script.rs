//! Lists of system calls, prepared by the server and carried out by processes that must do nothing
//! else.
//!
//! A process that was just forked off a server with threads can neither allocate nor decide much,
//! and a runtime's zygote can do no more than call the kernel. So what confines a program is
//! decided here, once, and written down as the calls to make: the launcher and the zygotes carry
//! out the same list.
//!
//! A script is its number of calls (2 bytes), the length of its data (4 bytes), the calls
//! ([`CALL_BYTES`] each) and the data; all numbers little endian. A call is its number (4 bytes),
//! what its arguments are (2 bits for each, 2 bytes in all: 0 a number, 1 an offset into the data,
//! 2 the offset of a filter's number of instructions (8 bytes) and instructions), the descriptor
//! that its result is moved to (2 bytes, -1 for none), whether it must succeed (1 byte), 7 bytes
//! of nothing, and six arguments (8 bytes each).

use crate::Error;
use libc::{c_int, c_long};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

pub(crate) const CALL_BYTES: usize = 64;
pub(crate) const ARGUMENTS: usize = 6;

pub(crate) const IS_DATA: u16 = 1;
pub(crate) const IS_FILTER: u16 = 2;

/// An argument of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Arg {
    Number(u64),
    Data(usize),
    Filter(usize),
}

impl Arg {
    pub const NULL: Arg = Arg::Number(0);

    /// Flags, sizes and descriptors; negative ones as the kernel's `int`.
    pub fn int(value: c_int) -> Arg {
        Arg::Number(u64::from_le_bytes(i64::from(value).to_le_bytes()))
    }
}

/// A list of calls under construction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    calls: Vec<u8>,
    count: u16,
    data: Vec<u8>,
    has_zero_byte: bool,
}

impl Script {
    /// Adds a call that must succeed.
    pub fn call(&mut self, number: c_long, args: &[Arg]) {
        self.push(number, args, -1, 1);
    }

    /// Adds a call that may fail.
    pub fn attempt(&mut self, number: c_long, args: &[Arg]) {
        self.push(number, args, -1, 0);
    }

    /// Adds a call whose result, a descriptor, gets the number `fd`. Programs do not inherit it.
    pub fn open(&mut self, fd: i16, number: c_long, args: &[Arg]) {
        self.push(number, args, fd, 1);
    }

    fn push(&mut self, number: c_long, args: &[Arg], keep: i16, required: u8) {
        let mut kinds = 0u16;
        let mut values = [0u64; ARGUMENTS];
        for (index, (arg, value)) in args.iter().zip(&mut values).enumerate() {
            let (kind, number) = match *arg {
                Arg::Number(number) => (0, number),
                Arg::Data(offset) => (IS_DATA, offset as u64),
                Arg::Filter(offset) => (IS_FILTER, offset as u64),
            };
            kinds |= kind << (2 * index);
            *value = number;
        }
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        self.calls.extend(number.to_le_bytes());
        self.calls.extend(kinds.to_le_bytes());
        self.calls.extend(keep.to_le_bytes());
        self.calls.extend([required, 0, 0, 0, 0, 0, 0, 0]);
        values
            .iter()
            .for_each(|v| self.calls.extend(v.to_le_bytes()));
        self.count += 1;
    }

    pub fn bytes(&mut self, bytes: &[u8]) -> Arg {
        let at = self.data.len();
        self.data.extend_from_slice(bytes);
        Arg::Data(at)
    }

    pub fn text(&mut self, text: impl AsRef<OsStr>) -> Arg {
        let bytes = text.as_ref().as_bytes();
        self.has_zero_byte |= bytes.contains(&0);
        let at = self.bytes(bytes);
        self.data.push(0);
        at
    }

    pub fn path(&mut self, path: &Path) -> Arg {
        self.text(path)
    }

    pub fn filter(&mut self, filter: &[libc::sock_filter]) -> Arg {
        let at = self.data.len();
        self.data.extend((filter.len() as u64).to_le_bytes());
        for step in filter {
            // As the kernel has it in memory; both architectures we know are little endian.
            self.data.extend(step.code.to_le_bytes());
            self.data.extend([step.jt, step.jf]);
            self.data.extend(step.k.to_le_bytes());
        }
        Arg::Filter(at)
    }

    /// Adds the calls of `other` after this one's.
    pub fn append(&mut self, other: &Script) {
        let shift = self.data.len() as u64;
        for call in other.calls.chunks_exact(CALL_BYTES) {
            let mut call = call.to_vec();
            let kinds = call.get(4..6).and_then(|k| k.try_into().ok());
            let kinds = kinds.map_or(0, u16::from_le_bytes);
            for (index, arg) in call
                .get_mut(16..)
                .into_iter()
                .flat_map(|a| a.chunks_exact_mut(8))
                .enumerate()
            {
                if kinds >> (2 * index) & 3 != 0 {
                    let value = <[u8; 8]>::try_from(&*arg).map_or(0, u64::from_le_bytes);
                    arg.copy_from_slice(&(value + shift).to_le_bytes());
                }
            }
            self.calls.extend(call);
            self.count += 1;
        }
        self.data.extend_from_slice(&other.data);
        self.has_zero_byte |= other.has_zero_byte;
    }

    /// Writes the script as the module describes it.
    ///
    /// # Errors
    /// A path contains a zero byte.
    pub fn encode(&self, to: &mut Vec<u8>) -> Result<(), Error> {
        if self.has_zero_byte {
            return Err(Error::ZeroByte);
        }
        to.extend(self.count.to_le_bytes());
        let data = u32::try_from(self.data.len()).unwrap_or(u32::MAX);
        to.extend(data.to_le_bytes());
        to.extend_from_slice(&self.calls);
        to.extend_from_slice(&self.data);
        Ok(())
    }
}

/// A script in a packet: borrows it. Carried out by [`Steps::run`] of the launcher.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steps<'a> {
    pub calls: &'a [u8],
    pub data: &'a [u8],
}

impl<'a> Steps<'a> {
    /// Takes a script from the front of `bytes`. `None` if none is there.
    pub fn decode(bytes: &mut &'a [u8]) -> Option<Steps<'a>> {
        let (count, rest) = bytes.split_first_chunk::<2>()?;
        let (data, rest) = rest.split_first_chunk::<4>()?;
        let calls = usize::from(u16::from_le_bytes(*count)) * CALL_BYTES;
        let data = usize::try_from(u32::from_le_bytes(*data)).ok()?;
        let (calls, rest) = rest.split_at_checked(calls)?;
        let (data, rest) = rest.split_at_checked(data)?;
        *bytes = rest;
        Some(Steps { calls, data })
    }
}

/// One call of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub number: c_long,
    pub kinds: u16,
    pub keep: i16,
    pub required: bool,
    pub args: [u64; ARGUMENTS],
}

impl Step {
    pub fn decode(call: &[u8]) -> Option<Step> {
        let (number, rest) = call.split_first_chunk::<4>()?;
        let (kinds, rest) = rest.split_first_chunk::<2>()?;
        let (keep, rest) = rest.split_first_chunk::<2>()?;
        let (required, rest) = rest.split_first_chunk::<8>()?;
        let mut args = [0; ARGUMENTS];
        for (arg, bytes) in args.iter_mut().zip(rest.chunks_exact(8)) {
            *arg = u64::from_le_bytes(bytes.try_into().ok()?);
        }
        Some(Step {
            number: c_long::from(u32::from_le_bytes(*number)),
            kinds: u16::from_le_bytes(*kinds),
            keep: i16::from_le_bytes(*keep),
            required: required.first() == Some(&1),
            args,
        })
    }

    /// What the argument at `index` is: 0, [`IS_DATA`] or [`IS_FILTER`].
    pub fn kind(&self, index: usize) -> u16 {
        self.kinds >> (2 * index) & 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_come_back_as_they_were() {
        let mut first = Script::default();
        let path = first.text("/a");
        first.open(77, 257, &[Arg::int(-100), path, Arg::Number(3)]);
        let mut second = Script::default();
        let text = second.text("bc");
        second.attempt(1, &[text]);
        first.append(&second);
        let mut packet = Vec::new();
        first.encode(&mut packet).unwrap();
        packet.extend(b"rest");
        let mut rest = packet.as_slice();
        let steps = Steps::decode(&mut rest).unwrap();
        assert_eq!(rest, b"rest");
        assert_eq!(steps.data, b"/a\0bc\0");
        let calls: Vec<Step> = steps
            .calls
            .chunks(CALL_BYTES)
            .map(|c| Step::decode(c).unwrap())
            .collect();
        assert_eq!(
            (calls[0].number, calls[0].keep, calls[0].required),
            (257, 77, true)
        );
        assert_eq!(calls[0].args, [u64::MAX - 99, 0, 3, 0, 0, 0]);
        assert_eq!((calls[0].kind(0), calls[0].kind(1)), (0, IS_DATA));
        assert_eq!(
            (calls[1].number, calls[1].required, calls[1].args[0]),
            (1, false, 3)
        );
        for length in 0..packet.len() - 4 {
            assert!(Steps::decode(&mut packet.get(..length).unwrap()).is_none());
        }
    }

    #[test]
    fn zero_bytes_in_paths_are_refused() {
        let mut script = Script::default();
        script.text("a\0b");
        assert!(matches!(
            script.encode(&mut Vec::new()),
            Err(Error::ZeroByte)
        ));
    }
}
