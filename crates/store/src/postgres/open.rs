//! How a database is opened: whose it is, its schema, whether it keeps what it says it keeps, whether it is a restored
//! backup. What must stay true: a database that is refused has not been changed.

use std::{error::Error, path::PathBuf, sync::Arc};

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use gatewright_core::model::Timestamp;
use tokio_postgres::{Client, NoTls};

use super::{
    Options,
    address::Address,
    failure::Refusal,
    migrations,
    promotion::Historian,
    rows::{Cell, Columns},
    server_clock::ServerClock,
    statements,
    tls::Tls,
    transfer,
};
use crate::transfer::Use;

/// Why a database could not be opened. The texts say what to do, and hold no password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL cannot be used.
    #[error("the URL of the database cannot be used: {says}")]
    Address {
        /// What is wrong with it.
        says: String,
    },
    /// No certificates to verify the server with.
    #[error("no certificates to verify the database server with{}", .file.as_ref().map_or_else(
        || "; install the system's (ca-certificates), or name a file with sslrootcert".to_owned(),
        |file| format!(" in {}", file.display()),
    ))]
    Certificates {
        /// The file that was named.
        file: Option<PathBuf>,
    },
    /// The schema holds another program's tables.
    #[error(
        "the database holds another program's tables; choose another database, or a schema of its own for this user"
    )]
    NotOurs,
    /// A newer Gatewright has changed its schema.
    #[error(
        "the database has schema {found}, this program knows schemas up to {known}; run the newer program, or restore a \
         backup from before the upgrade"
    )]
    NewerSchema {
        /// The schema's number in the database.
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
    /// The server is older than what we need.
    #[error("the server is PostgreSQL {found}, and 15 is the oldest that is supported")]
    TooOld {
        /// Its version.
        found: i64,
    },
    /// The server may forget what it has acknowledged.
    #[error("`{setting}` is off on the database server: it may lose what it has acknowledged; turn it on")]
    NotDurable {
        /// The setting.
        setting: String,
    },
    /// The server refused, or cannot be reached.
    #[error("the database cannot be opened")]
    Database(#[source] Box<dyn Error + Send + Sync>),
}

impl From<tokio_postgres::Error> for OpenError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(Box::new(error))
    }
}

/// The oldest version that is supported: the one whose behaviour is tested.
const OLDEST: i64 = 15;

/// Makes the pool. Nothing is connected yet.
pub(super) fn pool(
    address: &Address,
    options: &Options,
    server_clock: &Arc<ServerClock>,
    historian: &Historian,
) -> Result<Pool, OpenError> {
    let settings = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = match &address.roots {
        Some(roots) => Manager::from_config(address.config.clone(), Tls::new(roots)?, settings),
        None => Manager::from_config(address.config.clone(), NoTls, settings),
    };
    let (server_clock, historian, patience) = (Arc::clone(server_clock), historian.clone(), options.connect_time);
    let pool = Pool::builder(manager)
        .max_size(options.connections.get())
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(options.wait))
        .create_timeout(Some(options.connect_time))
        .recycle_timeout(Some(options.wait))
        .post_create(Hook::async_fn(move |connection, _| {
            let (server_clock, historian) = (Arc::clone(&server_clock), historian.clone());
            Box::pin(async move {
                let look = async {
                    server_clock.set_by(connection).await?;
                    historian.look(connection).await
                };
                // The pool itself sets no bound here, and a server may stop answering at any time.
                let looked = tokio::time::timeout(patience, look).await.unwrap_or(Err(Refusal::NoAnswer.into()));
                looked.map_err(|failure| HookError::message(failure.in_words()))
            })
        }))
        .build();
    pool.map_err(|error| OpenError::Database(Box::new(error)))
}

/// Refuses a server that is too old or forgets.
pub(super) async fn check_server(client: &Client) -> Result<(), OpenError> {
    let sql = "SELECT current_setting('server_version_num')::int8 / 10000,
                      (SELECT name FROM pg_settings
                       WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off' LIMIT 1)";
    let rows = statements::rows(client, sql, &[]).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    if let Cell::Value(found) = row.number(0)
        && found < OLDEST
    {
        return Err(OpenError::TooOld { found });
    }
    match row.text(1) {
        Cell::Value(setting) => Err(OpenError::NotDurable { setting: setting.to_owned() }),
        Cell::Null | Cell::Wrong => Ok(()),
    }
}

/// Brings the schema up to date, and looks whether the database is a restored backup. Several nodes may do so at once.
pub(super) async fn prepare(client: &Client, what_for: Use) -> Result<(), OpenError> {
    check_server(client).await?;
    migrations::apply(client).await?;
    match what_for {
        Use::Serve => transfer::refuse_half_copied(client).await,
        Use::Copy => Ok(()),
    }
}

/// The latest moment that the database has seen.
pub(super) async fn latest_moment(client: &Client) -> Result<Timestamp, OpenError> {
    let rows = statements::rows(client, "SELECT clock_high FROM meta", &[]).await?;
    Ok(match rows.first().map(|row| row.number(0)) {
        Some(Cell::Value(micros)) => Timestamp::from_micros(micros),
        Some(Cell::Null | Cell::Wrong) | None => Timestamp::default(),
    })
}
