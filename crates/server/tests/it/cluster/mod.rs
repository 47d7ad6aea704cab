//! Several nodes on one PostgreSQL, behind a balancer that deals requests out in turn: what one node does holds on all, and
//! nobody notices that there are several. Then the same while the database misbehaves.

mod balancer;
mod clients;
mod faults;
mod nodes;
mod redis;
mod rolling;

use std::{
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    sync::atomic::{AtomicU16, Ordering},
};

use gatewright_testkit::servers::{Postgres, Redis};

pub(super) use self::{
    balancer::Balancer,
    clients::{Device, Load, Outcome},
};
use crate::child::{Place, Server};

/// Nodes on one database, and the balancer in front of them.
pub(super) struct Cluster {
    places: Vec<Place>,
    /// What each node runs; ours, unless it says otherwise.
    programs: Vec<Option<PathBuf>>,
    nodes: Vec<Option<Server>>,
    /// Where the nodes listen, with their ops listeners.
    addresses: Vec<(SocketAddr, SocketAddr)>,
    /// What clients talk to.
    pub(super) balancer: Balancer,
}

/// Every node of a cluster needs the same.
pub(super) const MASTER_KEY: &str = "3f9c1d5b7a2e8046c1f3a5b7d9e0f2143546576879809a0b1c2d3e4f50617283";

/// Where a cluster's sessions are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Keeping {
    /// In PostgreSQL.
    InSql,
    /// In Redis, with the register in PostgreSQL.
    InRedis,
}

impl Keeping {
    /// What a node has to be told.
    pub(super) fn sessions(self) -> String {
        match self {
            Self::InSql => String::new(),
            Self::InRedis => Redis::shared().fresh_database_url(),
        }
    }
}

impl Cluster {
    /// So many nodes on the shared server, each cluster on a database of its own.
    pub(super) fn start(nodes: usize, keeping: Keeping, settings: &[(&str, &str)]) -> Self {
        let database = Postgres::shared().fresh_database();
        Self::on(&database.url(), &keeping.sessions(), nodes, settings)
    }

    /// So many nodes on these stores.
    pub(super) fn on(store: &str, sessions: &str, nodes: usize, settings: &[(&str, &str)]) -> Self {
        let addresses: Vec<_> = (0..nodes).map(|_| (free_address(), free_address())).collect();
        let balancer = Balancer::start(addresses.iter().map(|(api, _)| *api).collect());
        let places = addresses.iter().map(|(api, ops)| {
            let place = Place::new()
                .with("LISTEN", &api.to_string())
                .with("OPS_LISTEN", &ops.to_string())
                .with("PUBLIC_URL", &format!("http://{}", balancer.address()))
                .with("MASTER_KEY", MASTER_KEY)
                .with("STORE", store)
                .with("STORE_CONNECTIONS", "8")
                .with("SESSIONS", sessions)
                .with("RATE_LIMITS", "off")
                .with("PASSWORD_MEMORY_KIB", "7168")
                .with("PASSWORD_PASSES", "5");
            settings.iter().fold(place, |place, (name, value)| place.with(name, value))
        });
        let places: Vec<Place> = places.collect();
        let (programs, nodes_to_be) = (vec![None; nodes], places.iter().map(|_| None).collect());
        let mut cluster = Self { nodes: nodes_to_be, programs, places, addresses, balancer };
        // All at once: they find an empty database, and one of them makes the schema and the keys.
        let starting: Vec<_> = (0..nodes).map(|index| cluster.launch(index)).collect();
        for (index, node) in starting.into_iter().enumerate() {
            cluster.nodes[index] = Some(node.ready());
        }
        cluster
    }

    fn launch(&self, index: usize) -> Launched {
        let (api, ops) = self.addresses[index];
        let command = match &self.programs[index] {
            Some(program) => self.places[index].command_of(program, &["serve"]),
            None => self.places[index].command(&["serve"]),
        };
        Launched { server: Server::launch(command, api, ops) }
    }

    /// Where requests go that are meant for one node.
    pub(super) fn api(&self, index: usize) -> SocketAddr {
        self.addresses[index].0
    }

    /// Health and metrics of one node.
    pub(super) fn ops(&self, index: usize) -> SocketAddr {
        self.addresses[index].1
    }

    /// Where to run commands as on this node.
    pub(super) fn place(&self, index: usize) -> &Place {
        &self.places[index]
    }

    pub(super) fn node(&mut self, index: usize) -> &mut Server {
        self.nodes[index].as_mut().expect("it is running")
    }

    /// Ends a node as an operator would, and waits until it has gone.
    pub(super) fn stop(&mut self, index: usize) {
        let mut node = self.nodes[index].take().expect("it is running");
        node.signal("TERM");
        assert!(node.wait().success(), "{}", node.printed());
    }

    /// What a node is told from its next start on.
    pub(super) fn set(&mut self, index: usize, name: &str, value: &str) {
        let place = std::mem::replace(&mut self.places[index], Place::new());
        self.places[index] = place.with(name, value);
    }

    /// What a node runs from its next start on.
    pub(super) fn replace_program(&mut self, index: usize, program: PathBuf) {
        self.programs[index] = Some(program);
    }

    /// Starts a node again at its old address.
    pub(super) fn start_again(&mut self, index: usize) {
        self.nodes[index] = Some(self.launch(index).ready());
    }
}

/// A node that is starting.
struct Launched {
    server: Server,
}

impl Launched {
    fn ready(mut self) -> Server {
        self.server.wait_for_line("\"serving\"");
        self.server
    }
}

/// An address that nobody listens on, below the range from which the kernel takes the ports of outgoing connections: one of
/// those could have it while a node is being replaced.
fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let offset = u16::try_from(std::process::id() % 6000).expect("it is below 6000");
    let candidates = (0..6000).map(|_| 12_000 + (offset + NEXT.fetch_add(1, Ordering::Relaxed)) % 6000);
    let mut free = candidates.filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    SocketAddr::from(([127, 0, 0, 1], free.next().expect("one of 6000 ports is free")))
}
