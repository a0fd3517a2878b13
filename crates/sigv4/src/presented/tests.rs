//! Vectors from a real client, each refusal by its text, and properties of signing and verifying.

use super::*;
use crate::canonical::{Canonical, SignedHeaders};
use crate::{Credentials, sign};
use http::{HeaderName, HeaderValue, Request};
use proptest::prelude::*;
use serde::Deserialize;
use std::borrow::Cow;

const NOW: &str = "20261122T122407Z";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn time(text: &str) -> Timestamp {
    Timestamp::parse_compact(text).unwrap()
}

/// A request with `(name, value)` headers.
fn request(method: &str, target: &str, headers: &[(&str, &str)]) -> request::Parts {
    let mut builder = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(()).unwrap().into_parts().0
}

/// Parses and verifies against the credentials of all tests.
fn verify(parts: &request::Parts, body: &[u8], now: &str) -> Result<(), Error> {
    let secret = Secret::new(SECRET);
    let known = Known {
        secret: &secret,
        session: None,
    };
    verify_known(parts, body, now, &known)
}

fn verify_known(
    parts: &request::Parts,
    body: &[u8],
    now: &str,
    known: &Known<'_>,
) -> Result<(), Error> {
    let now = time(now);
    let presented = Presented::parse(parts.into(), now)?;
    presented.verify(known, &PayloadHash::of(body), now, &SigningKeys::new(2))
}

mod vectors {
    use super::*;

    #[derive(Deserialize)]
    struct File {
        now: String,
        access_key: String,
        secret: String,
        vectors: Vec<Vector>,
    }

    #[derive(Deserialize)]
    struct Vector {
        name: String,
        method: String,
        target: String,
        headers: Vec<(String, String)>,
        body: String,
        token: Option<String>,
        canonical: String,
    }

    fn canonical_request(presented: &Presented<'_>, body: &[u8]) -> String {
        let payload = presented.signed_payload(&PayloadHash::of(body)).unwrap();
        let canonical = Canonical {
            head: presented.head,
            query: &presented.query,
            signed_headers: &presented.signed_headers,
            payload: &payload,
            service: presented.service(),
        };
        String::from_utf8(canonical.write().unwrap()).unwrap()
    }

    /// `tests/vectors.py` tells where they come from.
    #[test]
    fn of_a_real_client_are_accepted() {
        let file: File = serde_json::from_str(include_str!("../../tests/vectors.json")).unwrap();
        let (secret, keys) = (Secret::new(file.secret), SigningKeys::new(2));
        let now = time(&file.now);
        assert_eq!(file.vectors.len(), 30);
        for vector in &file.vectors {
            let headers: Vec<_> = vector.headers.iter().map(|(n, v)| (&**n, &**v)).collect();
            let parts = request(&vector.method, &vector.target, &headers);
            let presented = Presented::parse((&parts).into(), now)
                .unwrap_or_else(|e| panic!("{}: {e}", vector.name));
            assert_eq!(presented.access_key_id(), file.access_key);
            assert_eq!(presented.region().as_str(), "eu-west-1");
            let body = vector.body.as_bytes();
            let canonical = canonical_request(&presented, body);
            assert_eq!(canonical, vector.canonical, "{}", vector.name);
            let token = vector.token.as_deref().map(Secret::new);
            let known = Known {
                secret: &secret,
                session: token.as_ref().map(|token| Session {
                    token,
                    expires_at: now.saturating_add(SKEW),
                }),
            };
            let verdict = presented.verify(&known, &PayloadHash::of(body), now, &keys);
            assert_eq!(verdict, Ok(()), "{}", vector.name);
        }
    }
}

mod refusals {
    use super::*;

    const CREDENTIAL: &str = "Credential=AKIDEXAMPLE/20261122/us-east-1/dynamodb/aws4_request";
    const REST: &str = "SignedHeaders=host;x-amz-date, Signature=00";

