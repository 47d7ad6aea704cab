//! Online backups. What must stay true: what lies under the given path is complete or not there, shows one moment of the
//! database, and says of itself that it is a backup, so that opening it ends every session (SECURITY LG11).

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use futures_channel::oneshot;
use gatewright_core::port::StoreError;
use rusqlite::{
    Connection,
    backup::{Backup, StepResult},
};

use super::{
    SqliteStore,
    connection::{self, Purpose},
    failure::{Failure, Refusal},
    identity, pages, threads,
};

/// Pages that are copied in one step (4 MiB).
const PAGES_PER_STEP: i32 = 1024;

impl SqliteStore {
    /// Writes a backup to `path` while reading and writing go on; meanwhile the write-ahead log cannot start anew. The file
    /// has mode 0600. To restore, put it in the database's place while no process has that open.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if there is something under `path`, or it cannot be written; nothing is left there then.
    pub async fn backup_to(&self, path: &Path) -> Result<(), StoreError> {
        let connection = self.connect(Purpose::Read).map_err(Failure::from)?;
        let path = path.to_owned();
        let (caller, answer) = oneshot::channel();
        threads::start("gw-sqlite-back", move || {
            // A caller that no longer waits still has its backup.
            let _gone = caller.send(write(&connection, &path));
        })
        .map_err(Failure::from)?;
        Ok(answer.await.map_err(Failure::from)??)
    }
}

fn write(source: &Connection, path: &Path) -> Result<(), Failure> {
    if fs::exists(path)? {
        return Err(io::Error::from(io::ErrorKind::AlreadyExists).into());
    }
    let partial = identity::beside(path, "-partial");
    let written = copy(source, &partial).and_then(|()| Ok(publish(&partial, path)?));
    if written.is_err() {
        // What is half a backup must not look like one; the first error is the one to tell.
        let _ = fs::remove_file(&partial);
    }
    written
}

fn copy(source: &Connection, partial: &Path) -> Result<(), Failure> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(partial)?;
    let mut target = connection::open(partial, Purpose::Write, std::time::Duration::ZERO)?;
    pages::reserve(&target)?;
    // An open reading fixes one moment: without it, every write that comes between two steps would start the copy anew.
    let reading = source.unchecked_transaction()?;
    reading.query_row("SELECT one FROM meta", [], |row| row.get::<_, i64>(0))?;
    let copying = Backup::new(&reading, &mut target)?;
    while copying.step(PAGES_PER_STEP)? == StepResult::More {}
    if copying.progress().remaining != 0 {
        return Err(Refusal::Locked.into());
    }
    drop(copying);
    // One file that stands alone: no log beside it.
    target.pragma_update_and_check(None, "journal_mode", "delete", |row| row.get::<_, String>(0))?;
    target.execute("UPDATE meta SET is_backup = 1", [])?;
    target.close().map_err(|(_, error)| error)?;
    Ok(())
}

fn publish(partial: &Path, path: &Path) -> io::Result<()> {
    File::open(partial)?.sync_all()?;
    fs::rename(partial, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.map_or_else(|| PathBuf::from("."), Path::to_owned))?.sync_all()
}
