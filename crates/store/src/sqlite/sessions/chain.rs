//! The steps that move a session's chain of refresh tokens. What must stay true: each is one guarded update of one row
//! (invariants P3, P17), and a dead session is not moved (P5, P10).

use gatewright_core::{
    model::{KeyFate, KeyNumber, Postpone, Timestamp},
    port::{Applied, Entry, Redelivery, RollForward, Rotation},
};
use rusqlite::{Connection, named_params};

use super::{super::rows, activity_log, generation, living, statements};
use crate::sqlite::failure::Failure;

pub(super) fn rotate(connection: &Connection, step: &Rotation) -> Result<Applied, Failure> {
    // The standing is read in this transaction: its account, user and roles are those of this very step (invariant P14).
    let Some(mut standing) = living(connection, step.session, step.next.rotated_at)? else {
        return Ok(Applied::Stale);
    };
    let next = &step.next;
    let sql = "UPDATE sessions SET generation = :generation, current = :current, previous = :previous, next = :next,
                   current_key = :current_key, next_key = :next_key, rotated_at = :rotated_at,
                   redelivered_at = :redelivered_at, redeliveries = :redeliveries, retry_key = :retry_key,
                   idle_end = :idle_end, last_ip = :last_ip, last_user_agent = :last_user_agent
               WHERE id = :id AND generation = :seen_generation AND current = :seen_current
               AND redelivered_at IS :seen_redelivered_at";
    let changed = statements::run(
        connection,
        sql,
        named_params! {
            ":generation": generation(next.generation)?,
            ":current": next.current.as_bytes(),
            ":previous": next.previous.as_ref().map(|hash| hash.as_bytes()),
            ":next": next.next.as_bytes(),
            ":current_key": KeyNumber::number(next.current_key),
            ":next_key": KeyNumber::number(next.next_key),
            ":rotated_at": next.rotated_at.micros(),
            ":redelivered_at": next.redelivered_at.map(Timestamp::micros),
            ":redeliveries": next.redeliveries,
            ":retry_key": next.retry_key.as_ref().map(|hash| hash.as_bytes()),
            ":idle_end": step.idle_end.micros(),
            ":last_ip": step.ip.map(rows::ip_bytes),
            ":last_user_agent": step.user_agent.as_ref().map(|agent| agent.as_str()),
            ":id": step.session.as_bytes(),
            ":seen_generation": generation(step.seen_generation)?,
            ":seen_current": step.seen_current.as_bytes(),
            ":seen_redelivered_at": step.seen_redelivered_at.map(Timestamp::micros),
        },
    )?;
    if changed == 0 {
        return Ok(Applied::Stale);
    }
    let session = &mut standing.session;
    // The salt is fixed for the session, whatever the step says.
    session.chain = gatewright_core::model::Chain { salt: session.chain.salt, ..next.clone() };
    session.idle_end = step.idle_end;
    session.last_ip = step.ip;
    session.last_user_agent.clone_from(&step.user_agent);
    Ok(Applied::Done(standing))
}

pub(super) fn redeliver(connection: &Connection, step: &Redelivery) -> Result<Applied, Failure> {
    let Some(mut standing) = living(connection, step.session, step.at)? else { return Ok(Applied::Stale) };
    let chain = &mut standing.session.chain;
    let as_judged = chain.generation == step.seen_generation && chain.current == step.seen_current;
    match step.postpone {
        // Of requests in parallel that all saw the same last redelivery, one counts (invariant P6).
        Postpone::Counted if chain.redelivered_at != step.seen_redelivered_at => return Ok(Applied::Stale),
        Postpone::Counted | Postpone::Free | Postpone::No if !as_judged => return Ok(Applied::Stale),
        Postpone::Counted => {
            chain.redeliveries = chain.redeliveries.saturating_add(1);
            chain.redelivered_at = chain.redelivered_at.max(Some(step.at));
        }
        Postpone::Free => chain.redelivered_at = chain.redelivered_at.max(Some(step.at)),
        Postpone::No => {}
    }
    match step.retry_key {
        KeyFate::Keep => {}
        KeyFate::Forget => chain.retry_key = None,
    }
    let sql =
        "UPDATE sessions SET redelivered_at = :redelivered_at, redeliveries = :redeliveries, retry_key = :retry_key
               WHERE id = :id AND generation = :seen_generation AND current = :seen_current";
    let changed = statements::run(
        connection,
        sql,
        named_params! {
            ":redelivered_at": chain.redelivered_at.map(Timestamp::micros),
            ":redeliveries": chain.redeliveries,
            ":retry_key": chain.retry_key.as_ref().map(|hash| hash.as_bytes()),
            ":id": step.session.as_bytes(),
            ":seen_generation": generation(step.seen_generation)?,
            ":seen_current": step.seen_current.as_bytes(),
        },
    )?;
    Ok(if changed == 0 { Applied::Stale } else { Applied::Done(standing) })
}

pub(super) fn roll_forward(connection: &Connection, step: &RollForward, entry: &Entry) -> Result<Applied, Failure> {
    let Some(mut standing) = living(connection, step.session, step.next.rotated_at)? else {
        return Ok(Applied::Stale);
    };
    let next = &step.next;
    let sql = "UPDATE sessions SET generation = :generation, current = :current, previous = :previous, next = :next,
                   current_key = :current_key, next_key = :next_key, rotated_at = :rotated_at,
                   redelivered_at = :redelivered_at, redeliveries = :redeliveries, retry_key = :retry_key
               WHERE id = :id AND generation = :seen_generation AND next = :seen_next";
    let changed = statements::run(
        connection,
        sql,
        named_params! {
            ":generation": generation(next.generation)?,
            ":current": next.current.as_bytes(),
            ":previous": next.previous.as_ref().map(|hash| hash.as_bytes()),
            ":next": next.next.as_bytes(),
            ":current_key": KeyNumber::number(next.current_key),
            ":next_key": KeyNumber::number(next.next_key),
            ":rotated_at": next.rotated_at.micros(),
            ":redelivered_at": next.redelivered_at.map(Timestamp::micros),
            ":redeliveries": next.redeliveries,
            ":retry_key": next.retry_key.as_ref().map(|hash| hash.as_bytes()),
            ":id": step.session.as_bytes(),
            ":seen_generation": generation(step.seen_generation)?,
            ":seen_next": step.seen_next.as_bytes(),
        },
    )?;
    if changed == 0 {
        return Ok(Applied::Stale);
    }
    activity_log::insert(connection, entry)?;
    let chain = &mut standing.session.chain;
    *chain = gatewright_core::model::Chain { salt: chain.salt, ..next.clone() };
    Ok(Applied::Done(standing))
}
