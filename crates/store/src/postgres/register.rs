//! The register of the sessions whose chains are in Redis: whether each lives, whose it is, since when and how long. What must
//! stay true: such a session lives only if its row here says so; one that has ended keeps its row until its absolute end, so
//! that no Redis, whatever it has forgotten or remembers, revives it (DESIGN 4.5).

use std::fmt;

use async_trait::async_trait;
use gatewright_core::{
    model::{Account, AccountId, EndReason, Epoch, SessionId, SessionState, Timestamp, User, UserId},
    port::{End, Entry, Opening, PasswordChange, StoreError},
};
use tokio_postgres::{Client, Row};

use super::{
    Ground, PgStore, activity_log,
    failure::Failure,
    lanes::{Answers, Grouped, Lanes},
    mail_tokens, passwords,
    promotion::promoted_at,
    rows::{self, Cursor, account_columns, user_columns},
    space::{self, Space, space_columns},
    statements,
    step::{Outcome, in_step},
    value::Value,
};

/// What SQL says of a session whose chain is in Redis.
#[derive(Clone, Debug)]
pub(crate) struct Registered {
    pub(crate) id: SessionId,
    pub(crate) account_id: AccountId,
    pub(crate) user_id: UserId,
    pub(crate) created_at: Timestamp,
    pub(crate) absolute_end: Timestamp,
    pub(crate) state: SessionState,
    pub(crate) account_epoch: Epoch,
    pub(crate) user_epoch: Epoch,
    pub(crate) account: Account,
    pub(crate) user: User,
    /// When SQL or Redis last may have lost writes.
    pub(crate) store_promoted_at: Option<Timestamp>,
    /// Where its chain is.
    pub(crate) space: Space,
}

/// How registering a session turned out.
#[derive(Debug)]
pub(crate) enum Registering {
    /// It lives, if its chain is there.
    Done(Box<Registered>),
    /// As [`gatewright_core::port::Opened::Stale`].
    Stale,
    /// As [`gatewright_core::port::Opened::Spent`].
    Spent,
    /// Its chain was written into a space that is void by now. Nothing was done.
    Void,
}

/// The columns of a row of the register with all that [`read`] reads beside it.
macro_rules! registered {
    () => {
        concat!(
            "SELECT s.id, s.account_id, s.user_id, s.created_at, s.absolute_end, s.ended_at, s.end_reason, \
             s.account_epoch, s.user_epoch, ",
            account_columns!(),
            ", ",
            user_columns!(),
            ", ",
            promoted_at!("$2"),
            ", ",
            space_columns!(),
            " FROM session_register s JOIN accounts a ON a.id = s.account_id JOIN users u ON u.id = s.user_id
              CROSS JOIN session_space m"
        )
    };
}

/// What `Standing::dead` says, as far as SQL knows: its idle end is in Redis.
macro_rules! may_live {
    () => {
        "s.ended_at IS NULL AND s.absolute_end > $2 AND s.account_epoch = a.epoch AND s.user_epoch = u.epoch
         AND a.disabled_at IS NULL AND u.disabled_at IS NULL"
    };
}

fn read(row: &Row) -> Result<Registered, Failure> {
    const ACCOUNT: usize = 9;
    const USER: usize = ACCOUNT + 7;
    const PROMOTED: usize = USER + 15;
    let mut cursor = Cursor::new(row, "session_register", 0);
    let space = space::read(row, PROMOTED + 1)?;
    Ok(Registered {
        id: SessionId::from_bytes(cursor.bytes()?),
        account_id: AccountId::from_bytes(cursor.bytes()?),
        user_id: UserId::from_bytes(cursor.bytes()?),
        created_at: cursor.moment()?,
        absolute_end: cursor.moment()?,
        state: match (cursor.optional_moment()?, cursor.optional_named(EndReason::from_name)?) {
            (None, None) => SessionState::Active,
            (Some(at), Some(reason)) => SessionState::Ended { at, reason },
            (None, Some(_)) | (Some(_), None) => return Err(cursor.impossible()),
        },
        account_epoch: cursor.number().map(Epoch::new)?,
        user_epoch: cursor.number().map(Epoch::new)?,
        account: rows::account(row, ACCOUNT)?,
        user: rows::user(row, USER)?,
        store_promoted_at: Cursor::new(row, "meta", PROMOTED).optional_moment()?.max(space.promoted_at),
        space,
    })
}

