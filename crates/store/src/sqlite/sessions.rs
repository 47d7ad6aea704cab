//! The port `Sessions` on SQLite: one row per session for its whole life. What must stay true: whether a session lives is
//! the model's word ([`Standing::dead`]), asked in the transaction that acts on it; only lists ask it in SQL ([`alive`]).

mod chain;

use std::net::IpAddr;

use async_trait::async_trait;
use gatewright_core::{
    model::{
        AccountId, ClientSource, Device, EndReason, KeyNumber, Session, SessionId, SessionState, Standing, Timestamp,
        UserAgent, UserId,
    },
    port::{Applied, End, EndAll, Entry, Opened, Opening, Redelivery, RollForward, Rotation, Sessions, StoreError},
};
use rusqlite::{Connection, ToSql, named_params, params};

use super::{
    SqliteStore, activity_log,
    failure::Failure,
    rows,
    rows::{account_columns, session_columns, user_columns},
    statements,
};

#[async_trait]
impl Sessions for SqliteStore {
    async fn open(&self, opening: Opening, entry: Entry) -> Result<Opened, StoreError> {
        self.write(move |connection| open(connection, &opening, &entry)).await
    }

    async fn standing(&self, id: SessionId) -> Result<Option<Standing>, StoreError> {
        self.read(move |connection| standing(connection, id)).await
    }

    async fn rotate(&self, step: Rotation) -> Result<Applied, StoreError> {
        self.write_before(step.not_after, move |connection| chain::rotate(connection, &step)).await
    }

    async fn redeliver(&self, step: Redelivery) -> Result<Applied, StoreError> {
        self.write_before(step.not_after, move |connection| chain::redeliver(connection, &step)).await
    }

    async fn roll_forward(&self, step: RollForward, entry: Entry) -> Result<Applied, StoreError> {
        self.write_before(step.not_after, move |connection| chain::roll_forward(connection, &step, &entry)).await
    }

    async fn end(&self, end: End, entry: Entry) -> Result<bool, StoreError> {
        self.write(move |connection| {
            if !end_one(connection, end.session, end.at, end.reason)? {
                return Ok(false);
            }
            activity_log::insert(connection, &entry)?;
            Ok(true)
        })
        .await
    }

    async fn end_all(&self, end: EndAll, entry: Entry) -> Result<bool, StoreError> {
        self.write(move |connection| end_all(connection, end, &entry)).await
    }

    async fn of_user(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let sql = concat!(
            "SELECT ",
            session_columns!(),
            alive!(),
            " AND s.user_id = :whose ORDER BY s.created_at DESC, s.id DESC"
        );
        self.read(move |connection| living_of(connection, sql, user.as_bytes(), now)).await
    }

    async fn of_account(&self, account: AccountId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let sql = concat!(
            "SELECT ",
            session_columns!(),
            alive!(),
            " AND s.account_id = :whose ORDER BY s.created_at DESC, s.id DESC"
        );
        self.read(move |connection| living_of(connection, sql, account.as_bytes(), now)).await
    }

    async fn knows_source(&self, account: AccountId, ip: IpAddr) -> Result<bool, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT DISTINCT last_ip FROM sessions WHERE account_id = ?1 AND last_ip IS NOT NULL";
            let known = statements::all(connection, sql, [account.as_bytes()], |row| {
                Ok(row.get_ref(0)?.as_blob().ok().and_then(rows::ip))
            })?;
            Ok(known.into_iter().any(|known| known.is_some() && ClientSource::of(known) == ClientSource::of(Some(ip))))
        })
        .await
    }

    async fn knows_device(&self, account: AccountId, device: &Device) -> Result<bool, StoreError> {
        let device = device.clone();
        self.read(move |connection| {
            let sql = "SELECT DISTINCT last_ip, last_user_agent FROM sessions WHERE account_id = ?1";
            let known = statements::all(connection, sql, [account.as_bytes()], |row| {
                let ip = row.get_ref(0)?.as_blob().ok().and_then(rows::ip);
                let user_agent: Option<String> = row.get(1)?;
                let user_agent = user_agent.as_deref().and_then(UserAgent::from_header);
                Ok(Device { source: ClientSource::of(ip), user_agent })
            })?;
            Ok(known.contains(&device))
        })
        .await
    }
}

/// The sessions that live at `:now`, each with its account and its user: what [`Standing::dead`] says, for lists.
macro_rules! alive {
    () => {
        " FROM sessions s JOIN accounts a ON a.id = s.account_id JOIN users u ON u.id = s.user_id
         WHERE s.ended_at IS NULL AND s.absolute_end > :now AND s.idle_end > :now
         AND s.account_epoch = a.epoch AND s.user_epoch = u.epoch
         AND a.disabled_at IS NULL AND u.disabled_at IS NULL"
    };
}
use alive;

