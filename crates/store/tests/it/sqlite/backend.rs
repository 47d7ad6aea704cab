//! Stores in temporary folders.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use gatewright_store::sqlite::{Options, SqliteStore};
use gatewright_testkit::{
    FrozenClock,
    conformance::{Backend, Ports},
};
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
pub(super) struct Folder(pub(super) TempDir);

impl Folder {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn database(&self) -> PathBuf {
        self.0.path().join("gatewright.db")
    }

    /// Opens the database with short patience.
    pub(super) fn open(&self, clock: &Arc<FrozenClock>) -> SqliteStore {
        let clock = Arc::clone(clock);
        SqliteStore::open(&self.database(), Options::default(), |_| clock).unwrap()
    }
}