    fn parse_text(target: &str, headers: &[(&str, &str)]) -> String {
        let parts = request("POST", target, headers);
        let parsed = Presented::parse((&parts).into(), time(NOW));
        parsed.err().map_or_else(String::new, |e| e.to_string())
    }

    /// What is wrong with an `Authorization` header beside a good date and host.
    #[track_caller]
    fn check(authorization: &str, text: &str) {
        let headers = [
            ("host", "localhost"),
            ("x-amz-date", NOW),
            ("authorization", authorization),
        ];
        assert_eq!(parse_text("/", &headers), text, "{authorization}");
    }

    #[test]
    fn of_the_header() {
        check(&format!("AWS4-HMAC-SHA256 {CREDENTIAL}, {REST}"), "");
        check(&format!("AWS4-HMAC-SHA256 {CREDENTIAL},{REST}"), "");
        check("", "Request is missing Authentication Token");
        check("AWS4", "Request is missing Authentication Token");
        check("Bearer abc", "Request is missing Authentication Token");
        check(
            "AWS4-HMAC-SHA256 Credential",
            "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with \
             SHA-256 and encoded with Base64): 'KfSoC26UaBDGXxo5AUFS45c1cmAbyLKDOxOTKcZYWt4='.",
        );
        check(
            &format!("AWS4-HMAC-SHA256 {CREDENTIAL}"),
            "Authorization header requires 'Signature' parameter. Authorization header requires \
             'SignedHeaders' parameter. (Hashed with SHA-256 and encoded with Base64) \
             Authorization=4Vtei4yZI1LK6yuL48eRoPtltkaFD8htBHsA4PBwFwA=",
        );
        check(
            &format!("AWS4-HMAC-SHA512 {CREDENTIAL}, {REST}"),
            "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512'.",
        );
        check(
            &format!("AWS4-HMAC-SHA256 {CREDENTIAL}, SignedHeaders=x-amz-date, Signature=0"),
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        );
    }

    #[test]
    fn of_the_credential() {
        let with = |credential| format!("AWS4-HMAC-SHA256 Credential={credential}, {REST}");
        for bad in ["", "a", "a/b/c/d", "a/b/c/d/e/f"] {
            check(
                &with(bad),
                &format!(
                    "Credential must have exactly 5 slash-delimited elements, e.g. \
                     keyid/date/region/service/term, got '{bad}'"
                ),
            );
        }
        check(
            &with("a/20261121/US/dynamodb/aws3"),
            "Credential should be scoped to a valid region. Credential should be scoped with a \
             valid terminator: 'aws4_request', not 'aws3'. Date in Credential scope does not match \
             YYYYMMDD from ISO-8601 version of date from HTTP: '20261121' != '20261122', from \
             '20261122T122407Z'.",
        );
    }

    #[test]
    fn of_the_service() {
        let authorization = format!("AWS4-HMAC-SHA256 {CREDENTIAL}, {REST}");
        let headers = [
            ("host", "localhost"),
            ("x-amz-date", NOW),
            ("authorization", &authorization),
        ];
        let parts = request("POST", "/", &headers);
        let presented = Presented::parse((&parts).into(), time(NOW)).unwrap();
        assert_eq!(presented.require_service("dynamodb"), Ok(()));
        assert_eq!(
            presented.require_service("logs").unwrap_err().to_string(),
            "Credential should be scoped to correct service: 'logs'. "
        );
    }