async fn registered(client: &Client, ids: &[[u8; 16]], now: Timestamp) -> Result<Vec<Registered>, Failure> {
    let sql = concat!(registered!(), " WHERE s.id = ANY($1)");
    statements::all(client, sql, &[Value::Ids(ids), now.into()], read).await
}

/// One reading that waits for its group.
struct Look(SessionId);

#[async_trait]
impl Grouped for Look {
    type Answer = Option<Box<Registered>>;

    fn session(&self) -> SessionId {
        self.0
    }

    async fn run(ground: &Ground, group: &[Self], answers: &mut Answers<Self::Answer>) -> Result<(), Failure> {
        let mut ids: Vec<[u8; 16]> = group.iter().map(|look| *look.0.as_bytes()).collect();
        ids.sort_unstable();
        ids.dedup();
        let lent = ground.lend().await?;
        let found = lent.bounded(registered(&lent, &ids, ground.clock.now())).await?;
        drop(lent);
        for (look, answer) in group.iter().zip(answers) {
            let found = found.iter().find(|registered| registered.id == look.0);
            *answer = Some(Ok(found.cloned().map(Box::new)));
        }
        Ok(())
    }
}

/// The register of a database.
pub(crate) struct Register {
    store: PgStore,
    looks: Lanes<Look>,
}

impl fmt::Debug for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Register").field(&self.store).finish()
    }
}

impl Register {
    /// The register of this database. Its lanes end with it.
    pub(crate) fn of(store: &PgStore) -> Self {
        Self { store: store.clone(), looks: Lanes::start(&store.0.ground) }
    }

    /// Reads a session's row with its account and its user, as one consistent reading that sees everything that was
    /// acknowledged before.
    pub(crate) async fn look(&self, id: SessionId) -> Result<Option<Box<Registered>>, StoreError> {
        self.looks.submit(Look(id)).await
    }

    /// The sessions of a user that may live at `now`, newest first.
    pub(crate) async fn of_user(&self, user: UserId, now: Timestamp) -> Result<Vec<Registered>, StoreError> {
        let sql =
            concat!(registered!(), " WHERE s.user_id = $1 AND ", may_live!(), " ORDER BY s.created_at DESC, s.id DESC");
        let lent = self.store.lend().await?;
        Ok(lent.bounded(statements::all(&lent, sql, &[user.as_bytes().into(), now.into()], read)).await?)
    }

    /// The sessions of an account that may live at `now`, newest first.
    pub(crate) async fn of_account(&self, account: AccountId, now: Timestamp) -> Result<Vec<Registered>, StoreError> {
        let sql = concat!(
            registered!(),
            " WHERE s.account_id = $1 AND ",
            may_live!(),
            " ORDER BY s.created_at DESC, s.id DESC"
        );
        let lent = self.store.lend().await?;
        Ok(lent.bounded(statements::all(&lent, sql, &[account.as_bytes().into(), now.into()], read)).await?)
    }

    /// The ids of the sessions of an account, dead or alive, newest first.
    pub(crate) async fn ids_of_account(&self, account: AccountId) -> Result<Vec<SessionId>, StoreError> {
        let sql = "SELECT id FROM session_register WHERE account_id = $1 ORDER BY created_at DESC";
        let lent = self.store.lend().await?;
        let params = [account.as_bytes().into()];
        let ids = statements::all(&lent, sql, &params, |row| {
            Cursor::new(row, "session_register", 0).bytes().map(SessionId::from_bytes)
        });
        Ok(lent.bounded(ids).await?)
    }

