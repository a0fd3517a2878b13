//! Certificates that stages show to HTTP endpoints: self-signed, for a year, with a key of their
//! own. Knows nothing of who keeps or shows them.

use crate::error::Error;
use base::Timestamp;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use std::time::Duration;

const YEAR: Duration = Duration::from_secs(365 * 86_400);

/// A certificate with its key, both in PEM form.
pub struct Issued {
    pub pem: String,
    pub private_key: String,
    pub from: Timestamp,
    pub until: Timestamp,
}

/// # Errors
/// [`Error::Certificate`], when no key can be made.
pub fn issue(now: Timestamp) -> Result<Issued, Error> {
    // Certificates have whole seconds.
    let from = Timestamp::from_secs(now.as_millis().div_euclid(1000));
    let seconds = u64::try_from(from.as_millis() / 1000).unwrap_or_default();
    let mut params = CertificateParams::default();
    params.distinguished_name = subject();
    params.not_before = rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds);
    params.not_after = params.not_before + YEAR;
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    Ok(Issued {
        pem: certificate.pem(),
        private_key: key.serialize_pem(),
        from,
        until: from.saturating_add(YEAR),
    })
}

/// The names that certificates of API Gateway have.
fn subject() -> DistinguishedName {
    let mut subject = DistinguishedName::new();
    for (kind, name) in [
        (DnType::CountryName, "US"),
        (DnType::StateOrProvinceName, "Washington"),
        (DnType::LocalityName, "Seattle"),
        (DnType::OrganizationName, "Amazon.com"),
        (DnType::CommonName, "ApiGateway"),
    ] {
        subject.push(kind, name);
    }
    subject
}
