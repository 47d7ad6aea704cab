//! Moving a database: everything arrives, what was broken off goes on, and what is not whole is not served.

mod interrupted;
mod refused;
mod there_and_back;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::sqlite::backend::connect;
use gatewright_core::port::SystemEntropy;
use gatewright_store::{
    postgres::{self, Address, PgStore},
    sqlite::{self, SqliteStore},
    transfer::{self, Afterwards, InRedis, Moment, Phase, Place, Plan, Report, TransferError},
};
use gatewright_testkit::{
    FrozenClock,
    servers::{Database, Postgres},
};
use tempfile::TempDir;

const RETIRE: Plan = Plan { afterwards: Afterwards::Retire, in_redis: InRedis::Refuse };
const KEEP: Plan = Plan { afterwards: Afterwards::Keep, in_redis: InRedis::Refuse };

/// A folder for files.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn place(&self, name: &str) -> Place {
        Place::Sqlite(self.path(name))
    }

    /// A file with rows in every table, of so many accounts.
    fn filled(&self, name: &str, accounts: i64) -> Place {
        let path = self.path(name);
        drop(open_file(&path).unwrap());
        let connection = connect(&path);
        connection.execute_batch("CREATE TEMP TABLE wanted (n INTEGER); BEGIN").unwrap();
        connection.execute("INSERT INTO wanted VALUES (?1)", [accounts]).unwrap();
        connection.execute_batch(include_str!("../../../examples/seed/rows.sql")).unwrap();
        connection.execute_batch("COMMIT").unwrap();
        Place::Sqlite(path)
    }
}

fn open_file(path: &Path) -> Result<SqliteStore, sqlite::OpenError> {
    SqliteStore::open(path, sqlite::Options::default(), |_| Arc::new(FrozenClock::default()))
}

fn postgres() -> (Database, Place) {
    let database = Postgres::shared().fresh_database();
    let place = place_of(&database);
    (database, place)
}

fn place_of(database: &Database) -> Place {
    Place::Postgres(Box::new(Address::parse(&database.url()).unwrap()))
}

async fn open_postgres(database: &Database) -> Result<PgStore, postgres::OpenError> {
    let address = Address::parse(&database.url()).unwrap();
    PgStore::open(&address, postgres::Options::default(), |_| Arc::new(FrozenClock::default())).await
}

async fn copy(from: &Place, to: &Place, plan: Plan) -> Result<Report, TransferError> {
    transfer::copy(from, to, plan, &SystemEntropy::default(), &mut |_| {}).await
}

/// Copies until `stop` says so, and is gone then, as a process is that is killed.
async fn copy_until(from: &Place, to: &Place, mut stop: impl FnMut(Moment) -> bool + Send) {
    let (sender, mut receiver) = tokio::sync::mpsc::channel::<()>(1);
    let entropy = SystemEntropy::default();
    let mut watch = |moment| {
        if stop(moment) {
            // One is enough.
            let _full = sender.try_send(());
        }
    };
    tokio::select! {
        biased;
        Some(()) = receiver.recv() => {}
        copied = transfer::copy(from, to, RETIRE, &entropy, &mut watch) => panic!("it was not stopped: {copied:?}"),
    }
}

/// One value of a SQLite file, as text.
fn asked(path: &Path, sql: &str) -> String {
    let connection = connect(path);
    connection
        .query_row(sql, [], |row| row.get::<_, rusqlite::types::Value>(0))
        .map(|value| format!("{value:?}"))
        .unwrap()
}
