//! Gives a file that an earlier version has made the checksums that its pages lack. What must stay true: nothing is given a
//! checksum that was not looked over before, and a process that dies in the middle leaves the old file or the new one, whole.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};

use super::{
    OpenError, Options, identity, migrations, open,
    pages::{self, RESERVED_BYTES},
    transfer,
};
use crate::transfer::Use;

/// Rewrites the file if its pages have no checksums. To be called by one process at a time.
pub(super) fn seal_if_bare(path: &Path, options: &Options, what_for: Use) -> Result<(), OpenError> {
    let partial = identity::beside(path, "-sealing");
    match fs::remove_file(&partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    if fs::metadata(path)?.len() == 0 || !is_bare(path, what_for)? {
        return Ok(());
    }
    rewrite(path, &partial, options).map_err(|error| {
        let locked = matches!(&error, OpenError::Database(cause) if is_locked(&**cause));
        if locked { OpenError::InUse } else { error }
    })
}

/// Looks, and refuses what is not ours to rewrite. The file is not changed, unless this was broken off after it took the log
/// away: then SQLite first undoes what it had begun.
fn is_bare(path: &Path, what_for: Use) -> Result<bool, OpenError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let reserved = pages::reserved(&connection)?;
    if reserved == RESERVED_BYTES {
        return Ok(false);
    }
    migrations::check_owner(&connection)?;
    // One bit of the header says whether there are checksums; the schema says it, too.
    if reserved != 0 || migrations::are_sealed(&connection)? {
        return Err(OpenError::damaged(&"its header does not say that its pages have checksums"));
    }
    if what_for == Use::Serve {
        transfer::refuse_half_copied(&connection)?;
    }
    Ok(true)
}

/// Writes everything into another file, and puts that in its place.
fn rewrite(path: &Path, partial: &Path, options: &Options) -> Result<(), OpenError> {
    let bytes = fs::metadata(path)?.len();
    tracing::warn!(bytes, "the database gets a checksum on each page; this is done once, and needs as much room again");
    // The name of the other file is an address, to say what it goes through: this one is absolute and therefore none.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(fs::canonicalize(path)?, flags)?;
    connection.busy_timeout(options.busy_timeout)?;
    // Nobody else has it open from here until it is replaced.
    connection.pragma_update_and_check(None, "locking_mode", "exclusive", |row| row.get::<_, String>(0))?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    // Moves the log into the file and removes it: a log that stayed would be taken for the new file's.
    connection.pragma_update_and_check(None, "journal_mode", "delete", |row| row.get::<_, String>(0))?;
    open::check(&connection, "quick_check")?;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(partial)?;
    let address =
        format!("file:{}?vfs={}&reserve={RESERVED_BYTES}", encoded(&fs::canonicalize(partial)?), pages::layer());
    connection.execute("VACUUM INTO ?1", [address])?;
    File::open(partial)?.sync_all()?;
    fs::rename(partial, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.map_or_else(|| PathBuf::from("."), Path::to_owned))?.sync_all()?;
    Ok(())
}

/// A path as it stands in an address.
fn encoded(path: &Path) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-".contains(byte);
    let bytes = path.as_os_str().as_encoded_bytes().iter();
    bytes.map(|byte| if plain(byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn is_locked(cause: &(dyn std::error::Error + 'static)) -> bool {
    let code = cause.downcast_ref::<rusqlite::Error>().and_then(rusqlite::Error::sqlite_error_code);
    matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}
