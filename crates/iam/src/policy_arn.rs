//! ARNs of managed policies, and what they lead to.

use crate::aws_managed::{self, AwsManaged};
use crate::error::Error;
use crate::keys;
use crate::record::{Entity, ManagedPolicy, PolicyVersion};
use crate::records::{Reader, Records};
use base::Arn;
use bytes::Bytes;

/// A managed policy: AWS's own or the account's.
pub(crate) enum Managed {
    Aws(&'static AwsManaged),
    Own(ManagedPolicy),
}

/// Where a managed policy's record stands, and its bytes: they change with the version that is in
/// force. For a policy of AWS's, its ARN and document.
pub(crate) struct StoredPolicy {
    pub key: Bytes,
    pub record: Bytes,
}

/// The name in a managed policy's ARN.
///
/// # Errors
/// The text is no ARN, or one of something else.
fn name_of(text: &str) -> Result<(Arn, String), Error> {
    let arn: Arn = text.parse().map_err(|_| Error::UnreadableArn)?;
    let path = match arn.service() {
        "iam" => arn.resource().strip_prefix("policy/"),
        _ => None,
    };
    let name = path.and_then(|path| path.rsplit('/').next());
    match name {
        Some(name) if !name.is_empty() => {
            let name = name.to_owned();
            Ok((arn, name))
        }
        _ => Err(Error::NotAPolicyArn(text.to_owned())),
    }
}

impl<R: Reader> Records<R> {
    /// The policy that an ARN means.
    ///
    /// # Errors
    /// The text is no ARN of a policy.
    pub(crate) async fn find_policy(&self, arn: &str) -> Result<Option<Managed>, Error> {
        let (parsed, name) = name_of(arn)?;
        if parsed.account() == "aws" {
            return Ok(aws_managed::find(arn).map(Managed::Aws));
        }
        let found = self.find::<ManagedPolicy>(&name).await?;
        Ok(found
            .filter(|policy| policy.arn(self.account) == parsed)
            .map(Managed::Own))
    }

    /// The policy that the ARN of an attachment means, unread.
    ///
    /// # Errors
    /// The text is no ARN of a policy.
    pub(crate) async fn find_stored_policy(
        &self,
        arn: &str,
    ) -> Result<Option<StoredPolicy>, Error> {
        let (parsed, name) = name_of(arn)?;
        if parsed.account() == "aws" {
            let found = aws_managed::find(arn);
            return Ok(found.map(|policy| StoredPolicy {
                key: Bytes::copy_from_slice(arn.as_bytes()),
                record: Bytes::from_static(policy.document.as_bytes()),
            }));
        }
        let key = keys::entity(ManagedPolicy::KIND, self.account, &name);
        let record = self.stored(&key).await?;
        Ok(record.map(|record| StoredPolicy { key, record }))
    }

    /// # Errors
    /// `NoSuchEntity`, as most operations word it.
    pub(crate) async fn get_policy(&self, arn: &str) -> Result<Managed, Error> {
        let found = self.find_policy(arn).await?;
        found.ok_or_else(|| Error::NoSuchPolicy(arn.to_owned()))
    }

    /// A policy that can be changed.
    ///
    /// # Errors
    /// `NoSuchEntity`, or the policy is AWS's.
    pub(crate) async fn get_own_policy(&self, arn: &str) -> Result<ManagedPolicy, Error> {
        let (parsed, _) = name_of(arn)?;
        if parsed.account() != self.account.as_str() {
            return Err(Error::OutsideAccount);
        }
        match self.get_policy(arn).await? {
            Managed::Own(policy) => Ok(policy),
            Managed::Aws(_) => Err(Error::OutsideAccount),
        }
    }

    /// The document that is in force.
    pub(crate) async fn default_document(&self, arn: &str) -> Result<Option<String>, Error> {
        Ok(match self.find_policy(arn).await? {
            None => None,
            Some(Managed::Aws(policy)) => Some(policy.document.to_owned()),
            Some(Managed::Own(policy)) => {
                let key = keys::version(&policy.head.id, policy.default_version);
                self.read::<PolicyVersion>(&key)
                    .await?
                    .map(|version| version.document)
            }
        })
    }
}

/// The number in `v3`; `None` for what no version is called.
pub(crate) fn version_number(id: &str) -> Option<u64> {
    id.strip_prefix('v')?.parse().ok()
}

/// `v3`.
pub(crate) fn version_id(number: u64) -> String {
    format!("v{number}")
}
