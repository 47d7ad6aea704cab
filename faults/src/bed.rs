//! The servers of a run: nodes of the real program, and what they keep their data in. What must stay true: all of them listen on
//! the loopback, have nothing of the environment of whoever runs this, and end with this process, whatever happens.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::Path,
    time::Duration,
};

use gatewright_testkit::servers::{Postgres, PostgresSetup, Program, Redis, RedisSetup};

use crate::{
    failure::Failure,
    profile::{Policy, Profile, Store},
};

/// Every node of a run needs the same.
const MASTER_KEY: &str = "5d1b7a2e3f9c8046c1f3a5b7d9e0f2143546576879809a0b1c2d3e4f50617283";
/// How often a node that does not start is tried again: its database may just be coming back.
const STARTS: usize = 5;
const ASKING: Duration = Duration::from_secs(2);

/// See the file.
pub(crate) struct Bed {
    nodes: Vec<Node>,
    pub(crate) postgres: Option<Postgres>,
    pub(crate) redis: Option<Redis>,
}

struct Node {
    program: Program,
    address: SocketAddr,
    variables: Vec<(String, String)>,
}

impl Bed {
    /// Addresses for the nodes of a store.
    pub(crate) fn addresses(store: Store) -> Vec<SocketAddr> {
        (0..store.nodes()).map(|_| free_address()).collect()
    }

    /// Starts everything. `public` is where clients see the nodes. Blocks.
    pub(crate) fn start(
        program: &Path,
        profile: &Profile,
        addresses: &[SocketAddr],
        public: SocketAddr,
    ) -> Result<Self, Failure> {
        let postgres = match profile.store {
            Store::Sqlite => None,
            Store::Postgres | Store::Redis => Some(Postgres::start(&PostgresSetup::default())),
        };
        let redis = match profile.store {
            Store::Sqlite | Store::Postgres => None,
            Store::Redis => Some(Redis::start(&RedisSetup::default())),
        };
        let database = postgres.as_ref().map(|server| server.fresh_database().url());
        let nodes = addresses.iter().map(|address| {
            let process = Program::new("node", program);
            let variables = variables(profile, *address, public, database.as_deref(), redis.as_ref());
            Node { program: process, address: *address, variables }
        });
        let bed = Self { nodes: nodes.collect(), postgres, redis };
        // One after the other: the first makes the schema.
        (0..bed.nodes.len()).try_for_each(|index| bed.start_node(index))?;
        Ok(bed)
    }

    /// Starts a node that was killed, at its old address.
    pub(crate) fn start_node(&self, index: usize) -> Result<(), Failure> {
        let Node { program, address, variables } = &self.nodes[index];
        let mut said = String::new();
        for _ in 0..STARTS {
            match program.start(&["serve"], variables, || is_serving(*address)) {
                Ok(()) => return Ok(()),
                Err(failed) => said = failed,
            }
        }
        Err(Failure::new(format!("node {index} does not start: {said}")))
    }

    pub(crate) fn kill_node(&self, index: usize) {
        self.nodes[index].program.kill();
    }

    pub(crate) fn pause_node(&self, index: usize) {
        self.nodes[index].program.pause();
    }

    pub(crate) fn resume_node(&self, index: usize) {
        self.nodes[index].program.resume();
    }

    /// Nodes that have ended although nobody killed them, with the end of what they said.
    pub(crate) fn fallen(&self) -> Vec<String> {
        let fallen = self.nodes.iter().enumerate().filter(|(_, node)| !node.program.is_running());
        fallen.map(|(index, node)| format!("node {index} has ended: {}", node.program.log_tail())).collect()
    }
}

fn variables(
    profile: &Profile,
    address: SocketAddr,
    public: SocketAddr,
    database: Option<&str>,
    redis: Option<&Redis>,
) -> Vec<(String, String)> {
    let min_age = match profile.policy {
        Policy::Shipped => profile.min_age_secs,
        // Systems with these policies rotate at every use.
        Policy::Strict | Policy::ReRotate | Policy::NewBranch | Policy::PreviousAlways => 0,
    };
    let mut all = vec![
        ("LISTEN", address.to_string()),
        ("OPS_LISTEN", "off".to_owned()),
        ("PUBLIC_URL", format!("http://{public}")),
        ("MASTER_KEY", MASTER_KEY.to_owned()),
        ("DATA_DIR", "data".to_owned()),
        ("RATE_LIMITS", "off".to_owned()),
        ("LOG_LEVEL", "warn".to_owned()),
        // The cheapest that starts.
        ("PASSWORD_MEMORY_KIB", "7168".to_owned()),
        ("PASSWORD_PASSES", "5".to_owned()),
        ("FRESH_WINDOW", "1d".to_owned()),
        ("SESSION_MAX_PER_USER", "100000".to_owned()),
        ("REFRESH_MIN_AGE", min_age.to_string()),
        ("REFRESH_LOST_WINDOW", profile.lost_window().as_secs().to_string()),
    ];
    if let Some(url) = database {
        all.extend([("STORE", url.to_owned()), ("STORE_CONNECTIONS", "16".to_owned())]);
    }
    if let Some(redis) = redis {
        all.push(("SESSIONS", redis.url()));
    }
    match profile.policy {
        Policy::Shipped => {}
        Policy::Strict => all.push(("REFRESH_STRICT", "true".to_owned())),
        policy @ (Policy::ReRotate | Policy::NewBranch | Policy::PreviousAlways) => {
            all.push(("ROTATION_POLICY", policy.name().to_owned()));
        }
    }
    all.into_iter().map(|(name, value)| (format!("GATEWRIGHT_{name}"), value)).collect()
}

fn free_address() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, Program::free_port()))
}

fn is_serving(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, ASKING)?;
        stream.set_read_timeout(Some(ASKING))?;
        write!(stream, "GET /.well-known/jwks.json HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        Ok(&status == b"HTTP/1.1 200")
    };
    ask().unwrap_or(false)
}