    /// What is wrong with the time of signing; the header is good.
    #[track_caller]
    fn check_time(signed_at: &str, text: &str) {
        let day = signed_at.get(..8).unwrap_or("20261122");
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKID/{day}/us-east-1/dynamodb/aws4_request, {REST}"
        );
        let headers = [
            ("host", "localhost"),
            ("x-amz-date", signed_at),
            ("authorization", &authorization),
        ];
        assert_eq!(parse_text("/", &headers), text, "{signed_at}");
    }

    #[test]
    fn of_the_time() {
        check_time(NOW, "");
        check_time("20261122T120907Z", "");
        check_time("20261122T123907Z", "");
        check_time(
            "20261122T120906Z",
            "Signature expired: 20261122T120906Z is now earlier than 20261122T120907Z \
             (20261122T122407Z - 15 min.)",
        );
        check_time(
            "20261122T123908Z",
            "Signature not yet current: 20261122T123908Z is still later than 20261122T123907Z \
             (20261122T122407Z + 15 min.)",
        );
        check_time(
            "201",
            "Date must be in ISO-8601 'basic format'. Got '201'. See \
             http://en.wikipedia.org/wiki/ISO_8601",
        );
    }

    #[test]
    fn of_an_absent_date() {
        let headers = [("host", "localhost"), ("authorization", "AWS4-HMAC-SHA256")];
        let text = parse_text("/", &headers);
        assert!(text.contains(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        ));
    }

    #[test]
    fn of_headers_that_choose_what_is_done() {
        let authorization = format!("AWS4-HMAC-SHA256 {CREDENTIAL}, {REST}");
        let headers = [
            ("host", "localhost"),
            ("x-amz-date", NOW),
            ("x-amz-target", "DynamoDB_20120810.DeleteTable"),
            ("authorization", &authorization),
        ];
        assert_eq!(
            parse_text("/", &headers),
            "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization."
        );
    }

    /// What is wrong with a query string.
    #[track_caller]
    fn check_query(query: &str, text: &str) {
        let target = format!("/?{query}");
        let parsed = parse_text(&target, &[("host", "localhost")]);
        assert_eq!(parsed, text, "{query}");
    }

    #[test]
    fn of_a_presigned_url() {
        let good = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00&X-Amz-SignedHeaders=host\
                    &X-Amz-Credential=A%2F20261122%2Fus-east-1%2Fsts%2Faws4_request";
        check_query(&format!("{good}&X-Amz-Date={NOW}"), "");
        check_query(&format!("{good}&X-Amz-Date={NOW}&X-Amz-Expires=604800"), "");
        check_query("a=b", "Request is missing Authentication Token");
        check_query(
            "X-Amz-Algorithm=X",
            "Request is missing Authentication Token",
        );
        check_query("a=%zz", "The query string contains a syntax error.");
        check_query(
            good,
            "AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string \
             parameters.",
        );
        for bad in ["", "0", "-1", "604801", "1.5", "x"] {
            check_query(
                &format!("{good}&X-Amz-Date={NOW}&X-Amz-Expires={bad}"),
                &format!(
                    "X-Amz-Expires should be a number of seconds from 1 to 604800, got '{bad}'."
                ),
            );
        }
        check_query(
            &format!("{good}&X-Amz-Date=20261122T122306Z&X-Amz-Expires=60"),
            "Signature expired: 20261122T122306Z is now earlier than 20261122T122307Z \
             (20261122T122407Z - 1 min.)",
        );
        let both = [("host", "localhost"), ("authorization", "AWS4-HMAC-SHA256")];
        assert_eq!(
            parse_text(&format!("/?{good}"), &both),
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
        );
    }
}

/// A signed request to play with.
fn signed(
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
    token: Option<&str>,
) -> request::Parts {
    let mut parts = request("POST", target, headers);
    let credentials = Credentials {
        access_key_id: "AKIDEXAMPLE".to_owned(),
        secret: Secret::new(SECRET),
        session_token: token.map(Secret::new),
    };
    let region = "eu-west-1".parse().unwrap();
    let payload = PayloadHash::of(body);
    sign(
        &mut parts,
        &payload,
        &credentials,
        &region,
        "lambda",
        time(NOW),
    )
    .unwrap();
    parts
}

