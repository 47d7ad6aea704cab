//! The steps that move a session's chain of refresh tokens. What must stay true: each is one guarded update of one row
//! (invariants P3, P17), and a dead session is not moved (P5, P10). What is answered is read by the very statement that
//! wrote it (P14).

use std::collections::HashSet;

use async_trait::async_trait;
use gatewright_core::{
    model::{KeyFate, KeyNumber, Postpone, SessionId, Timestamp},
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
        step::{Lent, MAX_RACES, Outcome},
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
            let round = next_round(group, now, answers);
            if round.is_empty() {
                return Ok(());
            }
            match attempt(&lent, &round, now).await {
                Ok(found) => answer(&round, &found, answers),
                // Somebody holds the row of one of them: the others do not have to suffer for it.
                Err(failure) if failure.is_locked() && round.len() > 1 => {
                    for one in round.chunks(1) {
                        match attempt(&lent, one, now).await {
                            Ok(found) => answer(one, &found, answers),
                            Err(failure) if failure.is_locked() => answers[one[0].index] = Some(Err(failure.into())),
                            Err(failure) => return Err(failure),
                        }
                    }
                }
                Err(failure) => return Err(failure),
            }
        }
    }
}

/// A rotation in a statement.
struct Entry<'a> {
    /// Its place in the group.
    index: usize,
    due: &'a Due,
    /// The generation that was seen and the one after it, as columns can hold them.
    generations: [i64; 2],
}

/// The steps of a group that have no answer yet, one of each session, because one statement updates a row once.
fn next_round<'a>(group: &'a [Due], now: Timestamp, answers: &mut Answers<Applied>) -> Vec<Entry<'a>> {
    let mut taken = HashSet::new();
    let mut round = Vec::with_capacity(group.len());
    for (index, due) in group.iter().enumerate() {
        if answers[index].is_some() || taken.contains(&due.step.session) {
            continue;
        }
        match [due.step.seen_generation, due.step.next.generation].map(generation) {
            [Err(impossible), _] | [_, Err(impossible)] => answers[index] = Some(Err(impossible.into())),
            [Ok(_), Ok(_)] if now > due.step.not_after => answers[index] = Some(Err(StoreError::TooLate)),
            [Ok(seen), Ok(next)] => {
                taken.insert(due.step.session);
                round.push(Entry { index, due, generations: [seen, next] });
            }
        }
    }
    // Rows are locked in this order, so that two groups of two nodes never wait for each other.
    round.sort_unstable_by_key(|entry| entry.due.step.session);
    round
}

async fn attempt(lent: &Lent, round: &[Entry<'_>], now: Timestamp) -> Result<Vec<Row>, Failure> {
    let mut races = 0;
    loop {
        match lent.bounded(rotate(lent, round, now)).await {
            Err(failure) if failure.is_lost_race() && races < MAX_RACES => races += 1,
            ended => return ended,
        }
    }
}

fn answer(round: &[Entry<'_>], found: &[Row], answers: &mut Answers<Applied>) {
    let found = by_session(found);
    for entry in round {
        answers[entry.index] = Some(applied(found.get(entry.due.step.session.as_bytes()).copied()));
    }
}

fn applied(row: Option<&Row>) -> Result<Applied, StoreError> {
    Ok(match row {
        Some(row) => Applied::Done(rows::standing(row)?),
        None => Applied::Stale,
    })
}

const ROTATE: &str = concat!(
    "WITH due AS MATERIALIZED (
         SELECT v.*
         FROM unnest($1::uuid[], $2::int8[], $3::bytea[], $4::int8[], $5::bytea[], $6::bytea[], $7::bytea[], $8::int8[],
                     $9::int8[], $10::int8[], $11::int8[], $12::int8[], $13::bytea[], $14::int8[], $15::bytea[],
                     $16::text[], $17::int8[], $18::int8[])
                  AS v (id, seen_generation, seen_current, generation, current, previous, next, current_key, next_key,
                        rotated_at, redelivered_at, redeliveries, retry_key, idle_end, last_ip, last_user_agent,
                        deadline, seen_redelivered_at),
              LATERAL (SELECT FROM sessions WHERE id = v.id LIMIT 1 FOR NO KEY UPDATE) locked
         WHERE (SELECT set_config('lock_timeout', '1s', true)) IS NOT NULL
     )
     UPDATE sessions s SET generation = v.generation, current = v.current, previous = v.previous, next = v.next,
         current_key = v.current_key, next_key = v.next_key, rotated_at = v.rotated_at,
         redelivered_at = v.redelivered_at, redeliveries = v.redeliveries, retry_key = v.retry_key,
         idle_end = v.idle_end, last_ip = v.last_ip, last_user_agent = v.last_user_agent
     FROM due v, accounts a, users u
     WHERE s.id = v.id AND a.id = s.account_id AND u.id = s.user_id
       AND s.generation = v.seen_generation AND s.current = v.seen_current
       AND s.redelivered_at IS NOT DISTINCT FROM v.seen_redelivered_at AND ",
    in_time!("v.deadline"),
    " AND ",
    alive!("v.rotated_at"),
    returning!("$19"),
);

/// Rotates each of these, which are of different sessions, if it still is what was seen. One statement, committed when it
/// answers. The row of each is locked before anything is judged, so that no time passes between the judgement and the write,
/// and a lock that somebody does not give up is waited for no longer than a second (less than what a step may be late).
async fn rotate(client: &Client, round: &[Entry<'_>], now: Timestamp) -> Result<Vec<Row>, Failure> {
    let steps = || round.iter().map(|entry| &entry.due.step);
    let chains = || steps().map(|step| &step.next);
    let ids: Vec<[u8; 16]> = steps().map(|step| *step.session.as_bytes()).collect();
    let ips: Vec<Option<Vec<u8>>> = steps().map(|step| step.ip.map(rows::ip_bytes)).collect();
    let number = |numbers: &mut dyn Iterator<Item = i64>| numbers.map(Some).collect::<Vec<_>>();
    let seen_generation = number(&mut round.iter().map(|entry| entry.generations[0]));
    let next_generation = number(&mut round.iter().map(|entry| entry.generations[1]));
    let current_key = number(&mut chains().map(|next| next.current_key.number().into()));
    let next_key = number(&mut chains().map(|next| next.next_key.number().into()));
    let rotated_at = number(&mut chains().map(|next| next.rotated_at.micros()));
    let redelivered_at: Vec<_> = chains().map(|next| next.redelivered_at.map(Timestamp::micros)).collect();
    let redeliveries = number(&mut chains().map(|next| next.redeliveries.into()));
    let idle_end = number(&mut steps().map(|step| step.idle_end.micros()));
    let deadline = number(&mut round.iter().map(|entry| entry.due.deadline));
    let seen_redelivered_at: Vec<_> = steps().map(|step| step.seen_redelivered_at.map(Timestamp::micros)).collect();
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
        Value::Numbers(&seen_redelivered_at),
        now.into(),
    ];
    statements::rows(client, ROTATE, &params).await
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
    let done = statements::first(client, sql, &params, rows::standing).await?;
    Ok(done.map_or(Applied::Stale, Applied::Done))
}

pub(super) async fn roll_forward(
    client: &Client,
    step: &RollForward,
    deadline: i64,
    entry: &gatewright_core::port::Entry,
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
    let Some(standing) = statements::first(client, sql, &params, rows::standing).await? else {
        return Ok(Outcome::Undo(Applied::Stale));
    };
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(Applied::Done(standing)))
}
