//! The files of a layout, be it a folder or a tar file.

use crate::image::ImageError;
use base::hex;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Take};
use std::path::{Path, PathBuf};
use tar::Archive;

/// Documents are small.
const MAX_DOCUMENT_BYTES: u64 = 4 << 20;
const MAX_MEMBERS: usize = 100_000;

/// Where a layout's files are.
#[derive(Debug)]
pub(crate) enum Blobs {
    Folder(PathBuf),
    Archive {
        path: PathBuf,
        /// Offset and length of each file, by name.
        members: BTreeMap<PathBuf, (u64, u64)>,
    },
}

impl Blobs {
    pub fn open(path: &Path) -> Result<Blobs, ImageError> {
        if path.is_dir() {
            return Ok(Blobs::Folder(path.to_owned()));
        }
        let file = File::open(path)?;
        let mut members = BTreeMap::new();
        let mut archive = Archive::new(file);
        for entry in archive.entries_with_seek()?.take(MAX_MEMBERS) {
            let entry = entry.map_err(|_| ImageError::NoImage)?;
            if entry.header().entry_type().is_file() {
                let name = entry.path().map_err(|_| ImageError::NoImage)?;
                let name = name.strip_prefix(".").unwrap_or(&name).to_owned();
                members.insert(name, (entry.raw_file_position(), entry.size()));
            }
        }
        let path = path.to_owned();
        Ok(Blobs::Archive { path, members })
    }

    /// The file of this name.
    pub fn file(&self, name: &Path) -> io::Result<Take<File>> {
        match self {
            Blobs::Folder(folder) => {
                let file = File::open(folder.join(name))?;
                let length = file.metadata()?.len();
                Ok(file.take(length))
            }
            Blobs::Archive { path, members } => {
                let (offset, length) = *members.get(name).ok_or(io::ErrorKind::NotFound)?;
                let mut file = File::open(path)?;
                file.seek(SeekFrom::Start(offset))?;
                Ok(file.take(length))
            }
        }
    }

    /// A document that nothing vouches for; `None` if there is none.
    pub fn document(&self, name: &str) -> Result<Option<Vec<u8>>, ImageError> {
        match self.file(Path::new(name)) {
            Ok(file) => read(file).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The document with this digest.
    pub fn blob(&self, digest: &str) -> Result<Vec<u8>, ImageError> {
        let file = self.file(&blob_path(digest));
        let file = file.map_err(|error| missing(digest, error))?;
        let content = read(file)?;
        if hex::encode(&Sha256::digest(&content)) != digest {
            return Err(ImageError::Damaged(digest.to_owned()));
        }
        Ok(content)
    }
}

/// Where a layout has what has this digest.
pub(crate) fn blob_path(digest: &str) -> PathBuf {
    Path::new("blobs/sha256").join(digest)
}

pub(crate) fn missing(what: &str, error: io::Error) -> ImageError {
    match error.kind() {
        io::ErrorKind::NotFound => ImageError::Missing(what.to_owned()),
        _ => error.into(),
    }
}

fn read(file: Take<File>) -> Result<Vec<u8>, ImageError> {
    let mut content = Vec::new();
    let read = file
        .take(MAX_DOCUMENT_BYTES + 1)
        .read_to_end(&mut content)?;
    if u64::try_from(read).is_ok_and(|read| read <= MAX_DOCUMENT_BYTES) {
        return Ok(content);
    }
    Err(ImageError::NoImage)
}

/// A reader that computes the digest of what passes.
pub(crate) struct Hashing<R> {
    from: R,
    digest: Sha256,
}

impl<R: Read> Hashing<R> {
    pub fn new(from: R) -> Hashing<R> {
        let digest = Sha256::new();
        Hashing { from, digest }
    }

    /// The digest of everything up to the end.
    pub fn finish(mut self) -> io::Result<String> {
        io::copy(&mut self, &mut io::sink())?;
        Ok(hex::encode(&self.digest.finalize()))
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.digest.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}
