//! Server certificates: as much of X.509 as tells when one ends.

use crate::error::Error;
use crate::record::{Entity, ServerCertificate};
use base::{AccountId, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use wire::iam::ServerCertificateMetadata;

const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// The version, which may be left out.
const VERSION: u8 = 0xa0;

pub(crate) fn metadata(
    certificate: &ServerCertificate,
    account: AccountId,
) -> ServerCertificateMetadata {
    ServerCertificateMetadata {
        path: certificate.head.path.clone(),
        server_certificate_name: certificate.head.name.clone(),
        server_certificate_id: certificate.head.id.clone(),
        arn: certificate.arn(account).to_string(),
        upload_date: Some(certificate.head.created()),
        expiration: Some(Timestamp::from_secs(certificate.expires_s)),
    }
}

/// When a certificate in PEM form ends.
///
/// # Errors
/// It is no certificate.
pub(crate) fn expiration(pem: &str) -> Result<Timestamp, Error> {
    let bytes = decoded(pem, "CERTIFICATE").ok_or(Error::MalformedCertificate)?;
    not_after(&bytes).ok_or(Error::MalformedCertificate)
}

/// # Errors
/// It is no private key in PEM form.
pub(crate) fn check_private_key(pem: &str) -> Result<(), Error> {
    let known = ["RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY"];
    match known.iter().any(|label| decoded(pem, label).is_some()) {
        true => Ok(()),
        false => Err(Error::MalformedCertificate),
    }
}

/// The bytes between a label and its end.
pub(crate) fn decoded(pem: &str, label: &str) -> Option<Vec<u8>> {
    let body = pem
        .trim()
        .strip_prefix(&format!("-----BEGIN {label}-----"))?;
    let (body, _) = body.split_once(&format!("-----END {label}-----"))?;
    let body: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD.decode(body).ok()
}

/// The next value in DER: its tag, its content, and what follows it.
pub(crate) fn value(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match *first {
        short @ 0..=0x7f => (usize::from(short), rest),
        long => {
            let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            if digits.len() > 4 {
                return None;
            }
            let add = |length, digit: &u8| (length << 8) | usize::from(*digit);
            (digits.iter().fold(0, add), rest)
        }
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

pub(crate) fn sequence(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (tag, content, rest) = value(bytes)?;
    (tag == SEQUENCE).then_some((content, rest))
}

/// RFC 5280, 4.1: version, serial number, algorithm, issuer, then the validity.
fn not_after(certificate: &[u8]) -> Option<Timestamp> {
    let (certificate, _) = sequence(certificate)?;
    let (mut fields, _) = sequence(certificate)?;
    if fields.first() == Some(&VERSION) {
        (_, _, fields) = value(fields)?;
    }
    let (_, _, fields) = value(fields)?;
    let (_, _, fields) = value(fields)?;
    let (_, _, fields) = value(fields)?;
    let (validity, _) = sequence(fields)?;
    let (_, _, end) = value(validity)?;
    let (tag, text, _) = value(end)?;
    let text = std::str::from_utf8(text).ok()?;
    let full = match tag {
        // Two digits: of this century below 50.
        UTC_TIME if text.get(..2)? < "50" => format!("20{text}"),
        UTC_TIME => format!("19{text}"),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let (date, time) = full.split_at_checked(8)?;
    Timestamp::parse_compact(&format!("{date}T{time}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(tag: u8, content: &[u8]) -> Vec<u8> {
        [&[tag, u8::try_from(content.len()).unwrap()], content].concat()
    }

    #[test]
    fn the_end_of_a_certificate() {
        let validity = [
            der(UTC_TIME, b"250101000000Z"),
            der(UTC_TIME, b"300102030405Z"),
        ]
        .concat();
        let fields = [
            der(VERSION, &[2, 1, 2]),
            der(2, &[1]),
            der(SEQUENCE, &[]),
            der(SEQUENCE, &[]),
            der(SEQUENCE, &validity),
        ];
        let certificate = der(SEQUENCE, &der(SEQUENCE, &fields.concat()));
        let end = not_after(&certificate).unwrap();
        assert_eq!(end.iso8601(), "2030-01-02T03:04:05Z");
        for cut in 0..certificate.len() {
            assert_eq!(not_after(certificate.get(..cut).unwrap()), None, "{cut}");
        }
        let body = STANDARD.encode(&certificate);
        let pem = format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
        assert_eq!(expiration(&pem).unwrap(), end);
        assert!(expiration("x").is_err());
    }
}
