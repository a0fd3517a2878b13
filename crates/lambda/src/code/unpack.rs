//! Unpacking a zip file that nobody vouches for.
//!
//! Nothing is ever written outside the target folder: names that would lead out of it, and
//! symbolic links whose targets would, make the whole file invalid. What is written is counted as
//! it is written, whatever the file says of its sizes.

use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, Permissions};
use std::io::{self, Cursor, Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};
use zip::ZipArchive;
use zip::read::ZipFile;

/// As much as AWS unpacks.
pub(crate) const MAX_UNZIPPED_BYTES: u64 = 250 * 1024 * 1024;
const MAX_ENTRIES: usize = 100_000;
const MAX_LINK_BYTES: u64 = 4096;

#[derive(Debug)]
pub(crate) enum UnpackError {
    /// Not a zip file, damaged, or with names that lead out of it.
    Invalid,
    TooLarge,
    /// The disk's fault.
    Io(io::Error),
}

impl From<io::Error> for UnpackError {
    fn from(error: io::Error) -> UnpackError {
        UnpackError::Io(error)
    }
}

/// Unpacks `zips` into the folder `target`, which must not exist. What a later one has replaces
/// what an earlier one has.
pub(crate) fn unpack(zips: &[Bytes], target: &Path) -> Result<(), UnpackError> {
    let mut unpacking = Unpacking {
        target,
        room: MAX_UNZIPPED_BYTES,
        folders: BTreeSet::new(),
        links: BTreeMap::new(),
    };
    std::fs::create_dir(target)?;
    for zip in zips {
        let mut archive = ZipArchive::new(Cursor::new(zip)).map_err(|_| UnpackError::Invalid)?;
        if archive.len() > MAX_ENTRIES {
            return Err(UnpackError::TooLarge);
        }
        for index in 0..archive.len() {
            let entry = archive.by_index(index).map_err(|_| UnpackError::Invalid)?;
            unpacking.entry(entry)?;
        }
    }
    unpacking.link()
}

/// What the files of a zip have together, as it says itself; nothing if it cannot be read.
pub(crate) fn declared_bytes(zip: &[u8]) -> u64 {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(zip)) else {
        return 0;
    };
    let sizes = (0..archive.len()).filter_map(|index| {
        let entry = archive.by_index_raw(index).ok()?;
        Some(entry.size())
    });
    sizes.fold(0, u64::saturating_add)
}

struct Unpacking<'a> {
    target: &'a Path,
    /// Bytes that may still be written.
    room: u64,
    folders: BTreeSet<PathBuf>,
    /// Made last, so that nothing is written through them.
    links: BTreeMap<PathBuf, PathBuf>,
}

impl Unpacking<'_> {
    fn entry<R: Read>(&mut self, mut entry: ZipFile<'_, R>) -> Result<(), UnpackError> {
        let name = entry.enclosed_name().ok_or(UnpackError::Invalid)?;
        if name.as_os_str().is_empty() {
            return Ok(());
        }
        if entry.is_dir() {
            return self.folder(&name);
        }
        self.folder(name.parent().unwrap_or(Path::new("")))?;
        if entry.is_symlink() {
            let mut to = String::new();
            let mut text = entry.take(MAX_LINK_BYTES);
            text.read_to_string(&mut to)
                .map_err(|_| UnpackError::Invalid)?;
            let to = PathBuf::from(to);
            if !stays_inside(name.parent().unwrap_or(Path::new("")), &to) {
                return Err(UnpackError::Invalid);
            }
            // A file that an earlier zip has here gives way.
            let _ = std::fs::remove_file(self.target.join(&name));
            self.links.insert(name, to);
            return Ok(());
        }
        // What zips made elsewhere than on Unix say of permissions is nothing.
        let mode = entry.unix_mode().map_or(0o644, |mode| mode & 0o777 | 0o444);
        self.file(&name, mode, &mut entry)
    }

    fn folder(&mut self, name: &Path) -> Result<(), UnpackError> {
        if !self.folders.contains(name) {
            std::fs::create_dir_all(self.target.join(name)).map_err(of_name)?;
            self.folders.insert(name.to_owned());
        }
        Ok(())
    }

    fn file(&mut self, name: &Path, mode: u32, from: &mut impl Read) -> Result<(), UnpackError> {
        self.links.remove(name);
        let mut file = File::create(self.target.join(name)).map_err(of_name)?;
        let mut buffer = [0; 64 * 1024];
        loop {
            let read = from.read(&mut buffer).map_err(|_| UnpackError::Invalid)?;
            let bytes = buffer.get(..read).unwrap_or_default();
            if bytes.is_empty() {
                break;
            }
            let length = u64::try_from(read).unwrap_or(u64::MAX);
            self.room = self.room.checked_sub(length).ok_or(UnpackError::TooLarge)?;
            file.write_all(bytes)?;
        }
        file.set_permissions(Permissions::from_mode(mode))?;
        Ok(())
    }

    fn link(self) -> Result<(), UnpackError> {
        for (name, to) in self.links {
            symlink(to, self.target.join(name)).map_err(of_name)?;
        }
        Ok(())
    }
}

/// A name that cannot be made because another entry stands in its way is the file's fault.
fn of_name(error: io::Error) -> UnpackError {
    match error.kind() {
        io::ErrorKind::AlreadyExists
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::IsADirectory
        | io::ErrorKind::InvalidFilename
        | io::ErrorKind::InvalidInput => UnpackError::Invalid,
        _ => UnpackError::Io(error),
    }
}

