//! The data folder: who may open it, and what it holds.
//!
//! ```text
//! DIR/LOCK     locked (flock) for as long as a process has the store open; holds its process id
//! DIR/STORE    one line: the version of this layout, the engine, and "creating" or "ready"
//! DIR/ENGINE/  the engine's files, in a folder named after it
//! ```
//!
//! The engine's first files are not made in one step, so `STORE` says `creating` until they are
//! complete: a start that was cut short leaves nothing acknowledged, and the next one begins again.
//! Nothing else is ever removed: files that this module does not understand are an error.

use crate::{Cause, Error, Room};
use rustix::fs::{FlockOperation, flock, statvfs};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

const LOCK_FILE: &str = "LOCK";
const STORE_FILE: &str = "STORE";
/// The first word of `STORE`: what the file is, and the version of this layout.
const LAYOUT: &str = "kv-store-1";
/// On a small file system, no more than this part of it is kept free.
const RESERVED_PART: u64 = 8;
/// The data holds secrets: nobody else may look.
const FOLDER_MODE: u32 = 0o700;

/// Why a data folder could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the data folder {} is in use by {}", folder.display(), holder(*pid))]
    Locked { folder: PathBuf, pid: Option<u32> },
    #[error(
        "the data folder {} belongs to the engine {found}, not to {wanted}",
        folder.display()
    )]
    OtherEngine {
        folder: PathBuf,
        found: String,
        wanted: &'static str,
    },
    #[error(
        "{} is not a file of this program, or of a later version of it: {content:?}",
        file.display()
    )]
    Unknown { file: PathBuf, content: String },
    #[error(
        "the data folder {} holds files of the engine {engine}, but its file STORE is missing",
        folder.display()
    )]
    Unmarked {
        folder: PathBuf,
        engine: &'static str,
    },
    #[error("could not {doing} {}: {source}", path.display())]
    Io {
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("the engine could not open {}: {source}", folder.display())]
    Engine { folder: PathBuf, source: Cause },
}

fn holder(pid: Option<u32>) -> String {
    match pid {
        Some(pid) => format!("process {pid}"),
        None => "another process".to_owned(),
    }
}

/// A data folder that belongs to this process until this value is dropped.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    engine: &'static str,
    is_new: bool,
    _lock: Lock,
}

/// The folder's lock file, locked until this is dropped.
#[derive(Debug)]
struct Lock(File);

impl Drop for Lock {
    /// Closing would not be enough: a process that was just forked off holds this open until it
    /// runs its own program.
    fn drop(&mut self) {
        flock(&self.0, FlockOperation::Unlock).ok();
    }
}

impl Folder {
    /// Takes the folder for `engine`, and creates it if it is not there.
    ///
    /// When it [is new](Folder::is_new), the engine has to create its files and then call
    /// [`mark_ready`](Folder::mark_ready), before anything is acknowledged.
    pub fn open(path: &Path, engine: &'static str) -> Result<Folder, OpenError> {
        create_folder(path).map_err(failed("create", path))?;
        let path = path.canonicalize().map_err(failed("find", path))?;
        let mut folder = Folder {
            _lock: lock(&path)?,
            path,
            engine,
            is_new: false,
        };
        folder.is_new = folder.prepare()?;
        Ok(folder)
    }

