//! Pages of the activity log on PostgreSQL. What must stay true: however few entries are wanted, one page looks at no more than
//! `MAX_LOOKED_AT`, and those that were committed while it did.

use gatewright_core::{
    model::{ActivityId, Timestamp},
    port::{ActivityFilter, ActivityFound, MAX_LOOKED_AT},
};
use tokio_postgres::Client;

use super::super::{failure::Failure, rows, rows::activity_columns, statements, value::Value};
use crate::activity;

/// Which of the entries that are looked at are wanted.
macro_rules! wanted {
    () => {
        "($4::uuid IS NULL OR user_id = $4) AND ($5::uuid IS NULL OR session_id = $5) \
         AND (cardinality($6::text[]) = 0 OR act = ANY ($6)) \
         AND ($7::text IS NULL OR (actor = $7 AND actor_id IS NOT DISTINCT FROM $8::uuid)) \
         AND at >= $9 AND at < $10 ORDER BY id DESC LIMIT $3"
    };
}

const OF_ACCOUNT: &str = concat!(
    "SELECT ",
    activity_columns!(),
    ", salt FROM activity WHERE account_id = $11 AND id >= $1 AND id < $2 AND ",
    wanted!()
);
const OF_ALL: &str =
    concat!("SELECT ", activity_columns!(), ", salt FROM activity WHERE id >= $1 AND id < $2 AND ", wanted!());

/// The last entry that is looked at, and the one behind it.
const LAST_OF_ACCOUNT: &str =
    "SELECT id FROM activity WHERE account_id = $4 AND id >= $1 AND id < $2 ORDER BY id DESC LIMIT 2 OFFSET $3";
const LAST_OF_ALL: &str = "SELECT id FROM activity WHERE id >= $1 AND id < $2 ORDER BY id DESC LIMIT 2 OFFSET $3";

pub(super) async fn page(client: &Client, filter: &ActivityFilter) -> Result<ActivityFound, Failure> {
    let (mut from, until) = activity::ids(filter);
    let account = filter.account.as_ref().map(|id| id.as_bytes());
    let looked = match activity::is_choosy(filter) {
        true => last_looked_at(client, account, &from, &until).await?,
        false => None,
    };
    if let Some(last) = &looked {
        from = *last.as_bytes();
    }
    let limit = activity::page_size(filter);
    let acts: Vec<_> = filter.acts.iter().map(|act| Some(act.name())).collect();
    let params = [
        (&from).into(),
        (&until).into(),
        activity::rows(limit + 1).into(),
        Value::Id(filter.user.as_ref().map(|id| id.as_bytes())),
        Value::Id(filter.session.as_ref().map(|id| id.as_bytes())),
        Value::Texts(&acts),
        filter.actor.map(|actor| actor.kind()).into(),
        Value::Id(filter.actor.as_ref().and_then(|actor| actor.id())),
        filter.since.map_or(i64::MIN, Timestamp::micros).into(),
        filter.until.map_or(i64::MAX, Timestamp::micros).into(),
        Value::Id(account),
    ];
    let (sql, count) = if account.is_some() { (OF_ACCOUNT, 11) } else { (OF_ALL, 10) };
    let entries = statements::all(client, sql, &params[..count], rows::activity).await?;
    Ok(activity::found(entries, limit, looked))
}

/// The last entry that may be looked at, if there are others behind it.
async fn last_looked_at(
    client: &Client,
    account: Option<&[u8; 16]>,
    from: &[u8; 16],
    until: &[u8; 16],
) -> Result<Option<ActivityId>, Failure> {
    let passed = activity::rows(MAX_LOOKED_AT - 1);
    let params = [from.into(), until.into(), passed.into(), Value::Id(account)];
    let (sql, count) = if account.is_some() { (LAST_OF_ACCOUNT, 4) } else { (LAST_OF_ALL, 3) };
    let ids = statements::all(client, sql, &params[..count], |row| {
        Ok(ActivityId::from_bytes(rows::Cursor::new(row, "activity", 0).bytes()?))
    });
    Ok(match ids.await?[..] {
        [last, _behind] => Some(last),
        _ => None,
    })
}