    /// Registers a session whose chain is in the space `number`, and does all that opening one does beside it. `faded` are
    /// sessions of the user that do not live, although nothing here says so.
    pub(crate) async fn open(
        &self,
        opening: &Opening,
        number: i64,
        faded: &[SessionId],
        entry: &Entry,
    ) -> Result<Registering, StoreError> {
        let faded: Vec<[u8; 16]> = faded.iter().map(|id| *id.as_bytes()).collect();
        Ok(in_step!(self.store, step => register(&step, opening, number, &faded, entry)))
    }

    /// Ends a session. `None` if it is not in the register.
    pub(crate) async fn end(&self, end: &End, entry: &Entry) -> Result<Option<bool>, StoreError> {
        Ok(in_step!(self.store, step => end_one(&step, end, entry)))
    }

    /// Raises the user's epoch and takes `keep` along into it, if SQL says that it lives. `false` if there is no such user.
    pub(crate) async fn end_all_but(&self, user: UserId, keep: SessionId, entry: &Entry) -> Result<bool, StoreError> {
        Ok(in_step!(self.store, step => end_all_but(&step, user, keep, entry)))
    }

    /// As [`gatewright_core::port::Passwords::change`], when the kept session is in the register.
    pub(crate) async fn change_password(&self, change: &PasswordChange, entry: &Entry) -> Result<bool, StoreError> {
        Ok(in_step!(self.store, step => change_password(&step, change, entry)))
    }

    /// Removes at most `limit` rows whose absolute end has come.
    pub(crate) async fn sweep(&self, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let sql = "DELETE FROM session_register WHERE id = ANY (ARRAY(
                   SELECT id FROM session_register WHERE absolute_end <= $1 ORDER BY absolute_end LIMIT $2
                   FOR UPDATE SKIP LOCKED))";
        let params = [now.into(), i64::try_from(limit).unwrap_or(i64::MAX).into()];
        let lent = self.store.lend().await?;
        Ok(usize::try_from(lent.bounded(statements::run(&lent, sql, &params)).await?).unwrap_or(usize::MAX))
    }

    /// Which of these sessions have no row here.
    pub(crate) async fn unregistered(&self, ids: &[SessionId]) -> Result<Vec<SessionId>, StoreError> {
        let sql = "SELECT asked.id FROM unnest($1::uuid[]) AS asked (id)
                   WHERE NOT EXISTS (SELECT 1 FROM session_register s WHERE s.id = asked.id)";
        let ids: Vec<[u8; 16]> = ids.iter().map(|id| *id.as_bytes()).collect();
        let lent = self.store.lend().await?;
        let params = [Value::Ids(&ids)];
        let absent = statements::all(&lent, sql, &params, |row| {
            Cursor::new(row, "session_register", 0).bytes().map(SessionId::from_bytes)
        });
        Ok(lent.bounded(absent).await?)
    }
}

async fn register(
    client: &Client,
    opening: &Opening,
    number: i64,
    faded: &[[u8; 16]],
    entry: &Entry,
) -> Result<Outcome<Registering>, Failure> {
    let session = &opening.session;
    if let Some((token, ends_at)) = &opening.spends {
        // Whoever spends it at this moment is waited for.
        let sql = "INSERT INTO spent_selections (token, ends_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        if statements::run(client, sql, &[token.as_bytes().into(), (*ends_at).into()]).await? == 0 {
            return Ok(Outcome::Undo(Registering::Spent));
        }
    }
    // As seen, and from here on neither can change: who ends all sessions waits, or has ended this one. Of the openings for
    // one user one goes on at a time, so that together they leave no more than the most.
    let (account, user) = (session.account_id.as_bytes().into(), session.user_id.as_bytes().into());
    let account_row = "SELECT 1 FROM accounts WHERE id = $1 AND epoch = $2 AND disabled_at IS NULL FOR SHARE";
    let user_row = "SELECT 1 FROM users WHERE id = $1 AND account_id = $2 AND epoch = $3 AND disabled_at IS NULL
                    FOR NO KEY UPDATE";
    let (account_epoch, user_epoch) = (session.account_epoch.number().into(), session.user_epoch.number().into());
    if !statements::exists(client, account_row, &[account, account_epoch]).await?
        || !statements::exists(client, user_row, &[user, account, user_epoch]).await?
    {
        return Ok(Outcome::Undo(Registering::Stale));
    }
    if let Some(replaced) = opening.replaces
        && (faded.contains(replaced.as_bytes())
            || !end_replaced(client, replaced, session.account_id, session.created_at).await?)
    {
        return Ok(Outcome::Undo(Registering::Stale));
    }
    let sql = "INSERT INTO session_register
                   (id, account_id, user_id, created_at, absolute_end, account_epoch, user_epoch, ended_at, end_reason)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let (ended_at, end_reason) = match session.state {
        SessionState::Active => (None, None),
        SessionState::Ended { at, reason } => (Some(at), Some(reason.name())),
    };
    let params = [
        session.id.as_bytes().into(),
        account,
        user,
        session.created_at.into(),
        session.absolute_end.into(),
        account_epoch,
        user_epoch,
        ended_at.into(),
        end_reason.into(),
    ];
    statements::run(client, sql, &params).await?;
    end_too_many(client, opening, faded).await?;
    activity_log::insert(client, entry).await?;
    let mut found = registered(client, &[*session.id.as_bytes()], session.created_at).await?;
    let registered = found.pop().ok_or_else(|| Failure::inconsistent("session_register", session.id.as_bytes()))?;
    if registered.space.number != number {
        return Ok(Outcome::Undo(Registering::Void));
    }
    Ok(Outcome::Keep(Registering::Done(Box::new(registered))))
}

