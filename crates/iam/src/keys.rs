//! Where records are: the keys of the spaces `Iam` and `Sts`, as `docs/keyspace.md` lists them.
//!
//! What belongs to a user, role, group or policy hangs on its unique id, so that a new name moves
//! one record and nothing else.

use crate::record::Kind;
use base::AccountId;
use bytes::Bytes;
use kv::Space;
use kv::key::KeyWriter;

/// In what way a policy is used by an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Usage {
    Permissions,
    Boundary,
}

impl Usage {
    fn byte(self) -> u8 {
        match self {
            Usage::Permissions => 1,
            Usage::Boundary => 2,
        }
    }
}

/// Names differ in more than case.
pub(crate) fn fold(name: &str) -> String {
    name.to_ascii_lowercase()
}

fn iam(record: &str) -> KeyWriter {
    KeyWriter::new(Space::Iam).text(record)
}

pub(crate) fn entities(kind: Kind, account: AccountId) -> KeyWriter {
    iam(kind.word()).account(account)
}

pub(crate) fn entity(kind: Kind, account: AccountId, name: &str) -> Bytes {
    entities(kind, account).text(&fold(name)).finish()
}

pub(crate) fn identified(id: &str) -> Bytes {
    iam("id").text(id).finish()
}

pub(crate) fn inline_policies(owner_id: &str) -> KeyWriter {
    iam("inline").text(owner_id)
}

pub(crate) fn inline_policy(owner_id: &str, name: &str) -> Bytes {
    inline_policies(owner_id).text(&fold(name)).finish()
}

pub(crate) fn attached_policies(owner_id: &str) -> KeyWriter {
    iam("attached").text(owner_id)
}

pub(crate) fn attached_policy(owner_id: &str, policy_arn: &str) -> Bytes {
    attached_policies(owner_id).text(policy_arn).finish()
}

/// Who uses a policy: the inverse of attachments and boundaries.
pub(crate) fn usages(account: AccountId, policy_arn: &str, usage: Usage) -> KeyWriter {
    iam("usage")
        .account(account)
        .text(policy_arn)
        .byte(usage.byte())
}

pub(crate) fn usage(account: AccountId, policy_arn: &str, usage: Usage, owner_id: &str) -> Bytes {
    usages(account, policy_arn, usage).text(owner_id).finish()
}

pub(crate) fn members(group_id: &str) -> KeyWriter {
    iam("member").text(group_id)
}

pub(crate) fn member(group_id: &str, user_id: &str) -> Bytes {
    members(group_id).text(user_id).finish()
}

pub(crate) fn memberships(user_id: &str) -> KeyWriter {
    iam("membership").text(user_id)
}

pub(crate) fn membership(user_id: &str, group_id: &str) -> Bytes {
    memberships(user_id).text(group_id).finish()
}

pub(crate) fn versions(policy_id: &str) -> KeyWriter {
    iam("version").text(policy_id)
}

pub(crate) fn version(policy_id: &str, number: u64) -> Bytes {
    versions(policy_id).u64(number).finish()
}

pub(crate) fn access_keys() -> KeyWriter {
    iam("access-key")
}

pub(crate) fn access_key(id: &str) -> Bytes {
    access_keys().text(id).finish()
}

pub(crate) fn access_keys_of(user_id: &str) -> KeyWriter {
    iam("access-key-of").text(user_id)
}

pub(crate) fn access_key_of(user_id: &str, id: &str) -> Bytes {
    access_keys_of(user_id).text(id).finish()
}

/// The instance profiles of a role.
pub(crate) fn profiles_of(role_id: &str) -> KeyWriter {
    iam("profile-of").text(role_id)
}

pub(crate) fn profile_of(role_id: &str, profile_id: &str) -> Bytes {
    profiles_of(role_id).text(profile_id).finish()
}

/// The second factors of a user.
pub(crate) fn mfa_devices_of(user_id: &str) -> KeyWriter {
    iam("mfa-of").text(user_id)
}

pub(crate) fn mfa_device_of(user_id: &str, device_id: &str) -> Bytes {
    mfa_devices_of(user_id).text(device_id).finish()
}

