//! Stores in temporary folders.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use gatewright_store::sqlite::{self, Options, SqliteStore};
use gatewright_testkit::{
    FrozenClock,
    conformance::{Backend, Ports},
};
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

/// A SQLite file in a folder that goes with it.
pub(super) struct SqliteBackend;

#[async_trait]
impl Backend for SqliteBackend {
    async fn fresh(clock: Arc<FrozenClock>) -> Ports {
        let folder = Folder::new();
        Ports::of(folder.open(&clock), folder)
    }
}

/// A temporary folder with a database file.
pub(crate) struct Folder(pub(super) TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.0.path().join("gatewright.db")
    }

    /// Opens the database with short patience.
    pub(crate) fn open(&self, clock: &Arc<FrozenClock>) -> SqliteStore {
        let clock = Arc::clone(clock);
        SqliteStore::open(&self.database(), Options::default(), |_| clock).unwrap()
    }
}

/// A connection past the store. What it writes has checksums, as what the store writes.
pub(crate) fn connect(path: &Path) -> Connection {
    Connection::open_with_flags_and_vfs(path, OpenFlags::default(), sqlite::layer()).unwrap()
}