/// Ends a session that is replaced, if SQL says that it lives and is of this account: one whose chain is in Redis, or one that
/// is as old as the time before Redis was used.
async fn end_replaced(client: &Client, id: SessionId, account: AccountId, now: Timestamp) -> Result<bool, Failure> {
    let in_register = "UPDATE session_register s SET ended_at = $2, end_reason = $3 FROM accounts a, users u
                       WHERE s.id = $1 AND s.account_id = $4 AND a.id = s.account_id AND u.id = s.user_id
                       AND s.ended_at IS NULL AND s.absolute_end > $2 AND s.account_epoch = a.epoch
                       AND s.user_epoch = u.epoch AND a.disabled_at IS NULL AND u.disabled_at IS NULL";
    let in_rows = "UPDATE sessions s SET ended_at = $2, end_reason = $3 FROM accounts a, users u
                   WHERE s.id = $1 AND s.account_id = $4 AND a.id = s.account_id AND u.id = s.user_id
                   AND s.ended_at IS NULL AND s.absolute_end > $2 AND s.idle_end > $2 AND s.account_epoch = a.epoch
                   AND s.user_epoch = u.epoch AND a.disabled_at IS NULL AND u.disabled_at IS NULL";
    let reason = EndReason::Replaced.name();
    let params = [id.as_bytes().into(), now.into(), reason.into(), account.as_bytes().into()];
    Ok(statements::run(client, in_register, &params).await? == 1
        || statements::run(client, in_rows, &params).await? == 1)
}

/// Ends the oldest live sessions of the user beyond the most, never the new one (SECURITY SE9).
async fn end_too_many(client: &Client, opening: &Opening, faded: &[[u8; 16]]) -> Result<(), Failure> {
    let sql = concat!(
        "WITH alive AS (
             SELECT s.id, s.created_at FROM session_register s
             JOIN accounts a ON a.id = s.account_id JOIN users u ON u.id = s.user_id
             WHERE s.user_id = $1 AND s.id <> ALL ($4) AND ",
        may_live!(),
        " UNION ALL
             SELECT s.id, s.created_at FROM sessions s
             JOIN accounts a ON a.id = s.account_id JOIN users u ON u.id = s.user_id
             WHERE s.user_id = $1 AND s.idle_end > $2 AND ",
        may_live!(),
        "), beyond AS (SELECT id FROM alive WHERE id <> $3 ORDER BY created_at DESC, id DESC OFFSET $5),
         older AS (UPDATE sessions SET ended_at = $2, end_reason = $6 WHERE id IN (SELECT id FROM beyond))
         UPDATE session_register SET ended_at = $2, end_reason = $6 WHERE id IN (SELECT id FROM beyond)"
    );
    let session = &opening.session;
    let others = i64::try_from(opening.max_sessions.saturating_sub(1)).unwrap_or(i64::MAX);
    let params = [
        session.user_id.as_bytes().into(),
        session.created_at.into(),
        session.id.as_bytes().into(),
        Value::Ids(faded),
        others.into(),
        EndReason::TooMany.name().into(),
    ];
    statements::run(client, sql, &params).await?;
    Ok(())
}

