//! The port `Admins` on PostgreSQL, and whether a step would take the last admin. What must stay true: every step that disables
//! or removes a user or an account, or takes roles away, asks [`would_leave_none`] in its own transaction, once it has locked the
//! account (and the user), and before it changes anything; and every step that gives roles or enables locks the account, too. So
//! whoever finds no admin in an account finds none until it has ended, and of those who take one, each sees what the one before
//! has left.

use async_trait::async_trait;
use gatewright_core::{
    model::{AccountId, SecretHash, Timestamp, User, UserId},
    port::{Admins, Bootstrapped, Entry, NewAccount, SignUp, StoreError},
};
use tokio_postgres::Client;

use super::{
    PgStore, accounts, activity_log,
    failure::Failure,
    guard::{self, Guard},
    rows,
    rows::{Cursor, user_columns},
    statements,
    step::{Outcome, in_step},
    value::Value,
};

/// Whether a user is an admin. The index `users_admins` has the same words.
macro_rules! is_admin {
    () => {
        "position(',admin,' IN ',' || u.roles || ',') > 0"
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
impl Admins for PgStore {
    async fn admins(&self) -> Result<Vec<User>, StoreError> {
        let sql =
            concat!("SELECT ", user_columns!(), " FROM users u WHERE ", is_admin!(), " ORDER BY u.created_at, u.id");
        let lent = self.lend().await?;
        Ok(lent.bounded(statements::all(&lent, sql, &[], |row| rows::user(row, 0))).await?)
    }

    async fn open_bootstrap(&self, secret: SecretHash, ends_at: Timestamp, entry: Entry) -> Result<bool, StoreError> {
        Ok(in_step!(self, step => open(&step, secret, ends_at, &entry)))
    }

    async fn bootstrap_secret(&self, now: Timestamp) -> Result<Option<SecretHash>, StoreError> {
        let sql = "SELECT hash FROM bootstrap WHERE ends_at > $1";
        let params = [now.into()];
        let lent = self.lend().await?;
        let read = statements::first(&lent, sql, &params, |row| {
            Cursor::new(row, "bootstrap", 0).bytes().map(SecretHash::from_bytes)
        });
        Ok(lent.bounded(read).await?)
    }

    async fn bootstrap(&self, new: NewAccount, entry: Entry) -> Result<Bootstrapped, StoreError> {
        Ok(in_step!(self, step => bootstrap(&step, &new, &entry)))
    }
}

async fn is_there_one(client: &Client) -> Result<bool, Failure> {
    statements::exists(client, concat!("SELECT 1 FROM users u WHERE ", is_admin!(), " LIMIT 1"), &[]).await
}

async fn open(
    client: &Client,
    secret: SecretHash,
    ends_at: Timestamp,
    entry: &Entry,
) -> Result<Outcome<bool>, Failure> {
    guard::take(client, Guard::Admins).await?;
    if is_there_one(client).await? {
        return Ok(Outcome::Undo(false));
    }
    let sql = "INSERT INTO bootstrap (one, hash, ends_at) VALUES (1, $1, $2)
               ON CONFLICT (one) DO UPDATE SET hash = $1, ends_at = $2";
    statements::run(client, sql, &[Value::Bytes(Some(secret.as_bytes())), ends_at.into()]).await?;
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(true))
}

async fn bootstrap(client: &Client, new: &NewAccount, entry: &Entry) -> Result<Outcome<Bootstrapped>, Failure> {
    guard::take(client, Guard::Admins).await?;
    if is_there_one(client).await? {
        return Ok(Outcome::Undo(Bootstrapped::Closed));
    }
    let (Outcome::Keep(signed_up) | Outcome::Undo(signed_up)) = accounts::sign_up(client, new, entry).await?;
    match signed_up {
        SignUp::Done => {}
        SignUp::EmailTaken => return Ok(Outcome::Undo(Bootstrapped::EmailTaken)),
        SignUp::UsernameTaken => return Ok(Outcome::Undo(Bootstrapped::UsernameTaken)),
    }
    statements::run(client, "DELETE FROM bootstrap", &[]).await?;
    Ok(Outcome::Keep(Bootstrapped::Done))
}

/// Whom a step takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Taken {
    /// One user.
    User(UserId),
    /// All users of an account.
    Account(AccountId),
}

/// Whether admins that can sign in would be taken, and none would be left. If any would be taken, whoever else takes one waits
/// until the step has ended.
pub(super) async fn would_leave_none(client: &Client, taken: Taken) -> Result<bool, Failure> {
    let (taken, left, id) = match &taken {
        Taken::User(user) => (
            concat!(admins_that_can_sign_in!(), " AND u.id = $1 LIMIT 1"),
            concat!(admins_that_can_sign_in!(), " AND u.id <> $1 LIMIT 1"),
            user.as_bytes().into(),
        ),
        Taken::Account(account) => (
            concat!(admins_that_can_sign_in!(), " AND u.account_id = $1 LIMIT 1"),
            concat!(admins_that_can_sign_in!(), " AND u.account_id <> $1 LIMIT 1"),
            account.as_bytes().into(),
        ),
    };
    if !statements::exists(client, taken, &[id]).await? {
        return Ok(false);
    }
    guard::take(client, Guard::Admins).await?;
    // A statement of its own: it sees what the one before has done.
    Ok(!statements::exists(client, left, &[id]).await?)
}