fn living_of(connection: &Connection, sql: &str, whose: &[u8; 16], now: Timestamp) -> Result<Vec<Session>, Failure> {
    let params = named_params! { ":whose": whose, ":now": now.micros() };
    statements::all(connection, sql, params, |row| rows::session(row, 0))
}

/// Reads a session with its account and its user: one statement, so one consistent reading.
pub(super) fn standing(connection: &Connection, id: SessionId) -> Result<Option<Standing>, Failure> {
    let sql = concat!(
        "SELECT ",
        session_columns!(),
        ", ",
        account_columns!(),
        ", ",
        user_columns!(),
        ", (SELECT store_promoted_at FROM meta)
         FROM sessions s JOIN accounts a ON a.id = s.account_id JOIN users u ON u.id = s.user_id WHERE s.id = ?1"
    );
    statements::first(connection, sql, [id.as_bytes()], |row| rows::standing(row))
}

/// Reads a session if it lives at `now`.
pub(super) fn living(connection: &Connection, id: SessionId, now: Timestamp) -> Result<Option<Standing>, Failure> {
    Ok(standing(connection, id)?.filter(|standing| standing.dead(now).is_none()))
}

fn open(connection: &Connection, opening: &Opening, entry: &Entry) -> Result<Opened, Failure> {
    let session = &opening.session;
    let now = session.created_at;
    if let Some((token, _)) = &opening.spends
        && statements::exists(connection, "SELECT 1 FROM spent_selections WHERE token = ?1", [token.as_bytes()])?
    {
        return Ok(Opened::Spent);
    }
    if !is_as_seen(connection, session)? {
        return Ok(Opened::Stale);
    }
    if let Some(replaced) = opening.replaces {
        // A session may only take the place of one of the same account.
        if living(connection, replaced, now)?.is_none_or(|it| it.session.account_id != session.account_id) {
            return Ok(Opened::Stale);
        }
        end_one(connection, replaced, now, EndReason::Replaced)?;
    }
    if let Some((token, ends_at)) = &opening.spends {
        let sql = "INSERT INTO spent_selections (token, ends_at) VALUES (?1, ?2)";
        statements::run(connection, sql, params![token.as_bytes(), ends_at.micros()])?;
    }
    insert(connection, session)?;
    end_too_many(connection, session, opening.max_sessions)?;
    activity_log::insert(connection, entry)?;
    let opened = standing(connection, session.id)?;
    opened.map(Opened::Done).ok_or_else(|| Failure::inconsistent("sessions", session.id.as_bytes()))
}

/// Whether account and user are there, enabled, and in the epochs that the caller saw.
fn is_as_seen(connection: &Connection, session: &Session) -> Result<bool, Failure> {
    let sql = "SELECT 1 FROM users u JOIN accounts a ON a.id = u.account_id
               WHERE u.id = :user AND a.id = :account AND u.epoch = :user_epoch AND a.epoch = :account_epoch
               AND u.disabled_at IS NULL AND a.disabled_at IS NULL";
    statements::exists(
        connection,
        sql,
        named_params! {
            ":user": session.user_id.as_bytes(),
            ":account": session.account_id.as_bytes(),
            ":user_epoch": session.user_epoch.number(),
            ":account_epoch": session.account_epoch.number(),
        },
    )
}

