//! The network between clients and nodes: a proxy on the loopback that deals requests out in turn and does to each what its fate
//! says. What must stay true: a node's answer is waited for whether or not the client still listens, so that it is always known
//! by when a request had been judged; and a request that was lost on the way to one node is never tried at another.

mod fate;

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};

pub(crate) use self::fate::{Answer, Copy, Fate, Request};
use crate::{
    clock,
    failure::{During, Failure},
    http,
    record::Record,
};

/// A node says 503 after ten seconds; whoever needs longer is dead.
const NODE_PATIENCE: Duration = Duration::from_secs(20);
/// How long a request that was lost keeps its client waiting, unless it gives up before.
const SILENCE: Duration = Duration::from_secs(10);
/// Marks the numbers of exchanges that pass unharmed: clients count in the lower half.
const CALM: u64 = 1 << 63;
const NO_NODE: &[u8] = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// A running proxy; dropping it ends it with everything that is under way.
pub(crate) struct Network {
    /// What clients talk to.
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    _accepting: JoinSet<()>,
}

struct Shared {
    nodes: Vec<SocketAddr>,
    turn: AtomicUsize,
    next_id: AtomicU64,
    coming: Mutex<HashMap<u64, Arc<Record>>>,
    sightings: Mutex<Vec<Sighting>>,
    /// In microseconds.
    longest_life: AtomicU64,
}

/// What one node was seen to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sighting {
    pub(crate) node: usize,
    pub(crate) at: Instant,
    pub(crate) what: Seen,
}

/// See [`Sighting`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// It judged: 2xx or 4xx.
    Verdict,
    /// It could not: 5xx.
    Failed(u16),
    /// It took no connection.
    Away,
    /// It took the request and hung up without a word.
    HungUp,
}

impl Network {
    pub(crate) async fn start(nodes: Vec<SocketAddr>) -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await.during("starting the proxy")?;
        let address = listener.local_addr().during("starting the proxy")?;
        let shared = Arc::new(Shared {
            nodes,
            turn: AtomicUsize::new(0),
            next_id: AtomicU64::new(0),
            coming: Mutex::default(),
            sightings: Mutex::default(),
            longest_life: AtomicU64::new(0),
        });
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self { address, shared, _accepting: accepting })
    }

    /// A number for an exchange that no client makes as a client: it passes unharmed.
    pub(crate) fn calm_id(&self) -> u64 {
        CALM | self.shared.next_id.fetch_add(1, Relaxed)
    }

    /// Whether a number is one of those.
    pub(crate) fn is_calm(id: u64) -> bool {
        id & CALM != 0
    }

    /// Tells the proxy of a request that is about to come.
    pub(crate) fn announce(&self, record: &Arc<Record>) {
        self.shared.coming.lock().unwrap_or_else(PoisonError::into_inner).insert(record.id, Arc::clone(record));
    }

    /// The longest that a request lived until it had been judged.
    pub(crate) fn longest_life(&self) -> Duration {
        Duration::from_micros(self.shared.longest_life.load(Relaxed))
    }

    /// Everything that nodes were seen to do.
    pub(crate) fn sightings(&self) -> Vec<Sighting> {
        self.shared.sightings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut under_way = JoinSet::new();
    loop {
        // Out of files, for a moment: those who wait come again.
        let Ok((client, _)) = listener.accept().await else { continue };
        while under_way.try_join_next().is_some() {}
        under_way.spawn(serve(Arc::clone(&shared), client));
    }
}

async fn serve(shared: Arc<Shared>, mut client: TcpStream) {
    let Some(received) = http::read_request(&mut client).await else { return };
    let known = received.exchange.and_then(|id| {
        let mut coming = shared.coming.lock().unwrap_or_else(PoisonError::into_inner);
        coming.remove(&id)
    });
    let Some(record) = known else { return };
    let fate = record.fate;
    match fate.request {
        Request::Passes(after) => sleep(after).await,
        Request::Dropped => {
            record.over();
            return sleep(SILENCE).await;
        }
    }
    let first = shared.forward(&record, &received.bytes);
    let again = |after| {
        let (shared, record, bytes) = (&shared, &record, &received.bytes);
        async move {
            sleep(after).await;
            shared.forward(record, bytes).await
        }
    };
    match fate.copy {
        Copy::None => {
            let answer = first.await;
            record.over();
            give(client, fate.answer, answer).await;
        }
        Copy::After(after) => {
            // The answer does not wait for the copy, which goes on while it is given.
            let answered = async { give(client, fate.answer, first.await).await };
            tokio::join!(answered, async {
                again(after).await;
            });
            record.over();
        }
        Copy::Instead(after) => {
            let (_, answer) = tokio::join!(first, again(after));
            record.over();
            give(client, fate.answer, answer).await;
        }
    }
}

/// Gives an answer to the client, or does not.
async fn give(mut client: TcpStream, fate: Answer, answer: Vec<u8>) {
    // A client that has given up is its own business.
    match fate {
        Answer::Passes(after) => {
            sleep(after).await;
            let _ = client.write_all(&answer).await;
            let _ = client.shutdown().await;
        }
        Answer::Dropped => sleep(SILENCE).await,
        Answer::Cut => {
            let _ = client.write_all(&answer[..answer.len() / 2]).await;
            let _ = client.set_zero_linger();
        }
    }
}

impl Shared {
    /// Has the node whose turn it is answer.
    async fn forward(&self, record: &Record, request: &[u8]) -> Vec<u8> {
        let node = self.turn.fetch_add(1, Relaxed) % self.nodes.len();
        let Ok(mut stream) = TcpStream::connect(self.nodes[node]).await else {
            self.saw(node, Seen::Away);
            return NO_NODE.to_vec();
        };
        record.forwarded(clock::now(), node);
        let answered = timeout(NODE_PATIENCE, http::send(&mut stream, request)).await;
        let bytes = answered.ok().and_then(Result::ok).unwrap_or_default();
        let whole = http::Answer::parse(&bytes).map(|answer| answer.status);
        let now = clock::now();
        let life = now.saturating_duration_since(record.sent).as_micros();
        self.longest_life.fetch_max(u64::try_from(life).unwrap_or(u64::MAX), Relaxed);
        record.judged(now, whole.or(http::status(&bytes)));
        self.saw(
            node,
            match whole {
                Some(status @ 500..) => Seen::Failed(status),
                Some(_) => Seen::Verdict,
                None => Seen::HungUp,
            },
        );
        if whole.is_some() { bytes } else { NO_NODE.to_vec() }
    }

    fn saw(&self, node: usize, what: Seen) {
        let sighting = Sighting { node, at: clock::now(), what };
        self.sightings.lock().unwrap_or_else(PoisonError::into_inner).push(sighting);
    }
}

#[cfg(test)]
mod tests;
