//! What is stored, as serde structs. Their JSON is described in `docs/keyspace.md`; it is not the
//! wire's, and the wire's shapes never come here.

use base::{AccountId, Arn, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The kinds of things that have a name, a path and a unique id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    User,
    Role,
    Group,
    Policy,
    InstanceProfile,
    ServerCertificate,
    MfaDevice,
    OidcProvider,
    SamlProvider,
}

impl Kind {
    /// The word for it in ARNs and in sentences.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::User => "user",
            Kind::Role => "role",
            Kind::Group => "group",
            Kind::Policy => "policy",
            Kind::InstanceProfile => "instance-profile",
            Kind::ServerCertificate => "server-certificate",
            Kind::MfaDevice => "mfa",
            Kind::OidcProvider => "oidc-provider",
            Kind::SamlProvider => "saml-provider",
        }
    }

    /// The word for it in names of quotas and at the start of sentences.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Kind::User => "User",
            Kind::Role => "Role",
            Kind::Group => "Group",
            Kind::Policy => "Policy",
            Kind::InstanceProfile => "Instance Profile",
            Kind::ServerCertificate => "Server Certificate",
            Kind::MfaDevice => "MFADevice",
            Kind::OidcProvider => "OpenIDConnect Provider",
            Kind::SamlProvider => "SAMLProvider",
        }
    }

    /// What its unique ids start with.
    pub(crate) fn id_prefix(self) -> &'static str {
        match self {
            Kind::User => "AIDA",
            Kind::Role => "AROA",
            Kind::Group => "AGPA",
            Kind::Policy => "ANPA",
            Kind::InstanceProfile => "AIPA",
            Kind::ServerCertificate => "ASCA",
            // Nobody is shown those of the others.
            Kind::MfaDevice => "AMFA",
            Kind::OidcProvider => "AOID",
            Kind::SamlProvider => "ASAM",
        }
    }

    /// `arn:aws:iam::ACCOUNT:KIND/PATH/NAME`.
    pub(crate) fn arn(self, account: AccountId, path: &str, name: &str) -> Arn {
        Arn::global("iam", account, &format!("{}{path}{name}", self.word()))
    }
}

/// What users, roles, groups and policies have in common.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Head {
    /// In the case it was created with; names differ in more than case.
    pub name: String,
    /// `/` or `/a/b/`.
    pub path: String,
    /// `AIDA...`, `AROA...`, `AGPA...`, `ANPA...`: never used again.
    pub id: String,
    pub created_s: i64,
}

impl Head {
    pub(crate) fn created(&self) -> Timestamp {
        Timestamp::from_secs(self.created_s)
    }
}

/// A record with a [`Head`].
pub(crate) trait Entity: Clone + Serialize + DeserializeOwned + Send + Sync {
    const KIND: Kind;

    fn head(&self) -> &Head;

    fn tags(&self) -> &Tags;

    /// The ARN of its permissions boundary.
    fn boundary(&self) -> Option<&str>;

    fn arn(&self, account: AccountId) -> Arn {
        let head = self.head();
        Self::KIND.arn(account, &head.path, &head.name)
    }
}

/// A user or a role: what can be the principal of a request, and have tags and a boundary.
pub(crate) trait Identity: Entity {
    fn boundary_mut(&mut self) -> &mut Option<String>;
}

