//! The steps that move a session's chain of refresh tokens. What must stay true: each is one guarded update of one row
//! (invariants P3, P17), and a dead session is not moved (P5, P10). What is answered is read by the very statement that
//! wrote it (P14).

use std::collections::HashSet;

use async_trait::async_trait;
use gatewright_core::{
    model::{Activity, KeyFate, KeyNumber, Postpone, SessionId, Timestamp},
    port::{Applied, Redelivery, RollForward, Rotation, StoreError},
};
use tokio_postgres::{Client, Row};

use super::{
    super::{
        Ground, activity_log,
        failure::Failure,
        lanes::{Answers, Grouped},
        promotion::promoted_at,
        rows::{self, account_columns, session_columns, user_columns},
        statements,
        step::{MAX_RACES, Outcome},
        value::Value,
    },
    alive, generation,
    standing::by_session,
};

/// The server's clock says that the step's time is not up: a server that stood still does not do what everybody has given up.
macro_rules! in_time {
    ($deadline:literal) => {
        concat!("(extract(epoch FROM clock_timestamp()) * 1000000)::int8 <= ", $deadline)
    };
}

/// Everything about the session that was written, its account and its user.
macro_rules! returning {
    ($now:literal) => {
        concat!(
            " RETURNING ",
            session_columns!(),
            ", ",
            account_columns!(),
            ", ",
            user_columns!(),
            ", ",
            promoted_at!($now)
        )
    };
}

/// A rotation that waits for its group.
pub(in crate::postgres) struct Due {
    pub(super) step: Rotation,
    /// The server's time until which it may be done.
    pub(super) deadline: i64,
}

#[async_trait]
impl Grouped for Due {
    type Answer = Applied;

    fn session(&self) -> SessionId {
        self.step.session
    }

    async fn run(ground: &Ground, group: &[Self], answers: &mut Answers<Applied>) -> Result<(), Failure> {
        let lent = ground.lend().await?;
        loop {
            let now = ground.clock.now();
            // One statement updates a row once, so of several steps on a session each has a statement of its own.
            let mut taken = HashSet::new();
            let mut round = Vec::with_capacity(group.len());
            for (index, due) in group.iter().enumerate() {
                if answers[index].is_some() || taken.contains(&due.step.session) {
                    continue;
                }
                match generations(&due.step) {
                    Err(impossible) => answers[index] = Some(Err(impossible.into())),
                    Ok(_) if now > due.step.not_after => answers[index] = Some(Err(StoreError::TooLate)),
                    Ok(generations) => {
                        taken.insert(due.step.session);
                        round.push((index, due, generations));
                    }
                }
            }
            if round.is_empty() {
                return Ok(());
            }
            let mut races = 0;
            let found = loop {
                match lent.bounded(rotate(&lent, &round, now)).await {
                    Err(failure) if failure.is_lost_race() && races < MAX_RACES => races += 1,
                    ended => break ended?,
                }
            };
            let found = by_session(&found);
            for (index, due, _) in round {
                answers[index] = Some(applied(found.get(due.step.session.as_bytes()).copied()));
            }
        }
    }
}

fn applied(row: Option<&Row>) -> Result<Applied, StoreError> {
    Ok(match row {
        Some(row) => Applied::Done(rows::standing(row)?),
        None => Applied::Stale,
    })
}

/// The generation that was seen and the one after it, as columns can hold them.
fn generations(step: &Rotation) -> Result<[i64; 2], Failure> {
    Ok([generation(step.seen_generation)?, generation(step.next.generation)?])
}