#[test]
fn sign_then_verify() {
    let target = "http://localhost:4566/a%20b//c?x=1&X";
    let parts = signed(
        target,
        &[("my-header", " a  b"), ("x-amz-t", "T")],
        b"body",
        None,
    );
    assert_eq!(parts.headers.get("host").unwrap(), "localhost:4566");
    assert_eq!(verify(&parts, b"body", NOW), Ok(()));
    assert_eq!(verify(&parts, b"Body", NOW), Err(Error::Mismatch));
    assert!(matches!(
        verify(&parts, b"body", "20261122T130000Z"),
        Err(Error::SignatureExpired { .. })
    ));
}

/// Of two signatures none counts, in whatever order they come.
#[test]
fn two_signatures() {
    for spare in ["AWS4-HMAC-SHA256 x", "Basic eA=="] {
        let mut parts = signed("http://localhost/", &[], b"", None);
        let good = parts.headers.get("authorization").unwrap().clone();
        parts
            .headers
            .append("authorization", spare.parse().unwrap());
        let refused = verify(&parts, b"", NOW);
        assert!(
            matches!(refused, Err(Error::NotKeyValue { .. })),
            "{refused:?}"
        );
        parts
            .headers
            .insert("authorization", spare.parse().unwrap());
        parts.headers.append("authorization", good);
        assert!(verify(&parts, b"", NOW).is_err());
    }
}

/// HTTP/2 brings the host as the authority of the URI only.
#[test]
fn host_as_authority() {
    let mut parts = signed("http://localhost:4566/", &[], b"", None);
    parts.headers.remove("host");
    assert_eq!(verify(&parts, b"", NOW), Ok(()));
    parts.uri = "http://localhost:4567/".parse().unwrap();
    assert_eq!(verify(&parts, b"", NOW), Err(Error::Mismatch));
    parts.uri = "/".parse().unwrap();
    assert_eq!(verify(&parts, b"", NOW), Err(Error::Mismatch));
}

#[test]
fn tokens() {
    let (secret, token) = (Secret::new(SECRET), Secret::new("token"));
    let known = |expires_at: &str| Known {
        secret: &secret,
        session: Some(Session {
            token: &token,
            expires_at: time(expires_at),
        }),
    };
    let check = |token: Option<&str>, known: &Known<'_>| {
        let parts = signed("http://h/", &[], b"", token);
        verify_known(&parts, b"", NOW, known)
    };
    let (later, now) = (known("20261122T122408Z"), known(NOW));
    assert_eq!(check(Some("token"), &later), Ok(()));
    assert_eq!(check(Some("token"), &now), Err(Error::ExpiredToken));
    assert_eq!(check(Some("Token"), &later), Err(Error::InvalidToken));
    assert_eq!(check(None, &later), Err(Error::InvalidToken));
    let forever = Known {
        secret: &secret,
        session: None,
    };
    assert_eq!(check(Some("token"), &forever), Err(Error::InvalidToken));
}

#[test]
fn stated_payload_hash() {
    let hash = PayloadHash::of(b"body").hex();
    for (stated, body, verdict) in [
        (&*hash, "body", Ok(())),
        (&*hash, "Body", Err(Error::Mismatch)),
        ("UNSIGNED-PAYLOAD", "body", Err(Error::Mismatch)),
    ] {
        let headers = [("x-amz-content-sha256", stated)];
        let parts = signed("http://h/", &headers, body.as_bytes(), None);
        assert_eq!(
            verify(&parts, body.as_bytes(), NOW),
            verdict,
            "{stated} {body}"
        );
    }
}

#[test]
fn nothing_secret_is_shown() {
    let credentials = Credentials {
        access_key_id: "AKIDEXAMPLE".to_owned(),
        secret: Secret::new(SECRET),
        session_token: Some(Secret::new("the-token")),
    };
    let parts = signed("http://h/", &[], b"", Some("the-token"));
    let shown = format!("{credentials:?} {:?}", parts.headers);
    assert!(!shown.contains(SECRET) && !shown.contains("the-token"));
    assert!(!shown.contains("Signature="), "{shown}");
}

/// Header names that neither end treats specially.
fn header_names() -> impl Strategy<Value = String> {
    "(x-amz-|my-)[a-z]{1,8}"
}

