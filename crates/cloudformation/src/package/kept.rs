//! Dependencies that a tool installs, kept from one deployment to the next.
//!
//! Each installation has a folder of the cache, named by what it was made of. It gets that name only
//! when it is finished.

use super::{Packager, unreadable};
use crate::document::Mark;
use crate::error::TemplateError;
use base::hex;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// An installation's place.
pub(super) struct Kept {
    place: PathBuf,
    mark: Mark,
}

impl Kept {
    /// The place for what `parts` lead to.
    pub fn of(
        packager: &Packager<'_>,
        kind: &str,
        parts: &[&[u8]],
        mark: Mark,
    ) -> Result<Kept, TemplateError> {
        // The tool runs in another folder.
        let cache = std::path::absolute(packager.cache);
        let cache = cache.map_err(|e| unreadable(mark, packager.cache, &e))?;
        let mut digest = Sha256::new();
        for part in parts {
            digest.update(part.len().to_le_bytes());
            digest.update(part);
        }
        let mut digits = hex::encode(&digest.finalize());
        digits.truncate(32);
        let place = cache.join(kind).join(digits);
        Ok(Kept { place, mark })
    }

    /// The folder, if the installation was finished before.
    pub fn found(&self) -> Option<PathBuf> {
        self.place.is_dir().then(|| self.place.clone())
    }

    /// An empty folder to install into.
    pub async fn building(&self) -> Result<PathBuf, TemplateError> {
        let building = self.place.with_extension("part");
        let unreadable = |e: std::io::Error| unreadable(self.mark, &building, &e);
        if building.is_dir() {
            let cleared = tokio::fs::remove_dir_all(&building).await;
            cleared.map_err(unreadable)?;
        }
        let made = tokio::fs::create_dir_all(&building).await;
        made.map_err(unreadable)?;
        Ok(building)
    }

    /// Gives a finished installation its name.
    pub async fn keep(self, building: &Path) -> Result<PathBuf, TemplateError> {
        let renamed = tokio::fs::rename(building, &self.place).await;
        renamed.map_err(|e| unreadable(self.mark, &self.place, &e))?;
        Ok(self.place)
    }
}
