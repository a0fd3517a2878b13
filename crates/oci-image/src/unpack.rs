//! Unpacking layers that nobody vouches for (OCI image specification, "Image Layer Filesystem
//! Changeset").
//!
//! Names are resolved by the kernel with the target for root, so that no link that a layer brings
//! leads out of it. What is written is counted as it is written. Devices, owners and the bits that
//! give privileges are left out: nobody runs an image with them.

use crate::image::ImageError;
use flate2::read::MultiGzDecoder;
use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags, Timespec, Timestamps, fchmod, futimens,
    linkat, mkdirat, openat, openat2, statat, symlinkat, unlinkat,
};
use rustix::io::Errno;
use ruzstd::decoding::StreamingDecoder;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use tar::{Archive, Entry, EntryType};

const MAX_ENTRIES: usize = 1_000_000;
const BUFFER_BYTES: usize = 64 * 1024;
const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The name of a file that says that a folder hides what layers below have in it.
const OPAQUE: &[u8] = b".wh..wh..opq";
/// How a file's name begins that hides another.
const WHITEOUT: &[u8] = b".wh.";

/// What whoever runs an image puts something over, and has to find in it.
const FOLDERS: [&str; 4] = ["dev", "etc", "proc", "tmp"];
const FILES: [&str; 2] = ["etc/hosts", "etc/resolv.conf"];

const PUBLIC: Mode = Mode::from_raw_mode(0o755);
/// What must be open to whoever removes the folder.
const OWN: u32 = 0o700;

