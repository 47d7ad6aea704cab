//! The port `Maintenance` on PostgreSQL.

use async_trait::async_trait;
use gatewright_core::{
    model::{NodeId, Timestamp, Work},
    port::{DELIVERIES_KEPT, Maintenance, StoreError, Swept},
};
use tokio_postgres::Client;

use super::{
    PgStore,
    failure::Failure,
    promotion,
    rows::LETTERS_KEPT,
    statements,
    step::{Outcome, in_step},
};

#[async_trait]
impl Maintenance for PgStore {
    /// Writes a row, so that a full disk, a lock, a replica and a vanished table all show. It is the latest moment seen, and
    /// never later than the server's own clock: a node whose clock is ahead does not carry the others along.
    async fn ping(&self) -> Result<(), StoreError> {
        let sql = "UPDATE meta SET clock_high =
                   greatest(clock_high, least($1, (extract(epoch FROM clock_timestamp()) * 1000000)::int8))";
        let lent = self.lend().await?;
        let now = self.0.ground.clock.now();
        let written = lent.bounded(statements::run(&lent, sql, &[now.into()])).await?;
        lent.bounded(promotion::note_history(&lent, now)).await?;
        if written == 1 { Ok(()) } else { Err(Failure::inconsistent("meta", b"").into()) }
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        Ok(in_step!(self, step => sweep(&step, now, limit)))
    }

    async fn lease(&self, work: Work, holder: NodeId, now: Timestamp, until: Timestamp) -> Result<bool, StoreError> {
        let sql = "INSERT INTO leases (work, holder, until) VALUES ($1, $2, $4)
                   ON CONFLICT (work) DO UPDATE SET holder = $2, until = $4
                   WHERE leases.holder = $2 OR leases.until <= $3";
        let params = [work.name().into(), holder.as_bytes().into(), now.into(), until.into()];
        let lent = self.lend().await?;
        Ok(lent.bounded(statements::run(&lent, sql, &params)).await? == 1)
    }

    async fn release(&self, work: Work, holder: NodeId) -> Result<(), StoreError> {
        let sql = "DELETE FROM leases WHERE work = $1 AND holder = $2";
        let lent = self.lend().await?;
        lent.bounded(statements::run(&lent, sql, &[work.name().into(), holder.as_bytes().into()])).await?;
        Ok(())
    }
}

/// Rows that somebody works on are left for the next time: a sweep waits for nobody, so it takes part in no deadlock. The
/// condition is asked again of each row when it is locked, so that a row that was renewed meanwhile stays.
async fn sweep(client: &Client, now: Timestamp, limit: usize) -> Result<Outcome<Swept>, Failure> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let remove = async |sql: &str| {
        let removed = statements::run(client, sql, &[now.into(), limit.into()]).await?;
        Ok::<_, Failure>(usize::try_from(removed).unwrap_or(usize::MAX))
    };
    let sessions = "DELETE FROM sessions WHERE id = ANY (ARRAY(
                    SELECT id FROM sessions WHERE absolute_end <= $1 ORDER BY absolute_end LIMIT $2
                    FOR UPDATE SKIP LOCKED))";
    let selections = "DELETE FROM spent_selections WHERE token = ANY (ARRAY(
                      SELECT token FROM spent_selections WHERE ends_at <= $1 ORDER BY ends_at LIMIT $2
                      FOR UPDATE SKIP LOCKED))";
    let limits = "DELETE FROM limits WHERE key = ANY (ARRAY(
                  SELECT key FROM limits WHERE fades_at <= $1 ORDER BY fades_at LIMIT $2 FOR UPDATE SKIP LOCKED))";
    let mail_tokens = "DELETE FROM mail_tokens WHERE id = ANY (ARRAY(
                       SELECT id FROM mail_tokens WHERE ends_at <= $1 ORDER BY ends_at LIMIT $2
                       FOR UPDATE SKIP LOCKED))";
    let letters = "DELETE FROM outbox WHERE id = ANY (ARRAY(
                   SELECT id FROM outbox WHERE done_at <= $1 ORDER BY done_at LIMIT $2 FOR UPDATE SKIP LOCKED))
                   OR id = ANY (ARRAY(
                   SELECT id FROM outbox WHERE due_at <= $1 ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED))";
    let letters = statements::run(client, letters, &[now.minus(LETTERS_KEPT).into(), limit.into()]).await?;
    let deliveries = "DELETE FROM deliveries WHERE id = ANY (ARRAY(
                      SELECT id FROM deliveries WHERE created_at <= $1 ORDER BY created_at LIMIT $2
                      FOR UPDATE SKIP LOCKED))";
    let params = [now.minus(DELIVERIES_KEPT).into(), limit.into()];
    let deliveries = statements::run(client, deliveries, &params).await?;
    Ok(Outcome::Keep(Swept {
        sessions: remove(sessions).await?,
        selections: remove(selections).await?,
        limits: remove(limits).await?,
        mail_tokens: remove(mail_tokens).await?,
        letters: usize::try_from(letters).unwrap_or(usize::MAX),
        deliveries: usize::try_from(deliveries).unwrap_or(usize::MAX),
    }))
}
