//! Whether Redis can be believed. A Redis that was restarted, restored or replaced by its replica may have lost what it had
//! acknowledged; a chain that has gone back by one is found out by its token, but only if nothing rotates meanwhile, and a
//! chain that has gone back further would make spent tokens good again, for a thief, too. What must stay true:
//!
//! - A moment, the *beat*, is written to Redis first and to SQL second, and before every write that comes later than
//!   [`BEAT_SPAN`] after the last one. So a Redis that has lost a write either knows less of the beat than SQL, or has lost
//!   at most `BEAT_SPAN` and is another process than before: both are looked at.
//! - What was found out is in SQL before Redis is told of it.

use std::{sync::Arc, time::Duration};

use gatewright_core::{
    model::Timestamp,
    port::{Entropy, StoreError, SystemEntropy},
};

use super::{
    RedisStore,
    failure::Failure,
    script::{self, Answer},
    wire::Wire,
};
use crate::postgres::{PgStore, space::Space};

/// How old the beat may be when something is written.
const BEAT_SPAN: Duration = Duration::from_secs(20);
/// How many beats Redis may have lost and still be believed, once nothing rotates for `min_age`. Writes come up to
/// [`BEAT_SPAN`] after a beat: together that is the default `min_age`, within which a chain has gone back by one at most.
const MAX_LOSS: Duration = Duration::from_secs(40);
/// How often settling is tried while others settle, too.
const ROUNDS: usize = 8;

/// What Redis says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    incarnation: i64,
    beat: Timestamp,
}

/// What Redis has lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loss {
    /// Nothing.
    Nothing,
    /// Nothing, but it does not know yet that it once had.
    Unmarked,
    /// Perhaps a few writes: another process runs there, or the last beats are missing.
    Few,
    /// So much that nothing it says can be believed.
    Everything,
    /// Not Redis has lost something, but SQL.
    OfSql {
        /// What Redis knows.
        incarnation: i64,
    },
}

/// Pure: what SQL knew before Redis was asked tells what is missing there.
fn loss(space: &Space, mark: Option<Mark>, server: &str) -> Loss {
    let Some(mark) = mark else { return Loss::Everything };
    let lost = space.beat.since(mark.beat);
    if mark.incarnation > space.incarnation {
        Loss::OfSql { incarnation: mark.incarnation }
    } else if lost > MAX_LOSS {
        Loss::Everything
    } else if lost > Duration::ZERO || server != space.server {
        Loss::Few
    } else if mark.incarnation < space.incarnation {
        Loss::Unmarked
    } else {
        Loss::Nothing
    }
}

/// The instance of the database, after its space was made if it has never used Redis.
pub(super) async fn begin(sql: &PgStore, wire: &Wire) -> Result<String, StoreError> {
    if let Some(space) = sql.space().await? {
        return Ok(space.instance);
    }
    let mut instance = [0; 12];
    SystemEntropy::default().fill(&mut instance);
    let fresh = Space {
        instance: super::hex(&instance),
        number: 1,
        incarnation: 1,
        beat: sql.clock().now(),
        server: wire.server.clone(),
        promoted_at: None,
    };
    put_mark(wire, &fresh).await?;
    let made = sql.space_or(&fresh).await?;
    if made.instance != fresh.instance {
        // Another node was faster.
        let mut removing = ::redis::cmd("DEL");
        removing.arg(script::mark_key(&fresh.instance, fresh.number));
        wire.ask::<i64>(&removing).await?;
    }
    Ok(made.instance)
}

impl RedisStore {
    /// Finds out what Redis has lost, and draws the consequence, until SQL and Redis agree.
    pub(super) async fn settle(&self, wire: &Arc<Wire>) -> Result<(), StoreError> {
        for _ in 0..ROUNDS {
            let space = self.space().await?;
            let mark = read_mark(wire, &space).await?;
            match loss(&space, mark, &wire.server) {
                Loss::Nothing => return Ok(()),
                Loss::Unmarked => put_mark(wire, &space).await?,
                Loss::Few => {
                    if self.0.sql.promote_space(&space, &wire.server, self.now()).await? {
                        tracing::warn!("Redis was restarted, restored or replaced: no token rotates for a while");
                        let promoted = Space { incarnation: space.incarnation + 1, ..space };
                        put_mark(wire, &promoted).await?;
                    }
                }
                Loss::Everything => self.void(wire, space).await?,
                Loss::OfSql { incarnation } => {
                    tracing::warn!("the database knows less of Redis than Redis itself: it has lost its last writes");
                    self.0.sql.adopt_incarnation(&space, incarnation, self.now()).await?;
                }
            }
        }
        Err(StoreError::unavailable("what Redis has lost could not be settled"))
    }

