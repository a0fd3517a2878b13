//! SSH public keys of users: RSA keys in the two forms that IAM takes and gives.
//!
//! The form of SSH is that of RFC 4253, 6.6, `ssh-rsa BASE64 COMMENT`; that of PEM a
//! SubjectPublicKeyInfo (RFC 5280, 4.1.2.7) or the key alone (RFC 8017, A.1.1).

use crate::certificate::{decoded, sequence, value};
use crate::error::Error;
use crate::keys;
use crate::record::{SshKey, User};
use crate::records::{Reader, Records};
use crate::shape;
use base::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use wire::iam::{EncodingType, SSHPublicKey, SSHPublicKeyMetadata};

pub(crate) const MAX_PER_USER: usize = 5;

const ALGORITHM: &[u8] = b"ssh-rsa";
const PKIX: &str = "PUBLIC KEY";
const PKCS1: &str = "RSA PUBLIC KEY";
const MIN_BITS: usize = 2_048;
/// Characters of a line of base64 in PEM.
const LINE: usize = 64;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;
/// The identifier of `rsaEncryption` with its empty parameters.
const RSA_ENCRYPTION: [u8; 13] = [
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];

/// An RSA public key. Both numbers are as DER and SSH write them: big-endian, with a leading zero
/// where the first bit is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicKey {
    exponent: Vec<u8>,
    modulus: Vec<u8>,
}

impl PublicKey {
    /// # Errors
    /// The text is in neither form, is damaged, or the key is too short.
    pub(crate) fn parse(text: &str) -> Result<PublicKey, Error> {
        let text = text.trim();
        let key = match text.split_ascii_whitespace().collect::<Vec<_>>()[..] {
            ["ssh-rsa", body, ..] => PublicKey::from_ssh(body),
            _ if text.starts_with("-----BEGIN ") => PublicKey::from_pem(text),
            _ => return Err(Error::UnrecognizedSshKey),
        };
        let long_enough = |key: &PublicKey| key.modulus_bits() >= MIN_BITS;
        key.filter(long_enough).ok_or(Error::InvalidSshKey)
    }

    fn from_ssh(body: &str) -> Option<PublicKey> {
        let bytes = STANDARD.decode(body).ok()?;
        let (algorithm, rest) = ssh_string(&bytes)?;
        let (exponent, rest) = ssh_string(rest)?;
        let (modulus, rest) = ssh_string(rest)?;
        (algorithm == ALGORITHM && rest.is_empty()).then(|| PublicKey {
            exponent: exponent.to_vec(),
            modulus: modulus.to_vec(),
        })
    }

    fn from_pem(text: &str) -> Option<PublicKey> {
        if let Some(bytes) = decoded(text, PKCS1) {
            return PublicKey::from_pkcs1(&bytes);
        }
        let bytes = decoded(text, PKIX)?;
        let (info, _) = sequence(&bytes)?;
        let (algorithm, rest) = sequence(info)?;
        match value(rest)? {
            // No bits of the last byte are unused.
            (BIT_STRING, [0, key @ ..], _) if algorithm == RSA_ENCRYPTION => {
                PublicKey::from_pkcs1(key)
            }
            _ => None,
        }
    }

    fn from_pkcs1(bytes: &[u8]) -> Option<PublicKey> {
        let (numbers, _) = sequence(bytes)?;
        let (INTEGER, modulus, rest) = value(numbers)? else {
            return None;
        };
        let (INTEGER, exponent, _) = value(rest)? else {
            return None;
        };
        Some(PublicKey {
            exponent: exponent.to_vec(),
            modulus: modulus.to_vec(),
        })
    }

    fn modulus_bits(&self) -> usize {
        let zeros = self.modulus.iter().take_while(|byte| **byte == 0).count();
        let first = self
            .modulus
            .get(zeros)
            .map_or(0, |byte| byte.leading_zeros());
        let bytes = self.modulus.len() - zeros;
        (bytes * 8).saturating_sub(usize::try_from(first).unwrap_or_default())
    }

