//! The scripts: everything that is asked of the chains in Redis. Each is one atomic step there, and begins with the same
//! question: is this the Redis that SQL knows, and has it lost nothing? What must stay true: no script reads or writes a
//! chain before that question is answered.

use std::{collections::HashMap, sync::LazyLock};

use ::redis::{FromRedisValue, ParsingError, Script, ScriptInvocation, Value};
use gatewright_core::model::{SecretHash, SessionId, Timestamp};

use super::{
    failure::Failure,
    row::{Fields, Row, moment, number},
};
use crate::postgres::space::Space;

/// `ARGV[1]`: the incarnation, `ARGV[2]`: the beat that SQL knew before this was sent. Redis heard of each beat before SQL did,
/// so one that knows less has lost it, and whatever was written after it.
macro_rules! guarded {
    ($($body:literal),+) => {
        concat!(
            "local mark = redis.call('HMGET', KEYS[1], 'incarnation', 'beat')
             if mark[1] ~= ARGV[1] or tonumber(mark[2]) < tonumber(ARGV[2]) then return {'lost'} end
            ",
            $($body),+
        )
    };
}

/// As [`guarded`]; and not after `ARGV[3]`, by the server's own clock: a server that stood still must not do a step that its
/// caller has given up.
macro_rules! due {
    ($body:literal) => {
        guarded!(
            "local time = redis.call('TIME')
             if tonumber(time[1]) * 1000000 + tonumber(time[2]) > tonumber(ARGV[3]) then return {'late'} end
            ",
            $body
        )
    };
}

/// Reads chains.
static READ: LazyLock<Script> = LazyLock::new(|| {
    Script::new(guarded!(
        "local rows = {'done'}
         for index = 2, #KEYS do rows[index] = redis.call('HGETALL', KEYS[index]) end
         return rows"
    ))
});

/// Reads the addresses that sessions were last used from.
static DEVICES: LazyLock<Script> = LazyLock::new(|| {
    Script::new(guarded!(
        "local rows = {'done'}
         for index = 2, #KEYS do
             local names, row = {'ip', 'agent0', 'agent1', 'agent2', 'agent3'}, {}
             for at, value in ipairs(redis.call('HMGET', KEYS[index], unpack(names))) do
                 if value then row[#row + 1] = names[at] row[#row + 1] = value end
             end
             rows[index] = row
         end
         return rows"
    ))
});

/// Writes the chain of a session that is being opened. `ARGV[3]`: for how many milliseconds it is kept.
static KEEP: LazyLock<Script> = LazyLock::new(|| {
    Script::new(guarded!(
        "redis.call('HSET', KEYS[2], unpack(ARGV, 4))
         redis.call('PEXPIRE', KEYS[2], ARGV[3])
         return {'done'}"
    ))
});

/// Moves a chain, if it still is what was judged. `ARGV[4]`: at which moment; `ARGV[5]`: which hash was judged; then generation
/// and hash, whether the last redelivery was judged, and what it was.
static MOVE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(due!(
        "local row = redis.call('HMGET', KEYS[2], 'generation', ARGV[5], 'idle_end', 'redelivered_at')
         if not row[1] then return {'stale'} end
         if row[1] ~= ARGV[6] or row[2] ~= ARGV[7] or tonumber(row[3]) <= tonumber(ARGV[4]) then return {'stale'} end
         if ARGV[8] == 'judged' and row[4] ~= ARGV[9] then return {'stale'} end
         redis.call('HSET', KEYS[2], unpack(ARGV, 10))
         return {'done', redis.call('HGETALL', KEYS[2])}"
    ))
});

/// Notes a redelivery. `ARGV[4]`: at which moment; then generation and current hash, what it postpones, the redelivery that was
/// judged, and what becomes of the retry key.
static REDELIVER: LazyLock<Script> = LazyLock::new(|| {
    Script::new(due!(
        "local row = redis.call('HMGET', KEYS[2], 'generation', 'current', 'idle_end', 'redelivered_at', 'redeliveries')
         if not row[1] then return {'stale'} end
         if row[1] ~= ARGV[5] or row[2] ~= ARGV[6] or tonumber(row[3]) <= tonumber(ARGV[4]) then return {'stale'} end
         local postpone = ARGV[7]
         if postpone == 'counted' then
             if row[4] ~= ARGV[8] then return {'stale'} end
             redis.call('HSET', KEYS[2], 'redeliveries', string.format('%d', math.min(tonumber(row[5]) + 1, 255)))
         end
         if postpone ~= 'no' and (row[4] == '' or tonumber(row[4]) < tonumber(ARGV[4])) then
             redis.call('HSET', KEYS[2], 'redelivered_at', ARGV[4])
         end
         if ARGV[9] == 'forget' then redis.call('HSET', KEYS[2], 'retry_key', '') end
         return {'done', redis.call('HGETALL', KEYS[2])}"
    ))
});

/// Raises the beat to `ARGV[3]`.
static BEAT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(guarded!(
        "if tonumber(mark[2]) < tonumber(ARGV[3]) then redis.call('HSET', KEYS[1], 'beat', ARGV[3]) end
         return {'done'}"
    ))
});

/// Puts the mark there, never an older one over a newer.
static MARK: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local mark = redis.call('HMGET', KEYS[1], 'incarnation', 'beat')
         if mark[1] and tonumber(mark[1]) > tonumber(ARGV[1]) then return end
         local beat = ARGV[2]
         if mark[2] and tonumber(mark[2]) > tonumber(beat) then beat = mark[2] end
         redis.call('HSET', KEYS[1], 'incarnation', ARGV[1], 'beat', beat)",
    )
});

