//! The port `Users` on SQLite. What must stay true: `lock` is `pin` exactly if there is a row in `pins`.

use async_trait::async_trait;
use gatewright_core::{
    model::{AccountId, Lock, PasswordHash, Rank, Timestamp, User, UserId, Username},
    port::{AddUser, Administered, Administration, ChangeUser, Entry, RemoveUser, StoreError, UserChange, Users},
};
use rusqlite::{Connection, named_params, params};

use super::{
    SqliteStore, activity_log,
    admins::{self, Taken},
    failure::Failure,
    rows,
    rows::user_columns,
    statements,
};

#[async_trait]
impl Users for SqliteStore {
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.read(move |connection| read(connection, id)).await
    }

    async fn users(&self, account: AccountId) -> Result<Vec<User>, StoreError> {
        self.read(move |connection| {
            let sql = concat!(
                "SELECT ",
                user_columns!(),
                " FROM users u WHERE u.account_id = ?1 ORDER BY u.created_at, u.id"
            );
            statements::all(connection, sql, [account.as_bytes()], |row| rows::user(row, 0))
        })
        .await
    }

    async fn add(
        &self,
        user: User,
        pin: Option<PasswordHash>,
        max: usize,
        entry: Entry,
    ) -> Result<AddUser, StoreError> {
        self.write(move |connection| add(connection, &user, pin.as_ref(), max, &entry)).await
    }

    async fn change(&self, id: UserId, change: UserChange, entry: Entry) -> Result<ChangeUser, StoreError> {
        self.write(move |connection| apply(connection, id, change, &entry)).await
    }

    async fn administer(&self, id: UserId, change: Administration, entry: Entry) -> Result<Administered, StoreError> {
        self.write(move |connection| administer(connection, id, change, &entry)).await
    }

    async fn remove(&self, id: UserId, entry: Entry) -> Result<RemoveUser, StoreError> {
        self.write(move |connection| remove(connection, id, &entry)).await
    }

    async fn pin(&self, id: UserId) -> Result<Option<PasswordHash>, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT phc FROM pins WHERE user_id = ?1";
            Ok(statements::value(connection, sql, [id.as_bytes()])?.map(PasswordHash::from_phc))
        })
        .await
    }

    async fn set_pin(&self, id: UserId, pin: Option<PasswordHash>, entry: Entry) -> Result<bool, StoreError> {
        self.write(move |connection| set_pin(connection, id, pin.as_ref(), &entry)).await
    }
}

/// Whether somebody other than `except` has this username, or one that looks like it.
pub(super) fn is_taken(connection: &Connection, name: &Username, except: Option<UserId>) -> Result<bool, Failure> {
    let sql = "SELECT 1 FROM users WHERE (username = ?1 OR skeleton = ?2) AND id IS NOT ?3";
    let except = except.as_ref().map(|id| id.as_bytes());
    statements::exists(connection, sql, params![name.as_str(), name.skeleton(), except])
}

/// Makes a user whose name is free. Whether it is locked is told by `pin` alone.
pub(super) fn insert(connection: &Connection, user: &User, pin: Option<&PasswordHash>) -> Result<(), Failure> {
    let sql = "INSERT INTO users (id, account_id, username, skeleton, rank, roles, display_name, avatar_url, locale,
                                  metadata, app_metadata, epoch, disabled_at, lock, created_at)
               VALUES (:id, :account_id, :username, :skeleton, :rank, :roles, :display_name, :avatar_url, :locale,
                       :metadata, :app_metadata, :epoch, :disabled_at, :lock, :created_at)";
    statements::run(
        connection,
        sql,
        named_params! {
            ":id": user.id.as_bytes(),
            ":account_id": user.account_id.as_bytes(),
            ":username": user.username.as_str(),
            ":skeleton": user.username.skeleton(),
            ":rank": rows::rank_name(user.rank),
            ":roles": rows::role_names(&user.roles),
            ":display_name": user.profile.display_name,
            ":avatar_url": user.profile.avatar_url,
            ":locale": user.profile.locale,
            ":metadata": rows::object(&user.profile.metadata),
            ":app_metadata": rows::object(&user.app_metadata),
            ":epoch": user.epoch.number(),
            ":disabled_at": user.disabled_at.map(Timestamp::micros),
            ":lock": rows::lock_name(if pin.is_some() { Lock::Pin } else { Lock::Open }),
            ":created_at": user.created_at.micros(),
        },
    )?;
    if let Some(pin) = pin {
        insert_pin(connection, user.id, pin)?;
    }
    Ok(())
}

fn read(connection: &Connection, id: UserId) -> Result<Option<User>, Failure> {
    let sql = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.id = ?1");
    statements::first(connection, sql, [id.as_bytes()], |row| rows::user(row, 0))
}