    /// Whether the engine has to start from nothing.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// Where the engine's files are.
    pub fn engine_path(&self) -> PathBuf {
        self.path.join(self.engine)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// From now on the engine's files are data.
    pub fn mark_ready(&mut self) -> Result<(), OpenError> {
        self.write_state(State::Ready)?;
        self.is_new = false;
        Ok(())
    }

    /// What may be written to the folder's file system: all but `upkeep_bytes`, which the engine
    /// needs for itself, and a reserve that only deleting may use half of. The reserve is
    /// `reserve_bytes`, or less on a file system that is small.
    ///
    /// Everything written is counted twice, since engines write it to a log first.
    pub fn room(&self, reserve_bytes: u64, upkeep_bytes: u64) -> Result<Room, Error> {
        let unavailable = |error| Error::Unavailable(Cause::new(io::Error::from(error)));
        let disk = statvfs(&self.path).map_err(unavailable)?;
        let total = disk.f_blocks.saturating_mul(disk.f_frsize);
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        let reserve = reserve_bytes.min(total / RESERVED_PART);
        let beyond = |kept: u64| free.saturating_sub(kept.saturating_add(upkeep_bytes)) / 2;
        Ok(Room {
            for_writing: beyond(reserve),
            for_deleting: beyond(reserve / 2),
        })
    }

    /// Leaves the engine's folder as it should be found; true if it is empty then.
    fn prepare(&self) -> Result<bool, OpenError> {
        let engine = self.engine_path();
        let exists = engine.try_exists().map_err(failed("look for", &engine))?;
        match self.read_state()? {
            Some((found, State::Ready)) if found == self.engine => return Ok(false),
            Some((found, State::Ready)) => {
                return Err(OpenError::OtherEngine {
                    folder: self.path.clone(),
                    found,
                    wanted: self.engine,
                });
            }
            Some((found, State::Creating)) => remove_unfinished(&self.path.join(found))?,
            None if exists => {
                return Err(OpenError::Unmarked {
                    folder: self.path.clone(),
                    engine: self.engine,
                });
            }
            None => {}
        }
        self.write_state(State::Creating)?;
        // Synced with the folder, when it is marked as ready.
        let created = DirBuilder::new().mode(FOLDER_MODE).create(&engine);
        created.map_err(failed("create", &engine))?;
        Ok(true)
    }

    fn read_state(&self) -> Result<Option<(String, State)>, OpenError> {
        let file = self.path.join(STORE_FILE);
        let content = match fs::read(&file) {
            Ok(content) => content,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("read", &file)(error)),
        };
        let content = String::from_utf8_lossy(&content).into_owned();
        let words: Vec<&str> = content.split_ascii_whitespace().collect();
        match words.as_slice() {
            [LAYOUT, engine, "creating"] => Ok(Some(((*engine).to_owned(), State::Creating))),
            [LAYOUT, engine, "ready"] => Ok(Some(((*engine).to_owned(), State::Ready))),
            _ => Err(OpenError::Unknown { file, content }),
        }
    }

    fn write_state(&self, state: State) -> Result<(), OpenError> {
        let state = match state {
            State::Creating => "creating",
            State::Ready => "ready",
        };
        let line = format!("{LAYOUT} {} {state}\n", self.engine);
        let file = self.path.join(STORE_FILE);
        let draft = self.path.join("STORE.new");
        let write = || -> io::Result<()> {
            let mut draft_file = File::create(&draft)?;
            draft_file.write_all(line.as_bytes())?;
            draft_file.sync_all()?;
            fs::rename(&draft, &file)?;
            File::open(&self.path)?.sync_all()
        };
        write().map_err(failed("write", &file))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The engine's files may be incomplete, and hold nothing.
    Creating,
    Ready,
}

/// Creates a folder with all above it that are missing, so that a power cut cannot take away what
/// is written into it later.
fn create_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = match folder.parent() {
        Some(above) if !above.as_os_str().is_empty() => above,
        _ => Path::new("."),
    };
    create_folder(above)?;
    DirBuilder::new().mode(FOLDER_MODE).create(folder)?;
    File::open(above)?.sync_all()
}

fn lock(folder: &Path) -> Result<Lock, OpenError> {
    let path = folder.join(LOCK_FILE);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let mut file = options.open(&path).map_err(failed("open", &path))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(rustix::io::Errno::WOULDBLOCK) => {
            let mut pid = String::new();
            // Who it is only makes the message better.
            file.read_to_string(&mut pid).ok();
            return Err(OpenError::Locked {
                folder: folder.to_owned(),
                pid: pid.trim().parse().ok(),
            });
        }
        Err(error) => return Err(failed("lock", &path)(error.into())),
    }
    // On a disk that is full, the lock counts all the same.
    write_pid(&mut file).ok();
    Ok(Lock(file))
}

fn write_pid(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn remove_unfinished(folder: &Path) -> Result<(), OpenError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(failed("remove the unfinished", folder)(error))
        }
        _ => Ok(()),
    }
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> OpenError {
    let path = path.to_owned();
    move |source| OpenError::Io {
        doing,
        path,
        source,
    }
}

#[cfg(test)]
mod tests;
