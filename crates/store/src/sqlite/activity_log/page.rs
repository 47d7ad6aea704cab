//! Pages of the activity log on SQLite. What must stay true: however few entries are wanted, one page looks at no more than
//! `MAX_LOOKED_AT`.

use gatewright_core::{
    model::{ActivityId, Timestamp},
    port::{ActivityFilter, ActivityFound, MAX_LOOKED_AT},
};
use rusqlite::{Connection, ToSql};

use super::super::{failure::Failure, rows, rows::activity_columns, statements};
use crate::activity;

/// Which of the entries that are looked at are wanted.
macro_rules! wanted {
    () => {
        "(?4 IS NULL OR user_id = ?4) AND (?5 IS NULL OR session_id = ?5) \
         AND (?6 = '' OR instr(?6, ',' || act || ',') > 0) AND (?7 IS NULL OR (actor = ?7 AND actor_id IS ?8)) \
         AND at >= ?9 AND at < ?10 ORDER BY id DESC LIMIT ?3"
    };
}

const OF_ACCOUNT: &str = concat!(
    "SELECT ",
    activity_columns!(),
    ", salt FROM activity WHERE account_id = ?11 AND id >= ?1 AND id < ?2 AND ",
    wanted!()
);
const OF_ALL: &str =
    concat!("SELECT ", activity_columns!(), ", salt FROM activity WHERE id >= ?1 AND id < ?2 AND ", wanted!());

/// The last entry that is looked at, and the one behind it.
const LAST_OF_ACCOUNT: &str =
    "SELECT id FROM activity WHERE account_id = ?4 AND id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT 2 OFFSET ?3";
const LAST_OF_ALL: &str = "SELECT id FROM activity WHERE id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT 2 OFFSET ?3";

pub(super) fn page(connection: &Connection, filter: &ActivityFilter) -> Result<ActivityFound, Failure> {
    let (mut from, until) = activity::ids(filter);
    let account = filter.account.as_ref().map(|id| id.as_bytes());
    let looked = match activity::is_choosy(filter) {
        true => last_looked_at(connection, account, from, until)?,
        false => None,
    };
    if let Some(last) = &looked {
        from = *last.as_bytes();
    }
    let limit = activity::page_size(filter);
    let acts: String = filter.acts.iter().map(|act| format!(",{},", act.name())).collect();
    let params: [&dyn ToSql; 11] = [
        &from,
        &until,
        &activity::rows(limit + 1),
        &filter.user.as_ref().map(|id| id.as_bytes()),
        &filter.session.as_ref().map(|id| id.as_bytes()),
        &acts,
        &filter.actor.map(|actor| actor.kind()),
        &filter.actor.as_ref().and_then(|actor| actor.id()),
        &filter.since.map_or(i64::MIN, Timestamp::micros),
        &filter.until.map_or(i64::MAX, Timestamp::micros),
        &account,
    ];
    let (sql, count) = if account.is_some() { (OF_ACCOUNT, 11) } else { (OF_ALL, 10) };
    let entries = statements::all(connection, sql, &params[..count], |row| rows::activity(row))?;
    Ok(activity::found(entries, limit, looked))
}

/// The last entry that may be looked at, if there are others behind it.
fn last_looked_at(
    connection: &Connection,
    account: Option<&[u8; 16]>,
    from: [u8; 16],
    until: [u8; 16],
) -> Result<Option<ActivityId>, Failure> {
    let passed = activity::rows(MAX_LOOKED_AT - 1);
    let params: [&dyn ToSql; 4] = [&from, &until, &passed, &account];
    let (sql, count) = if account.is_some() { (LAST_OF_ACCOUNT, 4) } else { (LAST_OF_ALL, 3) };
    let ids = statements::all(connection, sql, &params[..count], |row| Ok(ActivityId::from_bytes(row.get(0)?)))?;
    Ok(match ids[..] {
        [last, _behind] => Some(last),
        _ => None,
    })
}