pub(super) fn add(
    connection: &Connection,
    user: &User,
    pin: Option<&PasswordHash>,
    max: usize,
    entry: &Entry,
) -> Result<AddUser, Failure> {
    let account = user.account_id;
    if !statements::exists(connection, "SELECT 1 FROM accounts WHERE id = ?1", [account.as_bytes()])? {
        return Ok(AddUser::NoAccount);
    }
    let sql = "SELECT count(*) FROM users WHERE account_id = ?1";
    let count: i64 = statements::value(connection, sql, [account.as_bytes()])?.unwrap_or(0);
    if usize::try_from(count).is_ok_and(|count| count >= max) {
        return Ok(AddUser::TooMany);
    }
    if is_taken(connection, &user.username, None)? {
        return Ok(AddUser::UsernameTaken);
    }
    insert(connection, user, pin)?;
    activity_log::insert(connection, entry)?;
    Ok(AddUser::Done)
}

fn apply(connection: &Connection, id: UserId, change: UserChange, entry: &Entry) -> Result<ChangeUser, Failure> {
    let Some(mut user) = read(connection, id)? else { return Ok(ChangeUser::Gone) };
    if let Some((new, seen)) = change.profile {
        if user.profile != seen {
            return Ok(ChangeUser::Stale);
        }
        user.profile = new;
    }
    if let Some(username) = change.username {
        if is_taken(connection, &username, Some(id))? {
            return Ok(ChangeUser::UsernameTaken);
        }
        user.username = username;
    }
    let sql = "UPDATE users SET username = :username, skeleton = :skeleton, display_name = :display_name,
                                avatar_url = :avatar_url, locale = :locale, metadata = :metadata
               WHERE id = :id";
    statements::run(
        connection,
        sql,
        named_params! {
            ":id": id.as_bytes(),
            ":username": user.username.as_str(),
            ":skeleton": user.username.skeleton(),
            ":display_name": user.profile.display_name,
            ":avatar_url": user.profile.avatar_url,
            ":locale": user.profile.locale,
            ":metadata": rows::object(&user.profile.metadata),
        },
    )?;
    activity_log::insert(connection, entry)?;
    Ok(ChangeUser::Done(user))
}

fn administer(
    connection: &Connection,
    id: UserId,
    change: Administration,
    entry: &Entry,
) -> Result<Administered, Failure> {
    let Some(user) = read(connection, id)? else { return Ok(Administered::Gone) };
    if !rows::is_as_seen(&user, &change) {
        return Ok(Administered::Stale);
    }
    let user = rows::administered(user, change);
    if !rows::is_enabled_admin(&user) && admins::would_leave_none(connection, Taken::User(id))? {
        return Ok(Administered::LastAdmin);
    }
    let sql =
        "UPDATE users SET roles = :roles, app_metadata = :app_metadata, epoch = :epoch, disabled_at = :disabled_at
               WHERE id = :id";
    statements::run(
        connection,
        sql,
        named_params! {
            ":id": id.as_bytes(),
            ":roles": rows::role_names(&user.roles),
            ":app_metadata": rows::object(&user.app_metadata),
            ":epoch": user.epoch.number(),
            ":disabled_at": user.disabled_at.map(Timestamp::micros),
        },
    )?;
    activity_log::insert(connection, entry)?;
    Ok(Administered::Done(user))
}

fn remove(connection: &Connection, id: UserId, entry: &Entry) -> Result<RemoveUser, Failure> {
    let Some(user) = read(connection, id)? else { return Ok(RemoveUser::Gone) };
    let sql = "SELECT 1 FROM users WHERE account_id = ?1 AND rank = ?2 AND id <> ?3";
    let owner = rows::rank_name(Rank::Owner);
    if user.rank == Rank::Owner
        && !statements::exists(connection, sql, params![user.account_id.as_bytes(), owner, id.as_bytes()])?
    {
        return Ok(RemoveUser::LastOwner);
    }
    if admins::would_leave_none(connection, Taken::User(id))? {
        return Ok(RemoveUser::LastAdmin);
    }
    // Its PIN and its sessions go with it.
    statements::run(connection, "DELETE FROM users WHERE id = ?1", [id.as_bytes()])?;
    activity_log::insert(connection, entry)?;
    Ok(RemoveUser::Done)
}

fn set_pin(connection: &Connection, id: UserId, pin: Option<&PasswordHash>, entry: &Entry) -> Result<bool, Failure> {
    if !statements::exists(connection, "SELECT 1 FROM users WHERE id = ?1", [id.as_bytes()])? {
        return Ok(false);
    }
    let removed = statements::run(connection, "DELETE FROM pins WHERE user_id = ?1", [id.as_bytes()])?;
    let lock = match pin {
        Some(pin) => {
            insert_pin(connection, id, pin)?;
            Lock::Pin
        }
        None if removed == 0 => return Ok(false),
        None => Lock::Open,
    };
    let sql = "UPDATE users SET lock = ?2 WHERE id = ?1";
    statements::run(connection, sql, params![id.as_bytes(), rows::lock_name(lock)])?;
    activity_log::insert(connection, entry)?;
    Ok(true)
}

fn insert_pin(connection: &Connection, id: UserId, pin: &PasswordHash) -> Result<(), Failure> {
    let sql = "INSERT INTO pins (user_id, phc) VALUES (?1, ?2)";
    statements::run(connection, sql, params![id.as_bytes(), pin.as_phc()])?;
    Ok(())
}
