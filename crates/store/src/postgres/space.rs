//! What SQL knows of the Redis that keeps the chains of the sessions: where they are in it, and how much of it can still be
//! believed. What must stay true: whatever is found out about a loss is in SQL before Redis is told, so that a node that
//! dies in between has hidden nothing.

use gatewright_core::{model::Timestamp, port::StoreError};
use tokio_postgres::Row;

use super::{
    PgStore,
    failure::Failure,
    rows::{Cursor, Impossible},
    statements,
};

/// The columns of a space, in the order in which [`read`] reads them.
macro_rules! space_columns {
    () => {
        "m.instance, m.number, m.incarnation, m.beat, m.server, m.promoted_at"
    };
}
pub(super) use space_columns;

/// Where the chains are in Redis, and what is known of that Redis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Space {
    /// Begins every key there.
    pub(crate) instance: String,
    /// Which of its spaces is used; what is in another one is void.
    pub(crate) number: i64,
    /// How often Redis may have lost a few writes.
    pub(crate) incarnation: i64,
    /// The latest moment that was written there before it was written here.
    pub(crate) beat: Timestamp,
    /// The process that runs there.
    pub(crate) server: String,
    /// When it last may have lost writes.
    pub(crate) promoted_at: Option<Timestamp>,
}

/// Reads a space from the column `first` on.
pub(super) fn read(row: &Row, first: usize) -> Result<Space, Failure> {
    let mut cursor = Cursor::new(row, "session_space", first);
    Ok(Space {
        instance: cursor.text()?,
        number: cursor.number()?,
        incarnation: cursor.number()?,
        beat: cursor.moment()?,
        server: cursor.text()?,
        promoted_at: cursor.optional_moment()?,
    })
}

impl PgStore {
    /// The space, made as `fresh` if there was none. Of several nodes that make one at once, one does.
    pub(crate) async fn space_or(&self, fresh: &Space) -> Result<Space, StoreError> {
        let sql = "INSERT INTO session_space (one, instance, number, incarnation, beat, server)
                   VALUES (1, $1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
        let params = [
            fresh.instance.as_str().into(),
            fresh.number.into(),
            fresh.incarnation.into(),
            fresh.beat.into(),
            fresh.server.as_str().into(),
        ];
        let lent = self.lend().await?;
        lent.bounded(statements::run(&lent, sql, &params)).await?;
        drop(lent);
        self.space().await?.ok_or_else(|| Failure::from(Impossible::new("session_space", b"")).into())
    }

    /// The space, if Redis was ever used.
    pub(crate) async fn space(&self) -> Result<Option<Space>, StoreError> {
        let sql = concat!("SELECT ", space_columns!(), " FROM session_space m");
        let lent = self.lend().await?;
        Ok(lent.bounded(statements::first(&lent, sql, &[], |row| read(row, 0))).await?)
    }

    /// Notes that this moment is in Redis, if that is still the space in use.
    pub(crate) async fn raise_beat(&self, space: &Space, beat: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE session_space SET beat = $3 WHERE number = $1 AND incarnation = $2 AND beat < $3";
        let params = [space.number.into(), space.incarnation.into(), beat.into()];
        let lent = self.lend().await?;
        lent.bounded(statements::run(&lent, sql, &params)).await?;
        Ok(())
    }

    /// Notes that Redis may have lost a few writes, at `now`, and who runs there. `false` if another node has just done so.
    pub(crate) async fn promote_space(&self, seen: &Space, server: &str, now: Timestamp) -> Result<bool, StoreError> {
        let sql = "UPDATE session_space
                   SET incarnation = incarnation + 1, server = $4, promoted_at = greatest(promoted_at, $5)
                   WHERE number = $1 AND incarnation = $2 AND server = $3";
        self.move_space(sql, seen, server, now).await
    }

    /// Notes that nothing in Redis can be believed any more: from now on another space is used, in which there is nothing.
    /// `false` if another node has just done so.
    pub(crate) async fn void_space(&self, seen: &Space, server: &str, beat: Timestamp) -> Result<bool, StoreError> {
        let sql = "UPDATE session_space
                   SET number = number + 1, incarnation = incarnation + 1, server = $4, beat = $5, promoted_at = NULL
                   WHERE number = $1 AND incarnation = $2 AND server = $3";
        self.move_space(sql, seen, server, beat).await
    }

    /// Catches up with a Redis that knows of more promotions than SQL: then SQL has lost its last writes.
    pub(crate) async fn adopt_incarnation(
        &self,
        seen: &Space,
        incarnation: i64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE session_space SET incarnation = $3, promoted_at = greatest(promoted_at, $4)
                   WHERE number = $1 AND incarnation = $2";
        let params = [seen.number.into(), seen.incarnation.into(), incarnation.into(), now.into()];
        let lent = self.lend().await?;
        lent.bounded(statements::run(&lent, sql, &params)).await?;
        Ok(())
    }

    async fn move_space(&self, sql: &str, seen: &Space, server: &str, at: Timestamp) -> Result<bool, StoreError> {
        let params =
            [seen.number.into(), seen.incarnation.into(), seen.server.as_str().into(), server.into(), at.into()];
        let lent = self.lend().await?;
        Ok(lent.bounded(statements::run(&lent, sql, &params)).await? == 1)
    }
}
