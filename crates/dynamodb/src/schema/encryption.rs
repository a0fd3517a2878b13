//! Encryption with a key of one's own: what a specification asks for.

use crate::error::SchemaError;
use crate::table::Encryption;
use crate::tables::TableName;
use base::Entropy;
use wire::dynamodb::{SSESpecification, SSEType};

/// The key that a specification encrypts with, if it does; a new one of AWS's own if it names
/// none.
///
/// # Errors
/// [`SchemaError`] with what AWS reports first.
pub fn encryption(
    given: &SSESpecification,
    entropy: &Entropy,
    name: &TableName,
) -> Result<Option<Encryption>, SchemaError> {
    if !is_enabled(given)? {
        return Ok(None);
    }
    let TableName {
        account, region, ..
    } = name;
    let arn = |resource: &str| base::Arn::regional("kms", region, *account, resource).to_string();
    let key_arn = match &given.kms_master_key_id {
        Some(key) if key.starts_with("arn:") => key.clone(),
        Some(alias) if alias.starts_with("alias/") => arn(alias),
        Some(id) => arn(&format!("key/{id}")),
        None => arn(&format!("key/{}", entropy.uuid())),
    };
    Ok(Some(Encryption { key_arn }))
}

/// The same for a table that is encrypted with `current`: the very same is refused.
///
/// # Errors
/// As above.
pub fn updated_encryption(
    given: &SSESpecification,
    current: Option<&Encryption>,
    entropy: &Entropy,
    name: &TableName,
) -> Result<Option<Encryption>, SchemaError> {
    let wanted = encryption(given, entropy, name)?;
    match (&wanted, current) {
        (None, None) => Err(SchemaError::NotEncrypted),
        (Some(_), Some(current)) if given.kms_master_key_id.as_ref() == Some(&current.key_arn) => {
            Err(SchemaError::SameEncryption)
        }
        _ => Ok(wanted),
    }
}

/// Whether a specification switches encryption on; its type alone does.
fn is_enabled(given: &SSESpecification) -> Result<bool, SchemaError> {
    let has_key = given.kms_master_key_id.is_some();
    if given.enabled == Some(false) {
        return match (given.sse_type, has_key) {
            (Some(_), _) => Err(SchemaError::KeyOfDisabled("SSEType")),
            (None, true) => Err(SchemaError::KeyOfDisabled("KMSMasterKeyId")),
            (None, false) => Ok(false),
        };
    }
    match given.sse_type {
        Some(SSEType::Aes256) => Err(SchemaError::EncryptionType),
        None if has_key => Err(SchemaError::KeyWithoutType),
        kind => Ok(kind.is_some() || given.enabled == Some(true)),
    }
}

#[cfg(test)]
mod tests;
