//! The chain of the activity log on PostgreSQL. What must stay true:
//!
//! - Whoever changes the chain has locked its one row: no two entries get the same place, and the beginning moves in order.
//! - Nobody who writes an entry ever waits for that lock, and who gives places waits for nobody: so a node that freezes with
//!   it delays the chain, and no request.
//! - Entries go from the beginning only, in the order of the chain, and the last one never.

use gatewright_core::{
    model::{ChainedActivity, Link, Timestamp},
    port::ChainState,
};
use tokio_postgres::Client;

use super::{
    super::{failure::Failure, rows, rows::activity_columns, statements, step::Outcome, value::Value},
    count,
};
use crate::activity::{self, Placed};

/// Gives entries their place, oldest first. An entry that somebody works on gets its place later; one that is committed later than
/// another of a later moment, too.
pub(super) async fn chain(client: &Client, limit: usize) -> Result<Outcome<usize>, Failure> {
    let sql = "SELECT head_seq, head_digest FROM activity_chain FOR UPDATE SKIP LOCKED";
    let Some(head) = statements::first(client, sql, &[], |row| rows::link(row, 0)).await? else {
        return Ok(Outcome::Undo(0));
    };
    let params = [Value::Id(Some(&activity::INSTANCE)), activity::rows(limit).into()];
    let waiting = statements::all(client, WAITING, &params, rows::waiting).await?;
    let placed = activity::placed(head, waiting);
    let Some(last) = placed.last() else { return Ok(Outcome::Undo(0)) };
    place(client, &placed).await?;
    let sql = "UPDATE activity_chain SET head_seq = $1, head_digest = $2";
    let params = [activity::number(last.link.seq).into(), Value::Bytes(Some(&last.link.digest))];
    statements::run(client, sql, &params).await?;
    count(client, &activity::counted(placed.iter().map(|placed| &placed.activity))).await?;
    Ok(Outcome::Keep(placed.len()))
}

/// Entries without a place, oldest first. One that was never in a chain and never erased has no salt yet: it gets one, 122 random
/// bits. That an id is more than zero says where in the index to begin.
const WAITING: &str = concat!(
    "SELECT ",
    activity_columns!(),
    ", coalesce(salt, CASE WHEN commitment IS NULL THEN uuid_send(gen_random_uuid()) END), commitment
     FROM activity WHERE seq IS NULL AND id > $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED"
);

/// Writes all places with one statement.
async fn place(client: &Client, placed: &[Placed]) -> Result<(), Failure> {
    let sql = "UPDATE activity AS a SET salt = v.salt, commitment = v.commitment, seq = v.seq, digest = v.digest
               FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[], $5::int8[], $6::bytea[])
                    AS v (account_id, id, salt, commitment, seq, digest)
               WHERE a.account_id = v.account_id AND a.id = v.id";
    let accounts: Vec<_> = placed.iter().map(|it| activity::account_bytes(it.activity.account_id)).collect();
    let ids: Vec<_> = placed.iter().map(|it| *it.activity.id.as_bytes()).collect();
    let salts: Vec<_> = placed.iter().map(|it| it.activity.salt.as_ref().map(|salt| &salt[..])).collect();
    let commitments: Vec<_> = placed.iter().map(|it| Some(&it.commitment[..])).collect();
    let numbers: Vec<_> = placed.iter().map(|it| Some(activity::number(it.link.seq))).collect();
    let digests: Vec<_> = placed.iter().map(|it| Some(&it.link.digest[..])).collect();
    let params = [
        Value::Ids(&accounts),
        Value::Ids(&ids),
        Value::ManyBytes(&salts),
        Value::ManyBytes(&commitments),
        Value::Numbers(&numbers),
        Value::ManyBytes(&digests),
    ];
    statements::run(client, sql, &params).await?;
    Ok(())
}

pub(super) async fn chained(client: &Client, after: u64, limit: usize) -> Result<Vec<ChainedActivity>, Failure> {
    let sql = concat!(
        "SELECT ",
        activity_columns!(),
        ", salt, commitment, seq, digest FROM activity WHERE seq > $1 ORDER BY seq LIMIT $2"
    );
    let params = [activity::number(after).into(), activity::rows(limit).into()];
    statements::all(client, sql, &params, rows::chained).await
}

