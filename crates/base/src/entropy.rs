//! The only source of randomness. Tests own a seeded one that repeats itself.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A handle on randomness; clones share one source.
#[derive(Clone, Debug)]
pub struct Entropy(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    /// SplitMix64's counter: predictable, for tests only.
    Seeded(Arc<AtomicU64>),
}

const UPPER_ALNUM: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const LOWER_ALNUM: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Bytes from the system's generator, drawn many at a time: every request needs a few for its id,
/// and a system call costs more than they do. No byte is given out twice, and none stays behind
/// once it is given out. A process that is forked off must not draw from what it inherited.
struct Pool {
    bytes: [u8; POOL_BYTES],
    /// How many of `bytes`, at its end, are still to be given out.
    left: usize,
}

const POOL_BYTES: usize = 1024;

thread_local! {
    static POOL: RefCell<Pool> = const {
        RefCell::new(Pool { bytes: [0; POOL_BYTES], left: 0 })
    };
}

impl Pool {
    #[expect(
        clippy::expect_used,
        reason = "nothing safe can go on without randomness"
    )]
    fn take(&mut self, buffer: &mut [u8]) {
        let draw = |bytes: &mut [u8]| getrandom::fill(bytes).expect("the system's generator");
        if buffer.len() > POOL_BYTES / 4 {
            return draw(buffer);
        }
        if self.left < buffer.len() {
            draw(&mut self.bytes);
            self.left = POOL_BYTES;
        }
        let (_, fresh) = self.bytes.split_at_mut(POOL_BYTES - self.left);
        let (given, _) = fresh.split_at_mut(buffer.len());
        buffer.copy_from_slice(given);
        given.fill(0);
        self.left -= buffer.len();
    }
}

impl Entropy {
    /// The operating system's generator.
    pub fn system() -> Entropy {
        Entropy(Source::System)
    }

    /// A generator that gives the same answers for the same seed. Never for secrets.
    pub fn seeded(seed: u64) -> Entropy {
        Entropy(Source::Seeded(Arc::new(AtomicU64::new(seed))))
    }

    /// Fills `buffer` with random bytes.
    ///
    /// # Panics
    /// If the operating system has no randomness to give: no key or id could be trusted then.
    pub fn fill(&self, buffer: &mut [u8]) {
        match &self.0 {
            Source::System => POOL.with_borrow_mut(|pool| pool.take(buffer)),
            Source::Seeded(state) => {
                for chunk in buffer.chunks_mut(8) {
                    let word = split_mix(state).to_le_bytes();
                    chunk.iter_mut().zip(word).for_each(|(to, from)| *to = from);
                }
            }
        }
    }

    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    pub fn u64(&self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }

    /// A version 4 UUID in lower case, with hyphens.
    pub fn uuid(&self) -> String {
        let bits = u128::from_be_bytes(self.bytes());
        let bits = bits & !(0xf000 << 64) & !(0xc000 << 48) | (0x4000 << 64) | (0x8000 << 48);
        let hex = format!("{bits:032x}");
        let mut text = String::with_capacity(36);
        for (at, digit) in hex.chars().enumerate() {
            if matches!(at, 8 | 12 | 16 | 20) {
                text.push('-');
            }
            text.push(digit);
        }
        text
    }

    /// `len` characters of `A-Z2-7`, the alphabet of IAM's unique ids and access keys.
    pub fn upper_alnum(&self, len: usize) -> String {
        self.text(UPPER_ALNUM, len)
    }

    /// `len` characters of `0-9a-z`, the alphabet of API Gateway's ids.
    pub fn lower_alnum(&self, len: usize) -> String {
        self.text(LOWER_ALNUM, len)
    }

    /// `len` characters of `0-9A-Za-z`.
    pub fn base62(&self, len: usize) -> String {
        self.text(BASE62, len)
    }

    /// Uniform over `alphabet`: bytes that would favour its first letters are thrown away.
    fn text<const N: usize>(&self, alphabet: &[u8; N], len: usize) -> String {
        let fair = 256 / N * N;
        let mut text = Vec::with_capacity(len);
        while text.len() < len {
            let mut bytes = [0; 64];
            let missing = len - text.len();
            let likely = (missing * 256).div_ceil(fair);
            let (bytes, _) = bytes.split_at_mut(likely.min(64));
            self.fill(bytes);
            let letters = bytes.iter().map(|b| usize::from(*b)).filter(|b| *b < fair);
            let letters = letters.filter_map(|b| alphabet.get(b % N));
            text.extend(letters.take(missing));
        }
        // The alphabets are all ASCII.
        String::from_utf8(text).unwrap_or_default()
    }
}

fn split_mix(state: &AtomicU64) -> u64 {
    const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut z = state
        .fetch_add(GAMMA, Ordering::Relaxed)
        .wrapping_add(GAMMA);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuid_is_version_four() {
        let uuid = Entropy::seeded(7).uuid();
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&uuid.as_bytes()[19]));
    }

    #[test]
    fn system_fills_buffers_of_all_sizes_with_fresh_bytes() {
        let entropy = Entropy::system();
        let mut seen = std::collections::HashSet::new();
        for size in (16..POOL_BYTES).step_by(7) {
            let mut buffer = vec![0; size];
            entropy.fill(&mut buffer);
            for chunk in buffer.chunks_exact(16) {
                assert!(seen.insert(chunk.to_vec()), "sixteen bytes came twice");
            }
        }
    }

    #[test]
    fn seeded_repeats_and_system_does_not() {
        assert_eq!(Entropy::seeded(1).base62(40), Entropy::seeded(1).base62(40));
        assert_ne!(Entropy::system().base62(40), Entropy::system().base62(40));
        assert_eq!(Entropy::system().upper_alnum(100).len(), 100);
    }
}
