//! The port `Sessions` on PostgreSQL: one row per session for its whole life. What must stay true: whether a session lives is
//! the model's word ([`Standing::dead`]); where one statement does all, it repeats that word as a guard ([`alive`]). Rows are
//! locked in one order everywhere: account, user, sessions by their ids.

mod chain;
mod standing;

use std::net::IpAddr;

use async_trait::async_trait;
use gatewright_core::{
    model::{
        AccountId, ClientSource, Device, EndReason, KeyNumber, Session, SessionId, SessionState, Standing, Timestamp,
        UserAgent, UserId,
    },
    port::{Applied, End, EndAll, Entry, Opened, Opening, Redelivery, RollForward, Rotation, Sessions, StoreError},
};
use tokio_postgres::Client;

pub(super) use self::{chain::Due, standing::Reading};
use super::{
    PgStore, activity_log,
    failure::Failure,
    rows::{self, Cursor},
    rows::{Cell, Columns, session_columns},
    statements,
    step::{Outcome, in_step},
    value::Value,
};

#[async_trait]
impl Sessions for PgStore {
    async fn open(&self, opening: Opening, entry: Entry) -> Result<Opened, StoreError> {
        Ok(in_step!(self, step => open(&step, &opening, &entry)))
    }

    async fn standing(&self, id: SessionId) -> Result<Option<Standing>, StoreError> {
        self.0.readings.submit(Reading(id)).await
    }

    async fn rotate(&self, step: Rotation) -> Result<Applied, StoreError> {
        let deadline = self.server_deadline(step.not_after)?;
        self.0.rotations.submit(Due { step, deadline }).await
    }

    async fn redeliver(&self, step: Redelivery) -> Result<Applied, StoreError> {
        let deadline = self.server_deadline(step.not_after)?;
        let lent = self.lend().await?;
        Ok(lent.bounded(chain::redeliver(&lent, &step, deadline)).await?)
    }

    async fn roll_forward(&self, step: RollForward, entry: Entry) -> Result<Applied, StoreError> {
        let deadline = self.server_deadline(step.not_after)?;
        Ok(in_step!(self, lent => chain::roll_forward(&lent, &step, deadline, &entry)))
    }

    async fn end(&self, end: End, entry: Entry) -> Result<bool, StoreError> {
        Ok(in_step!(self, step => async {
            if end_each(&step, &[*end.session.as_bytes()], end.at, end.reason).await? == 0 {
                return Ok(Outcome::Undo(false));
            }
            activity_log::insert(&step, &entry).await?;
            Ok(Outcome::Keep(true))
        }))
    }

    async fn end_all(&self, end: EndAll, entry: Entry) -> Result<bool, StoreError> {
        Ok(in_step!(self, step => end_all(&step, end, &entry)))
    }

    async fn of_user(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let sql = concat!(
            "SELECT ",
            session_columns!(),
            " FROM sessions s JOIN accounts a ON a.id = s.account_id JOIN users u ON u.id = s.user_id
             WHERE s.user_id = $1 AND ",
            alive!("$2"),
            " ORDER BY s.created_at DESC, s.id DESC"
        );
        self.living_of(sql, user.as_bytes(), now).await
    }

    async fn of_account(&self, account: AccountId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let sql = concat!(
            "SELECT ",
            session_columns!(),
            " FROM sessions s JOIN accounts a ON a.id = s.account_id JOIN users u ON u.id = s.user_id
             WHERE s.account_id = $1 AND ",
            alive!("$2"),
            " ORDER BY s.created_at DESC, s.id DESC"
        );
        self.living_of(sql, account.as_bytes(), now).await
    }

    async fn knows_source(&self, account: AccountId, ip: IpAddr) -> Result<bool, StoreError> {
        let sql = "SELECT DISTINCT last_ip FROM sessions WHERE account_id = $1 AND last_ip IS NOT NULL";
        let lent = self.lend().await?;
        let known = lent.bounded(statements::rows(&lent, sql, &[account.as_bytes().into()])).await?;
        let known = known.iter().filter_map(|row| match row.bytes(0) {
            Cell::Value(bytes) => rows::ip(bytes),
            Cell::Null | Cell::Wrong => None,
        });
        let source = ClientSource::of(Some(ip));
        Ok(known.into_iter().any(|known| ClientSource::of(Some(known)) == source))
    }

    async fn knows_device(&self, account: AccountId, device: &Device) -> Result<bool, StoreError> {
        let sql = "SELECT DISTINCT last_ip, last_user_agent FROM sessions WHERE account_id = $1";
        let lent = self.lend().await?;
        let params = [account.as_bytes().into()];
        let known = statements::all(&lent, sql, &params, |row| {
            let mut cursor = Cursor::new(row, "sessions", 0);
            let ip = cursor.optional_blob()?.and_then(rows::ip);
            let user_agent = cursor.optional_text()?.as_deref().and_then(UserAgent::from_header);
            Ok(Device { source: ClientSource::of(ip), user_agent })
        });
        Ok(lent.bounded(known).await?.contains(device))
    }
}

