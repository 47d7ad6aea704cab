//! The port `Directory` on SQLite.

use async_trait::async_trait;
use gatewright_core::{
    model::{Account, AccountId, User, UserId},
    port::{Directory, PageOf, StoreError, Totals},
};
use rusqlite::{Connection, params};

use super::{
    SqliteStore,
    failure::Failure,
    rows,
    rows::{Cursor, account_columns, user_columns},
    statements,
};
use crate::beginning::Beginning;

#[async_trait]
impl Directory for SqliteStore {
    async fn accounts_page(&self, page: PageOf<AccountId>, limit: usize) -> Result<Vec<Account>, StoreError> {
        self.read(move |connection| accounts(connection, page, limit)).await
    }

    async fn users_page(&self, page: PageOf<UserId>, limit: usize) -> Result<Vec<User>, StoreError> {
        self.read(move |connection| users(connection, page, limit)).await
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        let now = self.0.clock.now().micros();
        self.read(move |connection| totals(connection, now)).await
    }
}

fn accounts(connection: &Connection, page: PageOf<AccountId>, limit: usize) -> Result<Vec<Account>, Failure> {
    match page {
        PageOf::All { before } => {
            let before = rows::before(before.as_ref().map(AccountId::as_bytes));
            let sql =
                concat!("SELECT ", account_columns!(), " FROM accounts a WHERE a.id < ?1 ORDER BY a.id DESC LIMIT ?2");
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            statements::all(connection, sql, params![before, limit], |row| rows::account(row, 0))
        }
        PageOf::Beginning { prefix, after } => {
            let beginning = Beginning::new(prefix, after, limit);
            let sql = concat!(
                "SELECT ",
                account_columns!(),
                " FROM accounts a WHERE a.email_key >= ?1 ORDER BY a.email_key LIMIT ?2"
            );
            let params = params![beginning.from(), beginning.rows()];
            let found = statements::all(connection, sql, params, |row| rows::account(row, 0))?;
            Ok(beginning.cut(found, |account| account.email.key()))
        }
    }
}

fn users(connection: &Connection, page: PageOf<UserId>, limit: usize) -> Result<Vec<User>, Failure> {
    match page {
        PageOf::All { before } => {
            let before = rows::before(before.as_ref().map(UserId::as_bytes));
            let sql = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.id < ?1 ORDER BY u.id DESC LIMIT ?2");
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            statements::all(connection, sql, params![before, limit], |row| rows::user(row, 0))
        }
        PageOf::Beginning { prefix, after } => {
            let beginning = Beginning::new(prefix, after, limit);
            let sql = concat!(
                "SELECT ",
                user_columns!(),
                " FROM users u WHERE u.username >= ?1 ORDER BY u.username LIMIT ?2"
            );
            let params = params![beginning.from(), beginning.rows()];
            let found = statements::all(connection, sql, params, |row| rows::user(row, 0))?;
            Ok(beginning.cut(found, |user| user.username.as_str()))
        }
    }
}

/// One statement, so one consistent reading. Each count goes along an index.
fn totals(connection: &Connection, now: i64) -> Result<Totals, Failure> {
    let sql = "SELECT (SELECT count(*) FROM accounts), (SELECT count(*) FROM users),
                      (SELECT count(*) FROM sessions WHERE absolute_end > ?1)
                      - (SELECT count(*) FROM sessions WHERE absolute_end > ?1 AND ended_at IS NOT NULL)";
    let read = |row: &rusqlite::Row<'_>| {
        let mut cursor = Cursor::new(row, "totals", 0);
        Ok(Totals { accounts: cursor.number()?, users: cursor.number()?, sessions: cursor.number()? })
    };
    Ok(statements::first(connection, sql, [now], read)?.unwrap_or_default())
}