#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    #[error(transparent)]
    Image(#[from] ImageError),
    /// Not a tar file, damaged, or with names that lead out of it.
    #[error("a layer is not valid")]
    Layer,
    #[error("it has more than {0} bytes")]
    TooLarge(u64),
    /// The disk's fault.
    #[error("it cannot be written: {0}")]
    Io(#[from] io::Error),
}

impl From<Errno> for UnpackError {
    fn from(errno: Errno) -> UnpackError {
        UnpackError::Io(errno.into())
    }
}

/// A root that grows layer by layer.
pub(crate) struct Unpacking {
    root: OwnedFd,
    max_bytes: u64,
    written_bytes: u64,
    entries: usize,
    /// What the present layer has made, which its own whiteouts do not hide.
    made: BTreeSet<PathBuf>,
}

impl Unpacking {
    pub fn new(target: &Path, max_bytes: u64) -> Result<Unpacking, UnpackError> {
        fs::create_dir(target)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = openat(CWD, target, flags, Mode::empty())?;
        fchmod(&root, PUBLIC)?;
        Ok(Unpacking {
            root,
            max_bytes,
            written_bytes: 0,
            entries: 0,
            made: BTreeSet::new(),
        })
    }

    /// Puts a layer over what there is.
    pub fn layer(&mut self, from: &mut impl Read) -> Result<(), UnpackError> {
        self.made.clear();
        let mut from = BufReader::with_capacity(BUFFER_BYTES, from);
        let mut magic = [0; ZSTD.len()];
        let read = io::Read::by_ref(&mut from)
            .take(4)
            .read(&mut magic)
            .map_err(ImageError::Io)?;
        let begun = magic.get(..read).unwrap_or_default();
        let whole = begun.chain(from);
        if begun.starts_with(&GZIP) {
            self.archive(Archive::new(MultiGzDecoder::new(whole)))
        } else if begun == ZSTD {
            let decoder = StreamingDecoder::new(whole).map_err(|_| UnpackError::Layer)?;
            self.archive(Archive::new(decoder))
        } else {
            self.archive(Archive::new(whole))
        }
    }

    /// Answers how many bytes the files have.
    pub fn finish(self) -> Result<u64, UnpackError> {
        for folder in FOLDERS {
            self.own_folder(Path::new(folder))?;
        }
        for file in FILES {
            self.own_file(Path::new(file))?;
        }
        Ok(self.written_bytes)
    }

    fn archive<R: Read>(&mut self, mut archive: Archive<R>) -> Result<(), UnpackError> {
        for entry in archive.entries().map_err(|_| UnpackError::Layer)? {
            self.entries += 1;
            if self.entries > MAX_ENTRIES {
                return Err(UnpackError::Layer);
            }
            self.entry(entry.map_err(|_| UnpackError::Layer)?)?;
        }
        Ok(())
    }

    fn entry<R: Read>(&mut self, mut entry: Entry<'_, R>) -> Result<(), UnpackError> {
        let name = entry.path().map_err(|_| UnpackError::Layer)?;
        let path = inside(&name)?;
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            // The root itself, whose mode is given.
            return Ok(());
        };
        let folder = self.folder(parent)?;
        if name.as_bytes() == OPAQUE {
            return self.hide_below(&folder, parent);
        }
        if let Some(hidden) = name.as_bytes().strip_prefix(WHITEOUT) {
            return self.hide(&folder, parent, OsStr::from_bytes(hidden));
        }
        match entry.header().entry_type() {
            EntryType::Directory => make_folder(&folder, name, mode_of(&entry)?)?,
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                self.file(&folder, name, &mut entry)?;
            }
            EntryType::Symlink => {
                let to = target_of(&entry)?;
                remove(&folder, name)?;
                symlinkat(to, &folder, name).map_err(of_name)?;
            }
            EntryType::Link => self.hard_link(&folder, name, &target_of(&entry)?)?,
            _ => return Ok(()),
        }
        self.made.insert(path);
        Ok(())
    }

    fn file<R: Read>(
        &mut self,
        folder: &OwnedFd,
        name: &OsStr,
        entry: &mut Entry<'_, R>,
    ) -> Result<(), UnpackError> {
        remove(folder, name)?;
        let mut file = File::from(create(folder, name)?);
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            let read = entry.read(&mut buffer).map_err(|_| UnpackError::Layer)?;
            let bytes = buffer.get(..read).unwrap_or_default();
            if bytes.is_empty() {
                break;
            }
            let length = u64::try_from(read).unwrap_or(u64::MAX);
            self.written_bytes = self.written_bytes.saturating_add(length);
            if self.written_bytes > self.max_bytes {
                return Err(UnpackError::TooLarge(self.max_bytes));
            }
            file.write_all(bytes)?;
        }
        fchmod(&file, mode_of(entry)?)?;
        // Interpreters compare the times of sources and of what they have compiled.
        let modified = entry.header().mtime().map_err(|_| UnpackError::Layer)?;
        let modified = Timespec {
            tv_sec: i64::try_from(modified).unwrap_or(0),
            tv_nsec: 0,
        };
        let times = Timestamps {
            last_access: modified,
            last_modification: modified,
        };
        futimens(&file, &times)?;
        Ok(())
    }

    fn hard_link(&self, folder: &OwnedFd, name: &OsStr, to: &Path) -> Result<(), UnpackError> {
        let to = inside(to)?;
        let (Some(parent), Some(old)) = (to.parent(), to.file_name()) else {
            return Err(UnpackError::Layer);
        };
        let parent = self.open(parent).map_err(|_| UnpackError::Layer)?;
        remove(folder, name)?;
        linkat(&parent, old, folder, name, AtFlags::empty()).map_err(|_| UnpackError::Layer)
    }

    /// The folder of this path, which is made if it is missing.
    fn folder(&self, path: &Path) -> Result<OwnedFd, UnpackError> {
        match self.open(path) {
            Err(Errno::NOENT) => {}
            opened => return opened.map_err(of_name),
        }
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(UnpackError::Layer);
        };
        make_folder(&self.folder(parent)?, name, PUBLIC)?;
        self.open(path).map_err(of_name)
    }

    fn open(&self, path: &Path) -> Result<OwnedFd, Errno> {
        let path = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        openat2(
            &self.root,
            path,
            flags,
            Mode::empty(),
            ResolveFlags::IN_ROOT,
        )
    }

    /// Removes what layers below have in a folder.
    fn hide_below(&self, folder: &OwnedFd, path: &Path) -> Result<(), UnpackError> {
        for name in names(folder)? {
            self.hide(folder, path, &name)?;
        }
        Ok(())
    }

    /// Removes what layers below have under a name.
    fn hide(&self, folder: &OwnedFd, path: &Path, name: &OsStr) -> Result<(), UnpackError> {
        if matches!(name.as_bytes(), b"" | b"." | b"..") {
            return Err(UnpackError::Layer);
        }
        let path = path.join(name);
        // Folders that were made for what lies in them are not in the list themselves.
        let below = self.made.range(path.clone()..).next();
        if !below.is_some_and(|made| made.starts_with(&path)) {
            return remove(folder, name);
        }
        match is_folder(folder, name)? {
            true => self.hide_below(&open_folder(folder, name)?, &path),
            false => Ok(()),
        }
    }

    /// A folder directly in the root that is nothing else.
    fn own_folder(&self, path: &Path) -> Result<(), UnpackError> {
        if !is_folder(&self.root, path.as_os_str())? {
            remove(&self.root, path.as_os_str())?;
            mkdirat(&self.root, path, PUBLIC)?;
        }
        Ok(())
    }

    /// A file that is nothing else, in a folder that is nothing else.
    fn own_file(&self, path: &Path) -> Result<(), UnpackError> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Ok(());
        };
        let folder = open_folder(&self.root, parent.as_os_str())?;
        if kind_of(&folder, name)? != Some(FileType::RegularFile) {
            remove(&folder, name)?;
            create(&folder, name)?;
        }
        Ok(())
    }
}

