//! Finding a program in an unpacked image as the image itself would.

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat, openat2, statat};
use std::path::{Path, PathBuf};

/// The path, within `root`, of the program that `name` means in the folder `cwd` with this search
/// path; links lead nowhere out of `root`. `None` if there is no such file.
pub fn find_program(root: &Path, cwd: &Path, name: &str, search: &str) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = match name.contains('/') {
        true => vec![PathBuf::new()],
        false => std::env::split_paths(search).collect(),
    };
    let mut candidates = folders.iter().map(|folder| cwd.join(folder).join(name));
    candidates.find(|path| is_program(root, path))
}

/// Whether somebody may execute the file.
fn is_program(root: &Path, path: &Path) -> bool {
    let folder = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let Ok(root) = openat(CWD, root, folder, Mode::empty()) else {
        return false;
    };
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let Ok(file) = openat2(&root, path, flags, Mode::empty(), ResolveFlags::IN_ROOT) else {
        return false;
    };
    let found = statat(&file, "", rustix::fs::AtFlags::EMPTY_PATH);
    found.is_ok_and(|stat| {
        let kind = rustix::fs::FileType::from_raw_mode(stat.st_mode);
        kind.is_file() && stat.st_mode & 0o111 != 0
    })
}
