//! How a database file is opened: whose it is, its schema, its health, whether it is a restored backup. What must stay
//! true: a file that is refused has not been changed, and nothing is served from a file that was not checked.

use std::{
    error::Error,
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

use gatewright_core::{model::Timestamp, port::Clock};
use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::{
    Options, StartCheck,
    connection::{self, Purpose},
    identity, log, migrations, pages, sealing, transfer,
};
use crate::{rows::RESTORED, transfer::Use};

/// Why a database could not be opened. The texts say what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It is another program's database, or no database at all.
    #[error("the file is not a Gatewright database; choose another path")]
    NotOurs,
    /// A newer Gatewright has changed its schema.
    #[error(
        "the database has schema {found}, this program knows schemas up to {known}; run the newer program, or restore a \
         backup from before the upgrade"
    )]
    NewerSchema {
        /// The schema's number in the file.
        found: u32,
        /// The last number that this program knows.
        known: u32,
    },
    /// The schema was made by a program whose step of this number was another.
    #[error("schema step {number} of the database is not the one of this program; it was made by a modified build")]
    AlteredMigration {
        /// The number of the step.
        number: u32,
    },
    /// A copy to it was begun and not finished.
    #[error(
        "the database is half a copy: `gatewright copy` has not finished; run the same copy again, it goes on where it was"
    )]
    HalfCopied,
    /// It is of a version whose pages had no checksums. It gets them once, and somebody else has it open.
    #[error(
        "the database has to be rewritten once, so that damage is noticed from now on, and another process has it open: \
         stop that first"
    )]
    InUse,
    /// The file or its log is not what was written to it.
    #[error("the database is damaged ({found}); restore a backup")]
    Damaged {
        /// What SQLite found first.
        found: String,
    },
    /// The file system refused.
    #[error("the database file cannot be used")]
    Io(#[from] io::Error),
    /// SQLite refused.
    #[error("the database cannot be opened")]
    Database(#[source] Box<dyn Error + Send + Sync>),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) {
            return Self::NotOurs;
        }
        match pages::damage(error) {
            Ok(damage) => Self::damaged(&damage),
            Err(error) => Self::Database(Box::new(error)),
        }
    }
}

impl OpenError {
    /// Damage, with what was found first.
    pub(super) fn damaged(found: &impl ToString) -> Self {
        Self::Damaged { found: found.to_string() }
    }
}

/// Opens `path` for writing, and makes it if there is nothing. Two processes that do so at once come one after the other.
pub(super) fn prepare(path: &Path, options: &Options, what_for: Use) -> Result<Connection, OpenError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let _one_at_a_time = lock(path)?;
    create(path)?;
    if pages::is_unopened_backup(path)? {
        set_log_aside(path)?;
    }
    let left_behind = fs::metadata(identity::log_of(path)).is_ok_and(|log| log.len() > 0);
    sealing::seal_if_bare(path, options, what_for)?;
    if left_behind {
        log::check(path)?;
    }
    let mut connection = connection::open(path, Purpose::Write, options.busy_timeout)?;
    // Counts only as long as there is no page yet.
    pages::reserve(&connection)?;
    migrations::check_owner(&connection)?;
    if what_for == Use::Serve {
        transfer::refuse_half_copied(&connection)?;
    }
    // Changes a header field that says so; every later connection finds it there.
    connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0))?;
    if options.check == StartCheck::Always || left_behind {
        check(&connection, "quick_check")?;
    }
    migrations::apply(&mut connection)?;
    Ok(connection)
}

/// A log beside a backup that nobody has opened yet belongs to the database that was there before, whose process did not close
/// it. SQLite would read the one as the continuation of the other, and even that it is a backup would be forgotten.
fn set_log_aside(path: &Path) -> io::Result<()> {
    let aside = identity::beside(path, "-wal-of-another");
    match fs::rename(identity::log_of(path), &aside) {
        Ok(()) => {
            tracing::warn!(to = %aside.display(), "the log beside the restored backup is not its own and was moved away");
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// If the file is a restored backup: from now on every session that it knows is dead, because some of them have ended since
/// it was made (SECURITY LG11, invariant P5), and it remembers when that was. What mails carry is dead as well, because some of
/// it was used since, but for what takes a change of address back; and no letter is sent, because some were.
pub(super) fn revive(connection: &mut Connection, clock: &dyn Clock) -> Result<(), OpenError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transfer::forget_mark(&transaction)?;
    let sql = "UPDATE meta SET is_backup = 0, store_promoted_at = ?1 WHERE is_backup = 1";
    if transaction.execute(sql, [clock.now().micros()])? == 1 {
        check(&transaction, "quick_check")?;
        let accounts = transaction.execute("UPDATE accounts SET epoch = epoch + 1", [])?;
        let now = clock.now().micros();
        let sql = "UPDATE mail_tokens SET used_at = ?1 WHERE used_at IS NULL AND purpose <> 'undo_email'";
        transaction.execute(sql, [now])?;
        let sql = "UPDATE outbox SET state = 'given_up', due_at = NULL, done_at = ?1, sealed = NULL, last_error = ?2
                   WHERE due_at IS NOT NULL";
        transaction.execute(sql, (now, RESTORED))?;
        // The secret for the first admin may have been used since, or another one made.
        transaction.execute("DELETE FROM bootstrap", [])?;
        tracing::warn!(accounts, "the database is a restored backup: everybody has to sign in again");
        let keys: i64 = transaction.query_row("SELECT count(*) FROM service_keys", [], |row| row.get(0))?;
        if keys > 0 {
            tracing::warn!(keys, "service keys are those of the backup: revoke again what was revoked since");
        }
    }
    transaction.commit()?;
    Ok(())
}

/// The latest moment that the database has seen.
pub(super) fn latest_moment(connection: &Connection) -> Result<Timestamp, OpenError> {
    Ok(connection.query_row("SELECT clock_high FROM meta", [], |row| row.get(0)).map(Timestamp::from_micros)?)
}

/// Has SQLite look for damage. `quick_check` reads every page once; `integrity_check` compares the indexes, too.
pub(super) fn check(connection: &Connection, pragma: &str) -> Result<(), OpenError> {
    let found: String = connection.query_row(&format!("PRAGMA {pragma}(1)"), [], |row| row.get(0))?;
    if found == "ok" { Ok(()) } else { Err(OpenError::Damaged { found }) }
}

/// A lock of its own file: closing another descriptor of the database file would drop SQLite's locks on it.
fn lock(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(identity::beside(path, "-lock"))?;
    file.lock()?;
    Ok(file)
}

/// Makes the file if there is none, and sees to it that nobody but its owner reads it.
fn create(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(path, Permissions::from_mode(0o600))?;
    }
    Ok(())
}
