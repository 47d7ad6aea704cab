//! Rows of the activity log and its chain.

use gatewright_core::{
    model::{
        AccountId, Act, Activity, ActivityId, Actor, ChainedActivity, Checkpoint, EndReason, Link, SessionId,
        Timestamp, UserAgent, UserId,
    },
    port::{ChainState, HourlyCount, StoredCheckpoint},
};

use super::{Columns, Cursor};
use crate::activity::{INSTANCE, Waiting};

/// Reads an entry of the activity log: `activity_columns!()`, and its salt.
pub(crate) fn activity<R: Columns>(row: &R) -> Result<Activity, R::Failure> {
    entry(&mut Cursor::new(row, "activity", 0))
}

fn entry<R: Columns>(cursor: &mut Cursor<'_, R>) -> Result<Activity, R::Failure> {
    let id = ActivityId::from_bytes(cursor.bytes()?);
    let at = cursor.moment()?;
    let account: [u8; 16] = cursor.bytes()?;
    let user_id = cursor.optional_bytes()?.map(UserId::from_bytes);
    let session_id = cursor.optional_bytes()?.map(SessionId::from_bytes);
    let act = cursor.named(Act::from_name)?;
    let reason = cursor.optional_named(EndReason::from_name)?;
    let (kind, actor) = (cursor.text()?, cursor.optional_bytes()?);
    Ok(Activity {
        id,
        at,
        account_id: (account != INSTANCE).then(|| AccountId::from_bytes(account)),
        user_id,
        session_id,
        act,
        reason,
        actor: Actor::from_parts(&kind, actor).ok_or_else(|| cursor.impossible())?,
        detail: cursor.object()?,
        ip: cursor.ip()?,
        user_agent: cursor.optional_named(UserAgent::from_header)?,
        salt: cursor.optional_bytes()?,
    })
}

/// Reads an entry that has no place in the chain yet: the same, and what the chain will hold of its personal part.
pub(crate) fn waiting<R: Columns>(row: &R) -> Result<Waiting, R::Failure> {
    let mut cursor = Cursor::new(row, "activity", 0);
    Ok(Waiting { activity: entry(&mut cursor)?, commitment: cursor.optional_bytes()? })
}

/// Reads an entry in its place: the same, and the place.
pub(crate) fn chained<R: Columns>(row: &R) -> Result<ChainedActivity, R::Failure> {
    let mut cursor = Cursor::new(row, "activity", 0);
    Ok(ChainedActivity { activity: entry(&mut cursor)?, commitment: cursor.bytes()?, link: place(&mut cursor)? })
}

fn place<R: Columns>(cursor: &mut Cursor<'_, R>) -> Result<Link, R::Failure> {
    Ok(Link { seq: cursor.number()?, digest: cursor.bytes()? })
}

/// Reads a place in the chain.
pub(crate) fn link<R: Columns>(row: &R, first: usize) -> Result<Link, R::Failure> {
    place(&mut Cursor::new(row, "activity_chain", first))
}

/// Reads a place in the chain and when its entry was written.
pub(crate) fn step<R: Columns>(row: &R) -> Result<(Link, Timestamp), R::Failure> {
    let mut cursor = Cursor::new(row, "activity", 0);
    Ok((place(&mut cursor)?, cursor.moment()?))
}

/// Reads what is known of the chain: `begin_seq, begin_digest, head_seq, head_digest, personal_since`, and when the oldest entry
/// was written that has no place.
pub(crate) fn chain_state<R: Columns>(row: &R) -> Result<ChainState, R::Failure> {
    let mut cursor = Cursor::new(row, "activity_chain", 0);
    Ok(ChainState {
        begin: place(&mut cursor)?,
        head: place(&mut cursor)?,
        personal_since: cursor.moment()?,
        waiting_since: cursor.optional_moment()?,
    })
}

/// Reads a checkpoint: `checkpoint_columns!()`.
pub(crate) fn checkpoint<R: Columns>(row: &R) -> Result<StoredCheckpoint, R::Failure> {
    let mut cursor = Cursor::new(row, "activity_checkpoints", 0);
    let (begin, head) = (place(&mut cursor)?, place(&mut cursor)?);
    let (personal_since, at) = (cursor.moment()?, cursor.moment()?);
    Ok(StoredCheckpoint { checkpoint: Checkpoint { begin, head, personal_since, at }, signed: cursor.text()? })
}

/// Reads what was counted: `hour, what, count`.
pub(crate) fn hourly_count<R: Columns>(row: &R) -> Result<HourlyCount, R::Failure> {
    let mut cursor = Cursor::new(row, "activity_counts", 0);
    Ok(HourlyCount { hour: cursor.moment()?, what: cursor.text()?, count: cursor.number()? })
}
