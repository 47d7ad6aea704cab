//! How the database server is doing, for whoever looks after it. Nothing is changed here.

use std::error::Error;

use gatewright_core::{model::Timestamp, port::StoreError};

use super::{
    PgStore,
    address::is_this_machine,
    failure::{Failure, Refusal},
    open::OpenError,
    rows::Cursor,
    statements,
};

/// What a server says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Its version, as in `16.4`.
    pub version: String,
    /// What time it is there.
    pub now: Timestamp,
    /// How many connections it takes at most from a user such as ours; the limits of user and database count, too.
    pub max_connections: u64,
    /// How many are open, by everybody.
    pub connections: u64,
    /// Whether it keeps a checksum in each page, and so notices one that is not what was written.
    pub page_checksums: bool,
}

/// How what is said reaches the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Encrypted, and the server's certificate is verified.
    Tls,
    /// In clear, on this machine.
    ThisMachine,
    /// In clear over a network, because the operator said so.
    Clear,
}

impl PgStore {
    /// Asks the server.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn condition(&self) -> Result<Condition, StoreError> {
        let sql = "SELECT split_part(current_setting('server_version'), ' ', 1),
                          (extract(epoch FROM clock_timestamp()) * 1000000)::int8,
                          least(current_setting('max_connections')::int8
                                - current_setting('superuser_reserved_connections')::int8
                                - coalesce(current_setting('reserved_connections', true)::int8, 0),
                                (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
                                (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()))::int8,
                          (SELECT sum(numbackends) FROM pg_stat_database)::int8,
                          current_setting('data_checksums')";
        let lent = self.lend().await?;
        let found = lent.bounded(statements::first(&lent, sql, &[], |row| {
            let mut cursor = Cursor::new(row, "server", 0);
            Ok(Condition {
                version: cursor.text()?,
                now: cursor.moment()?,
                max_connections: cursor.number()?,
                connections: cursor.number()?,
                page_checksums: cursor.text()? == "on",
            })
        }));
        Ok(found.await?.ok_or(Failure::from(Refusal::NoAnswer))?)
    }

    /// How what is said reaches the server.
    #[must_use]
    pub fn way(&self) -> Way {
        let address = &self.0.address;
        if address.roots.is_some() {
            Way::Tls
        } else if address.config.get_hosts().iter().all(is_this_machine) {
            Way::ThisMachine
        } else {
            Way::Clear
        }
    }
}

/// Classes of SQLSTATE that pass by themselves: connection trouble, a replica that is not promoted yet, a lost race, too
/// many connections, a server that starts or stops.
const PASSING: [&str; 5] = ["08", "25", "40", "53", "57"];

impl OpenError {
    /// Whether it may help to try again in a moment: the server could not be reached, or is just starting or stopping. A server
    /// that has refused (a wrong password, no such database, another's tables) refuses the next time, too.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        let Self::Database(error) = self else { return false };
        let mut cause: Option<&(dyn Error + 'static)> = Some(&**error);
        while let Some(error) = cause {
            let told = error.downcast_ref::<tokio_postgres::Error>().and_then(tokio_postgres::Error::code);
            if let Some(code) = told {
                return PASSING.iter().any(|class| code.code().starts_with(class));
            }
            cause = error.source();
        }
        true
    }
}
