//! The port `Maintenance` on both. What must stay true: what only SQL has is looked after while Redis is away, too.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use async_trait::async_trait;
use gatewright_core::{
    model::{NodeId, SessionId, Timestamp, Work},
    port::{Maintenance, StoreError, Swept},
};

use super::{RedisStore, script, wire::Wire};
use crate::postgres::space::Space;

#[async_trait]
impl Maintenance for RedisStore {
    /// Asks both. Redis is written to, so that a full memory, a replica and a broken disk all show.
    async fn ping(&self) -> Result<(), StoreError> {
        self.0.sql.ping().await?;
        let wire = self.wire().await?;
        let mut writing = ::redis::cmd("SET");
        writing.arg(format!("gw:{{{}}}:ping", self.0.instance)).arg(1).arg("PX").arg(60_000);
        wire.ask::<::redis::Value>(&writing).await.map_err(|failure| {
            if failure.breaks() {
                self.0.link.give_up(&wire);
            }
            StoreError::from(failure)
        })?;
        Ok(())
    }

    /// What is in Redis goes by itself when its time has come: what is counted here is in SQL.
    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        let swept = self.0.sql.sweep(now, limit).await?;
        let registered = self.0.register.sweep(now, limit).await?;
        if let Err(error) = self.tend().await {
            tracing::debug!(cause = %super::causes(&error), "Redis was not tended");
        }
        Ok(Swept { sessions: swept.sessions + registered, ..swept })
    }

    async fn lease(&self, work: Work, holder: NodeId, now: Timestamp, until: Timestamp) -> Result<bool, StoreError> {
        self.0.sql.lease(work, holder, now, until).await
    }

    async fn release(&self, work: Work, holder: NodeId) -> Result<(), StoreError> {
        self.0.sql.release(work, holder).await
    }
}

impl RedisStore {
    /// Raises the beat also while nobody writes, so that a Redis that loses its last moments is not taken for one that was set
    /// back to where it was when somebody last wrote; and looks a little further for chains that belong to nobody.
    async fn tend(&self) -> Result<(), StoreError> {
        let (wire, space) = (self.wire().await?, self.space().await?);
        if !self.beat(&wire, &space).await? {
            self.settle(&wire).await?;
        }
        self.remove_orphans(&wire, &space).await
    }

    /// Chains whose account or user was deleted, or whose session was never opened, would stay until their end, with the
    /// address of whoever it was. A few at a time are looked for in the register; the young ones are left, because they
    /// may be about to be opened.
    async fn remove_orphans(&self, wire: &Arc<Wire>, space: &Space) -> Result<(), StoreError> {
        let prefix = script::row_prefix(space);
        let mut scanning = ::redis::cmd("SCAN");
        scanning.arg(self.0.cursor.load(Ordering::Relaxed));
        scanning.arg("MATCH").arg(format!("{prefix}*")).arg("COUNT").arg(SCANNED);
        let (cursor, keys): (u64, Vec<String>) = wire.ask(&scanning).await?;
        self.0.cursor.store(cursor, Ordering::Relaxed);
        let old = self.now().minus(YOUTH);
        let ids = keys.iter().filter_map(|key| session_id(key.strip_prefix(&prefix)?));
        let ids: Vec<SessionId> = ids.filter(|id| made_at(*id) < old).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let orphans = self.0.register.unregistered(&ids).await?;
        if orphans.is_empty() {
            return Ok(());
        }
        let mut removing = ::redis::cmd("UNLINK");
        for id in &orphans {
            removing.arg(script::row_key(space, *id));
        }
        let removed: u64 = wire.ask(&removing).await?;
        tracing::debug!(removed, "chains of sessions that are not there were removed from Redis");
        Ok(())
    }
}

/// How many keys one step looks at.
const SCANNED: usize = 1000;
/// So old a chain is when nobody can be about to open its session any more.
const YOUTH: Duration = Duration::from_secs(10 * 60);

fn session_id(digits: &str) -> Option<SessionId> {
    let number = u128::from_str_radix(digits, 16).ok()?;
    (digits.len() == 32).then(|| SessionId::from_bytes(number.to_be_bytes()))
}

/// When the id was made: its first 48 bits are milliseconds since 1970 (RFC 9562 section 5.7).
fn made_at(id: SessionId) -> Timestamp {
    let millis = id.as_bytes()[..6].iter().fold(0, |millis, byte| millis << 8 | i64::from(*byte));
    Timestamp::from_micros(millis * 1000)
}
