//! The port `Passwords` on PostgreSQL. What must stay true: a hash leaves this table only through `password`.

use async_trait::async_trait;
use gatewright_core::{
    model::{AccountId, PasswordHash},
    port::{Entry, PasswordChange, Passwords, StoreError},
};
use tokio_postgres::Client;

use super::{
    PgStore, activity_log,
    failure::Failure,
    mail_tokens,
    rows::Cursor,
    sessions, statements,
    step::{Outcome, in_step},
};

#[async_trait]
impl Passwords for PgStore {
    async fn password(&self, account: AccountId) -> Result<Option<PasswordHash>, StoreError> {
        let sql = "SELECT account_id, phc FROM passwords WHERE account_id = $1";
        let params = [account.as_bytes().into()];
        let lent = self.lend().await?;
        let read = statements::first(&lent, sql, &params, |row| {
            let mut cursor = Cursor::new(row, "passwords", 0);
            cursor.blob()?;
            Ok(PasswordHash::from_phc(cursor.text()?))
        });
        Ok(lent.bounded(read).await?)
    }

    async fn change(&self, change: PasswordChange, entry: Entry) -> Result<bool, StoreError> {
        Ok(in_step!(self, step => apply(&step, &change, &entry)))
    }

    async fn rehash(
        &self,
        account: AccountId,
        seen: &PasswordHash,
        stronger: PasswordHash,
    ) -> Result<bool, StoreError> {
        let lent = self.lend().await?;
        Ok(lent.bounded(replace(&lent, account, seen, &stronger)).await?)
    }
}

/// Keeps the password of an account that is being made.
pub(super) async fn insert(client: &Client, account: AccountId, hash: &PasswordHash) -> Result<(), Failure> {
    let sql = "INSERT INTO passwords (account_id, phc) VALUES ($1, $2)";
    statements::run(client, sql, &[account.as_bytes().into(), hash.as_phc().into()]).await?;
    Ok(())
}

/// Sets the password of an account, whatever it was.
pub(super) async fn set(client: &Client, account: AccountId, hash: &PasswordHash) -> Result<(), Failure> {
    let sql = "INSERT INTO passwords (account_id, phc) VALUES ($1, $2)
               ON CONFLICT (account_id) DO UPDATE SET phc = excluded.phc";
    statements::run(client, sql, &[account.as_bytes().into(), hash.as_phc().into()]).await?;
    Ok(())
}

/// Leaves an account without a password.
pub(super) async fn remove(client: &Client, account: AccountId) -> Result<(), Failure> {
    statements::run(client, "DELETE FROM passwords WHERE account_id = $1", &[account.as_bytes().into()]).await?;
    Ok(())
}

pub(super) async fn replace(
    client: &Client,
    account: AccountId,
    seen: &PasswordHash,
    new: &PasswordHash,
) -> Result<bool, Failure> {
    let sql = "UPDATE passwords SET phc = $3 WHERE account_id = $1 AND phc = $2";
    let params = [account.as_bytes().into(), seen.as_phc().into(), new.as_phc().into()];
    Ok(statements::run(client, sql, &params).await? == 1)
}

async fn apply(client: &Client, change: &PasswordChange, entry: &Entry) -> Result<Outcome<bool>, Failure> {
    let account = change.account_id;
    // Whether the kept session lives is asked when neither it, nor its user, nor its account can change any more; and
    // before the epoch moves: afterwards no session does.
    let (id, keep) = (account.as_bytes().into(), change.keep.as_bytes().into());
    let account_row = "SELECT 1 FROM accounts WHERE id = $1 FOR NO KEY UPDATE";
    let user_row =
        "SELECT 1 FROM users WHERE account_id = $1 AND id = (SELECT user_id FROM sessions WHERE id = $2) FOR SHARE";
    let session_row = "SELECT 1 FROM sessions WHERE account_id = $1 AND id = $2 FOR NO KEY UPDATE";
    let is_there = statements::exists(client, account_row, &[id]).await?
        && statements::exists(client, user_row, &[id, keep]).await?
        && statements::exists(client, session_row, &[id, keep]).await?;
    if !is_there {
        return Ok(Outcome::Undo(false));
    }
    if sessions::living(client, change.keep, change.at).await?.is_none()
        || !replace(client, account, &change.seen, &change.new).await?
    {
        return Ok(Outcome::Undo(false));
    }
    statements::run(client, "UPDATE accounts SET epoch = epoch + 1 WHERE id = $1", &[id]).await?;
    let sql = "UPDATE sessions SET account_epoch = (SELECT epoch FROM accounts WHERE id = account_id) WHERE id = $1";
    statements::run(client, sql, &[keep]).await?;
    mail_tokens::forget(client, account, change.at).await?;
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(true))
}
