//! The checksum of each page of a database file: the layer below SQLite that keeps and compares it (`pages/pages.c`), and what
//! a failed comparison looks like. What must stay true: every connection to a database goes through the layer, and
//! what it refuses is called damage, never anything else. Why, and what it costs: `docs/decisions/0012-page-checksums.md`.
#![expect(unsafe_code, reason = "the layer is in C, as SQLite is; three functions of it are called here")]

use std::{
    ffi::{CString, c_char, c_int},
    os::unix::ffi::OsStrExt,
    path::Path,
    sync::OnceLock,
};

use rusqlite::{Connection, ErrorCode, FileControl, ffi};

unsafe extern "C" {
    fn gatewright_pages_register() -> c_int;
    fn gatewright_pages_header(path: *const c_char, out: *mut u8, bytes: c_int) -> c_int;
    fn gatewright_pages_found(offset: *mut ffi::sqlite3_int64) -> c_int;
}

/// What SQLite calls the layer.
const NAME: &str = "gatewright-pages";

/// Bytes that SQLite leaves alone at the end of each page, for the checksum.
pub(super) const RESERVED_BYTES: c_int = 8;

/// What SQLite calls the layer, for whoever opens a database of ours by other means: what is written to the file around it
/// looks damaged afterwards.
///
/// # Panics
/// When there is no memory for SQLite to start with.
#[must_use]
pub fn layer() -> &'static str {
    static REGISTERED: OnceLock<c_int> = OnceLock::new();
    // SAFETY: it takes nothing, and the lock sees to it that it is called once.
    let code = *REGISTERED.get_or_init(|| unsafe { gatewright_pages_register() });
    assert_eq!(code, ffi::SQLITE_OK, "SQLite starts unless memory is short");
    NAME
}

/// Has SQLite leave room for checksums in a database that has no page yet.
pub(super) fn reserve(connection: &Connection) -> rusqlite::Result<()> {
    let mut bytes = RESERVED_BYTES;
    connection.file_control(Some("main"), FileControl::ReserveBytes(&mut bytes))
}

/// How many bytes the header of a database says that SQLite leaves alone; none in an empty file. Reads nothing else.
pub(super) fn reserved(connection: &Connection) -> rusqlite::Result<c_int> {
    // Asks without changing anything.
    let mut bytes = -1;
    connection.file_control(Some("main"), FileControl::ReserveBytes(&mut bytes))?;
    Ok(bytes)
}

/// Whether the file itself says that it is a database of ours that has no log: a new backup, which nobody has opened yet.
pub(super) fn is_unopened_backup(path: &Path) -> rusqlite::Result<bool> {
    let _registered = layer();
    let mut header = [0; 100];
    let name = CString::new(path.as_os_str().as_bytes()).map_err(|_| rusqlite::Error::InvalidPath(path.to_owned()))?;
    // SAFETY: the name ends with a zero, and there is room for as many bytes as it may write.
    let code = unsafe { gatewright_pages_header(name.as_ptr(), header.as_mut_ptr(), 100) };
    match code {
        ffi::SQLITE_OK => Ok(header[18] == 1 && header[68..72] == *b"Gate"),
        ffi::SQLITE_IOERR_SHORT_READ => Ok(false),
        _ => Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)),
    }
}

/// A file that is not what was written to it.
#[derive(Debug, thiserror::Error)]
#[error("the database file is damaged{place}")]
pub(crate) struct Damage {
    place: String,
    #[source]
    cause: rusqlite::Error,
}

/// Whether `error` means that the file is damaged, and where. To be asked on the thread on which SQLite said it.
pub(super) fn damage(error: rusqlite::Error) -> Result<Damage, rusqlite::Error> {
    let is_damage = matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
        || error.sqlite_error().is_some_and(|it| it.extended_code == ffi::SQLITE_IOERR_DATA);
    if !is_damage {
        return Err(error);
    }
    let mut offset = 0;
    // SAFETY: it writes one number, and both are of this thread.
    let place = match unsafe { gatewright_pages_found(&raw mut offset) } {
        1 => format!(": the page at byte {offset} does not have its checksum"),
        2 => format!(": the page at byte {offset} of its log does not have its checksum"),
        _ => String::new(),
    };
    Ok(Damage { place, cause: error })
}
