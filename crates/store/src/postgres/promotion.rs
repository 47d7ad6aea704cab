//! Whether the database is still the one that it was: a replica may have been promoted, or a backup restored, and then the
//! last commits are lost. No token rotates for `min_age` after that (DESIGN 4.3). What must stay true: this holds from the very
//! first reading afterwards, also when a pooler hides that the connection now ends at another server.
//!
//! Each history of a database has a timeline, and each database system an identifier; both are written down in `meta`. Another
//! timeline is a replica that took over: it lacks the last commits at most. Another system is a dump that was restored
//! elsewhere, and nobody knows how old it was: sessions that have ended since must not live again (SECURITY LG11, invariant P5).

use std::sync::{Arc, OnceLock};

use gatewright_core::{model::Timestamp, port::Clock};
use tokio_postgres::Client;

use super::{
    failure::Failure,
    rows::{Cell, Columns, RESTORED},
    statements,
};

/// When the store was last promoted: now, as long as nobody has written down that its timeline is another one.
macro_rules! promoted_at {
    ($now:literal) => {
        concat!(
            "(SELECT CASE WHEN timeline <> substring(pg_walfile_name(pg_current_wal_lsn()) FOR 8) THEN ",
            $now,
            " ELSE store_promoted_at END FROM meta)"
        )
    };
}
pub(super) use promoted_at;

/// Whose clock it is that says when a promotion was noticed. Set when the schema is there, and asked by each new connection.
#[derive(Clone, Default)]
pub(super) struct Historian(Arc<OnceLock<Arc<dyn Clock>>>);

impl Historian {
    /// From now on each new connection looks where it has ended up.
    pub(super) fn begin(&self, clock: Arc<dyn Clock>) {
        // Whoever comes second finds the same clock.
        let _ = self.0.set(clock);
    }

    /// Looks where this new connection has ended up.
    pub(super) async fn look(&self, client: &Client) -> Result<(), Failure> {
        match self.0.get() {
            Some(clock) => note_history(client, clock.now()).await,
            None => Ok(()),
        }
    }
}

/// Writes down which system and which timeline this is. If they are others than before, the store was promoted or restored
/// at `now`; if the system is another one, it is a restored backup. Of several nodes that notice it, one does so.
pub(super) async fn note_history(client: &Client, now: Timestamp) -> Result<(), Failure> {
    let sql = "UPDATE meta SET system = here.system, timeline = here.timeline,
                   is_backup = CASE WHEN meta.system <> here.system THEN 1 ELSE is_backup END,
                   store_promoted_at = CASE WHEN meta.system IS NULL THEN store_promoted_at
                                            ELSE greatest(store_promoted_at, $1) END
               FROM (SELECT (SELECT system_identifier::text FROM pg_control_system()) AS system,
                            substring(pg_walfile_name(pg_current_wal_lsn()) FOR 8) AS timeline) here
               WHERE meta.system IS DISTINCT FROM here.system OR meta.timeline IS DISTINCT FROM here.timeline
               RETURNING store_promoted_at, meta.timeline";
    let changed = statements::rows(client, sql, &[now.into()]).await?;
    if let Some(row) = changed.first()
        && row.number(0) == Cell::Value(now.micros())
    {
        let timeline = match row.text(1) {
            Cell::Value(timeline) => timeline,
            Cell::Null | Cell::Wrong => "",
        };
        tracing::warn!(timeline, "the database was promoted or restored: no token rotates for a while");
    }
    end_what_was_restored(client, now).await
}

/// If the database is a restored backup: from now on every session that it knows is dead, because some of them have ended
/// since it was made (SECURITY LG11, invariant P5), and it remembers when that was. What mails carry is dead as well, because some
/// of it was used since, but for what takes a change of address back; and no letter is sent, because some were.
async fn end_what_was_restored(client: &Client, now: Timestamp) -> Result<(), Failure> {
    // One statement, so one transaction: of several nodes one finds the mark.
    let sql = "WITH revived AS (
                   UPDATE meta SET is_backup = 0, store_promoted_at = $1 WHERE is_backup = 1 RETURNING one
               ), dead AS (
                   UPDATE mail_tokens SET used_at = $1
                   WHERE used_at IS NULL AND purpose <> 'undo_email' AND EXISTS (SELECT 1 FROM revived)
               ), unsent AS (
                   UPDATE outbox SET state = 'given_up', due_at = NULL, done_at = $1, sealed = NULL, last_error = $2
                   WHERE due_at IS NOT NULL AND EXISTS (SELECT 1 FROM revived)
               )
               UPDATE accounts SET epoch = epoch + 1 WHERE EXISTS (SELECT 1 FROM revived)";
    let accounts = statements::run(client, sql, &[now.into(), RESTORED.into()]).await?;
    if accounts > 0 {
        tracing::warn!(accounts, "the database is a restored backup: everybody has to sign in again");
    }
    Ok(())
}
