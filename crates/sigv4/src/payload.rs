//! The hash of a request's body, which may arrive in pieces.

use sha2::{Digest, Sha256};

/// What S3's clients write instead of a hash when they do not sign the body.
pub(crate) const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// The SHA-256 of a whole body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayloadHash([u8; 32]);

/// Hashes a body as it arrives, so that a large one is not hashed in one go.
#[derive(Clone, Default)]
pub struct PayloadHasher(Sha256);

impl PayloadHash {
    pub fn of(body: &[u8]) -> PayloadHash {
        PayloadHash(Sha256::digest(body).into())
    }

    /// 64 lower-case hexadecimal digits.
    pub fn hex(&self) -> String {
        hex(&self.0)
    }
}

impl PayloadHasher {
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    pub fn finish(self) -> PayloadHash {
        PayloadHash(self.0.finalize().into())
    }
}

pub(crate) fn hex(bytes: &[u8; 32]) -> String {
    let digit = |nibble: u8| nibble + if nibble < 10 { b'0' } else { b'a' - 10 };
    let mut digits = [0; 64];
    for (pair, byte) in digits.as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
        *pair = [digit(byte >> 4), digit(byte & 15)];
    }
    str::from_utf8(&digits).unwrap_or_default().to_owned()
}

/// The inverse of [`hex`] for a signature. Upper case is not accepted: no AWS service does.
pub(crate) fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.as_chunks::<2>().0) {
        let [high, low] = *pair;
        *byte = value(high)? << 4 | value(low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_pieces_as_in_one() {
        let mut hasher = PayloadHasher::default();
        hasher.update(b"a");
        hasher.update(b"bc");
        assert_eq!(hasher.finish(), PayloadHash::of(b"abc"));
        assert_eq!(
            PayloadHash::of(b"").hex(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn hex_round_trip() {
        let bytes: [u8; 32] = std::array::from_fn(|i| u8::try_from(i * 8).unwrap());
        assert_eq!(unhex(&hex(&bytes)), Some(bytes));
        for bad in ["", "0", &"g".repeat(64), &"A".repeat(64), &"a".repeat(65)] {
            assert_eq!(unhex(bad), None, "{bad}");
        }
    }
}
