//! A balancer as one would put before several nodes: it deals requests out in turn. A node that does not take a connection
//! is passed over. A request whose node hung up without a word goes to the next one only if that does no harm: if it reads,
//! or carries an `Idempotency-Key`. That is what `deploy/nginx` does, too.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

use crate::child::PATIENCE;

/// A running balancer. Dropping it ends it.
pub(crate) struct Balancer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    backends: Vec<SocketAddr>,
    turn: AtomicUsize,
    /// How often a backend had to be passed over.
    passed_over: AtomicUsize,
    is_over: AtomicBool,
}

impl Balancer {
    pub(super) fn start(backends: Vec<SocketAddr>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there are free ports");
        let address = listener.local_addr().expect("it is bound");
        let shared = Shared {
            backends,
            turn: AtomicUsize::new(0),
            passed_over: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
        };
        let shared = Arc::new(shared);
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                if accepting.is_over.load(SeqCst) {
                    return;
                }
                let Ok(client) = client else { continue };
                let shared = Arc::clone(&accepting);
                // A client that went away is its own business.
                thread::spawn(move || shared.serve(client).map_err(drop));
            }
        });
        Self { address, shared }
    }

    /// What clients connect to.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How often a backend had to be passed over so far.
    pub(crate) fn passed_over(&self) -> usize {
        self.shared.passed_over.load(SeqCst)
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.shared.is_over.store(true, SeqCst);
        // Wakes the thread that accepts; if that fails, it has ended.
        let _woken = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        client.set_read_timeout(Some(PATIENCE))?;
        let request = read_request(&mut client)?;
        let turn = self.turn.fetch_add(1, SeqCst);
        for offset in 0..self.backends.len() {
            let backend = self.backends[(turn + offset) % self.backends.len()];
            match forward(backend, &request) {
                Ok(answer) if !answer.is_empty() => return client.write_all(&answer),
                Err(Broken::NotTaken) => {}
                Ok(_) | Err(Broken::NoAnswer) if is_repeatable(&request) => {}
                Ok(_) | Err(Broken::NoAnswer) => break,
            }
            self.passed_over.fetch_add(1, SeqCst);
        }
        client.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    }
}

enum Broken {
    /// Nothing was sent.
    NotTaken,
    /// Nobody knows whether it was done.
    NoAnswer,
}

fn forward(to: SocketAddr, request: &[u8]) -> Result<Vec<u8>, Broken> {
    let mut stream = TcpStream::connect_timeout(&to, Duration::from_secs(1)).map_err(|_| Broken::NotTaken)?;
    let mut exchange = || {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(request)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        // The other side has closed already.
        let _closed = stream.shutdown(Shutdown::Both);
        io::Result::Ok(answer)
    };
    exchange().map_err(|_| Broken::NoAnswer)
}

fn is_repeatable(request: &[u8]) -> bool {
    let head = String::from_utf8_lossy(request);
    head.starts_with("GET ") || head.to_ascii_lowercase().contains("\r\nidempotency-key: ")
}

/// Reads a head, and the body that it announces.
fn read_request(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = client.read(&mut buffer)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&buffer[..read]);
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse::<usize>().ok());
        if bytes.len() >= end + 4 + length.unwrap_or(0) {
            return Ok(bytes);
        }
    }
}