/// Something whose tags can be changed.
pub(crate) trait Tagged: Entity {
    fn tags_mut(&mut self) -> &mut Tags;
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct User {
    pub head: Head,
    pub tags: Tags,
    pub boundary: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Role {
    pub head: Head,
    pub description: Option<String>,
    pub max_session_s: i32,
    /// The trust policy as it was given.
    pub trust: String,
    pub tags: Tags,
    pub boundary: Option<String>,
}

impl Role {
    /// Whether it is a service's own, which only the service may change.
    pub(crate) fn is_service_linked(&self) -> bool {
        self.head.path.starts_with(crate::service_linked::PATH)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Group {
    pub head: Head,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ManagedPolicy {
    pub head: Head,
    pub description: Option<String>,
    pub default_version: u64,
    /// The number of the latest version, deleted or not: numbers are not used again.
    pub last_version: u64,
    pub updated_s: i64,
    pub tags: Tags,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct InstanceProfile {
    pub head: Head,
    pub tags: Tags,
    /// The unique id of its role.
    pub role_id: Option<String>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ServerCertificate {
    pub head: Head,
    pub tags: Tags,
    /// PEM, like the chain and the private key.
    pub body: String,
    pub chain: Option<String>,
    pub private_key: String,
    pub expires_s: i64,
}

/// A virtual device, found by the last part of its serial number, which is its ARN.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct MfaDevice {
    pub head: Head,
    pub tags: Tags,
    /// Base32, as authenticator programs take it.
    pub seed: String,
    /// The user it was enabled for, and when.
    pub enabled: Option<EnabledFor>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct EnabledFor {
    pub user_id: String,
    pub since_s: i64,
    /// The period of the last code that was accepted: no code is accepted twice.
    pub last_period: i64,
}

/// Its name is its URL without `https://`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct OidcProvider {
    pub head: Head,
    pub tags: Tags,
    pub client_ids: Vec<String>,
    pub thumbprints: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SamlProvider {
    pub head: Head,
    pub tags: Tags,
    pub metadata: String,
    pub valid_until_s: i64,
}

/// A user's password for the console, which there is none of.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct LoginProfile {
    pub salt: String,
    /// PBKDF2 of the password, base64.
    pub hash: String,
    pub created_s: i64,
    pub reset_required: bool,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ServiceCredential {
    pub id: String,
    pub user_id: String,
    pub service: String,
    pub service_user_name: String,
    pub password: String,
    pub status: KeyStatus,
    pub created_s: i64,
}

/// A user's public key for CodeCommit, which there is none of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SshKey {
    pub id: String,
    /// As it was given.
    pub body: String,
    pub fingerprint: String,
    pub status: KeyStatus,
    pub created_s: i64,
}

/// A user's certificate for signing SOAP requests, which no service here takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SigningCertificate {
    pub id: String,
    /// PEM, as it was given.
    pub body: String,
    pub status: KeyStatus,
    pub created_s: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PasswordPolicy {
    pub minimum_length: i32,
    pub symbols: bool,
    pub numbers: bool,
    pub uppercase: bool,
    pub lowercase: bool,
    pub users_may_change: bool,
    pub max_age_days: Option<i32>,
    pub reuse_prevention: Option<i32>,
    pub hard_expiry: Option<bool>,
}

/// A job of GenerateServiceLastAccessedDetails: what it found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AccessJob {
    pub created_s: i64,
    /// Of the user, role, group or policy asked for.
    pub arn: String,
    pub action_level: bool,
}

/// The credential report of an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CredentialReport {
    pub generated_s: i64,
    pub content: String,
}

static NO_TAGS: Tags = Tags(Vec::new());

macro_rules! entity {
    ($type:ty, $kind:expr, $self:ident => $tags:expr, $boundary:expr) => {
        impl Entity for $type {
            const KIND: Kind = $kind;

            fn head(&self) -> &Head {
                &self.head
            }

            fn tags(&$self) -> &Tags {
                $tags
            }

            fn boundary(&$self) -> Option<&str> {
                $boundary
            }
        }
    };
}

entity!(User, Kind::User, self => &self.tags, self.boundary.as_deref());
entity!(Role, Kind::Role, self => &self.tags, self.boundary.as_deref());
entity!(Group, Kind::Group, self => &NO_TAGS, None);
entity!(ManagedPolicy, Kind::Policy, self => &self.tags, None);
entity!(InstanceProfile, Kind::InstanceProfile, self => &self.tags, None);
entity!(ServerCertificate, Kind::ServerCertificate, self => &self.tags, None);
entity!(MfaDevice, Kind::MfaDevice, self => &self.tags, None);
entity!(OidcProvider, Kind::OidcProvider, self => &self.tags, None);
entity!(SamlProvider, Kind::SamlProvider, self => &self.tags, None);

macro_rules! tagged {
    ($($type:ty),+) => {$(
        impl Tagged for $type {
            fn tags_mut(&mut self) -> &mut Tags {
                &mut self.tags
            }
        }
    )+};
}

tagged!(
    User,
    Role,
    ManagedPolicy,
    InstanceProfile,
    ServerCertificate,
    MfaDevice,
    OidcProvider,
    SamlProvider
);

macro_rules! identity {
    ($($type:ty),+) => {$(
        impl Identity for $type {
            fn boundary_mut(&mut self) -> &mut Option<String> {
                &mut self.boundary
            }
        }
    )+};
}

identity!(User, Role);

/// Where the owner of a unique id is found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Identified {
    pub account: String,
    pub kind: Kind,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PolicyVersion {
    pub number: u64,
    pub document: String,
    pub created_s: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct InlinePolicy {
    pub name: String,
    pub document: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Attached {
    pub arn: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum KeyStatus {
    Active,
    Inactive,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AccessKey {
    pub id: String,
    /// Stored as it is: verifying a signature takes the secret itself.
    pub secret: String,
    pub account: String,
    pub user_id: String,
    pub status: KeyStatus,
    pub created_s: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AccountAlias {
    pub alias: String,
}

/// Temporary credentials.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Session {
    pub access_key_id: String,
    pub secret: String,
    pub token: String,
    pub account: String,
    pub issued_ms: i64,
    pub expires_ms: i64,
    pub of: SessionOf,
}

/// Whose temporary credentials.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SessionOf {
    /// A user's own, of GetSessionToken.
    User {
        id: String,
        /// When a second factor was given, if one was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mfa_ms: Option<i64>,
    },
    Root,
    /// Of GetFederationToken.
    Federated {
        name: String,
        /// The user who asked; `None` for the account's root.
        user_id: Option<String>,
        policies: Vec<String>,
        tags: Vec<(String, String)>,
    },
    Role {
        arn: String,
        id: String,
        session_name: String,
        /// Documents that limit the session; `None` if nothing does.
        policies: Vec<String>,
        tags: Vec<(String, String)>,
        transitive_tag_keys: Vec<String>,
        source_identity: Option<String>,
        /// Further condition keys, each with its value.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        facts: Vec<(String, String)>,
    },
}

/// Tags in the order of their keys; keys differ in more than case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Tags(Vec<(String, String)>);

impl Tags {
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn set(&mut self, key: &str, value: &str) {
        self.remove(key);
        let folded = key.to_lowercase();
        let at = self.0.partition_point(|(k, _)| k.to_lowercase() < folded);
        self.0.insert(at, (key.to_owned(), value.to_owned()));
    }

    pub(crate) fn remove(&mut self, key: &str) {
        let folded = key.to_lowercase();
        self.0.retain(|(k, _)| k.to_lowercase() != folded);
    }
}

/// `Debug` that shows these fields; the others are secrets, or belong to them.
macro_rules! shown {
    ($($record:ident { $($field:ident),* })*) => {$(
        impl fmt::Debug for $record {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($record))
                    $(.field(stringify!($field), &self.$field))*
                    .finish_non_exhaustive()
            }
        }
    )*};
}

shown! {
    AccessKey { id, account, user_id, status, created_s }
    LoginProfile { created_s, reset_required }
    MfaDevice { head, tags, enabled }
    ServerCertificate { head, tags, expires_s }
    ServiceCredential { id, user_id, service, service_user_name, status, created_s }
    Session { access_key_id, account, issued_ms, expires_ms, of }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `docs/keyspace.md` says. What was stored once has to be readable for ever.
    #[test]
    fn stored_forms() {
        let user = User {
            head: Head {
                name: "Ada".to_owned(),
                path: "/".to_owned(),
                id: "AIDA1".to_owned(),
                created_s: 7,
            },
            tags: Tags(vec![("k".to_owned(), "v".to_owned())]),
            boundary: None,
        };
        let form = br#"{"head":{"name":"Ada","path":"/","id":"AIDA1","created_s":7},"tags":[["k","v"]],"boundary":null}"#;
        assert_eq!(kv::record::encode(&user)[1..], form[..]);
        let of: SessionOf = serde_json::from_str(r#"{"user":{"id":"AIDA1"}}"#).unwrap();
        assert_eq!(
            of,
            SessionOf::User {
                id: "AIDA1".to_owned(),
                mfa_ms: None,
            }
        );
        assert_eq!(serde_json::to_string(&SessionOf::Root).unwrap(), "\"root\"");
        assert_eq!(serde_json::to_string(&Kind::Policy).unwrap(), "\"policy\"");
        assert_eq!(
            serde_json::to_string(&KeyStatus::Inactive).unwrap(),
            "\"inactive\""
        );
    }

    #[test]
    fn tags_are_sorted_and_ignore_case() {
        let mut tags = Tags::default();
        for (key, value) in [("b", "1"), ("A", "2"), ("c", "3"), ("B", "4")] {
            tags.set(key, value);
        }
        assert_eq!(
            tags.iter().collect::<Vec<_>>(),
            [("A", "2"), ("B", "4"), ("c", "3")]
        );
        tags.remove("a");
        assert_eq!(tags.len(), 2);
    }
}
