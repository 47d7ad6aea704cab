//! The port `Users` on PostgreSQL. What must stay true: `lock` is `pin` exactly if there is a row in `pins`; rows are locked
//! in the order account, users, sessions.

use async_trait::async_trait;
use gatewright_core::{
    model::{AccountId, Lock, PasswordHash, Rank, User, UserId, Username},
    port::{AddUser, Administered, Administration, ChangeUser, Entry, RemoveUser, StoreError, UserChange, Users},
};
use tokio_postgres::Client;

use super::{
    PgStore, accounts, activity_log,
    admins::{self, Taken},
    failure::Failure,
    rows,
    rows::{Cursor, user_columns},
    statements,
    step::{Outcome, in_step},
    value::Value,
};

#[async_trait]
impl Users for PgStore {
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let lent = self.lend().await?;
        Ok(lent.bounded(read(&lent, id)).await?)
    }

    async fn users(&self, account: AccountId) -> Result<Vec<User>, StoreError> {
        let sql =
            concat!("SELECT ", user_columns!(), " FROM users u WHERE u.account_id = $1 ORDER BY u.created_at, u.id");
        let params = [account.as_bytes().into()];
        let lent = self.lend().await?;
        let all = statements::all(&lent, sql, &params, |row| rows::user(row, 0));
        Ok(lent.bounded(all).await?)
    }

    async fn add(
        &self,
        user: User,
        pin: Option<PasswordHash>,
        max: usize,
        entry: Entry,
    ) -> Result<AddUser, StoreError> {
        Ok(in_step!(self, step => add(&step, &user, pin.as_ref(), max, &entry)))
    }

    async fn change(&self, id: UserId, change: UserChange, entry: Entry) -> Result<ChangeUser, StoreError> {
        Ok(in_step!(self, step => apply(&step, id, &change, &entry)))
    }

    async fn administer(&self, id: UserId, change: Administration, entry: Entry) -> Result<Administered, StoreError> {
        Ok(in_step!(self, step => administer(&step, id, change.clone(), &entry)))
    }

    async fn remove(&self, id: UserId, entry: Entry) -> Result<RemoveUser, StoreError> {
        Ok(in_step!(self, step => remove(&step, id, &entry)))
    }

    async fn pin(&self, id: UserId) -> Result<Option<PasswordHash>, StoreError> {
        let sql = "SELECT user_id, phc FROM pins WHERE user_id = $1";
        let params = [id.as_bytes().into()];
        let lent = self.lend().await?;
        let read = statements::first(&lent, sql, &params, |row| {
            let mut cursor = Cursor::new(row, "pins", 0);
            cursor.blob()?;
            Ok(PasswordHash::from_phc(cursor.text()?))
        });
        Ok(lent.bounded(read).await?)
    }

    async fn set_pin(&self, id: UserId, pin: Option<PasswordHash>, entry: Entry) -> Result<bool, StoreError> {
        Ok(in_step!(self, step => set_pin(&step, id, pin.as_ref(), &entry)))
    }
}

/// Whether somebody other than `except` has this username, or one that looks like it.
async fn is_taken(client: &Client, name: &Username, except: UserId) -> Result<bool, Failure> {
    let sql = "SELECT 1 FROM users WHERE (username = $1 OR skeleton = $2) AND id <> $3";
    let params = [name.as_str().into(), name.skeleton().into(), except.as_bytes().into()];
    statements::exists(client, sql, &params).await
}