/// A name without what leads nowhere; refuses what leads up.
fn inside(name: &Path) -> Result<PathBuf, UnpackError> {
    let mut path = PathBuf::new();
    for component in name.components() {
        match component {
            Component::Normal(part) => path.push(part),
            Component::CurDir | Component::RootDir => {}
            Component::ParentDir | Component::Prefix(_) => return Err(UnpackError::Layer),
        }
    }
    Ok(path)
}

fn mode_of<R: Read>(entry: &Entry<'_, R>) -> Result<Mode, UnpackError> {
    let mode = entry.header().mode().map_err(|_| UnpackError::Layer)? & 0o777;
    Ok(match entry.header().entry_type() {
        EntryType::Directory => Mode::from_raw_mode(mode | OWN),
        _ => Mode::from_raw_mode(mode),
    })
}

fn target_of<R: Read>(entry: &Entry<'_, R>) -> Result<PathBuf, UnpackError> {
    let target = entry.link_name().map_err(|_| UnpackError::Layer)?;
    Ok(target.ok_or(UnpackError::Layer)?.into_owned())
}

/// A folder stays with what is in it; anything else gives way.
fn make_folder(folder: &OwnedFd, name: &OsStr, mode: Mode) -> Result<(), UnpackError> {
    if !is_folder(folder, name)? {
        remove(folder, name)?;
        mkdirat(folder, name, mode).map_err(of_name)?;
    }
    fchmod(open_folder(folder, name)?, mode)?;
    Ok(())
}

fn create(folder: &OwnedFd, name: &OsStr) -> Result<OwnedFd, UnpackError> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    openat(folder, name, flags, Mode::from_raw_mode(0o644)).map_err(of_name)
}

fn open_folder(folder: &OwnedFd, name: &OsStr) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(folder, name, flags, Mode::empty())
}

/// What is under a name, links not followed.
fn kind_of(folder: &OwnedFd, name: &OsStr) -> Result<Option<FileType>, UnpackError> {
    match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(FileType::from_raw_mode(stat.st_mode))),
        Err(Errno::NOENT) => Ok(None),
        Err(errno) => Err(of_name(errno)),
    }
}

fn is_folder(folder: &OwnedFd, name: &OsStr) -> Result<bool, UnpackError> {
    Ok(kind_of(folder, name)? == Some(FileType::Directory))
}

/// Removes what is under a name, with all that is in it.
fn remove(folder: &OwnedFd, name: &OsStr) -> Result<(), UnpackError> {
    match kind_of(folder, name)? {
        None => Ok(()),
        Some(FileType::Directory) => Ok(fs::remove_dir_all(path_of(folder).join(name))?),
        Some(_) => Ok(unlinkat(folder, name, AtFlags::empty())?),
    }
}

fn names(folder: &OwnedFd) -> Result<Vec<OsString>, UnpackError> {
    let entries = fs::read_dir(path_of(folder))?;
    let names = entries.map(|entry| entry.map(|entry| entry.file_name()));
    Ok(names.collect::<Result<_, _>>()?)
}

/// An open folder's path, whatever its name is.
fn path_of(folder: &OwnedFd) -> PathBuf {
    Path::new("/proc/self/fd").join(folder.as_raw_fd().to_string())
}

/// A name that cannot be made is the layer's fault.
fn of_name(errno: Errno) -> UnpackError {
    match errno {
        Errno::NOTDIR
        | Errno::EXIST
        | Errno::INVAL
        | Errno::LOOP
        | Errno::NAMETOOLONG
        | Errno::NOENT => UnpackError::Layer,
        other => other.into(),
    }
}

#[cfg(test)]
mod tests;
