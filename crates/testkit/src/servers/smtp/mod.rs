//! An SMTP server that does what a test asks of it: slow, refusing, dying, with a wrong certificate, or well-behaved. It runs in threads of
//! the test process, speaks over real sockets and real TLS, and keeps what was said to it.
//!
//! What must stay true: it listens on the loopback only; each conversation is bounded in time, in lines and in bytes; it ends with
//! the value, and with the process.

mod conversation;
mod mood;
mod tls;
mod wire;

use std::{
    io,
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use rustls::ServerConfig;

pub use self::{
    conversation::{Conversation, Received, Said},
    mood::{Does, SmtpMood, SmtpStage},
};
use super::{account::Account, folder::Folder, patience, port};

/// The user that the server lets in.
pub const USER: &str = "gate@example.test";
/// The user's password; with characters that a URL has to encode.
pub const PASSWORD: &str = "p:s/s@w%rd";

/// More conversations at a time than any test has.
const MOST: usize = 200;

/// What is special about a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SmtpTls {
    /// It does not speak TLS.
    #[default]
    Off,
    /// It offers `STARTTLS`.
    Offered,
    /// TLS from the first byte.
    Implicit,
}

/// Whose certificate the server shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SmtpCertificate {
    /// One of its authority, for `localhost` and 127.0.0.1.
    #[default]
    Good,
    /// One of its authority, for somebody else's name.
    OfAnotherName,
    /// One of an authority that nobody knows.
    OfAStranger,
}

/// A running server.
#[derive(Debug)]
pub struct SmtpServer {
    shared: Arc<Shared>,
    tls: SmtpTls,
    folder: Folder,
}

/// What the threads share.
#[derive(Debug)]
struct Shared {
    port: AtomicU16,
    listens: AtomicBool,
    ends: AtomicBool,
    open: AtomicUsize,
    tls: SmtpTls,
    certificate: Option<Arc<ServerConfig>>,
    mood: Mutex<SmtpMood>,
    conversations: Mutex<Vec<Arc<Mutex<Conversation>>>>,
}

impl SmtpServer {
    /// A server in clear, that asks for no password.
    pub fn start() -> Self {
        Self::with(SmtpTls::Off, SmtpCertificate::Good)
    }

    /// A server with TLS.
    ///
    /// # Panics
    ///
    /// If certificates cannot be made (`openssl` is missing) or no port is free.
    pub fn with(tls: SmtpTls, certificate: SmtpCertificate) -> Self {
        let folder = Folder::new("smtp", Account::Ourselves);
        let config = (tls != SmtpTls::Off).then(|| tls::config(&folder, certificate));
        let shared = Arc::new(Shared {
            port: AtomicU16::new(0),
            listens: AtomicBool::new(false),
            ends: AtomicBool::new(false),
            open: AtomicUsize::new(0),
            tls,
            certificate: config,
            mood: Mutex::new(SmtpMood::default()),
            conversations: Mutex::default(),
        });
        let server = Self { shared, tls, folder };
        server.listen();
        server
    }

    /// Its port on the loopback; the same all its life.
    pub fn port(&self) -> u16 {
        self.shared.port.load(Ordering::Relaxed)
    }

    /// Its URL without credentials, in the words of the product: with `ca=` where it speaks TLS.
    pub fn url(&self) -> String {
        self.url_of("")
    }

    /// Its URL with [`USER`] and [`PASSWORD`].
    pub fn url_with_credentials(&self) -> String {
        self.url_of("gate%40example.test:p%3As%2Fs%40w%25rd@")
    }

    fn url_of(&self, who: &str) -> String {
        let authority = self.authority().display().to_string();
        match self.tls {
            SmtpTls::Off => format!("smtp://{who}127.0.0.1:{}", self.port()),
            SmtpTls::Offered => format!("smtp://{who}localhost:{}?ca={authority}", self.port()),
            SmtpTls::Implicit => format!("smtps://{who}localhost:{}?ca={authority}", self.port()),
        }
    }

    /// The certificate of its authority, in PEM; there only with TLS.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join(tls::AUTHORITY)
    }

    /// Changes what the server does, for what is said from now on.
    pub fn set(&self, mood: SmtpMood) {
        *self.shared.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    /// Nobody listens on its port any more; conversations under way go on.
    pub fn stop_listening(&self) {
        self.shared.listens.store(false, Ordering::Relaxed);
        let address = self.address();
        // The acceptor sees the flag when somebody knocks.
        let _ = TcpStream::connect(address);
        assert!(
            patience::within(patience::PATIENCE, || TcpStream::connect(address).is_err()),
            "the port is still open"
        );
    }

    /// Listens on its port again, as at the start.
    ///
    /// # Panics
    ///
    /// If the port cannot be had.
    pub fn listen(&self) {
        let mut listener = None;
        let taken = patience::within(patience::PATIENCE, || {
            let known = self.port();
            let port = if known == 0 { port::free() } else { known };
            listener = TcpListener::bind(("127.0.0.1", port)).ok();
            if listener.is_some() {
                self.shared.port.store(port, Ordering::Relaxed);
            }
            listener.is_some()
        });
        assert!(taken, "no port for the SMTP server");
        self.shared.listens.store(true, Ordering::Relaxed);
        let shared = Arc::clone(&self.shared);
        let listener = listener.expect("it was just bound");
        run("smtp-acceptor", move || shared.accept(&listener)).expect("a thread can be started");
    }

    /// What was said so far, conversation by conversation.
    pub fn conversations(&self) -> Vec<Conversation> {
        let all = self.shared.conversations.lock().unwrap_or_else(PoisonError::into_inner).clone();
        all.iter().map(|one| one.lock().unwrap_or_else(PoisonError::into_inner).clone()).collect()
    }

    /// The letters that were taken, in the order of the conversations.
    pub fn letters(&self) -> Vec<Received> {
        self.conversations().into_iter().flat_map(|one| one.letters).collect()
    }

    /// Waits until so many letters were taken.
    ///
    /// # Panics
    ///
    /// If they do not come.
    pub fn wait_for(&self, count: usize) -> Vec<Received> {
        let came = patience::within(patience::PATIENCE, || self.letters().len() >= count);
        assert!(came, "{} of {count} letters came", self.letters().len());
        self.letters()
    }

    fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port()))
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::Relaxed);
        self.shared.listens.store(false, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address());
    }
}

impl Shared {
    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        for stream in listener.incoming() {
            if !self.listens.load(Ordering::Relaxed) {
                return;
            }
            let Ok(stream) = stream else { continue };
            if self.open.load(Ordering::Relaxed) >= MOST {
                continue;
            }
            let conversation = Arc::new(Mutex::new(Conversation::default()));
            self.conversations.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&conversation));
            self.open.fetch_add(1, Ordering::Relaxed);
            let shared = Arc::clone(self);
            let spoken = run("smtp-conversation", move || {
                // Whatever breaks a conversation stands in what was said.
                let _ = conversation::hold(&shared, stream, &conversation);
                conversation.lock().unwrap_or_else(PoisonError::into_inner).has_ended = true;
                shared.open.fetch_sub(1, Ordering::Relaxed);
            });
            if spoken.is_err() {
                self.open.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }

    fn mood(&self) -> SmtpMood {
        self.mood.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits as long as the mood says, and not beyond the server's end.
    fn dawdle(&self, delay: Duration) {
        let mut left = delay;
        while !left.is_zero() && !self.ends.load(Ordering::Relaxed) {
            let step = left.min(Duration::from_millis(20));
            thread::sleep(step);
            left -= step;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where this server starts threads")]
fn run(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.to_owned()).spawn(work).map(drop)
}
