//! The folder that stands for S3: each bucket is a folder in it, and keys are paths.
//!
//! No key leads out of its bucket, and no bucket out of the folder. Knows nothing of what is kept in
//! it, or of who may read it.

use std::io;
use std::path::{Path, PathBuf};
use tokio::io::AsyncReadExt as _;

/// The folder with the buckets.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

/// Why something cannot be had from a bucket or put into it.
#[derive(Debug, thiserror::Error)]
pub enum S3Error {
    #[error("The key {0} is not valid")]
    Key(String),
    #[error("The specified bucket does not exist")]
    NoBucket,
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
}

/// Why an object cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum GetError {
    #[error(transparent)]
    S3(#[from] S3Error),
    #[error("The specified key does not exist.")]
    NoKey,
    #[error("the object has more than {0} bytes")]
    TooLarge(u64),
}

impl Folder {
    pub fn new(path: PathBuf) -> Folder {
        Folder(path)
    }

    /// Writes an object, and its bucket if there is none.
    ///
    /// # Errors
    /// [`S3Error`]
    pub async fn put(&self, bucket: &str, key: &str, content: Vec<u8>) -> Result<(), S3Error> {
        let path = self.path(bucket, key)?;
        let failed = |source| S3Error::File {
            path: path.clone(),
            source,
        };
        if let Some(folder) = path.parent() {
            tokio::fs::create_dir_all(folder).await.map_err(failed)?;
        }
        tokio::fs::write(&path, content).await.map_err(failed)
    }

    /// An object of at most so many bytes.
    ///
    /// # Errors
    /// [`GetError`]
    pub async fn get(&self, bucket: &str, key: &str, max_bytes: u64) -> Result<Vec<u8>, GetError> {
        let path = self.path(bucket, key)?;
        if !self.bucket(bucket)?.is_dir() {
            return Err(S3Error::NoBucket.into());
        }
        if !path.is_file() {
            return Err(GetError::NoKey);
        }
        let mut content = Vec::new();
        let read = async {
            let file = tokio::fs::File::open(&path).await?;
            let mut file = file.take(max_bytes.saturating_add(1));
            file.read_to_end(&mut content).await
        };
        match read.await {
            Ok(bytes) if u64::try_from(bytes).is_ok_and(|bytes| bytes <= max_bytes) => Ok(content),
            Ok(_) => Err(GetError::TooLarge(max_bytes)),
            Err(source) => Err(S3Error::File { path, source }.into()),
        }
    }

    /// The files of all objects whose keys start with `prefix`, in the order of the keys.
    /// Blocks.
    ///
    /// # Errors
    /// [`S3Error`]
    pub fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<PathBuf>, S3Error> {
        let root = self.bucket(bucket)?;
        if !root.is_dir() {
            return Err(S3Error::NoBucket);
        }
        // A prefix need not end where a name does: the last part may be the beginning of one.
        let (folder, _) = prefix.rsplit_once('/').unwrap_or(("", prefix));
        let folder = match folder {
            "" => root.clone(),
            folder => self.path(bucket, folder)?,
        };
        let mut found = Vec::new();
        collect(&folder, &mut found)?;
        found.retain(|path| is_below(&root, path, prefix));
        found.sort();
        Ok(found)
    }

    fn bucket(&self, bucket: &str) -> Result<PathBuf, S3Error> {
        let is_plain = !matches!(bucket, "" | "." | "..") && !bucket.contains(['/', '\\', '\0']);
        match is_plain {
            true => Ok(self.0.join(bucket)),
            false => Err(S3Error::Key(bucket.to_owned())),
        }
    }

    fn path(&self, bucket: &str, key: &str) -> Result<PathBuf, S3Error> {
        let is_plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains('\0');
        if !key.split('/').all(is_plain) {
            return Err(S3Error::Key(key.to_owned()));
        }
        Ok(self.bucket(bucket)?.join(key))
    }
}

fn is_below(root: &Path, path: &Path, prefix: &str) -> bool {
    let key = path.strip_prefix(root).ok().and_then(Path::to_str);
    key.is_some_and(|key| key.starts_with(prefix))
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), S3Error> {
    let failed = |source| S3Error::File {
        path: folder.to_owned(),
        source,
    };
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(failed)?,
    };
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() {
            collect(&entry.path(), found)?;
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn objects_stay_in_their_bucket() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::new(root.path().join("s3"));
        for key in ["a/b.json", "a/c", "ab", "z"] {
            folder.put("one", key, b"x".to_vec()).await.unwrap();
        }
        let names = |prefix: &str| -> Vec<String> {
            let found = folder.list("one", prefix).unwrap();
            let bucket = root.path().join("s3/one");
            let name = |path: &PathBuf| path.strip_prefix(&bucket).unwrap().display().to_string();
            found.iter().map(name).collect()
        };
        assert_eq!(names(""), ["a/b.json", "a/c", "ab", "z"]);
        assert_eq!(names("a"), ["a/b.json", "a/c", "ab"]);
        assert_eq!(names("a/"), ["a/b.json", "a/c"]);
        assert_eq!(names("a/b"), ["a/b.json"]);
        assert!(names("none/").is_empty());
        assert!(matches!(folder.list("two", ""), Err(S3Error::NoBucket)));
        for key in ["../x", "a/../../x", "/x", "", "a//b", "./x"] {
            let refusal = folder.put("one", key, Vec::new()).await;
            assert!(matches!(refusal, Err(S3Error::Key(_))), "{key}");
        }
        for bucket in ["..", ".", "", "a/b"] {
            assert!(folder.list(bucket, "").is_err(), "{bucket}");
        }
        assert!(folder.list("one", "../").is_err());
    }

    #[tokio::test]
    async fn an_object_comes_back_unless_it_is_too_large() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::new(root.path().to_owned());
        folder.put("one", "a/b", b"1234".to_vec()).await.unwrap();
        assert_eq!(folder.get("one", "a/b", 4).await.unwrap(), b"1234");
        let refusal = folder.get("one", "a/b", 3).await;
        assert!(matches!(refusal, Err(GetError::TooLarge(3))));
        for key in ["a", "b"] {
            let refusal = folder.get("one", key, 4).await;
            assert!(matches!(refusal, Err(GetError::NoKey)), "{key}");
        }
        let refusal = folder.get("two", "a", 4).await;
        assert!(matches!(refusal, Err(GetError::S3(S3Error::NoBucket))));
        let refusal = folder.get("one", "../one/a/b", 4).await;
        assert!(matches!(refusal, Err(GetError::S3(S3Error::Key(_)))));
    }
}
