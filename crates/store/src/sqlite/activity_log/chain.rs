//! The chain of the activity log on SQLite. What must stay true: the end of the chain, its entries and what is counted of them
//! change in one transaction; entries go from the beginning only, in the order of the chain, and the last one never.

use gatewright_core::{
    model::{Activity, ChainedActivity, Link, Timestamp},
    port::ChainState,
};
use rusqlite::{Connection, named_params, params};

use super::super::{failure::Failure, rows, rows::activity_columns, statements};
use crate::activity;

/// The last entry of the chain.
pub(super) fn head(connection: &Connection) -> Result<Link, Failure> {
    let sql = "SELECT head_seq, head_digest FROM activity_chain";
    let head = statements::first(connection, sql, [], |row| rows::link(row, 0))?;
    head.ok_or_else(|| Failure::inconsistent("activity_chain", b""))
}

/// Notes that these entries were added, of which `last` is the last.
pub(super) fn added<'a>(
    connection: &Connection,
    last: Link,
    entries: impl Iterator<Item = &'a Activity>,
) -> Result<(), Failure> {
    let sql = "UPDATE activity_chain SET head_seq = ?1, head_digest = ?2";
    statements::run(connection, sql, params![activity::number(last.seq), last.digest])?;
    super::count(connection, &activity::counted(entries))
}

/// Gives entries their place that were written before there was a chain.
pub(super) fn chain(connection: &Connection, limit: usize) -> Result<usize, Failure> {
    let waiting = statements::all(connection, WAITING, [activity::rows(limit)], |row| rows::waiting(row))?;
    let placed = activity::placed(head(connection)?, waiting);
    let Some(last) = placed.last() else { return Ok(0) };
    let sql = "UPDATE activity SET salt = :salt, commitment = :commitment, seq = :seq, digest = :digest
               WHERE account_id = :account_id AND id = :id";
    for placed in &placed {
        let params = named_params! {
            ":account_id": activity::account_bytes(placed.activity.account_id),
            ":id": placed.activity.id.as_bytes(),
            ":salt": placed.activity.salt,
            ":commitment": placed.commitment,
            ":seq": activity::number(placed.link.seq),
            ":digest": placed.link.digest,
        };
        statements::run(connection, sql, params)?;
    }
    added(connection, last.link, placed.iter().map(|placed| &placed.activity))?;
    Ok(placed.len())
}

/// Entries without a place, oldest first. One that was never in a chain and never erased has no salt yet: it gets one.
const WAITING: &str = concat!(
    "SELECT ",
    activity_columns!(),
    ", coalesce(salt, iif(commitment IS NULL, randomblob(16), NULL)), commitment
     FROM activity WHERE seq IS NULL ORDER BY id LIMIT ?1"
);

pub(super) fn chained(connection: &Connection, after: u64, limit: usize) -> Result<Vec<ChainedActivity>, Failure> {
    let sql = concat!(
        "SELECT ",
        activity_columns!(),
        ", salt, commitment, seq, digest FROM activity WHERE seq > ?1 ORDER BY seq LIMIT ?2"
    );
    statements::all(connection, sql, [activity::number(after), activity::rows(limit)], |row| rows::chained(row))
}

/// One statement, so that all of it is of one moment.
pub(super) fn state(connection: &Connection) -> Result<ChainState, Failure> {
    let sql = "SELECT begin_seq, begin_digest, head_seq, head_digest, personal_since,
                      (SELECT at FROM activity WHERE seq IS NULL ORDER BY id LIMIT 1)
               FROM activity_chain";
    let state = statements::first(connection, sql, [], |row| rows::chain_state(row))?;
    state.ok_or_else(|| Failure::inconsistent("activity_chain", b""))
}

/// The entries from which to remove or to erase, in the order of the chain: after the first parameter, before the second.
const FROM_THE_BEGINNING: &str =
    "SELECT seq, digest, at FROM activity WHERE seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3";

fn from_the_beginning(
    connection: &Connection,
    after: i64,
    to: i64,
    limit: usize,
) -> Result<Vec<(Link, Timestamp)>, Failure> {
    statements::all(connection, FROM_THE_BEGINNING, params![after, to, activity::rows(limit)], |row| rows::step(row))
}

pub(super) fn prune(connection: &Connection, before: Timestamp, limit: usize) -> Result<usize, Failure> {
    let ChainState { begin, head, .. } = state(connection)?;
    let last = activity::number(head.seq).saturating_sub(1);
    let entries = from_the_beginning(connection, activity::number(begin.seq), last, limit)?;
    let (Some((last, _)), count) = activity::older(&entries, |(_, at)| *at, before) else { return Ok(0) };
    let begins = [activity::number(begin.seq), activity::number(last.seq)];
    statements::run(connection, "DELETE FROM activity WHERE seq > ?1 AND seq <= ?2", begins)?;
    let sql = "UPDATE activity_chain SET begin_seq = ?1, begin_digest = ?2, erased_seq = max(erased_seq, ?1)";
    statements::run(connection, sql, params![activity::number(last.seq), last.digest])?;
    Ok(count)
}

/// Entries that have nothing personal any more count, too: whoever goes on until there are fewer than the limit comes through.
pub(super) fn erase_personal(connection: &Connection, before: Timestamp, limit: usize) -> Result<usize, Failure> {
    let erased: Option<i64> = statements::value(connection, "SELECT erased_seq FROM activity_chain", [])?;
    let erased = erased.ok_or_else(|| Failure::inconsistent("activity_chain", b""))?;
    let entries = from_the_beginning(connection, erased, i64::MAX, limit)?;
    let (Some((last, _)), count) = activity::older(&entries, |(_, at)| *at, before) else { return Ok(0) };
    let sql = "UPDATE activity SET ip = NULL, user_agent = NULL, salt = NULL
               WHERE seq > ?1 AND seq <= ?2 AND salt IS NOT NULL";
    statements::run(connection, sql, [erased, activity::number(last.seq)])?;
    let sql = "UPDATE activity_chain SET erased_seq = ?1, personal_since = max(personal_since, ?2)";
    let came_to = activity::behind(entries[..count].iter().map(|(_, at)| *at));
    statements::run(connection, sql, [activity::number(last.seq), came_to.micros()])?;
    Ok(count)
}