async fn end_one(client: &Client, end: &End, entry: &Entry) -> Result<Outcome<Option<bool>>, Failure> {
    let sql = "UPDATE session_register SET ended_at = $2, end_reason = $3 WHERE id = $1 AND ended_at IS NULL";
    let params = [end.session.as_bytes().into(), end.at.into(), end.reason.name().into()];
    if statements::run(client, sql, &params).await? == 0 {
        let sql = "SELECT 1 FROM session_register WHERE id = $1";
        let is_there = statements::exists(client, sql, &[end.session.as_bytes().into()]).await?;
        return Ok(Outcome::Undo(is_there.then_some(false)));
    }
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(Some(true)))
}

async fn end_all_but(client: &Client, user: UserId, keep: SessionId, entry: &Entry) -> Result<Outcome<bool>, Failure> {
    // Whether it lives is asked before the epoch moves, and when it cannot change any more: afterwards no session does.
    let account_row = "SELECT 1 FROM accounts WHERE id = (SELECT account_id FROM users WHERE id = $1) FOR SHARE";
    let user_row = "SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE";
    let session_row = concat!(
        "SELECT 1 FROM session_register s JOIN accounts a ON a.id = s.account_id JOIN users u ON u.id = s.user_id
         WHERE s.id = $1 AND s.user_id = $3 AND ",
        may_live!(),
        " FOR NO KEY UPDATE OF s"
    );
    let id = user.as_bytes().into();
    statements::exists(client, account_row, &[id]).await?;
    if !statements::exists(client, user_row, &[id]).await? {
        return Ok(Outcome::Undo(false));
    }
    let lives =
        statements::exists(client, session_row, &[keep.as_bytes().into(), entry.activity.at.into(), id]).await?;
    statements::run(client, "UPDATE users SET epoch = epoch + 1 WHERE id = $1", &[id]).await?;
    if lives {
        let sql = "UPDATE session_register SET user_epoch = (SELECT epoch FROM users WHERE id = user_id) WHERE id = $1";
        statements::run(client, sql, &[keep.as_bytes().into()]).await?;
    }
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(true))
}

async fn change_password(client: &Client, change: &PasswordChange, entry: &Entry) -> Result<Outcome<bool>, Failure> {
    let (account, keep) = (change.account_id.as_bytes().into(), change.keep.as_bytes().into());
    let account_row = "SELECT 1 FROM accounts WHERE id = $1 FOR NO KEY UPDATE";
    let user_row = "SELECT 1 FROM users WHERE account_id = $1
                    AND id = (SELECT user_id FROM session_register WHERE id = $2) FOR SHARE";
    let session_row = concat!(
        "SELECT 1 FROM session_register s JOIN accounts a ON a.id = s.account_id JOIN users u ON u.id = s.user_id
         WHERE s.id = $1 AND s.account_id = $3 AND ",
        may_live!(),
        " FOR NO KEY UPDATE OF s"
    );
    let may_change = statements::exists(client, account_row, &[account]).await?
        && statements::exists(client, user_row, &[account, keep]).await?
        && statements::exists(client, session_row, &[keep, change.at.into(), account]).await?
        && passwords::replace(client, change.account_id, &change.seen, &change.new).await?;
    if !may_change {
        return Ok(Outcome::Undo(false));
    }
    statements::run(client, "UPDATE accounts SET epoch = epoch + 1 WHERE id = $1", &[account]).await?;
    let sql =
        "UPDATE session_register SET account_epoch = (SELECT epoch FROM accounts WHERE id = account_id) WHERE id = $1";
    statements::run(client, sql, &[keep]).await?;
    mail_tokens::forget(client, change.account_id, change.at).await?;
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(true))
}
