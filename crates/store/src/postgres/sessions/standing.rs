//! Readings of a session with its account and its user. Many are one statement, and each is one consistent reading.

use std::collections::HashMap;

use async_trait::async_trait;
use gatewright_core::{
    model::{SessionId, Standing, Timestamp},
    port::StoreError,
};
use tokio_postgres::{Client, Row};

use super::super::{
    Ground,
    failure::Failure,
    lanes::{Answers, Grouped},
    promotion::promoted_at,
    rows::{self, Cell, Columns, account_columns, session_columns, user_columns},
    statements,
    value::Value,
};

/// Reads these sessions. The three tables are joined row by row through their keys (`LATERAL … LIMIT 1`): the planner takes less
/// time to find that out and never reads a whole table instead, because its estimates are of pages on a disk. A promotion that nobody has noticed yet is answered as having been `now`.
pub(super) async fn read(client: &Client, ids: &[[u8; 16]], now: Timestamp) -> Result<Vec<Row>, Failure> {
    let sql = concat!(
        "SELECT ",
        session_columns!(),
        ", ",
        account_columns!(),
        ", ",
        user_columns!(),
        ", ",
        promoted_at!("$2"),
        " FROM unnest($1::uuid[]) AS v (id),
              LATERAL (SELECT * FROM sessions WHERE id = v.id LIMIT 1) s,
              LATERAL (SELECT * FROM accounts WHERE id = s.account_id LIMIT 1) a,
              LATERAL (SELECT * FROM users WHERE id = s.user_id LIMIT 1) u"
    );
    statements::rows(client, sql, &[Value::Ids(ids), now.into()]).await
}

/// One reading that waits for its group.
pub(in crate::postgres) struct Reading(pub(super) SessionId);

#[async_trait]
impl Grouped for Reading {
    type Answer = Option<Standing>;

    fn session(&self) -> SessionId {
        self.0
    }

    async fn run(ground: &Ground, group: &[Self], answers: &mut Answers<Self::Answer>) -> Result<(), Failure> {
        let mut ids: Vec<[u8; 16]> = group.iter().map(|reading| *reading.0.as_bytes()).collect();
        ids.sort_unstable();
        ids.dedup();
        let lent = ground.lend().await?;
        let found = lent.bounded(read(&lent, &ids, ground.clock.now())).await?;
        drop(lent);
        let found = by_session(&found);
        for (reading, answer) in group.iter().zip(answers) {
            let standing = found.get(reading.0.as_bytes()).map(|row| rows::standing(*row));
            *answer = Some(standing.transpose().map_err(StoreError::from));
        }
        Ok(())
    }
}

/// The rows, each by the session that it is about.
pub(super) fn by_session(rows: &[Row]) -> HashMap<[u8; 16], &Row> {
    let named = rows.iter().filter_map(|row| match row.bytes(0) {
        Cell::Value(id) => Some((id.try_into().ok()?, row)),
        Cell::Null | Cell::Wrong => None,
    });
    named.collect()
}