/// What a script answers.
#[derive(Debug)]
pub(super) enum Answer {
    /// It was done; these are the rows, in the order of the keys. One that is not there is empty.
    Done(Vec<HashMap<String, Vec<u8>>>),
    /// The chain is not what was judged, or not there.
    Stale,
    /// Its time was up.
    Late,
    /// Redis is not what SQL knows of it.
    Lost,
}

impl FromRedisValue for Answer {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        let mut parts = Vec::<Value>::from_redis_value(value)?.into_iter();
        let word = parts.next().map(String::from_redis_value).transpose()?;
        match word.as_deref() {
            Some("done") => Ok(Self::Done(parts.map(HashMap::from_redis_value).collect::<Result<_, _>>()?)),
            Some("stale") => Ok(Self::Stale),
            Some("late") => Ok(Self::Late),
            Some("lost") => Ok(Self::Lost),
            Some(_) | None => Err("a script answered something else".into()),
        }
    }
}

impl Answer {
    /// The rows, by the sessions that were asked for. `None` if something was lost.
    pub(super) fn rows(self, ids: &[SessionId]) -> Result<Option<Vec<Option<Row>>>, Failure> {
        let Self::Done(found) = self else { return Ok(None) };
        let rows = ids
            .iter()
            .zip(found)
            .map(|(id, fields)| if fields.is_empty() { Ok(None) } else { Row::read(*id, fields).map(Some) });
        rows.collect::<Result<_, _>>().map(Some)
    }
}

/// Where the mark of a space is. The instance is in braces, so that all keys of one are in one slot.
pub(super) fn mark_key(instance: &str, number: i64) -> String {
    format!("gw:{{{instance}}}:{number}:mark")
}

/// Where the chain of a session is.
pub(super) fn row_key(space: &Space, id: SessionId) -> String {
    format!("{}{}", row_prefix(space), crate::redis::hex(id.as_bytes()))
}

/// How the keys of all chains begin.
pub(super) fn row_prefix(space: &Space) -> String {
    format!("gw:{{{}}}:{}:s:", space.instance, space.number)
}

fn guard<'s>(script: &'s Script, space: &Space, keys: impl Iterator<Item = SessionId>) -> ScriptInvocation<'s> {
    let mut call = script.key(mark_key(&space.instance, space.number));
    for id in keys {
        call.key(row_key(space, id));
    }
    call.arg(number(space.incarnation)).arg(moment(space.beat));
    call
}

fn with_fields(call: &mut ScriptInvocation<'_>, fields: Fields) {
    for (name, value) in fields {
        call.arg(name).arg(value);
    }
}

pub(super) fn read(space: &Space, ids: &[SessionId]) -> ScriptInvocation<'static> {
    guard(&READ, space, ids.iter().copied())
}

pub(super) fn devices(space: &Space, ids: &[SessionId]) -> ScriptInvocation<'static> {
    guard(&DEVICES, space, ids.iter().copied())
}

pub(super) fn keep(space: &Space, id: SessionId, millis: u64, fields: Fields) -> ScriptInvocation<'static> {
    let mut call = guard(&KEEP, space, [id].into_iter());
    call.arg(number(millis));
    with_fields(&mut call, fields);
    call
}

/// What a step on a chain is guarded with.
pub(super) struct Judged {
    pub(super) id: SessionId,
    /// The server's time in microseconds until which it may be done.
    pub(super) deadline: i64,
    pub(super) at: Timestamp,
    pub(super) generation: u64,
    /// Which hash was judged, and what it was.
    pub(super) hash: (&'static str, SecretHash),
}

/// `seen_redelivered_at`: the last redelivery, as it is written, if the verdict depends on it.
pub(super) fn r#move(
    space: &Space,
    judged: &Judged,
    seen_redelivered_at: Option<Vec<u8>>,
    fields: Fields,
) -> ScriptInvocation<'static> {
    let mut call = guard(&MOVE, space, [judged.id].into_iter());
    let (name, hash) = judged.hash;
    call.arg(number(judged.deadline)).arg(moment(judged.at)).arg(name);
    call.arg(number(judged.generation)).arg(&hash.as_bytes()[..]);
    call.arg(if seen_redelivered_at.is_some() { "judged" } else { "any" }).arg(seen_redelivered_at.unwrap_or_default());
    with_fields(&mut call, fields);
    call
}

pub(super) fn redeliver(
    space: &Space,
    judged: &Judged,
    postpone: &str,
    seen_redelivered_at: Vec<u8>,
    retry_key: &str,
) -> ScriptInvocation<'static> {
    let mut call = guard(&REDELIVER, space, [judged.id].into_iter());
    call.arg(number(judged.deadline)).arg(moment(judged.at));
    call.arg(number(judged.generation)).arg(&judged.hash.1.as_bytes()[..]);
    call.arg(postpone).arg(seen_redelivered_at).arg(retry_key);
    call
}

pub(super) fn beat(space: &Space, beat: Timestamp) -> ScriptInvocation<'static> {
    let mut call = guard(&BEAT, space, std::iter::empty());
    call.arg(moment(beat));
    call
}

pub(super) fn mark(space: &Space) -> ScriptInvocation<'static> {
    let mut call = MARK.key(mark_key(&space.instance, space.number));
    call.arg(number(space.incarnation)).arg(moment(space.beat));
    call
}