/// Makes a user if its name is free. Whether it is locked is told by `pin` alone.
pub(super) async fn insert(client: &Client, user: &User, pin: Option<&PasswordHash>) -> Result<bool, Failure> {
    // Two columns are unique beside the id, and an id is new: what conflicts is the name. Whoever inserts the same one at
    // this moment is waited for.
    let sql = "INSERT INTO users (id, account_id, username, skeleton, rank, roles, display_name, avatar_url, locale,
                                  metadata, app_metadata, epoch, disabled_at, lock, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING";
    let roles = rows::role_names(&user.roles);
    let (metadata, app_metadata) = (rows::object(&user.profile.metadata), rows::object(&user.app_metadata));
    let params = [
        user.id.as_bytes().into(),
        user.account_id.as_bytes().into(),
        user.username.as_str().into(),
        user.username.skeleton().into(),
        rows::rank_name(user.rank).into(),
        roles.as_str().into(),
        user.profile.display_name.as_deref().into(),
        user.profile.avatar_url.as_deref().into(),
        user.profile.locale.as_deref().into(),
        metadata.as_str().into(),
        app_metadata.as_str().into(),
        user.epoch.number().into(),
        user.disabled_at.into(),
        rows::lock_name(if pin.is_some() { Lock::Pin } else { Lock::Open }).into(),
        user.created_at.into(),
    ];
    if statements::run(client, sql, &params).await? == 0 {
        return Ok(false);
    }
    if let Some(pin) = pin {
        put_pin(client, user.id, pin).await?;
    }
    Ok(true)
}

async fn read(client: &Client, id: UserId) -> Result<Option<User>, Failure> {
    let sql = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.id = $1");
    statements::first(client, sql, &[id.as_bytes().into()], |row| rows::user(row, 0)).await
}

/// Reads a user and locks it until the step has ended.
async fn locked(client: &Client, id: UserId) -> Result<Option<User>, Failure> {
    let sql = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.id = $1 FOR UPDATE");
    statements::first(client, sql, &[id.as_bytes().into()], |row| rows::user(row, 0)).await
}

pub(super) async fn add(
    client: &Client,
    user: &User,
    pin: Option<&PasswordHash>,
    max: usize,
    entry: &Entry,
) -> Result<Outcome<AddUser>, Failure> {
    let account = user.account_id;
    if !accounts::lock(client, account).await? {
        return Ok(Outcome::Undo(AddUser::NoAccount));
    }
    let sql = "SELECT 1 FROM users WHERE account_id = $1";
    if statements::rows(client, sql, &[account.as_bytes().into()]).await?.len() >= max {
        return Ok(Outcome::Undo(AddUser::TooMany));
    }
    if !insert(client, user, pin).await? {
        return Ok(Outcome::Undo(AddUser::UsernameTaken));
    }
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(AddUser::Done))
}

async fn apply(
    client: &Client,
    id: UserId,
    change: &UserChange,
    entry: &Entry,
) -> Result<Outcome<ChangeUser>, Failure> {
    let Some(mut user) = locked(client, id).await? else { return Ok(Outcome::Undo(ChangeUser::Gone)) };
    if let Some((new, seen)) = &change.profile {
        if user.profile != *seen {
            return Ok(Outcome::Undo(ChangeUser::Stale));
        }
        user.profile = new.clone();
    }
    if let Some(username) = &change.username {
        if is_taken(client, username, id).await? {
            return Ok(Outcome::Undo(ChangeUser::UsernameTaken));
        }
        user.username = username.clone();
    }
    match update(client, &user).await {
        Ok(()) => {}
        // Somebody took the name since we asked.
        Err(failure) if is_name_conflict(&failure) => return Ok(Outcome::Undo(ChangeUser::UsernameTaken)),
        Err(failure) => return Err(failure),
    }
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(ChangeUser::Done(user)))
}

async fn update(client: &Client, user: &User) -> Result<(), Failure> {
    let sql = "UPDATE users SET username = $2, skeleton = $3, display_name = $4, avatar_url = $5, locale = $6,
                                metadata = $7
               WHERE id = $1";
    let metadata = rows::object(&user.profile.metadata);
    let params = [
        user.id.as_bytes().into(),
        user.username.as_str().into(),
        user.username.skeleton().into(),
        user.profile.display_name.as_deref().into(),
        user.profile.avatar_url.as_deref().into(),
        user.profile.locale.as_deref().into(),
        metadata.as_str().into(),
    ];
    statements::run(client, sql, &params).await?;
    Ok(())
}

/// Whether a username, or what it looks like, is already in the table.
fn is_name_conflict(failure: &Failure) -> bool {
    failure.is_conflict(&["users_username_key", "users_skeleton_key"])
}

