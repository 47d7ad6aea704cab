//! The schema's numbered steps. What must stay true: a step that was released is never edited, only followed by another;
//! the checksum of each applied step is kept, and a database whose steps are not ours is refused.

use aws_lc_rs::digest::{SHA256, digest};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::open::OpenError;

struct Migration {
    number: u32,
    name: &'static str,
    sql: &'static str,
}

const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, name: "initial", sql: include_str!("../../migrations/sqlite/0001_initial.sql") },
    Migration { number: 2, name: "leases", sql: include_str!("../../migrations/sqlite/0002_leases.sql") },
    Migration {
        number: SEALED_SINCE,
        name: "page checksums",
        sql: include_str!("../../migrations/sqlite/0003_page_checksums.sql"),
    },
    Migration { number: 4, name: "mail", sql: include_str!("../../migrations/sqlite/0004_mail.sql") },
    Migration { number: 5, name: "roles", sql: include_str!("../../migrations/sqlite/0005_roles.sql") },
    Migration {
        number: 6,
        name: "activity chain",
        sql: include_str!("../../migrations/sqlite/0006_activity_chain.sql"),
    },
    Migration { number: 7, name: "rules", sql: include_str!("../../migrations/sqlite/0007_rules.sql") },
];

/// From this step on each page has a checksum.
const SEALED_SINCE: u32 = 3;

/// `Gate`, big-endian: marks a SQLite file as ours (the header's "application ID").
pub(super) const APPLICATION_ID: i32 = i32::from_be_bytes(*b"Gate");

/// The number of the last step that this program knows.
pub(super) fn known() -> u32 {
    MIGRATIONS.last().map_or(0, |migration| migration.number)
}

/// Refuses a file that is not ours, changing nothing in it. A file without any table is as good as new.
pub(super) fn check_owner(connection: &Connection) -> Result<(), OpenError> {
    let id: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if id == APPLICATION_ID || (id == 0 && tables == 0) { Ok(()) } else { Err(OpenError::NotOurs) }
}

/// Whether the schema says that each page has a checksum. Refuses a schema that is newer than this program, changing nothing.
pub(super) fn are_sealed(connection: &Connection) -> Result<bool, OpenError> {
    let has_steps = connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'migrations'")?.exists([])?;
    if !has_steps {
        return Ok(false);
    }
    let found: u32 = connection.query_row("SELECT coalesce(max(number), 0) FROM migrations", [], |row| row.get(0))?;
    if found > known() { Err(OpenError::NewerSchema { found, known: known() }) } else { Ok(found >= SEALED_SINCE) }
}

/// Applies what is missing, all of it in one transaction that nobody else can come between.
pub(super) fn apply(connection: &mut Connection) -> Result<(), OpenError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS migrations (
             number INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 BLOB NOT NULL
         ) STRICT",
    )?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    let found: u32 = transaction.query_row("SELECT coalesce(max(number), 0) FROM migrations", [], |row| row.get(0))?;
    if found > known() {
        return Err(OpenError::NewerSchema { found, known: known() });
    }
    for Migration { number, name, sql } in MIGRATIONS {
        let checksum = digest(&SHA256, sql.as_bytes());
        let applied: Option<Vec<u8>> = transaction
            .query_row("SELECT sha256 FROM migrations WHERE number = ?1", [number], |row| row.get(0))
            .optional()?;
        match applied {
            Some(applied) if applied == checksum.as_ref() => {}
            Some(_) => return Err(OpenError::AlteredMigration { number: *number }),
            None => {
                transaction.execute_batch(sql)?;
                let sql = "INSERT INTO migrations (number, name, sha256) VALUES (?1, ?2, ?3)";
                transaction.execute(sql, params![number, name, checksum.as_ref()])?;
            }
        }
    }
    transaction.commit()?;
    Ok(())
}
