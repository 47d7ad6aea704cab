//! A server on the loopback that does what a test asks of it, byte by byte, and keeps what was said to it.
//!
//! What must stay true: whatever it does is bounded, and it ends with the test's runtime.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

use crate::authority::{self, Certificate};

/// What the server does with each connection.
#[derive(Clone, Debug)]
pub(crate) enum Does {
    /// Reads the request, says this and closes.
    Answers(Vec<u8>),
    /// Reads the request, says this and ends the connection without taking leave of TLS.
    Cuts(Vec<u8>),
    /// Reads the request, says this and then nothing any more.
    Stays(Vec<u8>),
    /// Reads the request, says the first, and then the second again and again.
    Repeats(Vec<u8>, Vec<u8>),
    /// Reads the request, and says this one byte at a time.
    Drips(Vec<u8>),
    /// Reads the request, and says its body.
    Echoes,
    /// Says this before it was asked anything.
    SpeaksFirst(Vec<u8>),
    /// Accepts, and does nothing.
    Nothing,
    /// Reads the request, and resets the connection.
    Resets,
    /// Resets the connection at once.
    ResetsAtOnce,
}

impl Does {
    pub(crate) fn answers(text: &str) -> Self {
        Self::Answers(text.as_bytes().to_vec())
    }
}

/// A request as it arrived.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// The name that was asked for in the TLS handshake.
    pub(crate) server_name: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    connections: AtomicUsize,
    heard: Mutex<Vec<Heard>>,
}

impl Receiver {
    /// In clear.
    pub(crate) async fn start(does: Does) -> Self {
        Self::at("127.0.0.1:0", None, does).await
    }

    pub(crate) async fn with(certificate: Certificate, does: Does) -> Self {
        Self::at("127.0.0.1:0", Some(certificate), does).await
    }

    #[expect(clippy::disallowed_methods, reason = "the one place where these tests start tasks: a server of theirs")]
    pub(crate) async fn at(place: &str, certificate: Option<Certificate>, does: Does) -> Self {
        let listener = TcpListener::bind(place).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let tls = certificate.map(|certificate| TlsAcceptor::from(authority::server(certificate)));
        let server = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                server.connections.fetch_add(1, Ordering::SeqCst);
                let work = serve(Arc::clone(&server), stream, tls.clone(), does.clone());
                tokio::spawn(tokio::time::timeout(Duration::from_secs(30), work));
            }
        });
        Self { address, shared }
    }

    /// Its URL by address, in clear.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Its URL by name, inside TLS.
    pub(crate) fn https(&self, host: &str, path: &str) -> String {
        format!("https://{host}:{}{path}", self.address.port())
    }

    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.shared.heard.lock().unwrap().clone()
    }
}

async fn serve(shared: Arc<Shared>, stream: TcpStream, tls: Option<TlsAcceptor>, does: Does) {
    match (&does, tls) {
        (Does::Nothing, _) => std::future::pending().await,
        (Does::ResetsAtOnce, _) => stream.set_zero_linger().unwrap(),
        (_, None) => {
            // Whether whoever called is still there changes nothing.
            let _ = speak(&shared, stream, None, does, |stream| stream.set_zero_linger().unwrap()).await;
        }
        (_, Some(tls)) => {
            let Ok(stream) = tls.accept(stream).await else { return };
            let name = stream.get_ref().1.server_name().map(str::to_owned);
            let reset = |stream: &tokio_rustls::server::TlsStream<TcpStream>| {
                stream.get_ref().0.set_zero_linger().unwrap();
            };
            let _ = speak(&shared, stream, name, does, reset).await;
        }
    }
}

async fn speak<S: AsyncRead + AsyncWrite + Unpin>(
    shared: &Shared,
    mut stream: S,
    server_name: Option<String>,
    does: Does,
    reset: impl FnOnce(&S),
) -> std::io::Result<()> {
    if let Does::SpeaksFirst(bytes) = &does {
        stream.write_all(bytes).await?;
        stream.flush().await?;
    }
    let heard = Heard { server_name, ..read(&mut stream).await? };
    let body = heard.body.clone();
    shared.heard.lock().unwrap().push(heard);
    match does {
        Does::Answers(bytes) => {
            stream.write_all(&bytes).await?;
            stream.shutdown().await?;
        }
        Does::Cuts(bytes) => {
            stream.write_all(&bytes).await?;
            stream.flush().await?;
        }
        Does::Stays(bytes) => {
            stream.write_all(&bytes).await?;
            stream.flush().await?;
            std::future::pending::<()>().await;
        }
        Does::Repeats(first, then) => {
            stream.write_all(&first).await?;
            loop {
                stream.write_all(&then).await?;
            }
        }
        Does::Drips(bytes) => {
            for byte in bytes {
                stream.write_all(&[byte]).await?;
                stream.flush().await?;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Does::Echoes => {
            stream.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes()).await?;
            stream.write_all(&body).await?;
            stream.shutdown().await?;
        }
        Does::Resets => reset(&stream),
        Does::SpeaksFirst(_) | Does::Nothing | Does::ResetsAtOnce => {}
    }
    Ok(())
}

/// One request, whose body has a length.
async fn read(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Heard> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        assert!(bytes.len() < 100_000, "a head without an end");
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok()).unwrap();
    let mut body = bytes[end..].to_vec();
    while body.len() < length {
        if stream.read_buf(&mut body).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(Heard { head, body, server_name: None })
}