impl PgStore {
    async fn living_of(&self, sql: &str, whose: &[u8; 16], now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let lent = self.lend().await?;
        let params = [whose.into(), now.into()];
        Ok(lent.bounded(statements::all(&lent, sql, &params, |row| rows::session(row, 0))).await?)
    }
}

/// What [`Standing::dead`] says of a session `s`, its account `a` and its user `u`, as a guard.
macro_rules! alive {
    ($now:literal) => {
        concat!(
            "s.ended_at IS NULL AND s.absolute_end > ",
            $now,
            " AND s.idle_end > ",
            $now,
            " AND s.account_epoch = a.epoch AND s.user_epoch = u.epoch
              AND a.disabled_at IS NULL AND u.disabled_at IS NULL"
        )
    };
}
use alive;

/// Reads a session if it lives at `now`.
pub(super) async fn living(client: &Client, id: SessionId, now: Timestamp) -> Result<Option<Standing>, Failure> {
    Ok(read(client, id, now).await?.filter(|standing| standing.dead(now).is_none()))
}

async fn read(client: &Client, id: SessionId, now: Timestamp) -> Result<Option<Standing>, Failure> {
    let found = standing::read(client, &[*id.as_bytes()], now).await?;
    found.first().map(rows::standing).transpose()
}

async fn open(client: &Client, opening: &Opening, entry: &Entry) -> Result<Outcome<Opened>, Failure> {
    let session = &opening.session;
    let now = session.created_at;
    // From here on nobody else opens a session of this user.
    let is_as_seen = lock_as_seen(client, session).await?;
    if let Some((token, ends_at)) = &opening.spends {
        // Of two that spend it at once the second waits here for the first.
        let sql = "INSERT INTO spent_selections (token, ends_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        if statements::run(client, sql, &[token.as_bytes().into(), (*ends_at).into()]).await? == 0 {
            return Ok(Outcome::Undo(Opened::Spent));
        }
    }
    if !is_as_seen {
        return Ok(Outcome::Undo(Opened::Stale));
    }
    let too_many = too_many(client, opening).await?;
    lock_sessions(client, opening.replaces, &too_many).await?;
    if let Some(replaced) = opening.replaces {
        // A session may only take the place of one of the same account.
        if living(client, replaced, now).await?.is_none_or(|it| it.session.account_id != session.account_id) {
            return Ok(Outcome::Undo(Opened::Stale));
        }
        end_each(client, &[*replaced.as_bytes()], now, EndReason::Replaced).await?;
    }
    end_each(client, &too_many, now, EndReason::TooMany).await?;
    insert(client, session).await?;
    activity_log::insert(client, entry).await?;
    let opened = read(client, session.id, now).await?;
    let opened = opened.ok_or_else(|| Failure::inconsistent("sessions", session.id.as_bytes()))?;
    Ok(Outcome::Keep(Opened::Done(opened)))
}

/// Locks account and user, and says whether both are there, enabled, and in the epochs that the caller saw. The account may
/// be changed meanwhile but not removed; the user may not be changed.
async fn lock_as_seen(client: &Client, session: &Session) -> Result<bool, Failure> {
    let account = "SELECT 1 FROM accounts WHERE id = $1 FOR KEY SHARE";
    statements::rows(client, account, &[session.account_id.as_bytes().into()]).await?;
    let user = "SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE";
    statements::rows(client, user, &[session.user_id.as_bytes().into()]).await?;
    let sql = "SELECT 1 FROM users u JOIN accounts a ON a.id = u.account_id
               WHERE u.id = $1 AND a.id = $2 AND u.epoch = $3 AND a.epoch = $4
               AND u.disabled_at IS NULL AND a.disabled_at IS NULL";
    let params = [
        session.user_id.as_bytes().into(),
        session.account_id.as_bytes().into(),
        session.user_epoch.number().into(),
        session.account_epoch.number().into(),
    ];
    statements::exists(client, sql, &params).await
}

/// The oldest live sessions of the user for which there is no room beside the new one (SECURITY SE9). Nobody opens another
/// meanwhile: the user is locked.
async fn too_many(client: &Client, opening: &Opening) -> Result<Vec<[u8; 16]>, Failure> {
    let sql = concat!(
        "SELECT s.id FROM sessions s JOIN accounts a ON a.id = s.account_id JOIN users u ON u.id = s.user_id
         WHERE s.user_id = $1 AND s.id IS DISTINCT FROM $2 AND ",
        alive!("$3"),
        " ORDER BY s.created_at DESC, s.id DESC OFFSET $4"
    );
    let others = i64::try_from(opening.max_sessions.saturating_sub(1)).unwrap_or(i64::MAX);
    let params = [
        opening.session.user_id.as_bytes().into(),
        Value::Id(opening.replaces.as_ref().map(|id| id.as_bytes())),
        opening.session.created_at.into(),
        others.into(),
    ];
    statements::all(client, sql, &params, |row| Cursor::new(row, "sessions", 0).bytes()).await
}

