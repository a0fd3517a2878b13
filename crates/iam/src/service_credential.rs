//! Credentials of users for one service only, which other protocols use.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::record::{ServiceCredential, User};
use crate::records::{Reader, Records};
use crate::shape;
use base::{AccountId, Timestamp};
use service::{Caller, Requirement};
use wire::iam::{ServiceSpecificCredential, ServiceSpecificCredentialMetadata};

pub(crate) const MAX_PER_SERVICE: usize = 2;

const SERVICES: [&str; 4] = [
    "bedrock.amazonaws.com",
    "cassandra.amazonaws.com",
    "codecommit.amazonaws.com",
    "logs.amazonaws.com",
];

/// # Errors
/// There are no such credentials for the service.
pub(crate) fn check_service(service: &str) -> Result<(), Error> {
    match SERVICES.contains(&service) {
        true => Ok(()),
        false => Err(Error::NoSuchCredentialService(service.to_owned())),
    }
}

pub(crate) fn new_id(iam: &Iam) -> String {
    format!("ACCA{}", iam.entropy.upper_alnum(17))
}

pub(crate) fn password(iam: &Iam) -> String {
    format!("{}=", iam.entropy.base62(43))
}

/// `NAME-at-ACCOUNT`; the second of a service has `+1` behind the name.
pub(crate) fn user_name(name: &str, present: usize, account: AccountId) -> String {
    match present {
        0 => format!("{name}-at-{account}"),
        more => format!("{name}+{more}-at-{account}"),
    }
}

/// The requirement on the user that is named or calls, with the service that the credential is
/// for, if it exists.
pub(crate) async fn requirements(
    iam: &Iam,
    caller: &Caller,
    action: &'static str,
    user: Option<&String>,
    id: &str,
) -> Result<Vec<Requirement>, Error> {
    let name = Iam::user_meant(user, caller)?;
    let requirement = iam.on::<User>(caller, action, &name).await?;
    let service = match get(&iam.records(caller), &name, id).await {
        Ok((_, credential)) => Some(credential.service),
        Err(Error::NoSuch(..) | Error::NoSuchCredential(_)) => None,
        Err(error) => return Err(error),
    };
    Ok(vec![
        requirement.with("iam:ServiceSpecificCredentialServiceName", service),
    ])
}

/// The user and its credential.
///
/// # Errors
/// One of them does not exist.
pub(crate) async fn get<R: Reader>(
    records: &Records<R>,
    user: &str,
    id: &str,
) -> Result<(User, ServiceCredential), Error> {
    let user: User = records.get(user).await?;
    let found = records
        .read(&keys::service_credential(&user.head.id, id))
        .await?;
    match found {
        Some(credential) => Ok((user, credential)),
        None => Err(Error::NoSuchCredential(id.to_owned())),
    }
}

/// With the password, which is shown only when it is made.
pub(crate) fn shape(credential: ServiceCredential, user_name: String) -> ServiceSpecificCredential {
    ServiceSpecificCredential {
        create_date: Timestamp::from_secs(credential.created_s),
        service_name: credential.service,
        service_user_name: Some(credential.service_user_name),
        service_password: Some(credential.password),
        service_specific_credential_id: credential.id,
        user_name,
        status: shape::status(credential.status),
        ..ServiceSpecificCredential::default()
    }
}

pub(crate) fn metadata(
    credential: ServiceCredential,
    user_name: &str,
) -> ServiceSpecificCredentialMetadata {
    ServiceSpecificCredentialMetadata {
        user_name: user_name.to_owned(),
        status: shape::status(credential.status),
        service_user_name: Some(credential.service_user_name),
        create_date: Timestamp::from_secs(credential.created_s),
        service_specific_credential_id: credential.id,
        service_name: credential.service,
        ..ServiceSpecificCredentialMetadata::default()
    }
}
