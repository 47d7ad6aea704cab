//! Whether the files that we write are still the ones that a restart would open. What must stay true: a step is never
//! acknowledged that was written into a file that somebody has deleted or moved away. SQLite does not notice in WAL mode.

use std::{
    ffi::OsString,
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::failure::{Failure, Refusal};

/// The database file and its log, by device and inode.
#[derive(Debug)]
pub(super) struct Identity {
    files: [(PathBuf, (u64, u64)); 2],
}

impl Identity {
    /// Remembers the files behind an open connection.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let log = log_of(path);
        Ok(Self { files: [(path.to_owned(), inode(path)?), (log.clone(), inode(&log)?)] })
    }

    /// Whether they are still there.
    pub(super) fn check(&self) -> Result<(), Failure> {
        for (path, expected) in &self.files {
            match inode(path) {
                Ok(found) if found == *expected => {}
                Ok(_) => return Err(Refusal::Moved.into()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Refusal::Moved.into()),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// The path of the write-ahead log.
pub(super) fn log_of(path: &Path) -> PathBuf {
    beside(path, "-wal")
}

/// The file beside `path` whose name is longer by `end`.
pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    name.into()
}

fn inode(path: &Path) -> io::Result<(u64, u64)> {
    fs::metadata(path).map(|it| (it.dev(), it.ino()))
}