/// One statement, so that all of it is of one moment.
pub(super) async fn state(client: &Client) -> Result<ChainState, Failure> {
    let sql = "SELECT begin_seq, begin_digest, head_seq, head_digest, personal_since,
                      (SELECT at FROM activity WHERE seq IS NULL AND id > $1 ORDER BY id LIMIT 1)
               FROM activity_chain";
    let state = statements::first(client, sql, &[Value::Id(Some(&activity::INSTANCE))], rows::chain_state).await?;
    state.ok_or_else(|| Failure::inconsistent("activity_chain", b""))
}

/// The chain, locked: nothing is added to it, removed or erased because of its age until the step has ended. Its beginning, its
/// end, and how far what is personal was erased.
async fn locked(client: &Client) -> Result<(Link, Link, i64), Failure> {
    let sql = "SELECT begin_seq, begin_digest, head_seq, head_digest, erased_seq FROM activity_chain FOR UPDATE";
    let chain = statements::first(client, sql, &[], |row| {
        let erased = rows::Cursor::new(row, "activity_chain", 4).number()?;
        Ok((rows::link(row, 0)?, rows::link(row, 2)?, erased))
    });
    chain.await?.ok_or_else(|| Failure::inconsistent("activity_chain", b""))
}

/// Entries in the order of the chain: behind `after`, and up to `to`.
async fn from_the_beginning(
    client: &Client,
    after: i64,
    to: i64,
    limit: usize,
) -> Result<Vec<(Link, Timestamp)>, Failure> {
    let sql = "SELECT seq, digest, at FROM activity WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3 FOR UPDATE";
    let params = [after.into(), to.into(), activity::rows(limit).into()];
    statements::all(client, sql, &params, rows::step).await
}

pub(super) async fn prune(client: &Client, before: Timestamp, limit: usize) -> Result<Outcome<usize>, Failure> {
    let (begin, head, _) = locked(client).await?;
    let (begin, behind_last) = (activity::number(begin.seq), activity::number(head.seq).saturating_sub(1));
    let entries = from_the_beginning(client, begin, behind_last, limit).await?;
    let (Some((last, _)), count) = activity::older(&entries, |(_, at)| *at, before) else {
        return Ok(Outcome::Undo(0));
    };
    let number = activity::number(last.seq);
    let sql = "DELETE FROM activity WHERE seq > $1 AND seq <= $2";
    statements::run(client, sql, &[begin.into(), number.into()]).await?;
    let sql = "UPDATE activity_chain SET begin_seq = $1, begin_digest = $2, erased_seq = greatest(erased_seq, $1)";
    statements::run(client, sql, &[number.into(), Value::Bytes(Some(&last.digest))]).await?;
    Ok(Outcome::Keep(count))
}

/// Entries that have nothing personal any more count, too: whoever goes on until there are fewer than the limit comes through.
pub(super) async fn erase_personal(
    client: &Client,
    before: Timestamp,
    limit: usize,
) -> Result<Outcome<usize>, Failure> {
    let (_, head, erased) = locked(client).await?;
    let entries = from_the_beginning(client, erased, activity::number(head.seq), limit).await?;
    let (Some((last, _)), count) = activity::older(&entries, |(_, at)| *at, before) else {
        return Ok(Outcome::Undo(0));
    };
    let number = activity::number(last.seq);
    let sql = "UPDATE activity SET ip = NULL, user_agent = NULL, salt = NULL
               WHERE seq > $1 AND seq <= $2 AND salt IS NOT NULL";
    statements::run(client, sql, &[erased.into(), number.into()]).await?;
    let sql = "UPDATE activity_chain SET erased_seq = $1, personal_since = greatest(personal_since, $2)";
    let came_to = activity::behind(entries[..count].iter().map(|(_, at)| *at));
    statements::run(client, sql, &[number.into(), came_to.into()]).await?;
    Ok(Outcome::Keep(count))
}