    fn ssh_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in [ALGORITHM, &self.exponent, &self.modulus] {
            let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
            bytes.extend(length.to_be_bytes());
            bytes.extend(part);
        }
        bytes
    }

    /// The MD5 digest of the key in SSH's form, as `ssh-keygen -E md5` shows it.
    pub(crate) fn fingerprint(&self) -> String {
        let digits = base::hex::encode(&Md5::digest(self.ssh_bytes()));
        let pairs = digits.as_bytes().chunks(2);
        let pairs: Vec<_> = pairs.map(String::from_utf8_lossy).collect();
        pairs.join(":")
    }

    fn encoded(&self, encoding: &EncodingType) -> String {
        match encoding {
            EncodingType::Ssh => format!("ssh-rsa {}", STANDARD.encode(self.ssh_bytes())),
            EncodingType::Pem => self.pem(),
        }
    }

    fn pem(&self) -> String {
        let numbers = [der(INTEGER, &self.modulus), der(INTEGER, &self.exponent)].concat();
        let key = [&[0], &*der(SEQUENCE, &numbers)].concat();
        let info = [der(SEQUENCE, &RSA_ENCRYPTION), der(BIT_STRING, &key)].concat();
        let body = STANDARD.encode(der(SEQUENCE, &info));
        let lines = body.as_bytes().chunks(LINE);
        let lines: Vec<_> = lines.map(String::from_utf8_lossy).collect();
        let body = lines.join("\n");
        format!("-----BEGIN {PKIX}-----\n{body}\n-----END {PKIX}-----\n")
    }
}

/// A string of RFC 4251, 5, and what follows it.
fn ssh_string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let zeros = length.iter().take_while(|byte| **byte == 0).count();
    let digits = length.get(zeros..).unwrap_or_default();
    let head = match (digits, u8::try_from(digits.len())) {
        ([], _) => vec![tag, 0],
        ([short @ ..=0x7f], _) => vec![tag, *short],
        (long, count) => [&[tag, 0x80 | count.unwrap_or_default()], long].concat(),
    };
    [head.as_slice(), content].concat()
}

/// The user and its key.
///
/// # Errors
/// One of them does not exist.
pub(crate) async fn get<R: Reader>(
    records: &Records<R>,
    user: &str,
    id: &str,
) -> Result<(User, SshKey), Error> {
    let user: User = records.get(user).await?;
    match records.read(&keys::ssh_key(&user.head.id, id)).await? {
        Some(key) => Ok((user, key)),
        None => Err(Error::NoSuchSshKey(id.to_owned())),
    }
}

/// The key with its body as it was given.
pub(crate) fn shape(key: SshKey, user_name: String) -> SSHPublicKey {
    SSHPublicKey {
        user_name,
        ssh_public_key_id: key.id,
        fingerprint: key.fingerprint,
        ssh_public_key_body: key.body,
        status: shape::status(key.status),
        upload_date: Some(Timestamp::from_secs(key.created_s)),
    }
}

/// The key in the encoding asked for.
///
/// # Errors
/// The stored key cannot be read.
pub(crate) fn shape_in(
    encoding: &EncodingType,
    key: SshKey,
    user_name: String,
) -> Result<SSHPublicKey, Error> {
    let body = PublicKey::parse(&key.body)?.encoded(encoding);
    Ok(shape(SshKey { body, ..key }, user_name))
}

