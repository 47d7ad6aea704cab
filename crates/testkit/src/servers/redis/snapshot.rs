//! Copies of all that a server keeps, and the way back to one. What must stay true: a copy is of one moment, also under
//! load, because nothing moves while it is made.

use super::Redis;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// What a server held at one moment; it vanishes with the server.
#[derive(Clone, Debug)]
pub struct RedisSnapshot {
    folder: PathBuf,
}

impl Redis {
    /// Keeps a copy of everything: of the append-only file, and of a fresh dump for a server that has none.
    ///
    /// # Panics
    ///
    /// When the server does not write its dump.
    pub fn snapshot(&self) -> RedisSnapshot {
        let answer = self.ask(0, &["SAVE"]).unwrap_or_else(|said| panic!("SAVE failed: {said}"));
        assert_eq!(answer, "OK");
        let number = self.next_snapshot.fetch_add(1, Ordering::Relaxed);
        let folder = self.folder().join(format!("snapshot-{number}"));
        self.pause();
        copy(&self.data(), &folder);
        self.resume();
        RedisSnapshot { folder }
    }

    /// Goes back to what a snapshot of this server holds, on the same port; what was written since is gone. Whether the
    /// server runs does not matter.
    ///
    /// # Panics
    ///
    /// When the server does not start with the files.
    pub fn restore(&self, snapshot: &RedisSnapshot) {
        self.kill();
        std::fs::remove_dir_all(self.data()).expect("the folder is ours");
        copy(&snapshot.folder, &self.data());
        self.start_again();
    }
}

/// Copies a folder with what is in it.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).expect("the folder is ours");
    for entry in std::fs::read_dir(from).expect("the folder is ours") {
        let entry = entry.expect("the folder is ours");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("the folder is ours").is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).expect("nobody writes while the server stands still");
        }
    }
}