/// Locks a user's account, and then the user: whoever gives or takes an admin's role, an owner, or whether an account can sign in
/// must not come between.
async fn locked_with_account(client: &Client, id: UserId) -> Result<Option<User>, Failure> {
    let Some(user) = read(client, id).await? else { return Ok(None) };
    if !accounts::lock(client, user.account_id).await? {
        return Ok(None);
    }
    locked(client, id).await
}

async fn administer(
    client: &Client,
    id: UserId,
    change: Administration,
    entry: &Entry,
) -> Result<Outcome<Administered>, Failure> {
    let Some(user) = locked_with_account(client, id).await? else { return Ok(Outcome::Undo(Administered::Gone)) };
    if !rows::is_as_seen(&user, &change) {
        return Ok(Outcome::Undo(Administered::Stale));
    }
    let user = rows::administered(user, change);
    if !rows::is_enabled_admin(&user) && admins::would_leave_none(client, Taken::User(id)).await? {
        return Ok(Outcome::Undo(Administered::LastAdmin));
    }
    let sql = "UPDATE users SET roles = $2, app_metadata = $3, epoch = $4, disabled_at = $5 WHERE id = $1";
    let (roles, app_metadata) = (rows::role_names(&user.roles), rows::object(&user.app_metadata));
    let params = [
        id.as_bytes().into(),
        roles.as_str().into(),
        app_metadata.as_str().into(),
        user.epoch.number().into(),
        user.disabled_at.into(),
    ];
    statements::run(client, sql, &params).await?;
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(Administered::Done(user)))
}

async fn remove(client: &Client, id: UserId, entry: &Entry) -> Result<Outcome<RemoveUser>, Failure> {
    let Some(user) = locked_with_account(client, id).await? else { return Ok(Outcome::Undo(RemoveUser::Gone)) };
    let (account, owner) = (user.account_id.as_bytes().into(), rows::rank_name(Rank::Owner).into());
    let sql = "SELECT 1 FROM users WHERE account_id = $1 AND rank = $2 AND id <> $3";
    if user.rank == Rank::Owner && !statements::exists(client, sql, &[account, owner, id.as_bytes().into()]).await? {
        return Ok(Outcome::Undo(RemoveUser::LastOwner));
    }
    // Its PIN and its sessions go with it; a cascade would lock the sessions in whatever order it finds them.
    for sql in [
        "SELECT count(*) FROM (SELECT 1 FROM sessions WHERE user_id = $1 ORDER BY id FOR UPDATE) AS locked",
        "SELECT count(*) FROM (SELECT 1 FROM session_register WHERE user_id = $1 ORDER BY id FOR UPDATE) AS locked",
    ] {
        statements::rows(client, sql, &[id.as_bytes().into()]).await?;
    }
    if admins::would_leave_none(client, Taken::User(id)).await? {
        return Ok(Outcome::Undo(RemoveUser::LastAdmin));
    }
    statements::run(client, "DELETE FROM users WHERE id = $1", &[id.as_bytes().into()]).await?;
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(RemoveUser::Done))
}

async fn set_pin(
    client: &Client,
    id: UserId,
    pin: Option<&PasswordHash>,
    entry: &Entry,
) -> Result<Outcome<bool>, Failure> {
    let Some(user) = locked(client, id).await? else { return Ok(Outcome::Undo(false)) };
    let lock = match pin {
        Some(pin) => {
            put_pin(client, id, pin).await?;
            Lock::Pin
        }
        None => {
            let sql = "DELETE FROM pins WHERE user_id = $1";
            if statements::run(client, sql, &[id.as_bytes().into()]).await? == 0 {
                return Ok(Outcome::Undo(false));
            }
            Lock::Open
        }
    };
    if lock != user.lock {
        let params = [id.as_bytes().into(), rows::lock_name(lock).into()];
        statements::run(client, "UPDATE users SET lock = $2 WHERE id = $1", &params).await?;
    }
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(true))
}

async fn put_pin(client: &Client, id: UserId, pin: &PasswordHash) -> Result<(), Failure> {
    let sql = "INSERT INTO pins (user_id, phc) VALUES ($1, $2) ON CONFLICT (user_id) DO UPDATE SET phc = $2";
    statements::run(client, sql, &[id.as_bytes().into(), Value::from(pin.as_phc())]).await?;
    Ok(())
}