pub(crate) fn metadata(key: SshKey, user_name: &str) -> SSHPublicKeyMetadata {
    SSHPublicKeyMetadata {
        user_name: user_name.to_owned(),
        ssh_public_key_id: key.id,
        status: shape::status(key.status),
        upload_date: Timestamp::from_secs(key.created_s),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One key, as `ssh-keygen` writes it in each form.
    const SSH: &str = "AAAAB3NzaC1yc2EAAAADAQABAAABAQDbUhe51cZAt97EEWRlxAeDsUvpuHAr2UhLDgSbPUi0g7FNXhxm\
        7vo802lnCjLsltKA5FedRuzW22VzQ9yxUYlUCEvIylNjku3LXFU5sFf1FWvW4NMpDatJPKXeVnptY2u1\
        39BQbvOHGKeC5Li3jt4E1+YPaEtEwmNaoTTRuUa0M6irv85Fcq+jJ8LoJc1Jr76r8r33MDvU3yiluGGM\
        28trvcvYGz8H/LdKTrnfMqNeatvqfVD3cEdCDulccMjCz8GZgDpDpvOr06Zm3Uz3tPaP+vH1mcCNHSUa\
        4aKvwCSt836+hgWQAJtlvHGrw19zMDwANrDER73CJfuC8R3CxydL";
    const PKCS1_BODY: &str = "MIIBCgKCAQEA21IXudXGQLfexBFkZcQHg7FL6bhwK9lISw4Emz1ItIOxTV4cZu76PNNpZwoy7JbSgORX\
        nUbs1ttlc0PcsVGJVAhLyMpTY5Lty1xVObBX9RVr1uDTKQ2rSTyl3lZ6bWNrtd/QUG7zhxinguS4t47e\
        BNfmD2hLRMJjWqE00blGtDOoq7/ORXKvoyfC6CXNSa++q/K99zA71N8opbhhjNvLa73L2Bs/B/y3Sk65\
        3zKjXmrb6n1Q93BHQg7pXHDIws/BmYA6Q6bzq9OmZt1M97T2j/rx9ZnAjR0lGuGir8AkrfN+voYFkACb\
        Zbxxq8NfczA8ADawxEe9wiX7gvEdwscnSwIDAQAB";
    /// What stands before [`PKCS1_BODY`] in the other form of PEM.
    const PKIX_HEAD: &str = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A";

    fn pem(label: &str, body: &str) -> String {
        format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
    }

    #[test]
    fn one_key_in_all_its_forms() {
        let key = PublicKey::parse(&format!("ssh-rsa {SSH} ada@example\n")).unwrap();
        let fingerprint = "67:5b:ae:77:f3:f8:51:fd:56:9a:08:df:ca:b6:49:03";
        assert_eq!(key.fingerprint(), fingerprint);
        for pem in [
            pem(PKCS1, PKCS1_BODY),
            pem(PKIX, &format!("{PKIX_HEAD}{PKCS1_BODY}")),
        ] {
            assert_eq!(PublicKey::parse(&pem).unwrap(), key);
        }
        assert_eq!(key.encoded(&EncodingType::Ssh), format!("ssh-rsa {SSH}"));
        let written = key.encoded(&EncodingType::Pem);
        assert!(written.lines().all(|line| line.len() <= LINE));
        let whole = format!("{PKIX_HEAD}{PKCS1_BODY}");
        assert_eq!(
            written.replace('\n', ""),
            pem(PKIX, &whole).replace('\n', "")
        );
    }

    #[test]
    fn what_is_refused() {
        let refused = |text: &str| PublicKey::parse(text).unwrap_err();
        for text in ["", "x", "ssh-ed25519 AAAA"] {
            assert!(matches!(refused(text), Error::UnrecognizedSshKey), "{text}");
        }
        let short = PublicKey {
            exponent: vec![3],
            modulus: vec![0x7f; 256],
        };
        let short = short.encoded(&EncodingType::Ssh);
        for text in ["ssh-rsa AAAA", &short, &pem(PKIX, "AAAA"), &pem("X", SSH)] {
            assert!(matches!(refused(text), Error::InvalidSshKey), "{text}");
        }
        for cut in (0..SSH.len()).step_by(4) {
            refused(&format!("ssh-rsa {}", SSH.get(..cut).unwrap()));
        }
    }
}
