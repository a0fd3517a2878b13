//! Functions' code: kept in the store as the zip that was uploaded, unpacked on disk where
//! functions run.
//!
//! The store is what lasts. A folder of unpacked code is named by its digest, complete from the
//! moment it has its name, never changed by us, and made again from the store when it is missing.

pub(crate) mod hot;
pub(crate) mod image;
mod source;
mod unpack;

pub(crate) use source::Source;
pub use source::{CodePlaces, HotFolders};
pub(crate) use unpack::{MAX_UNZIPPED_BYTES, UnpackError};

use crate::error::{Error, Invalid};
use crate::layers::{LayerTarget, LayerUse};
use crate::record::{self, Code};
use crate::target::Scope;
use base::hex;
use bytes::{Bytes, BytesMut};
use kv::{Store, Txn};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

const CHUNK_BYTES: usize = 1024 * 1024;

/// An uploaded zip file.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub code: Code,
    zip: Bytes,
}

impl Upload {
    pub fn new(zip: Bytes) -> Upload {
        let sha256 = Sha256::digest(&zip);
        let code = Code {
            sha256: hex::encode(&sha256),
            bytes: u64::try_from(zip.len()).unwrap_or(u64::MAX),
            chunks: u64::try_from(zip.len().div_ceil(CHUNK_BYTES)).unwrap_or(u64::MAX),
            unzipped_bytes: unpack::declared_bytes(&zip),
            folder: None,
            image: None,
        };
        Upload { code, zip }
    }

    /// An image instead of a zip.
    pub(super) fn image(code: Code) -> Upload {
        let zip = Bytes::new();
        Upload { code, zip }
    }

    /// A folder instead of a zip.
    fn folder(path: PathBuf) -> Result<Upload, Error> {
        if !path.is_absolute() || !path.is_dir() {
            return Err(Invalid::NoFolder(path.display().to_string()).into());
        }
        let mut upload = Upload::new(Bytes::new());
        upload.code.sha256 = Upload::new(path.display().to_string().into()).code.sha256;
        upload.code.folder = Some(path);
        Ok(upload)
    }

    /// Keeps the zip with the function.
    pub fn put(&self, txn: &Txn, scope: &Scope, name: &str) {
        for (number, chunk) in (0u64..).zip(self.zip.chunks(CHUNK_BYTES)) {
            let key = record::code_key(scope, name, &self.code.sha256, number);
            txn.put(key, self.zip.slice_ref(chunk));
        }
    }
}

impl Code {
    /// As AWS gives it.
    pub fn sha256_answer(&self) -> String {
        match self.image {
            Some(_) => self.sha256.clone(),
            None => self.sha256_base64(),
        }
    }

    fn sha256_base64(&self) -> String {
        use base64::Engine;
        let digits: Vec<u8> = self.sha256.bytes().collect();
        let bytes: Vec<u8> = digits
            .chunks(2)
            .filter_map(|pair| std::str::from_utf8(pair).ok())
            .filter_map(|pair| u8::from_str_radix(pair, 16).ok())
            .collect();
        base64::engine::general_purpose::STANDARD.encode(bytes)
    }

    /// What the folder is called to which it is unpacked.
    pub fn folder_name(&self) -> String {
        match self.image {
            Some(_) => format!("image-{}", self.sha256),
            None => self.sha256.clone(),
        }
    }

    /// Forgets the zip.
    pub fn delete(&self, txn: &Txn, scope: &Scope, name: &str) {
        for number in 0..self.chunks {
            txn.delete(record::code_key(scope, name, &self.sha256, number));
        }
    }

    /// The zip as it was uploaded.
    pub async fn read(&self, store: &Store, scope: &Scope, name: &str) -> Result<Bytes, Error> {
        let mut zip = BytesMut::new();
        for number in 0..self.chunks {
            let key = record::code_key(scope, name, &self.sha256, number);
            let chunk = store.get(&key).await?.ok_or(Error::ResourceNotFound)?;
            zip.extend_from_slice(&chunk);
        }
        Ok(zip.freeze())
    }
}

/// What stands for layers merged: named by the digests of all of them, in their order.
pub(crate) fn merged_code(layers: &[LayerUse]) -> Code {
    let digests: Vec<&str> = layers.iter().map(|l| l.code.sha256.as_str()).collect();
    let mut merged = Upload::new(digests.join(" ").into()).code;
    merged.sha256.insert_str(0, "opt-");
    merged
}

/// Refuses code that is too large together with its layers.
pub(crate) fn check_size(code: &Code, layers: &[LayerUse]) -> Result<(), Error> {
    if layers.is_empty() {
        return Ok(());
    }
    let layers = layers.iter().map(|layer| layer.code.unzipped_bytes);
    let actual = layers.fold(code.unzipped_bytes, u64::saturating_add);
    let limit = MAX_UNZIPPED_BYTES;
    if actual > limit {
        return Err(Invalid::CodeWithLayers { limit, actual }.into());
    }
    Ok(())
}

