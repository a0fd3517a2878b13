//! Compressed bodies: the content codings `gzip` and `deflate` of RFC 9110, both ways.
//!
//! AWS's SDKs compress bodies of requests to services in the awsJson protocol when they are told
//! to, and DynamoDB compresses answers for clients that accept it. Signatures cover bodies as they
//! were sent, and so do the checksums of answers.

use bytes::Bytes;
use flate2::Compression;
use flate2::read::{GzEncoder, MultiGzDecoder, ZlibDecoder, ZlibEncoder};
use http::HeaderMap;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderValue};
use std::cmp::Ordering;
use std::io::Read;

/// Answers that are shorter are sent as they are, as DynamoDB does: compressing would cost more
/// than it saves.
const WORTHWHILE_BYTES: usize = 4096;
/// No client nests codings, and each costs as much as the body is long.
const MAX_CODINGS: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Gzip,
    /// In zlib's format, in spite of its name.
    Deflate,
}

/// Why a body cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodingError {
    /// A coding that is not known here.
    Unknown,
    Malformed,
    TooLarge,
}

impl Coding {
    fn of(name: &str) -> Option<Coding> {
        match name.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Some(Coding::Gzip),
            "deflate" => Some(Coding::Deflate),
            _ => None,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Coding::Gzip => "gzip",
            Coding::Deflate => "deflate",
        }
    }

    pub(crate) const fn name(self) -> HeaderValue {
        HeaderValue::from_static(self.as_str())
    }

    /// What the client likes best of what is known here; nothing if it wants none. Read as
    /// DynamoDB reads it: only the first header counts, and so does only what is named exactly, or
    /// stood for by `*`; of what is liked equally the first is taken, and `identity` is no choice.
    pub(crate) fn accepted(headers: &HeaderMap) -> Option<Coding> {
        let list = headers.get(ACCEPT_ENCODING)?.to_str().ok()?;
        let entries = || list.split(',').map(weighted);
        let weight_of = |wanted: &str| {
            let named = entries().enumerate();
            let named = named.filter(|(_, (name, _))| name.eq_ignore_ascii_case(wanted));
            named
                .map(|(place, (_, weight))| (weight, place))
                .max_by(liked)
        };
        let any = weight_of("*");
        let candidates = [Coding::Gzip, Coding::Deflate].into_iter().enumerate();
        let candidates = candidates.filter_map(|(rank, coding)| {
            // What is not named stands behind everything that is.
            let unnamed = any.map(|(weight, _)| (weight, list.len() + rank));
            Some((weight_of(coding.as_str()).or(unnamed)?, coding))
        });
        let best = candidates.max_by(|(one, _), (other, _)| liked(one, other));
        best.and_then(|((weight, _), coding)| (weight > 0.0).then_some(coding))
    }

    /// Compresses an answer, if that is worthwhile.
    pub(crate) fn encode(self, body: &[u8]) -> Option<Bytes> {
        if body.len() < WORTHWHILE_BYTES {
            return None;
        }
        let mut encoded = Vec::with_capacity(body.len() / 4);
        let read = match self {
            Coding::Gzip => GzEncoder::new(body, Compression::default()).read_to_end(&mut encoded),
            Coding::Deflate => {
                ZlibEncoder::new(body, Compression::default()).read_to_end(&mut encoded)
            }
        };
        read.ok().map(|_| Bytes::from(encoded))
    }

    /// Nothing longer than `limit` comes out, however short what goes in.
    fn decode(self, body: &[u8], limit: usize) -> Result<Bytes, CodingError> {
        match self {
            Coding::Gzip => read(MultiGzDecoder::new(body), limit),
            Coding::Deflate => read(ZlibDecoder::new(body), limit),
        }
    }
}

/// The body of a request, without its codings.
///
/// # Errors
/// [`CodingError`]
pub(crate) fn decode(headers: &HeaderMap, body: Bytes, limit: usize) -> Result<Bytes, CodingError> {
    let lists = headers.get_all(CONTENT_ENCODING).iter();
    let mut codings = Vec::new();
    for list in lists {
        let list = list.to_str().map_err(|_| CodingError::Unknown)?;
        let names = list.split(',').map(str::trim);
        for name in names.filter(|name| !name.is_empty() && !is_identity(name)) {
            codings.push(Coding::of(name).ok_or(CodingError::Unknown)?);
        }
    }
    if codings.len() > MAX_CODINGS {
        return Err(CodingError::Unknown);
    }
    // The last was applied last.
    let mut codings = codings.into_iter().rev();
    codings.try_fold(body, |body, coding| coding.decode(&body, limit))
}

/// What some clients write for none. `aws-chunked` only ever says how a body was signed.
fn is_identity(name: &str) -> bool {
    name.eq_ignore_ascii_case("identity") || name.eq_ignore_ascii_case("aws-chunked")
}

fn read(decoder: impl Read, limit: usize) -> Result<Bytes, CodingError> {
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut decoded = Vec::new();
    let read = decoder.take(bound).read_to_end(&mut decoded);
    read.map_err(|_| CodingError::Malformed)?;
    if decoded.len() > limit {
        return Err(CodingError::TooLarge);
    }
    Ok(decoded.into())
}

/// `gzip;q=0.5`: a name with its weight, from 0 to 1, which is 1 unless it says otherwise. As
/// DynamoDB does it, what stands behind the first `q=` is the weight, and 1 if it is no number.
fn weighted(entry: &str) -> (&str, f32) {
    let (name, parameters) = entry.split_once(';').unwrap_or((entry, ""));
    let weight = parameters.split_once("q=").map(|(_, rest)| rest);
    let weight = weight.and_then(|rest| rest.split(';').next()?.trim().parse().ok());
    (name.trim(), weight.unwrap_or(1.0_f32).clamp(0.0, 1.0))
}

