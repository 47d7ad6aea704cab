//! The schema's numbered steps. What must stay true: a step that was released is never edited, only followed by another;
//! the checksum of each applied step is kept, and a database whose steps are not ours is refused. Of several nodes that start
//! at once one applies what is missing while the others wait; the lock belongs to the transaction, so that it works through
//! a transaction pooler, too.

use aws_lc_rs::digest::{SHA256, digest};
use gatewright_core::port::StoreError;
use tokio_postgres::Client;

use super::{failure::Failure, open::OpenError, rows::Cursor, statements};

struct Migration {
    number: u32,
    name: &'static str,
    sql: &'static str,
}

const INITIAL: Migration =
    Migration { number: 1, name: "initial", sql: include_str!("../../migrations/postgres/0001_initial.sql") };

const MAIL: Migration =
    Migration { number: 2, name: "mail", sql: include_str!("../../migrations/postgres/0002_mail.sql") };

const ROLES: Migration =
    Migration { number: 3, name: "roles", sql: include_str!("../../migrations/postgres/0003_roles.sql") };

const ACTIVITY_CHAIN: Migration = Migration {
    number: 4,
    name: "activity chain",
    sql: include_str!("../../migrations/postgres/0004_activity_chain.sql"),
};

const RULES: Migration =
    Migration { number: 5, name: "rules", sql: include_str!("../../migrations/postgres/0005_rules.sql") };

/// What a next version could bring. Only a program that is compiled for the test of upgrades knows it
/// (`xtask/src/stage/cargo_tests.rs`): two versions that serve side by side have to be two programs.
const NEXT: Migration =
    Migration { number: 9999, name: "of_the_next_version", sql: include_str!("../../tests/next_version.sql") };

const MIGRATIONS: &[Migration] = match option_env!("GATEWRIGHT_COMPILE_AS_NEXT_VERSION") {
    None => &[INITIAL, MAIL, ROLES, ACTIVITY_CHAIN, RULES],
    Some(_) => &[INITIAL, MAIL, ROLES, ACTIVITY_CHAIN, RULES, NEXT],
};

/// `Gatewrig`, big-endian: the advisory lock under which the schema is changed.
pub(super) const LOCK: i64 = i64::from_be_bytes(*b"Gatewrig");

/// The number of the last step that this program knows.
pub(super) fn known() -> u32 {
    MIGRATIONS.last().map_or(0, |migration| migration.number)
}

/// Applies what is missing, all of it in one transaction that nobody else can come between.
pub(super) async fn apply(client: &Client) -> Result<(), OpenError> {
    // Whatever the database's default is: what others did while we waited for the lock must be seen.
    client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED").await?;
    let applied = apply_in_transaction(client).await;
    client.batch_execute(if applied.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
    applied
}

async fn apply_in_transaction(client: &Client) -> Result<(), OpenError> {
    statements::rows(client, "SELECT pg_advisory_xact_lock($1)", &[LOCK.into()]).await?;
    check_owner(client).await?;
    client
        .batch_execute(
            "CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL, sha256 BYTEA NOT NULL)",
        )
        .await?;
    let sql = "SELECT number, sha256 FROM migrations ORDER BY number";
    let applied = statements::all(client, sql, &[], |row| {
        let mut cursor = Cursor::new(row, "migrations", 0);
        Ok((cursor.number()?, cursor.blob()?))
    });
    let applied: Vec<(i64, Vec<u8>)> = applied.await?;
    let found = applied.last().map_or(0, |(number, _)| u32::try_from(*number).unwrap_or(u32::MAX));
    if found > known() {
        return Err(OpenError::NewerSchema { found, known: known() });
    }
    for Migration { number, name, sql } in MIGRATIONS {
        let checksum = digest(&SHA256, sql.as_bytes());
        match applied.iter().find(|(applied, _)| *applied == i64::from(*number)) {
            Some((_, applied)) if applied == checksum.as_ref() => {}
            Some(_) => return Err(OpenError::AlteredMigration { number: *number }),
            None => {
                client.batch_execute(sql).await?;
                let sql = "INSERT INTO migrations (number, name, sha256) VALUES ($1, $2, $3)";
                let checksum = super::value::Value::Bytes(Some(checksum.as_ref()));
                statements::run(client, sql, &[i64::from(*number).into(), (*name).into(), checksum]).await?;
            }
        }
    }
    Ok(())
}

/// Refuses a schema that holds somebody else's tables, changing nothing in it. Others call a table `migrations`, too: ours
/// keeps checksums.
async fn check_owner(client: &Client) -> Result<(), OpenError> {
    let ours = "SELECT 1 FROM pg_catalog.pg_tables t
                JOIN pg_catalog.pg_namespace n ON n.nspname = t.schemaname
                JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename
                JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
                WHERE t.schemaname = current_schema() AND t.tablename = 'migrations' AND a.attname = 'sha256'
                UNION ALL
                SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = current_schema())";
    if statements::exists(client, ours, &[]).await? { Ok(()) } else { Err(OpenError::NotOurs) }
}

impl From<Failure> for OpenError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Database(error) => error.into(),
            failure @ (Failure::Pool(_) | Failure::Inconsistent { .. } | Failure::Refused(_)) => {
                Self::Database(Box::new(StoreError::from(failure)))
            }
        }
    }
}