fn insert(connection: &Connection, session: &Session) -> Result<(), Failure> {
    let (ended_at, end_reason) = match session.state {
        SessionState::Active => (None, None),
        SessionState::Ended { at, reason } => (Some(at.micros()), Some(reason.name())),
    };
    let sql = "INSERT INTO sessions (id, account_id, user_id, transport, label, created_at, absolute_end, idle_end,
                   auth_time, amr, ended_at, end_reason, account_epoch, user_epoch, salt, generation, current, previous,
                   next, current_key, next_key, rotated_at, redelivered_at, redeliveries, retry_key, last_ip,
                   last_user_agent)
               VALUES (:id, :account_id, :user_id, :transport, :label, :created_at, :absolute_end, :idle_end,
                   :auth_time, :amr, :ended_at, :end_reason, :account_epoch, :user_epoch, :salt, :generation, :current,
                   :previous, :next, :current_key, :next_key, :rotated_at, :redelivered_at, :redeliveries, :retry_key,
                   :last_ip, :last_user_agent)";
    let own = named_params! {
        ":id": session.id.as_bytes(),
        ":account_id": session.account_id.as_bytes(),
        ":user_id": session.user_id.as_bytes(),
        ":transport": session.transport.name(),
        ":label": session.label.as_ref().map(|label| label.as_str()),
        ":created_at": session.created_at.micros(),
        ":absolute_end": session.absolute_end.micros(),
        ":idle_end": session.idle_end.micros(),
        ":auth_time": session.auth_time.micros(),
        ":amr": rows::list(session.amr.iter().map(|method| method.name())),
        ":ended_at": ended_at,
        ":end_reason": end_reason,
        ":account_epoch": session.account_epoch.number(),
        ":user_epoch": session.user_epoch.number(),
        ":salt": session.chain.salt,
        ":generation": generation(session.chain.generation)?,
        ":current": session.chain.current.as_bytes(),
        ":previous": session.chain.previous.as_ref().map(|hash| hash.as_bytes()),
        ":next": session.chain.next.as_bytes(),
        ":current_key": KeyNumber::number(session.chain.current_key),
        ":next_key": KeyNumber::number(session.chain.next_key),
        ":rotated_at": session.chain.rotated_at.micros(),
        ":redelivered_at": session.chain.redelivered_at.map(Timestamp::micros),
        ":redeliveries": session.chain.redeliveries,
        ":retry_key": session.chain.retry_key.as_ref().map(|hash| hash.as_bytes()),
        ":last_ip": session.last_ip.map(rows::ip_bytes),
        ":last_user_agent": session.last_user_agent.as_ref().map(|agent| agent.as_str()),
    };
    let params: &[(&str, &dyn ToSql)] = own;
    statements::run(connection, sql, params)?;
    Ok(())
}

/// A generation as a column can hold it. No chain gets so far that it could not.
fn generation(number: u64) -> Result<i64, Failure> {
    i64::try_from(number).map_err(|_| Failure::Inconsistent { table: "sessions", id: format!("generation {number}") })
}

/// Ends the oldest live sessions of the user beyond `max`, never the new one (SECURITY SE9).
fn end_too_many(connection: &Connection, new: &Session, max: usize) -> Result<(), Failure> {
    let sql = concat!(
        "UPDATE sessions SET ended_at = :now, end_reason = :reason WHERE id IN (SELECT s.id",
        alive!(),
        " AND s.user_id = :user AND s.id <> :new ORDER BY s.created_at DESC, s.id DESC LIMIT -1 OFFSET :others)"
    );
    statements::run(
        connection,
        sql,
        named_params! {
            ":now": new.created_at.micros(),
            ":reason": EndReason::TooMany.name(),
            ":user": new.user_id.as_bytes(),
            ":new": new.id.as_bytes(),
            ":others": i64::try_from(max.saturating_sub(1)).unwrap_or(i64::MAX),
        },
    )?;
    Ok(())
}

/// Ends one session, and touches no other row. `false` if it had been ended by itself before, or is not there.
fn end_one(connection: &Connection, id: SessionId, at: Timestamp, reason: EndReason) -> Result<bool, Failure> {
    let sql = "UPDATE sessions SET ended_at = ?2, end_reason = ?3 WHERE id = ?1 AND ended_at IS NULL";
    Ok(statements::run(connection, sql, params![id.as_bytes(), at.micros(), reason.name()])? == 1)
}

fn end_all(connection: &Connection, end: EndAll, entry: &Entry) -> Result<bool, Failure> {
    let changed = match end {
        EndAll::OfAccount { account } => {
            let sql = "UPDATE accounts SET epoch = epoch + 1 WHERE id = ?1";
            statements::run(connection, sql, [account.as_bytes()])?
        }
        EndAll::OfUser { user, keep } => {
            // Whether it lives is asked before the epoch moves: afterwards no session does.
            let keep = match keep {
                Some(keep) => living(connection, keep, entry.activity.at)?.filter(|it| it.session.user_id == user),
                None => None,
            };
            let sql = "UPDATE users SET epoch = epoch + 1 WHERE id = ?1";
            let changed = statements::run(connection, sql, [user.as_bytes()])?;
            if let Some(keep) = keep {
                let sql = "UPDATE sessions SET user_epoch = (SELECT epoch FROM users WHERE id = user_id) WHERE id = ?1";
                statements::run(connection, sql, [keep.session.id.as_bytes()])?;
            }
            changed
        }
    };
    if changed == 0 {
        return Ok(false);
    }
    activity_log::insert(connection, entry)?;
    Ok(true)
}
