//! Two nodes on one SQLite file.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use gatewright_core::model::{Session, Timestamp, UserId};
use gatewright_testkit::{FrozenClock, conformance::Ports, histories::Laboratory};
use rusqlite::Connection;

use super::backdoor::{self, Sql};
use crate::sqlite::backend::{Folder, connect};

pub(super) struct SqliteLab {
    nodes: [Ports; 2],
    behind: Behind,
}

struct Behind(Mutex<Connection>);

impl SqliteLab {
    pub(super) fn start(clock: &Arc<FrozenClock>) -> Self {
        let folder = Arc::new(Folder::new());
        let nodes = [(); 2].map(|()| Ports::of(folder.open(clock), folder.clone()));
        let connection = connect(&folder.database());
        connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
        Self { nodes, behind: Behind(Mutex::new(connection)) }
    }
}

impl Sql for Behind {
    fn run(&self, statements: &str) {
        self.0.lock().unwrap().execute_batch(statements).unwrap();
    }

    fn blob(&self, bytes: &[u8]) -> String {
        format!("x'{}'", backdoor::hex(bytes))
    }
}

#[async_trait]
impl Laboratory for SqliteLab {
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
