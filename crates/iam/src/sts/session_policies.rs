//! Policies that limit a session, given when it is made.

use crate::document::{check_identity, size_chars};
use crate::error::Error;
use crate::records::Records;
use crate::sts::Sts;
use base::AccountId;
use wire::sts::PolicyDescriptorType;

/// What session policies and tags may have together. AWS packs them in a way of its own; here
/// their characters count.
const MAX_PACKED_CHARS: usize = 2_048;
const MAX_ARNS: usize = 10;

/// As a request gives them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionPolicies<'a> {
    pub document: Option<&'a str>,
    pub arns: Option<&'a [PolicyDescriptorType]>,
}

impl<'a> SessionPolicies<'a> {
    fn arns(self) -> impl Iterator<Item = &'a String> {
        let descriptors = self.arns.unwrap_or_default().iter();
        descriptors.filter_map(|descriptor| descriptor.arn.as_ref())
    }

    pub(crate) fn is_empty(self) -> bool {
        self.document.is_none() && self.arns().next().is_none()
    }

    /// The documents. Those of managed policies are taken as they are now.
    ///
    /// # Errors
    /// A document is no policy, an ARN means none, or there are too many.
    pub(crate) async fn documents(
        self,
        sts: &Sts,
        account: AccountId,
    ) -> Result<Vec<String>, Error> {
        if self.arns().count() > MAX_ARNS {
            return Err(Error::TooManySessionPolicies);
        }
        let mut documents = Vec::new();
        if let Some(document) = self.document {
            check_identity(document)?;
            documents.push(document.to_owned());
        }
        let records = Records::new(sts.iam.store.snapshot(), account);
        for arn in self.arns() {
            let document = records.default_document(arn).await?;
            documents.push(document.ok_or_else(|| Error::NotAttachable(arn.clone()))?);
        }
        Ok(documents)
    }

    /// How much of the room for policies and tags is taken; `None` if there is nothing.
    ///
    /// # Errors
    /// It is more than there is.
    pub(crate) fn packed_percent<'t>(
        self,
        tags: impl Iterator<Item = (&'t str, &'t str)>,
    ) -> Result<Option<i32>, Error> {
        let of_document = self.document.map_or(0, size_chars);
        let of_arns: usize = self.arns().map(String::len).sum();
        let of_tags: usize = tags.map(|(key, value)| key.len() + value.len()).sum();
        let percent = ((of_document + of_arns + of_tags) * 100).div_ceil(MAX_PACKED_CHARS);
        match percent {
            0 if self.is_empty() => Ok(None),
            0..=100 => Ok(i32::try_from(percent).ok()),
            _ => Err(Error::PackedPolicyTooLarge(percent)),
        }
    }
}