/// Orders weights and places by how much they are liked.
fn liked(one: &(f32, usize), other: &(f32, usize)) -> Ordering {
    one.0.total_cmp(&other.0).then(other.1.cmp(&one.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::HeaderName;

    const LIMIT: usize = 1 << 20;

    fn headers(name: HeaderName, values: &[&'static str]) -> HeaderMap {
        let pairs = values.iter().map(|value| HeaderValue::from_static(value));
        pairs.map(|value| (name.clone(), value)).collect()
    }

    #[track_caller]
    fn check_accepted(lists: &[&'static str], expected: Option<Coding>) {
        let found = Coding::accepted(&headers(ACCEPT_ENCODING, lists));
        assert_eq!(found, expected, "{lists:?}");
    }

    /// As ScyllaDB's Alternator tests observe it on DynamoDB.
    #[test]
    fn what_clients_accept() {
        for list in [
            "",
            "identity",
            "br",
            "br, zstd",
            "compress",
            "x-gzip",
            "gzip;q=0",
            "gzip ;q=0",
            "identity;q=0",
            "*;q=0",
            "br;q=0.8,identity;q=0.5,*;q=0",
            "\"gzip\"",
            "gzip br",
            "gzip:q=1",
            "gzip;q= 0;q=1",
            "gzip; q=0;q=1",
            "gzip;nq=0;q=1",
        ] {
            check_accepted(&[list], None);
        }
        for list in [
            "gzip",
            "GZIP, identity",
            "gzip, deflate, br",
            "dog, gzip ,, cat",
            "gzip;q=0.8, deflate;q=0.5",
            "gzip; q=0.2, deflate;q=0.1",
            "*",
            "*, deflate;q=0.5",
            "*, identity",
            "*;q=0.5,identity",
            "gzip;q=0.5,identity;q=0.8",
            "deflate;q=0.5, gzip;q=31",
            "gzip;q=31,deflate;q=51",
            "deflate;q=0.5, gzip;q=1;q=0.2",
            "deflate;q=0.5,gzip;q=0.x",
            "deflate;q=0.5,gzip;q=0. x",
            "deflate;q=-0.5,gzip;q=0.2",
            "gzip;q =0;q=1",
            "gzip;q=0, gzip;q=1, gzip;q=0",
            "br,identity;q=0.5,gzip;q=0.0001",
        ] {
            check_accepted(&[list], Some(Coding::Gzip));
        }
        for list in [
            "deflate",
            "br, identity, deflate, gzip",
            "br, gzip;q=0, deflate; q = 0.5 , identity;q=0",
            "*, deflate",
            "*, gzip;q=0.5",
            "*, gzip;q=0",
            "deflate;q=0.5, gzip;q=0.2",
            "deflate;q=0.5,gzip;q=0.",
        ] {
            check_accepted(&[list], Some(Coding::Deflate));
        }
        check_accepted(&[], None);
        check_accepted(&["gzip", "identity"], Some(Coding::Gzip));
        check_accepted(&["identity", "gzip"], None);
    }

    fn decoded(codings: &[&'static str], body: &Bytes, limit: usize) -> Result<Bytes, CodingError> {
        decode(&headers(CONTENT_ENCODING, codings), body.clone(), limit)
    }

    #[test]
    fn bodies_come_back() {
        let body = Bytes::from("abcdefgh".repeat(1000));
        for (coding, name) in [(Coding::Gzip, "gzip"), (Coding::Deflate, "Deflate")] {
            let encoded = coding.encode(&body).unwrap();
            assert!(encoded.len() < body.len() / 10);
            assert_eq!(decoded(&[name], &encoded, LIMIT), Ok(body.clone()));
        }
        let once = Coding::Gzip.encode(&body).unwrap();
        assert_eq!(Coding::Deflate.encode(&once), None, "too short");
        assert_eq!(decoded(&["identity"], &once, LIMIT), Ok(once.clone()));
        assert_eq!(decoded(&[], &once, LIMIT), Ok(once));
    }

    #[test]
    fn codings_come_off_in_reverse() {
        let body = Bytes::from("abcdefgh".repeat(1000));
        let mut twice = Vec::new();
        let once = Coding::Gzip.encode(&body).unwrap();
        let mut encoder = ZlibEncoder::new(&*once, Compression::default());
        encoder.read_to_end(&mut twice).unwrap();
        let twice = Bytes::from(twice);
        assert_eq!(decoded(&["gzip, deflate"], &twice, LIMIT), Ok(body.clone()));
        assert_eq!(decoded(&["gzip", "deflate"], &twice, LIMIT), Ok(body));
        let wrong = decoded(&["deflate, gzip"], &twice, LIMIT);
        assert_eq!(wrong, Err(CodingError::Malformed));
        let thrice = decoded(&["gzip, gzip, gzip"], &twice, LIMIT);
        assert_eq!(thrice, Err(CodingError::Unknown));
    }

    #[test]
    fn what_cannot_be_read() {
        let body = Bytes::from(vec![0; LIMIT]);
        let bomb = Coding::Gzip.encode(&body).unwrap();
        assert_eq!(decoded(&["gzip"], &bomb, LIMIT), Ok(body));
        assert_eq!(
            decoded(&["gzip"], &bomb, LIMIT - 1),
            Err(CodingError::TooLarge)
        );
        let cut = bomb.slice(..bomb.len() / 2);
        assert_eq!(decoded(&["gzip"], &cut, LIMIT), Err(CodingError::Malformed));
        assert_eq!(decoded(&["br"], &bomb, LIMIT), Err(CodingError::Unknown));
    }
}
