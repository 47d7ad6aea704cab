//! The port `Accounts` on PostgreSQL. What must stay true: rows are locked in the order account, users, sessions, and
//! several of a kind in the order of their ids.

use async_trait::async_trait;
use gatewright_core::{
    model::{Account, AccountId, Login, Timestamp, Username},
    port::{Accounts, DeleteAccount, Entry, NewAccount, SetDisabled, SignUp, StoreError},
};
use tokio_postgres::Client;

use super::{
    PgStore, activity_log,
    admins::{self, Taken},
    failure::Failure,
    passwords, rows,
    rows::{Cell, Columns, account_columns},
    statements,
    step::{Outcome, in_step},
    users,
};

#[async_trait]
impl Accounts for PgStore {
    async fn sign_up(&self, new: NewAccount, entry: Entry) -> Result<SignUp, StoreError> {
        Ok(in_step!(self, step => sign_up(&step, &new, &entry)))
    }

    async fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        let lent = self.lend().await?;
        Ok(lent.bounded(read(&lent, id)).await?)
    }

    async fn account_by_login(&self, login: &Login) -> Result<Option<Account>, StoreError> {
        let lent = self.lend().await?;
        Ok(lent.bounded(by_login(&lent, login)).await?)
    }

    async fn set_disabled(
        &self,
        id: AccountId,
        since: Option<Timestamp>,
        entry: Entry,
    ) -> Result<SetDisabled, StoreError> {
        Ok(in_step!(self, step => set_disabled(&step, id, since, &entry)))
    }

    async fn delete(&self, id: AccountId, entry: Entry) -> Result<DeleteAccount, StoreError> {
        Ok(in_step!(self, step => delete(&step, id, &entry)))
    }
}

/// Whoever comes second with the same address or username waits for the first, and inserts nothing if that one was kept.
pub(super) async fn sign_up(client: &Client, new: &NewAccount, entry: &Entry) -> Result<Outcome<SignUp>, Failure> {
    let account = &new.account;
    let sql = "INSERT INTO accounts (id, email, email_key, email_verified_at, epoch, disabled_at, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (email_key) DO NOTHING";
    let params = [
        account.id.as_bytes().into(),
        account.email.as_str().into(),
        account.email.key().into(),
        account.email_verified_at.into(),
        account.epoch.number().into(),
        account.disabled_at.into(),
        account.created_at.into(),
    ];
    if statements::run(client, sql, &params).await? == 0 {
        return Ok(Outcome::Undo(SignUp::EmailTaken));
    }
    if !users::insert(client, &new.owner, None).await? {
        return Ok(Outcome::Undo(SignUp::UsernameTaken));
    }
    if let Some(password) = &new.password {
        passwords::insert(client, account.id, password).await?;
    }
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(SignUp::Done))
}

async fn read(client: &Client, id: AccountId) -> Result<Option<Account>, Failure> {
    let sql = concat!("SELECT ", account_columns!(), " FROM accounts a WHERE a.id = $1");
    statements::first(client, sql, &[id.as_bytes().into()], |row| rows::account(row, 0)).await
}

/// Both kinds of login take the same path: the entry at or after the wanted one is read, with its account, and only then
/// compared. So a login that does not exist costs what one does that exists.
async fn by_login(client: &Client, login: &Login) -> Result<Option<Account>, Failure> {
    let (sql, wanted) = match login {
        Login::Email(email) => (BY_EMAIL, email.key()),
        Login::Username(username) => (BY_USERNAME, Username::as_str(username)),
    };
    let params = [wanted.into()];
    let nearest =
        statements::first(client, sql, &params, |row| Ok((row.text(7) == Cell::Value(wanted), rows::account(row, 0))));
    match nearest.await? {
        Some((true, account)) => account.map(Some),
        Some((false, _)) | None => Ok(None),
    }
}

const BY_EMAIL: &str = concat!(
    "SELECT ",
    account_columns!(),
    ", a.email_key FROM accounts a WHERE a.email_key >= $1 ORDER BY a.email_key LIMIT 1"
);
const BY_USERNAME: &str = concat!(
    "SELECT ",
    account_columns!(),
    ", u.username FROM users u JOIN accounts a ON a.id = u.account_id WHERE u.username >= $1 ORDER BY u.username LIMIT 1"
);

async fn set_disabled(
    client: &Client,
    id: AccountId,
    since: Option<Timestamp>,
    entry: &Entry,
) -> Result<Outcome<SetDisabled>, Failure> {
    if since.is_some() && lock(client, id).await? && admins::would_leave_none(client, Taken::Account(id)).await? {
        return Ok(Outcome::Undo(SetDisabled::LastAdmin));
    }
    let id = id.as_bytes().into();
    let changed = match since {
        Some(since) => {
            let sql = "UPDATE accounts SET disabled_at = $2, epoch = epoch + 1 WHERE id = $1 AND disabled_at IS NULL";
            statements::run(client, sql, &[id, since.into()]).await?
        }
        None => {
            let sql = "UPDATE accounts SET disabled_at = NULL WHERE id = $1 AND disabled_at IS NOT NULL";
            statements::run(client, sql, &[id]).await?
        }
    };
    if changed == 0 {
        return Ok(Outcome::Undo(SetDisabled::Unchanged));
    }
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(SetDisabled::Done))
}

async fn delete(client: &Client, id: AccountId, entry: &Entry) -> Result<Outcome<DeleteAccount>, Failure> {
    if !lock(client, id).await? {
        return Ok(Outcome::Undo(DeleteAccount::Gone));
    }
    // A cascade would lock what refers to the account in whatever order it finds it.
    let sql = "SELECT 1 FROM users WHERE account_id = $1 ORDER BY id FOR UPDATE";
    statements::rows(client, sql, &[id.as_bytes().into()]).await?;
    for sql in [
        "SELECT count(*) FROM (SELECT 1 FROM sessions WHERE account_id = $1 ORDER BY id FOR UPDATE) AS locked",
        "SELECT count(*) FROM (SELECT 1 FROM session_register WHERE account_id = $1 ORDER BY id FOR UPDATE) AS locked",
    ] {
        statements::rows(client, sql, &[id.as_bytes().into()]).await?;
    }
    if admins::would_leave_none(client, Taken::Account(id)).await? {
        return Ok(Outcome::Undo(DeleteAccount::LastAdmin));
    }
    // What refers to the account goes with it: users, PINs, password, sessions.
    statements::run(client, "DELETE FROM accounts WHERE id = $1", &[id.as_bytes().into()]).await?;
    activity_log::erase_all(client, id).await?;
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(DeleteAccount::Done))
}

/// Locks an account so that nothing of it changes and nothing is added to it until the step has ended. `false` if there is
/// none.
pub(super) async fn lock(client: &Client, id: AccountId) -> Result<bool, Failure> {
    statements::exists(client, "SELECT 1 FROM accounts WHERE id = $1 FOR UPDATE", &[id.as_bytes().into()]).await
}