proptest! {
    #[test]
    fn what_is_signed_verifies(
        path in "(/[!$-;=@-Z_a-z~]{0,8}){1,4}",
        query in prop::option::of("([a-zA-Z0-9._~/+-]|%[0-9A-F]{2}|&|=){0,24}"),
        headers in prop::collection::vec((header_names(), "[ -~]{0,12}"), 0..6),
        body in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let target = match query {
            Some(query) => format!("http://localhost{path}?{query}"),
            None => format!("http://localhost{path}"),
        };
        let headers: Vec<_> = headers.iter().map(|(n, v)| (&**n, &**v)).collect();
        let parts = signed(&target, &headers, &body, None);
        prop_assert_eq!(verify(&parts, &body, NOW), Ok(()));
    }

    /// Over letters and digits only: other characters have several spellings that mean the same.
    #[test]
    fn any_changed_byte_is_refused(
        path in "(/[a-z]{1,8}){1,4}",
        query in "[a-z]{1,4}=[a-z]{1,4}",
        value in "[a-z]{1,12}",
        body in "[a-z]{1,32}",
        part in 0..6,
        at in any::<prop::sample::Index>(),
        to in b'0'..=b'9',
    ) {
        let flip = |text: &str, from: usize| {
            let mut bytes = text.as_bytes().to_vec();
            bytes[from + at.index(text.len() - from)] = to;
            String::from_utf8(bytes).unwrap()
        };
        let target = format!("http://localhost{path}?{query}");
        let mut parts = signed(&target, &[("x-amz-test", &value)], body.as_bytes(), None);
        let mut sent = body.clone();
        let authorization = parts.headers["authorization"].to_str().unwrap().to_owned();
        match part {
            0 => parts.uri = format!("http://localhost{}?{query}", flip(&path, 1)).parse().unwrap(),
            1 => parts.uri = format!("http://localhost{path}?{}", flip(&query, 0)).parse().unwrap(),
            2 => {
                let value = flip(&value, 0).parse::<HeaderValue>().unwrap();
                parts.headers.insert("x-amz-test", value);
            }
            3 => sent = flip(&body, 0),
            4 => parts.method = Method::PUT,
            _ => {
                let flipped = flip(&authorization, authorization.len() - 64);
                prop_assume!(flipped != authorization);
                parts.headers.insert("authorization", flipped.parse().unwrap());
            }
        }
        prop_assert_eq!(verify(&parts, sent.as_bytes(), NOW), Err(Error::Mismatch));
    }

    #[test]
    fn parsing_never_panics(
        authorization in prop::collection::vec(any::<u8>(), 0..128),
        structured in "AWS4-HMAC-SHA256[ ,](Credential|Signature|SignedHeaders|[=/,; a-z0-9]){0,16}",
        query in "(X-Amz-(Algorithm|Date|Credential|Expires|Signature|SignedHeaders)|=|&|%|[a-z0-9T/]){0,32}",
        date in "[ -~]{0,32}",
    ) {
        let mut parts = request("GET", "/", &[("host", "h"), ("x-amz-date", &date)]);
        if let Ok(uri) = format!("/?{query}").parse() {
            parts.uri = uri;
        }
        let name = HeaderName::from_static("authorization");
        for value in [authorization, structured.into_bytes()] {
            parts.headers.remove(&name);
            let _ = verify(&parts, b"", NOW);
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                parts.headers.insert(name.clone(), value);
            }
            let _ = verify(&parts, b"", NOW);
        }
    }

    #[test]
    fn signed_header_lists_are_sorted_and_lower_case(list in "[A-Za-z;-]{0,32}") {
        let signed = SignedHeaders::new(Cow::Borrowed(&list));
        prop_assert!(signed.as_str().split(';').is_sorted());
        prop_assert_eq!(signed.as_str(), signed.as_str().to_ascii_lowercase());
    }
}
