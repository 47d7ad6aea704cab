//! A connection to Redis: made with a bound on its time, inside TLS where the address says so, and told apart from every other
//! by who runs at its end. Many requests share it; each has its own bound.

use std::{
    collections::HashMap,
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use ::redis::{AsyncConnectionConfig, FromRedisValue, aio::MultiplexedConnection};
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, UnixStream},
};
use tokio_rustls::TlsConnector;

use super::{
    Options,
    address::{Address, Place},
    failure::Failure,
};

/// The oldest version that is supported; Valkey, which says of itself to be as Redis 7.2, is newer.
const OLDEST: (u32, u32) = (6, 2);
/// How many requests may be on their way at once. More wait, no longer than a request may take.
const REQUESTS: usize = 4096;

/// How much later than its request's last moment a step may be done, as with PostgreSQL: a step that is sent in that moment takes
/// a while until it is there, and the two clocks run apart a little.
const SLACK: Duration = Duration::from_secs(2);

/// A connection.
#[derive(Debug)]
pub(super) struct Wire {
    connection: MultiplexedConnection,
    /// False once the other end is gone.
    is_up: Arc<AtomicBool>,
    response_time: Duration,
    clock: Mutex<Option<Reading>>,
    /// Who runs at the other end: another process, or one that was a replica before, may have lost writes.
    pub(super) server: String,
    /// Its version, for whoever looks after it.
    pub(super) version: String,
}

/// What the server's clock said, and when by our own steady clock.
#[derive(Clone, Copy, Debug)]
struct Reading {
    at: Instant,
    micros: i64,
}

impl Wire {
    /// Connects, and looks who is there.
    pub(super) async fn connect(
        address: &Address,
        tls: Option<&Arc<ClientConfig>>,
        options: &Options,
    ) -> Result<Self, Failure> {
        let work = async {
            let is_up = Arc::new(AtomicBool::new(true));
            let connection = match &address.place {
                Place::Socket(path) => begin(address, UnixStream::connect(path).await?, &is_up).await?,
                Place::Host { name, port } => {
                    let stream = TcpStream::connect((name.as_str(), *port)).await?;
                    stream.set_nodelay(true)?;
                    match tls {
                        None => begin(address, stream, &is_up).await?,
                        Some(tls) => {
                            let host = ServerName::try_from(name.as_str())
                                .map_err(|_| Failure::Unfit("the host's name cannot be in a certificate".into()))?
                                .to_owned();
                            let stream = TlsConnector::from(Arc::clone(tls)).connect(host, stream).await?;
                            begin(address, stream, &is_up).await?
                        }
                    }
                }
            };
            let mut wire = Self {
                connection,
                is_up,
                response_time: options.response_time,
                clock: Mutex::new(None),
                server: String::new(),
                version: String::new(),
            };
            wire.meet().await?;
            Ok(wire)
        };
        tokio::time::timeout(options.connect_time, work).await.unwrap_or(Err(Failure::NoAnswer))
    }