/// Locks the sessions that are going to end, in the order of their ids.
async fn lock_sessions(client: &Client, replaced: Option<SessionId>, others: &[[u8; 16]]) -> Result<(), Failure> {
    let ids: Vec<[u8; 16]> = replaced.iter().map(|id| *id.as_bytes()).chain(others.iter().copied()).collect();
    if !ids.is_empty() {
        let sql = "SELECT 1 FROM sessions WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE";
        statements::rows(client, sql, &[Value::Ids(&ids)]).await?;
    }
    Ok(())
}

async fn insert(client: &Client, session: &Session) -> Result<(), Failure> {
    let (ended_at, end_reason) = match session.state {
        SessionState::Active => (None, None),
        SessionState::Ended { at, reason } => (Some(at), Some(reason.name())),
    };
    let sql = "INSERT INTO sessions (id, account_id, user_id, transport, label, created_at, absolute_end, idle_end,
                   auth_time, amr, ended_at, end_reason, account_epoch, user_epoch, salt, generation, current, previous,
                   next, current_key, next_key, rotated_at, redelivered_at, redeliveries, retry_key, last_ip,
                   last_user_agent)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
                   $22, $23, $24, $25, $26, $27)";
    let chain = &session.chain;
    let amr = rows::list(session.amr.iter().map(|method| method.name()));
    let ip = session.last_ip.map(rows::ip_bytes);
    let params = [
        session.id.as_bytes().into(),
        session.account_id.as_bytes().into(),
        session.user_id.as_bytes().into(),
        session.transport.name().into(),
        session.label.as_ref().map(|label| label.as_str()).into(),
        session.created_at.into(),
        session.absolute_end.into(),
        session.idle_end.into(),
        session.auth_time.into(),
        amr.as_str().into(),
        ended_at.into(),
        end_reason.into(),
        session.account_epoch.number().into(),
        session.user_epoch.number().into(),
        Value::Bytes(Some(&chain.salt)),
        generation(chain.generation)?.into(),
        Value::Bytes(Some(chain.current.as_bytes())),
        Value::Bytes(chain.previous.as_ref().map(|hash| &hash.as_bytes()[..])),
        Value::Bytes(Some(chain.next.as_bytes())),
        i64::from(KeyNumber::number(chain.current_key)).into(),
        i64::from(KeyNumber::number(chain.next_key)).into(),
        chain.rotated_at.into(),
        chain.redelivered_at.into(),
        i64::from(chain.redeliveries).into(),
        Value::Bytes(chain.retry_key.as_ref().map(|hash| &hash.as_bytes()[..])),
        Value::Bytes(ip.as_deref()),
        session.last_user_agent.as_ref().map(|agent| agent.as_str()).into(),
    ];
    statements::run(client, sql, &params).await?;
    Ok(())
}

/// A generation as a column can hold it. No chain gets so far that it could not.
fn generation(number: u64) -> Result<i64, Failure> {
    i64::try_from(number).map_err(|_| Failure::Inconsistent { table: "sessions", id: format!("generation {number}") })
}

/// Ends these sessions, which are one or are locked already, and touches no other row. Answers how many had not ended yet.
async fn end_each(client: &Client, ids: &[[u8; 16]], at: Timestamp, reason: EndReason) -> Result<u64, Failure> {
    if ids.is_empty() {
        return Ok(0);
    }
    let sql = "UPDATE sessions SET ended_at = $2, end_reason = $3 WHERE id = ANY($1) AND ended_at IS NULL";
    statements::run(client, sql, &[Value::Ids(ids), at.into(), reason.name().into()]).await
}

async fn end_all(client: &Client, end: EndAll, entry: &Entry) -> Result<Outcome<bool>, Failure> {
    let changed = match end {
        EndAll::OfAccount { account } => {
            let sql = "UPDATE accounts SET epoch = epoch + 1 WHERE id = $1";
            statements::run(client, sql, &[account.as_bytes().into()]).await?
        }
        EndAll::OfUser { user, keep } => {
            let lock = "SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE";
            statements::rows(client, lock, &[user.as_bytes().into()]).await?;
            // Whether it lives is asked before the epoch moves, when nobody can end it any more: afterwards no session does.
            lock_sessions(client, keep, &[]).await?;
            let keep = match keep {
                Some(keep) => living(client, keep, entry.activity.at).await?.filter(|it| it.session.user_id == user),
                None => None,
            };
            let sql = "UPDATE users SET epoch = epoch + 1 WHERE id = $1";
            let changed = statements::run(client, sql, &[user.as_bytes().into()]).await?;
            if let Some(keep) = keep {
                let sql = "UPDATE sessions SET user_epoch = (SELECT epoch FROM users WHERE id = user_id) WHERE id = $1";
                statements::run(client, sql, &[keep.session.id.as_bytes().into()]).await?;
            }
            changed
        }
    };
    if changed == 0 {
        return Ok(Outcome::Undo(false));
    }
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(true))
}