pub(crate) fn login_profile(user_id: &str) -> Bytes {
    iam("login").text(user_id).finish()
}

pub(crate) fn service_credentials(user_id: &str) -> KeyWriter {
    iam("service-credential").text(user_id)
}

pub(crate) fn service_credential(user_id: &str, id: &str) -> Bytes {
    service_credentials(user_id).text(id).finish()
}

pub(crate) fn ssh_keys(user_id: &str) -> KeyWriter {
    iam("ssh-key").text(user_id)
}

pub(crate) fn ssh_key(user_id: &str, id: &str) -> Bytes {
    ssh_keys(user_id).text(id).finish()
}

pub(crate) fn signing_certificates(user_id: &str) -> KeyWriter {
    iam("signing-certificate").text(user_id)
}

pub(crate) fn signing_certificate(user_id: &str, id: &str) -> Bytes {
    signing_certificates(user_id).text(id).finish()
}

pub(crate) fn password_policy(account: AccountId) -> Bytes {
    iam("password-policy").account(account).finish()
}

pub(crate) fn access_job(account: AccountId, id: &str) -> Bytes {
    iam("access-job").account(account).text(id).finish()
}

pub(crate) fn credential_report(account: AccountId) -> Bytes {
    iam("credential-report").account(account).finish()
}

/// That the user with a key that everybody knows was made once.
pub(crate) fn seeded(key_id: &str) -> Bytes {
    iam("seeded").text(key_id).finish()
}

/// What the user or role of this unique id called.
pub(crate) fn called(id: &str) -> Bytes {
    iam("called").text(id).finish()
}

/// When an access key, or the user or role of a unique id, was used last.
pub(crate) fn last_use(what: &str) -> Bytes {
    iam("last-use").text(what).finish()
}

pub(crate) fn account_alias(account: AccountId) -> Bytes {
    iam("alias").account(account).finish()
}

/// A key that is never there: deleting it orders a transaction behind others.
pub(crate) fn barrier() -> Bytes {
    iam("barrier").finish()
}

pub(crate) fn session(access_key_id: &str) -> Bytes {
    KeyWriter::new(Space::Sts)
        .text("session")
        .text(access_key_id)
        .finish()
}

/// Sessions in the order in which they end.
pub(crate) fn expiries() -> KeyWriter {
    KeyWriter::new(Space::Sts).text("expiry")
}

pub(crate) fn expiry(expires_ms: u64, access_key_id: &str) -> Bytes {
    expiries().u64(expires_ms).text(access_key_id).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes of `docs/keyspace.md`.
    #[test]
    fn layouts() {
        let check = |key: Bytes, expected: &[u8]| assert_eq!(key, expected);
        let account = AccountId::DEFAULT;
        check(
            entity(Kind::User, account, "Ada"),
            b"\x10user\0\x01000000000000ada\0\x01",
        );
        check(identified("AIDA1"), b"\x10id\0\x01AIDA1\0\x01");
        check(
            version("ANPA1", 3),
            b"\x10version\0\x01ANPA1\0\x01\0\0\0\0\0\0\0\x03",
        );
        check(inline_policy("A", "P"), b"\x10inline\0\x01A\0\x01p\0\x01");
        check(
            attached_policy("A", "arn"),
            b"\x10attached\0\x01A\0\x01arn\0\x01",
        );
        check(
            usage(account, "arn", Usage::Boundary, "A"),
            b"\x10usage\0\x01000000000000arn\0\x01\x02A\0\x01",
        );
        check(membership("U", "G"), b"\x10membership\0\x01U\0\x01G\0\x01");
        check(
            access_key_of("U", "K"),
            b"\x10access-key-of\0\x01U\0\x01K\0\x01",
        );
        check(session("ASIA1"), b"\x11session\0\x01ASIA1\0\x01");
        check(
            expiry(258, "ASIA1"),
            b"\x11expiry\0\x01\0\0\0\0\0\0\x01\x02ASIA1\0\x01",
        );
    }
}