/// Rotates each of these, which are of different sessions, if it still is what was seen. One statement, committed when it
/// answers.
///
/// The rows are locked in the order of their ids first, so that two groups of two nodes never wait for each other.
async fn rotate(client: &Client, round: &[(usize, &Due, [i64; 2])], now: Timestamp) -> Result<Vec<Row>, Failure> {
    let sql = concat!(
        "WITH locked AS MATERIALIZED (
             SELECT id FROM sessions WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE
         )
         UPDATE sessions s SET generation = v.generation, current = v.current, previous = v.previous, next = v.next,
             current_key = v.current_key, next_key = v.next_key, rotated_at = v.rotated_at,
             redelivered_at = v.redelivered_at, redeliveries = v.redeliveries, retry_key = v.retry_key,
             idle_end = v.idle_end, last_ip = v.last_ip, last_user_agent = v.last_user_agent
         FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
                  AS v (id, seen_generation, seen_current, generation, current, previous, next, current_key, next_key,
                        rotated_at, redelivered_at, redeliveries, retry_key, idle_end, last_ip, last_user_agent,
                        deadline),
              locked l, accounts a, users u
         WHERE l.id = v.id AND s.id = v.id AND a.id = s.account_id AND u.id = s.user_id
           AND s.generation = v.seen_generation AND s.current = v.seen_current AND ",
        in_time!("v.deadline"),
        " AND ",
        alive!("v.rotated_at"),
        returning!("$18"),
    );
    let steps = || round.iter().map(|(_, due, _)| &due.step);
    let chains = || steps().map(|step| &step.next);
    let ids: Vec<[u8; 16]> = steps().map(|step| *step.session.as_bytes()).collect();
    let ips: Vec<Option<Vec<u8>>> = steps().map(|step| step.ip.map(rows::ip_bytes)).collect();
    let number = |numbers: &mut dyn Iterator<Item = i64>| numbers.map(Some).collect::<Vec<_>>();
    let seen_generation = number(&mut round.iter().map(|(_, _, [seen, _])| *seen));
    let next_generation = number(&mut round.iter().map(|(_, _, [_, next])| *next));
    let current_key = number(&mut chains().map(|next| next.current_key.number().into()));
    let next_key = number(&mut chains().map(|next| next.next_key.number().into()));
    let rotated_at = number(&mut chains().map(|next| next.rotated_at.micros()));
    let redelivered_at: Vec<_> = chains().map(|next| next.redelivered_at.map(Timestamp::micros)).collect();
    let redeliveries = number(&mut chains().map(|next| next.redeliveries.into()));
    let idle_end = number(&mut steps().map(|step| step.idle_end.micros()));
    let deadline = number(&mut round.iter().map(|(_, due, _)| due.deadline));
    let seen_current: Vec<_> = steps().map(|step| Some(&step.seen_current.as_bytes()[..])).collect();
    let current: Vec<_> = chains().map(|next| Some(&next.current.as_bytes()[..])).collect();
    let previous: Vec<_> = chains().map(|next| next.previous.as_ref().map(|hash| &hash.as_bytes()[..])).collect();
    let after: Vec<_> = chains().map(|next| Some(&next.next.as_bytes()[..])).collect();
    let retry_key: Vec<_> = chains().map(|next| next.retry_key.as_ref().map(|hash| &hash.as_bytes()[..])).collect();
    let last_ip: Vec<_> = ips.iter().map(|ip| ip.as_deref()).collect();
    let agent: Vec<_> = steps().map(|step| step.user_agent.as_ref().map(|agent| agent.as_str())).collect();
    let params = [
        Value::Ids(&ids),
        Value::Numbers(&seen_generation),
        Value::ManyBytes(&seen_current),
        Value::Numbers(&next_generation),
        Value::ManyBytes(&current),
        Value::ManyBytes(&previous),
        Value::ManyBytes(&after),
        Value::Numbers(&current_key),
        Value::Numbers(&next_key),
        Value::Numbers(&rotated_at),
        Value::Numbers(&redelivered_at),
        Value::Numbers(&redeliveries),
        Value::ManyBytes(&retry_key),
        Value::Numbers(&idle_end),
        Value::ManyBytes(&last_ip),
        Value::Texts(&agent),
        Value::Numbers(&deadline),
        now.into(),
    ];
    statements::rows(client, sql, &params).await
}

pub(super) async fn redeliver(client: &Client, step: &Redelivery, deadline: i64) -> Result<Applied, Failure> {
    let sql = concat!(
        "UPDATE sessions s
         SET redelivered_at = CASE WHEN $1 = 'no' THEN s.redelivered_at ELSE greatest(s.redelivered_at, $2) END,
             redeliveries = CASE WHEN $1 = 'counted' THEN least(s.redeliveries + 1, 255) ELSE s.redeliveries END,
             retry_key = CASE WHEN $3 = 'forget' THEN NULL ELSE s.retry_key END
         FROM accounts a, users u
         WHERE s.id = $4 AND a.id = s.account_id AND u.id = s.user_id AND s.generation = $5 AND s.current = $6
           AND ($1 <> 'counted' OR s.redelivered_at IS NOT DISTINCT FROM $7) AND ",
        in_time!("$8"),
        " AND ",
        alive!("$2"),
        returning!("$2"),
    );
    let postpone = match step.postpone {
        Postpone::Counted => "counted",
        Postpone::Free => "free",
        Postpone::No => "no",
    };
    let retry_key = match step.retry_key {
        KeyFate::Keep => "keep",
        KeyFate::Forget => "forget",
    };
    let params = [
        postpone.into(),
        step.at.into(),
        retry_key.into(),
        step.session.as_bytes().into(),
        generation(step.seen_generation)?.into(),
        Value::Bytes(Some(step.seen_current.as_bytes())),
        step.seen_redelivered_at.into(),
        deadline.into(),
    ];
    let done = statements::first(client, sql, &params, |row| rows::standing(row)).await?;
    Ok(done.map_or(Applied::Stale, Applied::Done))
}

pub(super) async fn roll_forward(
    client: &Client,
    step: &RollForward,
    deadline: i64,
    entry: &Activity,
) -> Result<Outcome<Applied>, Failure> {
    let sql = concat!(
        "UPDATE sessions s SET generation = $1, current = $2, previous = $3, next = $4, current_key = $5, next_key = $6,
             rotated_at = $7, redelivered_at = $8, redeliveries = $9, retry_key = $10
         FROM accounts a, users u
         WHERE s.id = $11 AND a.id = s.account_id AND u.id = s.user_id AND s.generation = $12 AND s.next = $13 AND ",
        in_time!("$14"),
        " AND ",
        alive!("$7"),
        returning!("$7"),
    );
    let next = &step.next;
    let params = [
        generation(next.generation)?.into(),
        Value::Bytes(Some(next.current.as_bytes())),
        Value::Bytes(next.previous.as_ref().map(|hash| &hash.as_bytes()[..])),
        Value::Bytes(Some(next.next.as_bytes())),
        i64::from(KeyNumber::number(next.current_key)).into(),
        i64::from(KeyNumber::number(next.next_key)).into(),
        next.rotated_at.into(),
        next.redelivered_at.into(),
        i64::from(next.redeliveries).into(),
        Value::Bytes(next.retry_key.as_ref().map(|hash| &hash.as_bytes()[..])),
        step.session.as_bytes().into(),
        generation(step.seen_generation)?.into(),
        Value::Bytes(Some(step.seen_next.as_bytes())),
        deadline.into(),
    ];
    let Some(standing) = statements::first(client, sql, &params, |row| rows::standing(row)).await? else {
        return Ok(Outcome::Undo(Applied::Stale));
    };
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(Applied::Done(standing)))
}
