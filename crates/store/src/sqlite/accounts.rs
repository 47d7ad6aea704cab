//! The port `Accounts` on SQLite.

use async_trait::async_trait;
use gatewright_core::{
    model::{Account, AccountId, Login, Timestamp, Username},
    port::{Accounts, DeleteAccount, Entry, NewAccount, SetDisabled, SignUp, StoreError},
};
use rusqlite::{Connection, named_params, params};

use super::{
    SqliteStore, activity_log,
    admins::{self, Taken},
    failure::Failure,
    passwords, rows,
    rows::account_columns,
    statements, users,
};

#[async_trait]
impl Accounts for SqliteStore {
    async fn sign_up(&self, new: NewAccount, entry: Entry) -> Result<SignUp, StoreError> {
        self.write(move |connection| sign_up(connection, &new, &entry)).await
    }

    async fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        self.read(move |connection| read(connection, id)).await
    }

    async fn account_by_login(&self, login: &Login) -> Result<Option<Account>, StoreError> {
        let login = login.clone();
        self.read(move |connection| by_login(connection, &login)).await
    }

    async fn set_disabled(
        &self,
        id: AccountId,
        since: Option<Timestamp>,
        entry: Entry,
    ) -> Result<SetDisabled, StoreError> {
        self.write(move |connection| set_disabled(connection, id, since, &entry)).await
    }

    async fn delete(&self, id: AccountId, entry: Entry) -> Result<DeleteAccount, StoreError> {
        self.write(move |connection| delete(connection, id, &entry)).await
    }
}

pub(super) fn sign_up(connection: &Connection, new: &NewAccount, entry: &Entry) -> Result<SignUp, Failure> {
    let account = &new.account;
    if statements::exists(connection, "SELECT 1 FROM accounts WHERE email_key = ?1", [account.email.key()])? {
        return Ok(SignUp::EmailTaken);
    }
    if users::is_taken(connection, &new.owner.username, None)? {
        return Ok(SignUp::UsernameTaken);
    }
    let sql = "INSERT INTO accounts (id, email, email_key, email_verified_at, epoch, disabled_at, created_at)
               VALUES (:id, :email, :email_key, :email_verified_at, :epoch, :disabled_at, :created_at)";
    statements::run(
        connection,
        sql,
        named_params! {
            ":id": account.id.as_bytes(),
            ":email": account.email.as_str(),
            ":email_key": account.email.key(),
            ":email_verified_at": account.email_verified_at.map(Timestamp::micros),
            ":epoch": account.epoch.number(),
            ":disabled_at": account.disabled_at.map(Timestamp::micros),
            ":created_at": account.created_at.micros(),
        },
    )?;
    users::insert(connection, &new.owner, None)?;
    if let Some(password) = &new.password {
        passwords::insert(connection, account.id, password)?;
    }
    activity_log::insert(connection, entry)?;
    Ok(SignUp::Done)
}

fn read(connection: &Connection, id: AccountId) -> Result<Option<Account>, Failure> {
    let sql = concat!("SELECT ", account_columns!(), " FROM accounts a WHERE a.id = ?1");
    statements::first(connection, sql, [id.as_bytes()], |row| rows::account(row, 0))
}

/// Both kinds of login take the same path: the entry at or after the wanted one is read, with its account, and only then
/// compared. So a login that does not exist costs what one does that exists.
fn by_login(connection: &Connection, login: &Login) -> Result<Option<Account>, Failure> {
    let (sql, wanted) = match login {
        Login::Email(email) => (BY_EMAIL, email.key()),
        Login::Username(username) => (BY_USERNAME, Username::as_str(username)),
    };
    let nearest = statements::first(connection, sql, [wanted], |row| {
        let found = row.get_ref(7)?.as_str().is_ok_and(|found| found == wanted);
        Ok((found, rows::account(row, 0)))
    })?;
    match nearest {
        Some((true, account)) => account.map(Some),
        Some((false, _)) | None => Ok(None),
    }
}

const BY_EMAIL: &str = concat!(
    "SELECT ",
    account_columns!(),
    ", a.email_key FROM accounts a WHERE a.email_key >= ?1 ORDER BY a.email_key LIMIT 1"
);
const BY_USERNAME: &str = concat!(
    "SELECT ",
    account_columns!(),
    ", u.username FROM users u JOIN accounts a ON a.id = u.account_id WHERE u.username >= ?1 ORDER BY u.username LIMIT 1"
);

fn set_disabled(
    connection: &Connection,
    id: AccountId,
    since: Option<Timestamp>,
    entry: &Entry,
) -> Result<SetDisabled, Failure> {
    if since.is_some() && admins::would_leave_none(connection, Taken::Account(id))? {
        return Ok(SetDisabled::LastAdmin);
    }
    let changed = match since {
        Some(since) => statements::run(
            connection,
            "UPDATE accounts SET disabled_at = ?2, epoch = epoch + 1 WHERE id = ?1 AND disabled_at IS NULL",
            params![id.as_bytes(), since.micros()],
        )?,
        None => statements::run(
            connection,
            "UPDATE accounts SET disabled_at = NULL WHERE id = ?1 AND disabled_at IS NOT NULL",
            [id.as_bytes()],
        )?,
    };
    if changed == 0 {
        return Ok(SetDisabled::Unchanged);
    }
    activity_log::insert(connection, entry)?;
    Ok(SetDisabled::Done)
}

fn delete(connection: &Connection, id: AccountId, entry: &Entry) -> Result<DeleteAccount, Failure> {
    if admins::would_leave_none(connection, Taken::Account(id))? {
        return Ok(DeleteAccount::LastAdmin);
    }
    // What refers to the account goes with it: users, PINs, password, sessions.
    if statements::run(connection, "DELETE FROM accounts WHERE id = ?1", [id.as_bytes()])? == 0 {
        return Ok(DeleteAccount::Gone);
    }
    activity_log::erase_all(connection, id)?;
    activity_log::insert(connection, entry)?;
    Ok(DeleteAccount::Done)
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn a_login_that_does_not_exist_takes_the_same_steps_as_one_that_does() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("../../migrations/sqlite/0001_initial.sql")).unwrap();
        for (id, name) in [(1, "ada"), (2, "bob"), (3, "zoe")] {
            let sql = "INSERT INTO accounts VALUES (zeroblob(15) || ?1, ?2, ?2, NULL, 0, NULL, 0)";
            let id = vec![id; 1];
            let address = format!("{name}@example.test");
            let key: Vec<u8> = [vec![0; 15], id].concat();
            connection.execute(&sql.replace("zeroblob(15) || ?1", "?1"), params![key, address]).unwrap();
        }
        let steps = |login: &str| {
            let mut statement = connection.prepare(BY_EMAIL).unwrap();
            statement.query([login]).unwrap().next().unwrap();
            statement.get_status(StatementStatus::VmStep)
        };
        assert_eq!(steps("bob@example.test"), steps("bo@example.test"));
    }
}
