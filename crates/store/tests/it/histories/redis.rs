//! Two nodes on one PostgreSQL and one Redis, each with connections of its own.

use std::sync::Arc;

use ::redis::{Cmd, cmd};
use async_trait::async_trait;
use gatewright_core::model::{Session, Timestamp, UserId};
use gatewright_testkit::{FrozenClock, conformance::Ports, histories::Laboratory, servers::Redis};

use super::{backdoor, postgres::Behind};
use crate::{postgres::backend as postgres, redis::backend as redis};

pub(super) struct RedisLab {
    nodes: [Ports; 2],
    behind: Behind,
    /// How the keys of all chains begin.
    prefix: String,
    line: ::redis::aio::MultiplexedConnection,
}

impl RedisLab {
    pub(super) async fn start(clock: &Arc<FrozenClock>) -> Self {
        let database = postgres::database();
        let url = Redis::shared().url();
        let node = async || {
            let sql = postgres::open(&database, clock.clone()).await;
            postgres::warm(&sql).await;
            let store = redis::open(&sql, &url, redis::patient()).await;
            redis::ports(sql, store)
        };
        let nodes = [node().await, node().await];
        let prefix = database.superuser_sql("SELECT 'gw:{' || instance || '}:' || number || ':s:' FROM session_space");
        let line = ::redis::Client::open(url.as_str()).unwrap().get_multiplexed_async_connection().await.unwrap();
        Self { nodes, behind: Behind(database), prefix, line }
    }
}

/// The chain of a session and its idle end, as they are written.
fn written(key: String, session: &Session) -> Cmd {
    let chain = &session.chain;
    let mut writing = cmd("HSET");
    let moment = |moment: Timestamp| moment.micros().to_string();
    let hash = |bytes: Option<&[u8; 32]>| bytes.map_or_else(Vec::new, |bytes| bytes.to_vec());
    writing.arg(key).arg("generation").arg(chain.generation).arg("current").arg(&chain.current.as_bytes()[..]);
    writing.arg("previous").arg(hash(chain.previous.as_ref().map(|hash| hash.as_bytes())));
    writing.arg("next").arg(&chain.next.as_bytes()[..]);
    writing.arg("current_key").arg(chain.current_key.number()).arg("next_key").arg(chain.next_key.number());
    writing.arg("rotated_at").arg(moment(chain.rotated_at));
    writing.arg("redelivered_at").arg(chain.redelivered_at.map_or_else(String::new, moment));
    writing.arg("redeliveries").arg(chain.redeliveries);
    writing.arg("retry_key").arg(hash(chain.retry_key.as_ref().map(|hash| hash.as_bytes())));
    writing.arg("idle_end").arg(moment(session.idle_end));
    writing
}

#[async_trait]
impl Laboratory for RedisLab {
    fn nodes(&self) -> [Ports; 2] {
        self.nodes.clone()
    }

    async fn put_back(&self, before: &Session) {
        let key = format!("{}{}", self.prefix, backdoor::hex(before.id.as_bytes()));
        let mut line = self.line.clone();
        let added: usize = written(key, before).query_async(&mut line).await.unwrap();
        assert_eq!(added, 0, "every field was there before");
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
