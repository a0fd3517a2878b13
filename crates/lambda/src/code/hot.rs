//! Folders of the machine in which functions run as they are: what has changed in them shows in
//! the next invocation.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// A change is seen this much later, at most.
const SEEN_WITHIN: Duration = Duration::from_millis(50);
/// Files that are looked at; what is beyond them can change unseen.
const MOST_FILES: usize = 100_000;

/// What is known of the folders in use.
#[derive(Debug, Default)]
pub(crate) struct Watched(Mutex<BTreeMap<PathBuf, Seen>>);

#[derive(Clone, Debug)]
struct Seen {
    at: Instant,
    looks: u64,
    changes: u64,
}

impl Watched {
    /// How often the folder has changed since it was first asked for.
    pub async fn changes(&self, folder: &Path) -> u64 {
        let known = self.lock().get(folder).cloned();
        if let Some(seen) = &known
            && seen.at.elapsed() < SEEN_WITHIN
        {
            return seen.changes;
        }
        let at = Instant::now();
        let path = folder.to_owned();
        let looks = tokio::task::spawn_blocking(move || looks(&path)).await;
        let looks = looks.unwrap_or_default();
        let mut watched = self.lock();
        let seen = watched.entry(folder.to_owned()).or_insert(Seen {
            at,
            looks,
            changes: 0,
        });
        // One that was looked at later knows better.
        if seen.at <= at {
            seen.changes += u64::from(seen.looks != looks);
            seen.at = at;
            seen.looks = looks;
        }
        seen.changes
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<PathBuf, Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A number that is another when a file is another, or another version of it.
fn looks(folder: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut waiting = vec![folder.to_owned()];
    let mut files = 0usize;
    while let Some(path) = waiting.pop() {
        files += 1;
        if files > MOST_FILES {
            break;
        }
        let Ok(metadata) = path.symlink_metadata() else {
            continue;
        };
        if metadata.is_dir() {
            let entries = std::fs::read_dir(&path).into_iter().flatten().flatten();
            let first = waiting.len();
            waiting.extend(entries.map(|entry| entry.path()));
            if let Some(new) = waiting.get_mut(first..) {
                new.sort_unstable();
            }
        }
        path.hash(&mut hasher);
        version(&metadata).hash(&mut hasher);
    }
    hasher.finish()
}

fn version(metadata: &Metadata) -> (u64, u64, i64, i64) {
    let time = (metadata.mtime(), metadata.mtime_nsec());
    match metadata.is_dir() {
        // What a folder holds is looked at itself; running code may leave caches in it.
        true => (metadata.ino(), 0, 0, 0),
        false => (metadata.ino(), metadata.len(), time.0, time.1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_shows() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("app.py");
        let mut seen = Vec::new();
        let mut see = || seen.push(looks(folder.path()));
        see();
        std::fs::write(&file, "1").unwrap();
        see();
        std::fs::write(&file, "12").unwrap();
        see();
        std::fs::create_dir(folder.path().join("lib")).unwrap();
        see();
        std::fs::remove_file(&file).unwrap();
        see();
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), count);
        assert_eq!(looks(folder.path()), looks(folder.path()));
    }
}
