//! The port `Directory` on PostgreSQL.

use async_trait::async_trait;
use gatewright_core::{
    model::{Account, AccountId, Timestamp, User, UserId},
    port::{Directory, PageOf, StoreError, Totals},
};
use tokio_postgres::Client;

use super::{
    PgStore,
    failure::Failure,
    rows,
    rows::{Cursor, account_columns, user_columns},
    statements,
};
use crate::beginning::Beginning;

#[async_trait]
impl Directory for PgStore {
    async fn accounts_page(&self, page: PageOf<AccountId>, limit: usize) -> Result<Vec<Account>, StoreError> {
        let lent = self.lend().await?;
        Ok(lent.bounded(accounts(&lent, page, limit)).await?)
    }

    async fn users_page(&self, page: PageOf<UserId>, limit: usize) -> Result<Vec<User>, StoreError> {
        let lent = self.lend().await?;
        Ok(lent.bounded(users(&lent, page, limit)).await?)
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        let lent = self.lend().await?;
        Ok(lent.bounded(totals(&lent, self.0.ground.clock.now())).await?)
    }
}

async fn accounts(client: &Client, page: PageOf<AccountId>, limit: usize) -> Result<Vec<Account>, Failure> {
    match page {
        PageOf::All { before } => {
            let before = rows::before(before.as_ref().map(AccountId::as_bytes));
            let sql =
                concat!("SELECT ", account_columns!(), " FROM accounts a WHERE a.id < $1 ORDER BY a.id DESC LIMIT $2");
            let params = [(&before).into(), i64::try_from(limit).unwrap_or(i64::MAX).into()];
            statements::all(client, sql, &params, |row| rows::account(row, 0)).await
        }
        PageOf::Beginning { prefix, after } => {
            let beginning = Beginning::new(prefix, after, limit);
            let sql = concat!(
                "SELECT ",
                account_columns!(),
                " FROM accounts a WHERE a.email_key >= $1 ORDER BY a.email_key LIMIT $2"
            );
            let params = [beginning.from().into(), beginning.rows().into()];
            let found = statements::all(client, sql, &params, |row| rows::account(row, 0)).await?;
            Ok(beginning.cut(found, |account| account.email.key()))
        }
    }
}

async fn users(client: &Client, page: PageOf<UserId>, limit: usize) -> Result<Vec<User>, Failure> {
    match page {
        PageOf::All { before } => {
            let before = rows::before(before.as_ref().map(UserId::as_bytes));
            let sql = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.id < $1 ORDER BY u.id DESC LIMIT $2");
            let params = [(&before).into(), i64::try_from(limit).unwrap_or(i64::MAX).into()];
            statements::all(client, sql, &params, |row| rows::user(row, 0)).await
        }
        PageOf::Beginning { prefix, after } => {
            let beginning = Beginning::new(prefix, after, limit);
            let sql = concat!(
                "SELECT ",
                user_columns!(),
                " FROM users u WHERE u.username >= $1 ORDER BY u.username LIMIT $2"
            );
            let params = [beginning.from().into(), beginning.rows().into()];
            let found = statements::all(client, sql, &params, |row| rows::user(row, 0)).await?;
            Ok(beginning.cut(found, |user| user.username.as_str()))
        }
    }
}

/// One statement, so one consistent reading. Each count goes along an index; a session is in one of the two tables.
async fn totals(client: &Client, now: Timestamp) -> Result<Totals, Failure> {
    let sql = "SELECT (SELECT count(*) FROM accounts), (SELECT count(*) FROM users),
                      (SELECT count(*) FROM sessions WHERE absolute_end > $1)
                      - (SELECT count(*) FROM sessions WHERE absolute_end > $1 AND ended_at IS NOT NULL)
                      + (SELECT count(*) FROM session_register WHERE absolute_end > $1)
                      - (SELECT count(*) FROM session_register WHERE absolute_end > $1 AND ended_at IS NOT NULL)";
    let read = |row: &tokio_postgres::Row| {
        let mut cursor = Cursor::new(row, "totals", 0);
        Ok(Totals { accounts: cursor.number()?, users: cursor.number()?, sessions: cursor.number()? })
    };
    Ok(statements::first(client, sql, &[now.into()], read).await?.unwrap_or_default())
}
