//! Two nodes on one PostgreSQL, each with connections of its own.

use std::sync::Arc;

use async_trait::async_trait;
use gatewright_core::model::{Session, Timestamp, UserId};
use gatewright_testkit::{FrozenClock, conformance::Ports, histories::Laboratory, servers::Database};

use super::backdoor::{self, Sql};
use crate::postgres::backend;

pub(super) struct PostgresLab {
    nodes: [Ports; 2],
    behind: Behind,
}

/// The database, as its superuser.
pub(super) struct Behind(pub(super) Database);

impl PostgresLab {
    pub(super) async fn start(clock: &Arc<FrozenClock>) -> Self {
        let database = backend::database();
        let node = async || {
            let store = backend::open(&database, clock.clone()).await;
            backend::warm(&store).await;
            Ports::of(store, ())
        };
        Self { nodes: [node().await, node().await], behind: Behind(database) }
    }
}

impl Sql for Behind {
    fn run(&self, statements: &str) {
        self.0.superuser_sql(statements);
    }

    fn blob(&self, bytes: &[u8]) -> String {
        format!("'\\x{}'::bytea", backdoor::hex(bytes))
    }

    fn id(&self, id: &[u8; 16]) -> String {
        format!("'{}'::uuid", backdoor::hex(id))
    }
}

#[async_trait]
impl Laboratory for PostgresLab {
    fn nodes(&self) -> [Ports; 2] {
        self.nodes.clone()
    }

    async fn put_back(&self, before: &Session) {
        backdoor::put_back(&self.behind, before);
    }

    async fn set_promoted(&self, at: Option<Timestamp>) {
        backdoor::set_promoted(&self.behind, at);
    }

    async fn set_roles(&self, user: UserId, roles: &[&str]) {
        backdoor::set_roles(&self.behind, user, roles);
    }

    async fn set_barred(&self, user: UserId, since: Option<Timestamp>) {
        backdoor::set_barred(&self.behind, user, since);
    }
}