/// Whether a link in `folder` to `to` leads to a place below the top, step by step. A step up after
/// one down is refused: what it went down to may be a link itself.
fn stays_inside(folder: &Path, to: &Path) -> bool {
    let mut depth = folder.components().count();
    let mut went_down = false;
    for component in to.components() {
        match component {
            Component::Normal(_) => {
                depth += 1;
                went_down = true;
            }
            Component::CurDir => {}
            Component::ParentDir if depth > 0 && !went_down => depth -= 1,
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    #[test]
    fn where_links_may_lead() {
        let leads = |folder: &str, to: &str| stays_inside(Path::new(folder), Path::new(to));
        assert!(leads("node_modules/.bin", "../tsc/bin/tsc"));
        assert!(leads("a/b", "../.."));
        assert!(leads("", "lib/libx.so.1"));
        assert!(!leads("a", "../.."));
        assert!(!leads("", "/etc/passwd"));
        // `d1/d2/s` may be a link to the top, and two steps up from there lead out.
        assert!(!leads("", "d1/d2/s/../.."));
    }

    fn options(mode: u32) -> SimpleFileOptions {
        SimpleFileOptions::default().unix_permissions(mode)
    }

    fn archive(fill: impl FnOnce(&mut ZipWriter<Cursor<Vec<u8>>>)) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        fill(&mut zip);
        zip.finish().unwrap().into_inner()
    }

    fn check(zip: &[u8]) -> (tempfile::TempDir, Result<(), UnpackError>) {
        let folder = tempfile::tempdir().unwrap();
        let result = unpack(&[Bytes::copy_from_slice(zip)], &folder.path().join("code"));
        (folder, result)
    }

    #[test]
    fn files_keep_their_bytes_and_whether_they_can_be_run() {
        let zip = archive(|zip| {
            zip.add_directory("empty/", options(0o755)).unwrap();
            zip.start_file("pkg/mod.py", options(0o600)).unwrap();
            zip.write_all(b"x = 1").unwrap();
            zip.start_file("bootstrap", options(0o700)).unwrap();
            zip.add_symlink("pkg/link", "../bootstrap", options(0o777))
                .unwrap();
        });
        let (folder, result) = check(&zip);
        result.unwrap();
        let code = folder.path().join("code");
        assert_eq!(std::fs::read(code.join("pkg/mod.py")).unwrap(), b"x = 1");
        let mode = |name: &str| code.join(name).metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("pkg/mod.py"), mode("bootstrap")), (0o644, 0o744));
        assert!(code.join("empty").is_dir());
        assert_eq!(
            code.join("pkg/link").read_link().unwrap(),
            Path::new("../bootstrap")
        );
    }

    #[test]
    fn later_zips_replace_what_earlier_ones_have() {
        let first = archive(|zip| {
            zip.start_file("python/a", options(0o644)).unwrap();
            zip.write_all(b"1").unwrap();
            zip.start_file("python/b", options(0o644)).unwrap();
            zip.add_symlink("l", "python/a", options(0o777)).unwrap();
        });
        let second = archive(|zip| {
            zip.start_file("python/a", options(0o644)).unwrap();
            zip.write_all(b"22").unwrap();
            zip.start_file("l", options(0o644)).unwrap();
            zip.add_symlink("python/b", "a", options(0o777)).unwrap();
        });
        let folder = tempfile::tempdir().unwrap();
        let opt = folder.path().join("opt");
        unpack(&[first.into(), second.into()], &opt).unwrap();
        assert_eq!(std::fs::read(opt.join("python/a")).unwrap(), b"22");
        assert_eq!(std::fs::read(opt.join("python/b")).unwrap(), b"22");
        assert!(opt.join("l").symlink_metadata().unwrap().is_file());
    }

    #[test]
    fn nothing_leads_out() {
        for name in ["../out", "a/../../out"] {
            let zip = archive(|zip| zip.start_file(name, options(0o644)).unwrap());
            let (folder, result) = check(&zip);
            assert!(matches!(result, Err(UnpackError::Invalid)), "{name}");
            assert!(!folder.path().join("out").exists());
        }
        for to in ["/etc", "../..", "a/../../..", "../../x"] {
            let zip = archive(|zip| zip.add_symlink("d/l", to, options(0o777)).unwrap());
            assert!(matches!(check(&zip).1, Err(UnpackError::Invalid)), "{to}");
        }
        let through = archive(|zip| {
            zip.add_symlink("d", "elsewhere", options(0o777)).unwrap();
            zip.start_file("d/file", options(0o644)).unwrap();
        });
        assert!(matches!(check(&through).1, Err(UnpackError::Invalid)));
    }

    #[test]
    fn what_is_no_zip() {
        let zip = archive(|zip| {
            zip.start_file("f", options(0o644)).unwrap();
            zip.write_all(&[7; 10_000]).unwrap();
        });
        for bad in [&b""[..], b"garbage", zip.get(..zip.len() / 2).unwrap()] {
            assert!(matches!(check(bad).1, Err(UnpackError::Invalid)));
        }
    }

    #[test]
    fn bombs_are_cut_off() {
        let zip = archive(|zip| {
            zip.start_file("f", options(0o644)).unwrap();
            for _ in 0..251 {
                zip.write_all(&vec![0; 1024 * 1024]).unwrap();
            }
        });
        assert!(zip.len() < 1024 * 1024);
        assert!(matches!(check(&zip).1, Err(UnpackError::TooLarge)));
    }
}
