//! The port `Passwords` on SQLite. What must stay true: a hash leaves this table only through `password`.

use async_trait::async_trait;
use gatewright_core::{
    model::{AccountId, PasswordHash},
    port::{Entry, PasswordChange, Passwords, StoreError},
};
use rusqlite::{Connection, params};

use super::{SqliteStore, activity_log, failure::Failure, mail_tokens, sessions, statements};

#[async_trait]
impl Passwords for SqliteStore {
    async fn password(&self, account: AccountId) -> Result<Option<PasswordHash>, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT phc FROM passwords WHERE account_id = ?1";
            Ok(statements::value(connection, sql, [account.as_bytes()])?.map(PasswordHash::from_phc))
        })
        .await
    }

    async fn change(&self, change: PasswordChange, entry: Entry) -> Result<bool, StoreError> {
        self.write(move |connection| apply(connection, &change, &entry)).await
    }

    async fn rehash(
        &self,
        account: AccountId,
        seen: &PasswordHash,
        stronger: PasswordHash,
    ) -> Result<bool, StoreError> {
        let seen = seen.clone();
        self.write(move |connection| replace(connection, account, &seen, &stronger)).await
    }
}

/// Keeps the password of an account that is being made.
pub(super) fn insert(connection: &Connection, account: AccountId, hash: &PasswordHash) -> Result<(), Failure> {
    let sql = "INSERT INTO passwords (account_id, phc) VALUES (?1, ?2)";
    statements::run(connection, sql, params![account.as_bytes(), hash.as_phc()])?;
    Ok(())
}

/// Sets the password of an account, whatever it was.
pub(super) fn set(connection: &Connection, account: AccountId, hash: &PasswordHash) -> Result<(), Failure> {
    let sql = "INSERT INTO passwords (account_id, phc) VALUES (?1, ?2) ON CONFLICT (account_id) DO UPDATE SET phc = ?2";
    statements::run(connection, sql, params![account.as_bytes(), hash.as_phc()])?;
    Ok(())
}

/// Leaves an account without a password.
pub(super) fn remove(connection: &Connection, account: AccountId) -> Result<(), Failure> {
    statements::run(connection, "DELETE FROM passwords WHERE account_id = ?1", [account.as_bytes()])?;
    Ok(())
}

fn replace(
    connection: &Connection,
    account: AccountId,
    seen: &PasswordHash,
    new: &PasswordHash,
) -> Result<bool, Failure> {
    let sql = "UPDATE passwords SET phc = ?3 WHERE account_id = ?1 AND phc = ?2";
    Ok(statements::run(connection, sql, params![account.as_bytes(), seen.as_phc(), new.as_phc()])? == 1)
}

fn apply(connection: &Connection, change: &PasswordChange, entry: &Entry) -> Result<bool, Failure> {
    let account = change.account_id;
    let keep = sessions::living(connection, change.keep, change.at)?;
    if keep.is_none_or(|keep| keep.session.account_id != account)
        || !replace(connection, account, &change.seen, &change.new)?
    {
        return Ok(false);
    }
    statements::run(connection, "UPDATE accounts SET epoch = epoch + 1 WHERE id = ?1", [account.as_bytes()])?;
    statements::run(
        connection,
        "UPDATE sessions SET account_epoch = (SELECT epoch FROM accounts WHERE id = account_id) WHERE id = ?1",
        [change.keep.as_bytes()],
    )?;
    mail_tokens::forget(connection, account, change.at)?;
    activity_log::insert(connection, entry)?;
    Ok(true)
}