    /// Looks who is at the other end, and what time it is there.
    async fn meet(&mut self) -> Result<(), Failure> {
        let info = |section: &'static str| {
            let mut connection = self.connection.clone();
            async move {
                let text: String = ::redis::cmd("INFO").arg(section).query_async(&mut connection).await?;
                Ok::<_, Failure>(facts(&text))
            }
        };
        let (server, replication) = (info("server").await?, info("replication").await?);
        let fact = |facts: &HashMap<String, String>, name: &str| facts.get(name).cloned().unwrap_or_default();
        let version = fact(&server, "redis_version");
        if !is_recent(&version) {
            let says = format!("Redis {version} is too old: 6.2 is the oldest that is supported");
            return Err(Failure::Unfit(says));
        }
        if fact(&server, "redis_mode") != "standalone" {
            return Err(Failure::Unfit("a Redis cluster or a sentinel cannot be used, only one Redis".into()));
        }
        if fact(&replication, "role") != "master" {
            return Err(Failure::Unfit("the Redis is a replica that nothing can be written to".into()));
        }
        self.server = format!("{}:{}", fact(&server, "run_id"), fact(&replication, "master_replid"));
        self.version = match server.get("valkey_version") {
            Some(valkey) => format!("Valkey {valkey}"),
            None => format!("Redis {version}"),
        };
        self.read_clock().await
    }

    /// Reads the server's clock.
    async fn read_clock(&self) -> Result<(), Failure> {
        let before = steady();
        let (secs, micros): (i64, i64) = self.ask(&::redis::cmd("TIME")).await?;
        // The middle of the exchange is nearest to when the server looked at its clock.
        let at = before + steady().duration_since(before) / 2;
        let micros = secs.saturating_mul(1_000_000).saturating_add(micros);
        *self.clock.lock().unwrap_or_else(PoisonError::into_inner) = Some(Reading { at, micros });
        Ok(())
    }

    /// The server's time in microseconds when `span` from now has passed, and a little more.
    pub(super) async fn time_after(&self, span: Duration) -> Result<i64, Failure> {
        let last = || *self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        if last().is_none() {
            self.read_clock().await?;
        }
        let Reading { at, micros } = last().ok_or(Failure::NoAnswer)?;
        let passed = steady().duration_since(at).saturating_add(span).saturating_add(SLACK);
        Ok(micros.saturating_add(i64::try_from(passed.as_micros()).unwrap_or(i64::MAX)))
    }

    /// Its clock was set, perhaps: it is read anew before it is used again.
    pub(super) fn distrust_clock(&self) {
        *self.clock.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// False once the other end is gone.
    pub(super) fn is_up(&self) -> bool {
        self.is_up.load(Ordering::Acquire)
    }

    /// Runs one command.
    pub(super) async fn ask<T: FromRedisValue>(&self, command: &::redis::Cmd) -> Result<T, Failure> {
        let mut connection = self.connection.clone();
        self.bounded(async move { Ok(command.query_async(&mut connection).await?) }).await
    }

    /// Runs a script.
    pub(super) async fn run<T: FromRedisValue>(&self, script: &::redis::ScriptInvocation<'_>) -> Result<T, Failure> {
        let mut connection = self.connection.clone();
        self.bounded(async move { Ok(script.invoke_async(&mut connection).await?) }).await
    }

    async fn bounded<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        tokio::time::timeout(self.response_time, work).await.unwrap_or(Err(Failure::NoAnswer))
    }
}

/// Signs in on a stream, and starts what reads from it.
#[expect(clippy::disallowed_methods, reason = "the one named place of this folder where tasks are started")]
async fn begin<S>(address: &Address, stream: S, is_up: &Arc<AtomicBool>) -> Result<MultiplexedConnection, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let config = AsyncConnectionConfig::new()
        .set_response_timeout(None)
        .set_pipeline_buffer_size(256)
        .set_concurrency_limit(REQUESTS);
    let (connection, reading) = MultiplexedConnection::new_with_config(&address.settings, stream, config).await?;
    let is_up = Arc::clone(is_up);
    tokio::spawn(async move {
        reading.await;
        is_up.store(false, Ordering::Release);
    });
    Ok(connection)
}

/// The lines `name:value` of what `INFO` tells.
pub(super) fn facts(text: &str) -> HashMap<String, String> {
    let pairs = text.lines().filter_map(|line| line.trim_end().split_once(':'));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn is_recent(version: &str) -> bool {
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= OLDEST
}

#[expect(clippy::disallowed_methods, reason = "a steady clock that only measures how much time has passed")]
fn steady() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_from_6_2_on_are_recent() {
        for (version, expected) in
            [("6.2.0", true), ("7.0.15", true), ("10.1", true), ("6.0.16", false), ("5.0.14", false), ("", false)]
        {
            assert_eq!(is_recent(version), expected, "{version}");
        }
    }
}
