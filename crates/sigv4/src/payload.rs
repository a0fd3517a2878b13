//! The hash of a request's body, which may arrive in pieces.

use base::hex;
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
        hex::encode(&self.0)
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
}
