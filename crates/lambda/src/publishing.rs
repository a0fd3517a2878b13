//! Making a numbered version of what `$LATEST` is.

use crate::catalog;
use crate::error::Error;
use crate::record::{self, FunctionRecord, VersionRecord};
use crate::target::Target;
use kv::Txn;

/// A version and its number.
#[derive(Clone, Debug)]
pub(crate) struct Published {
    pub number: u64,
    pub record: VersionRecord,
}

/// What a version gets that `$LATEST` has not.
#[derive(Clone, Debug)]
pub(crate) struct Imprint {
    pub revision_id: String,
    pub generation: u64,
    pub description: Option<String>,
}

/// Publishes `$LATEST`, unless the version published last is the same, which is answered then.
/// The caller writes the changed function.
pub(crate) async fn publish(
    txn: &Txn,
    target: &Target,
    function: &mut FunctionRecord,
    imprint: Imprint,
) -> Result<Published, Error> {
    let last = function.next_version.saturating_sub(1);
    if let Some(record) = catalog::published(txn, &target.scope, &target.name, last).await?
        && is_unchanged(&record, &function.latest)
    {
        return Ok(Published {
            number: last,
            record,
        });
    }
    let mut record = VersionRecord {
        revision_id: imprint.revision_id,
        generation: imprint.generation,
        ..function.latest.clone()
    };
    if let Some(description) = imprint.description {
        record.settings.description = description;
    }
    let number = function.next_version;
    function.next_version += 1;
    let key = record::version_key(&target.scope, &target.name, number);
    txn.put(key, kv::record::encode(&record));
    Ok(Published { number, record })
}

/// The description alone makes no new version.
fn is_unchanged(published: &VersionRecord, latest: &VersionRecord) -> bool {
    let mut settings = latest.settings.clone();
    settings
        .description
        .clone_from(&published.settings.description);
    published.code == latest.code && published.settings == settings
}
