//! Policy documents on their way in and out: quotas, existence of principals, URL encoding.

use crate::error::{Error, Limit};
use crate::keys;
use crate::record::{Entity, Kind, Role, User};
use crate::records::{Reader, Records};
use base::Arn;
use kv::Txn;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use policy::{Dialect, Element, Malformed, Policy, PrincipalPattern};

const MANAGED_MAX_CHARS: usize = 6_144;
const TRUST_MAX_CHARS: usize = 2_048;

/// Everything but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The document as IAM answers it.
pub(crate) fn encoded(document: &str) -> String {
    utf8_percent_encode(document, RESERVED).to_string()
}

/// What counts towards quotas: everything but white space.
pub(crate) fn size_chars(document: &str) -> usize {
    document.chars().filter(|c| !c.is_whitespace()).count()
}

/// # Errors
/// The document is no identity-based policy of the current version, or too long for a managed
/// one.
pub(crate) fn check_managed(document: &str) -> Result<(), Error> {
    Policy::parse(document, Dialect::Managed)?;
    match size_chars(document) {
        0..=MANAGED_MAX_CHARS => Ok(()),
        _ => Err(Error::LimitExceeded(Limit::ManagedPolicySize)),
    }
}

/// # Errors
/// The document is no identity-based policy.
pub(crate) fn check_identity(document: &str) -> Result<(), Malformed> {
    Policy::parse(document, Dialect::Identity).map(|_| ())
}

/// # Errors
/// The document is no trust policy, is too long, or names principals of this account that do not
/// exist.
pub(crate) async fn check_trust<R: Reader>(
    records: &Records<R>,
    document: &str,
) -> Result<(), Error> {
    let policy = Policy::parse(document, Dialect::Trust)?;
    if size_chars(document) > TRUST_MAX_CHARS {
        return Err(Error::LimitExceeded(Limit::TrustPolicySize));
    }
    let named = policy.statements().iter().filter_map(|s| s.principals());
    for principal in named.flat_map(Element::patterns) {
        let missing = match principal {
            PrincipalPattern::Arn(arn) if arn.account() == records.account.as_str() => {
                (!principal_exists(records, arn).await?).then(|| arn.to_string())
            }
            PrincipalPattern::UniqueId(id) => {
                (!records.exists(&keys::identified(id)).await?).then(|| id.clone())
            }
            _ => None,
        };
        if let Some(missing) = missing {
            return Err(Error::NoSuchPrincipal(missing));
        }
    }
    Ok(())
}

/// Has the account's trust policies call a principal otherwise: one that has a new ARN by that, one
/// that is gone by its unique id, so that whoever gets its name later is not trusted in its place.
pub(crate) async fn rename_principal(
    records: &Records<Txn>,
    arn: &Arn,
    to: &str,
) -> Result<(), Error> {
    let roles = keys::entities(Kind::Role, records.account);
    let roles: Vec<Role> = records.all(&roles).await?;
    for mut role in roles {
        if let Some(trust) = policy::rename_principal(&role.trust, arn.as_str(), to) {
            role.trust = trust;
            records.put_entity(&role);
        }
    }
    Ok(())
}

/// Whether there is such a user or role; a session counts as existing if its role does.
async fn principal_exists<R: Reader>(records: &Records<R>, arn: &Arn) -> Result<bool, Error> {
    let mut parts = arn.resource().split('/');
    let kind = parts.next().unwrap_or_default();
    let name = parts.next_back().unwrap_or_default();
    Ok(match kind {
        "user" => has_arn(records.find::<User>(name).await?, records, arn),
        "role" => has_arn(records.find::<Role>(name).await?, records, arn),
        "assumed-role" => {
            let role = arn.resource().split('/').nth(1).unwrap_or_default();
            records.find::<Role>(role).await?.is_some()
        }
        _ => true,
    })
}

fn has_arn<R, E: Entity>(found: Option<E>, records: &Records<R>, arn: &Arn) -> bool {
    found.is_some_and(|entity| entity.arn(records.account) == *arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoding_and_size() {
        let document = "{\"a\": \"b c+d/~é\"}\n";
        assert_eq!(
            encoded(document),
            "%7B%22a%22%3A%20%22b%20c%2Bd%2F~%C3%A9%22%7D%0A"
        );
        assert_eq!(size_chars(document), 15);
    }
}
