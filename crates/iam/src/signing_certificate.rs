//! Certificates with which users sign requests of old protocols.

use crate::error::Error;
use crate::keys;
use crate::record::{SigningCertificate, User};
use crate::records::{Reader, Records};
use crate::shape;
use base::Timestamp;
use wire::iam::SigningCertificate as Shape;

pub(crate) const MAX_PER_USER: usize = 2;

/// The user and its certificate.
///
/// # Errors
/// One of them does not exist.
pub(crate) async fn get<R: Reader>(
    records: &Records<R>,
    user: &str,
    id: &str,
) -> Result<(User, SigningCertificate), Error> {
    let user: User = records.get(user).await?;
    let key = keys::signing_certificate(&user.head.id, id);
    match records.read(&key).await? {
        Some(certificate) => Ok((user, certificate)),
        None => Err(Error::NoSuchSigningCertificate(id.to_owned())),
    }
}

pub(crate) fn shape(certificate: SigningCertificate, user_name: &str) -> Shape {
    Shape {
        user_name: user_name.to_owned(),
        certificate_id: certificate.id,
        certificate_body: certificate.body,
        status: shape::status(certificate.status),
        upload_date: Some(Timestamp::from_secs(certificate.created_s)),
    }
}
