//! What no port can do, in SQL that both engines accept but for how they write bytes.

use gatewright_core::model::{Chain, Session, Timestamp, UserId};

/// A way to the database behind the store's back.
pub(super) trait Sql: Send + Sync {
    /// Runs statements.
    fn run(&self, statements: &str);

    /// Bytes as this engine writes them.
    fn blob(&self, bytes: &[u8]) -> String;

    /// An id as this engine writes it.
    fn id(&self, id: &[u8; 16]) -> String {
        self.blob(id)
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The chain and the idle end of a session are what they were.
pub(super) fn put_back(sql: &dyn Sql, before: &Session) {
    let Chain { generation, redeliveries, .. } = before.chain;
    let chain = &before.chain;
    let optional = |bytes: Option<&[u8; 32]>| bytes.map_or_else(|| "NULL".to_owned(), |bytes| sql.blob(bytes));
    sql.run(&format!(
        "UPDATE sessions SET generation = {generation}, current = {}, previous = {}, next = {}, current_key = {},
             next_key = {}, rotated_at = {}, redelivered_at = {}, redeliveries = {redeliveries}, retry_key = {},
             idle_end = {} WHERE id = {}",
        sql.blob(chain.current.as_bytes()),
        optional(chain.previous.as_ref().map(|hash| hash.as_bytes())),
        sql.blob(chain.next.as_bytes()),
        chain.current_key.number(),
        chain.next_key.number(),
        chain.rotated_at.micros(),
        moment(chain.redelivered_at),
        optional(chain.retry_key.as_ref().map(|hash| hash.as_bytes())),
        before.idle_end.micros(),
        sql.id(before.id.as_bytes()),
    ));
}

pub(super) fn set_promoted(sql: &dyn Sql, at: Option<Timestamp>) {
    sql.run(&format!("UPDATE meta SET store_promoted_at = {}", moment(at)));
}

pub(super) fn set_roles(sql: &dyn Sql, user: UserId, roles: &[&str]) {
    sql.run(&format!("UPDATE users SET roles = '{}' WHERE id = {}", roles.join(","), sql.id(user.as_bytes())));
}

/// As disabling an account does: the epoch is raised, so that letting the user in again revives nothing.
pub(super) fn set_barred(sql: &dyn Sql, user: UserId, since: Option<Timestamp>) {
    let raise = i32::from(since.is_some());
    sql.run(&format!(
        "UPDATE users SET disabled_at = {}, epoch = epoch + {raise} WHERE id = {}",
        moment(since),
        sql.id(user.as_bytes())
    ));
}

fn moment(moment: Option<Timestamp>) -> String {
    moment.map_or_else(|| "NULL".to_owned(), |moment| moment.micros().to_string())
}