/// The folder where code lies unpacked.
#[derive(Debug)]
pub(crate) struct CodeFolder {
    folder: PathBuf,
    /// Names of folders that are in use.
    present: Mutex<BTreeSet<String>>,
    /// What an earlier run has left.
    leftovers: Vec<OsString>,
}

impl CodeFolder {
    /// # Errors
    /// The folder cannot be made.
    pub fn open(folder: PathBuf) -> io::Result<CodeFolder> {
        std::fs::create_dir_all(&folder)?;
        let entries = std::fs::read_dir(&folder)?.flatten();
        Ok(CodeFolder {
            leftovers: entries.map(|entry| entry.file_name()).collect(),
            folder,
            present: Mutex::default(),
        })
    }

    /// Unpacks an upload: that it can be is what makes it valid.
    pub async fn add(&self, upload: &Upload) -> Result<PathBuf, Error> {
        if let Some(folder) = &upload.code.folder {
            return Ok(folder.clone());
        }
        let path = self.path(&upload.code);
        if !self.claim(&upload.code) {
            match &upload.code.image {
                Some(_) => self.unpack_image(&upload.code).await?,
                None => self.unpack(upload.zip.clone(), path.clone()).await?,
            }
            self.claim(&upload.code);
        }
        Ok(path)
    }

    /// The folder of code that is in the store; unpacks it if it is missing.
    pub async fn get(
        &self,
        store: &Store,
        scope: &Scope,
        name: &str,
        code: &Code,
    ) -> Result<PathBuf, Error> {
        if let Some(folder) = &code.folder {
            return Ok(folder.clone());
        }
        let path = self.path(code);
        if !self.claim(code) {
            match &code.image {
                Some(_) => self.unpack_image(code).await?,
                None => {
                    let zip = code.read(store, scope, name).await?;
                    self.unpack(zip, path.clone()).await?;
                }
            }
            self.claim(code);
        }
        Ok(path)
    }

    /// The folder of layers merged in their order, the last on top; made if it is missing.
    pub async fn merged(&self, store: &Store, layers: &[LayerUse]) -> Result<PathBuf, Error> {
        let merged = merged_code(layers);
        let path = self.path(&merged);
        if !self.claim(&merged) {
            let mut zips = Vec::new();
            for layer in layers {
                let target = LayerTarget::of_arn(&layer.arn)?;
                let name = target.code_name();
                zips.push(layer.code.read(store, &target.scope, &name).await?);
            }
            self.unpack_all(zips, path.clone()).await?;
            self.claim(&merged);
        }
        Ok(path)
    }

    /// Removes what an earlier run has left that is not `wanted`.
    pub fn sweep(&self, wanted: &BTreeSet<String>) {
        for name in &self.leftovers {
            // Held while removing, so that nobody takes up what is about to go.
            let present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
            let digest = name.to_string_lossy();
            if wanted.contains(&*digest) || present.contains(&*digest) {
                continue;
            }
            let path = self.folder.join(name);
            if let Err(error) = std::fs::remove_dir_all(&path) {
                tracing::warn!(%error, path = %path.display(), "cannot remove old code");
            }
        }
    }

    fn path(&self, code: &Code) -> PathBuf {
        self.folder.join(code.folder_name())
    }

    /// Whether the code's folder is there; if so, it stays.
    fn claim(&self, code: &Code) -> bool {
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        let name = code.folder_name();
        if present.contains(&name) {
            return true;
        }
        let is_there = self.path(code).is_dir();
        if is_there {
            present.insert(name);
        }
        is_there
    }

    async fn unpack_image(&self, code: &Code) -> Result<(), Error> {
        let (parent, path, code) = (self.folder.clone(), self.path(code), code.clone());
        let unpacked = tokio::task::spawn_blocking(move || image::unpack(&code, &parent, &path));
        unpacked.await.unwrap_or(Err(Error::Internal))
    }

    async fn unpack(&self, zip: Bytes, path: PathBuf) -> Result<(), Error> {
        self.unpack_all(vec![zip], path).await
    }

    async fn unpack_all(&self, zips: Vec<Bytes>, path: PathBuf) -> Result<(), Error> {
        let folder = self.folder.clone();
        let unpacked = tokio::task::spawn_blocking(move || {
            let partial = tempfile::Builder::new().prefix(".").tempdir_in(folder)?;
            let code = partial.path().join("code");
            unpack::unpack(&zips, &code)?;
            name(&code, &path).map_err(UnpackError::Io)
        });
        match unpacked.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(UnpackError::Invalid)) => Err(Invalid::Zip.into()),
            Ok(Err(UnpackError::TooLarge)) => Err(Invalid::UnzippedSize(MAX_UNZIPPED_BYTES).into()),
            Ok(Err(UnpackError::Io(error))) => {
                tracing::error!(%error, "code cannot be unpacked");
                Err(Error::Internal)
            }
            Err(_) => Err(Error::Internal),
        }
    }
}

/// Gives what is complete its name.
fn name(complete: &Path, path: &Path) -> io::Result<()> {
    match std::fs::rename(complete, path) {
        // Another request has unpacked the same code.
        Err(_) if path.is_dir() => Ok(()),
        renamed => renamed,
    }
}