    async fn void(&self, wire: &Arc<Wire>, space: Space) -> Result<(), StoreError> {
        let fresh = Space {
            number: space.number + 1,
            incarnation: space.incarnation + 1,
            beat: self.now().max(space.beat),
            ..space.clone()
        };
        put_mark(wire, &fresh).await?;
        if self.0.sql.void_space(&space, &wire.server, fresh.beat).await? {
            tracing::error!(
                "Redis was emptied, or set back to an old state: whoever had a session there has to sign in \
                             again"
            );
        }
        Ok(())
    }

    /// The space as SQL knows it now.
    pub(super) async fn space(&self) -> Result<Space, StoreError> {
        let space = self.0.sql.space().await?;
        space.ok_or_else(|| StoreError::Inconsistent { table: "session_space", id: String::new() })
    }

    /// Sees to it that a moment is in Redis and in SQL that is no older than [`BEAT_SPAN`], before something is written.
    /// `false` if Redis has lost something.
    pub(super) async fn beat(&self, wire: &Arc<Wire>, space: &Space) -> Result<bool, StoreError> {
        if self.now().since(space.beat) < BEAT_SPAN {
            return Ok(true);
        }
        let mut last = self.0.last_beat.lock().await;
        let now = self.now();
        if now.since(last.max(space.beat)) < BEAT_SPAN {
            return Ok(true);
        }
        match self.run::<Answer>(wire, &script::beat(space, now)).await? {
            Answer::Done(_) => {
                self.0.sql.raise_beat(space, now).await?;
                *last = now;
                Ok(true)
            }
            Answer::Lost | Answer::Stale | Answer::Late => Ok(false),
        }
    }
}

async fn read_mark(wire: &Wire, space: &Space) -> Result<Option<Mark>, StoreError> {
    let mut asking = ::redis::cmd("HMGET");
    asking.arg(script::mark_key(&space.instance, space.number)).arg("incarnation").arg("beat");
    let (incarnation, beat): (Option<i64>, Option<i64>) = wire.ask(&asking).await?;
    Ok(match (incarnation, beat) {
        (Some(incarnation), Some(beat)) => Some(Mark { incarnation, beat: Timestamp::from_micros(beat) }),
        (_, None) | (None, _) => None,
    })
}

async fn put_mark(wire: &Wire, space: &Space) -> Result<(), Failure> {
    wire.run::<::redis::Value>(&script::mark(space)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space() -> Space {
        Space {
            instance: "i".into(),
            number: 1,
            incarnation: 3,
            beat: Timestamp::from_secs(1000),
            server: "a".into(),
            promoted_at: None,
        }
    }

    fn mark(incarnation: i64, beat: i64) -> Option<Mark> {
        Some(Mark { incarnation, beat: Timestamp::from_secs(beat) })
    }

    #[test]
    fn what_is_missing_in_redis_tells_how_much_it_has_lost() {
        for (mark, server, expected) in [
            (mark(3, 1000), "a", Loss::Nothing),
            (mark(3, 1005), "a", Loss::Nothing),
            (mark(3, 999), "a", Loss::Few),
            (mark(3, 960), "a", Loss::Few),
            (mark(3, 959), "a", Loss::Everything),
            (mark(3, 1000), "b", Loss::Few),
            (mark(2, 1000), "a", Loss::Unmarked),
            (mark(2, 1000), "b", Loss::Few),
            (mark(2, 999), "a", Loss::Few),
            (mark(4, 900), "a", Loss::OfSql { incarnation: 4 }),
            (None, "a", Loss::Everything),
        ] {
            assert_eq!(loss(&space(), mark, server), expected, "{mark:?} {server}");
        }
    }
}
