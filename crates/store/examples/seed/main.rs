//! Makes a SQLite database with rows in every table, to measure `gatewright copy` with:
//! `cargo run --release -p gatewright-store --example seed -- <file> [accounts]`, at most ten million.
//!
//! Each account has a password, one user, one session and two entries in its log. Nobody can sign in: the hashes and the
//! signing keys are no real ones.
#![expect(clippy::print_stdout, reason = "it prints what it made")]
#![expect(clippy::unwrap_used, reason = "an example that goes wrong may stop")]

use std::{path::PathBuf, sync::Arc};

use gatewright_core::port::SystemClock;
use gatewright_store::sqlite::{self, Options, SqliteStore};
use rusqlite::{Connection, OpenFlags};

const MOST: i64 = 10_000_000;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = PathBuf::from(arguments.next().expect("the first argument is the file to make"));
    let accounts: i64 = arguments.next().map_or(1_000_000, |text| text.parse().unwrap());
    assert!(!path.exists(), "there is something already");
    assert!((1..=MOST).contains(&accounts), "at most {MOST} accounts");
    drop(SqliteStore::open(&path, Options::default(), |floor| Arc::new(SystemClock::starting_at(floor))).unwrap());
    let mut connection = Connection::open_with_flags_and_vfs(&path, OpenFlags::default(), sqlite::layer()).unwrap();
    connection.pragma_update(None, "cache_size", -256 * 1024).unwrap();
    let transaction = connection.transaction().unwrap();
    transaction.execute_batch("CREATE TEMP TABLE wanted (n INTEGER)").unwrap();
    transaction.execute("INSERT INTO wanted VALUES (?1)", [accounts]).unwrap();
    transaction.execute_batch(include_str!("rows.sql")).unwrap();
    transaction.commit().unwrap();
    connection.close().map_err(|(_, error)| error).unwrap();
    println!("{}: {accounts} accounts, {} MiB", path.display(), std::fs::metadata(&path).unwrap().len() >> 20);
}
