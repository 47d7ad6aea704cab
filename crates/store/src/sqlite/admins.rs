//! The port `Admins` on SQLite, and whether a step would take the last admin. What must stay true: every step that disables or
//! removes a user or an account, or takes roles away, asks [`would_leave_none`] first, in its own transaction; there is one
//! writer, so nobody comes between.

use async_trait::async_trait;
use gatewright_core::{
    model::{AccountId, SecretHash, Timestamp, User, UserId},
    port::{Admins, Bootstrapped, Entry, NewAccount, SignUp, StoreError},
};
use rusqlite::{Connection, params};

use super::{SqliteStore, accounts, activity_log, failure::Failure, rows, rows::user_columns, statements};

/// Whether a user is an admin. The index `users_admins` has the same words.
macro_rules! is_admin {
    () => {
        "instr(',' || u.roles || ',', ',admin,') > 0"
    };
}
/// Admins that can sign in.
macro_rules! admins_that_can_sign_in {
    () => {
        concat!(
            "SELECT 1 FROM users u JOIN accounts a ON a.id = u.account_id WHERE ",
            is_admin!(),
            " AND u.disabled_at IS NULL AND a.disabled_at IS NULL"
        )
    };
}

#[async_trait]
impl Admins for SqliteStore {
    async fn admins(&self) -> Result<Vec<User>, StoreError> {
        self.read(|connection| {
            let sql = concat!(
                "SELECT ",
                user_columns!(),
                " FROM users u WHERE ",
                is_admin!(),
                " ORDER BY u.created_at, u.id"
            );
            statements::all(connection, sql, [], |row| rows::user(row, 0))
        })
        .await
    }

    async fn open_bootstrap(&self, secret: SecretHash, ends_at: Timestamp, entry: Entry) -> Result<bool, StoreError> {
        self.write(move |connection| open(connection, secret, ends_at, &entry)).await
    }

    async fn bootstrap_secret(&self, now: Timestamp) -> Result<Option<SecretHash>, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT hash FROM bootstrap WHERE ends_at > ?1";
            Ok(statements::value(connection, sql, [now.micros()])?.map(SecretHash::from_bytes))
        })
        .await
    }

    async fn bootstrap(&self, new: NewAccount, entry: Entry) -> Result<Bootstrapped, StoreError> {
        self.write(move |connection| bootstrap(connection, &new, &entry)).await
    }
}

fn is_there_one(connection: &Connection) -> Result<bool, Failure> {
    statements::exists(connection, concat!("SELECT 1 FROM users u WHERE ", is_admin!(), " LIMIT 1"), [])
}

fn open(connection: &Connection, secret: SecretHash, ends_at: Timestamp, entry: &Entry) -> Result<bool, Failure> {
    if is_there_one(connection)? {
        return Ok(false);
    }
    let sql = "INSERT INTO bootstrap (one, hash, ends_at) VALUES (1, ?1, ?2)
               ON CONFLICT (one) DO UPDATE SET hash = ?1, ends_at = ?2";
    statements::run(connection, sql, params![secret.as_bytes(), ends_at.micros()])?;
    activity_log::insert(connection, entry)?;
    Ok(true)
}

fn bootstrap(connection: &Connection, new: &NewAccount, entry: &Entry) -> Result<Bootstrapped, Failure> {
    if is_there_one(connection)? {
        return Ok(Bootstrapped::Closed);
    }
    match accounts::sign_up(connection, new, entry)? {
        SignUp::Done => {}
        SignUp::EmailTaken => return Ok(Bootstrapped::EmailTaken),
        SignUp::UsernameTaken => return Ok(Bootstrapped::UsernameTaken),
    }
    statements::run(connection, "DELETE FROM bootstrap", [])?;
    Ok(Bootstrapped::Done)
}

/// Whom a step takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Taken {
    /// One user.
    User(UserId),
    /// All users of an account.
    Account(AccountId),
}

/// Whether admins that can sign in would be taken, and none would be left.
pub(super) fn would_leave_none(connection: &Connection, taken: Taken) -> Result<bool, Failure> {
    let (taken, left, id) = match &taken {
        Taken::User(user) => (
            concat!(admins_that_can_sign_in!(), " AND u.id = ?1 LIMIT 1"),
            concat!(admins_that_can_sign_in!(), " AND u.id <> ?1 LIMIT 1"),
            user.as_bytes(),
        ),
        Taken::Account(account) => (
            concat!(admins_that_can_sign_in!(), " AND u.account_id = ?1 LIMIT 1"),
            concat!(admins_that_can_sign_in!(), " AND u.account_id <> ?1 LIMIT 1"),
            account.as_bytes(),
        ),
    };
    Ok(statements::exists(connection, taken, [id])? && !statements::exists(connection, left, [id])?)
}
