//! An SMTP server as a way out. lettre speaks; the stream it speaks over, the time that each step may take, and the connections that are
//! kept are ours. What must stay true: a connection is kept only when the server has answered everything that it was asked, so that no
//! answer is ever taken for that to another letter; each step ends within its time, whatever the server does.

mod address;
mod failure;
mod roots;
mod starttls;
mod stream;

use std::{
    fmt,
    future::Future,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use gatewright_core::port::CourierError;
use lettre::transport::smtp::{
    authentication::{Credentials, Mechanism},
    client::AsyncSmtpConnection,
    commands::{Data, Mail, Noop, Quit, Rcpt, Rset},
    extension::{ClientId, Extension, MailParameter},
    response::{Response, Severity},
};
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{net::TcpStream, sync::Semaphore, time::Instant};
use tokio_rustls::TlsConnector;

pub use self::address::{SmtpAddress, SmtpSecurity};
use self::{
    failure::{Cause, Failure, Stage},
    stream::{Greeted, Line},
};
use crate::{letterhead::Origin, message::Message, setup::SetupError};

/// How many connections there are at most; letters beyond wait.
const CONNECTIONS: usize = 4;
/// How long a connection is kept without a letter. Servers wait five minutes at least (RFC 5321 section 4.5.3.2.7).
const IDLE: Duration = Duration::from_secs(60);
/// How many letters one connection takes; many servers end a connection after a hundred.
const LETTERS: u32 = 50;
/// How long a kept connection may take to say that it is still there, and to take leave.
const COURTESY: Duration = Duration::from_secs(3);

/// How long each step may take. A letter takes at most `connect`, seven times `command`, and `letter`.
#[derive(Clone, Copy, Debug)]
pub struct SmtpPatience {
    /// To connect, and again for the TLS handshake.
    pub connect: Duration,
    /// For the answer to a command.
    pub command: Duration,
    /// For the answer to a whole letter, which servers look through before they answer.
    pub letter: Duration,
}

impl Default for SmtpPatience {
    /// 10 s, 30 s and 120 s. RFC 5321 section 4.5.3.2 has minutes for servers of its time; a letter that waits in an outbox can
    /// be sent again.
    fn default() -> Self {
        let secs = Duration::from_secs;
        Self { connect: secs(10), command: secs(30), letter: secs(120) }
    }
}

/// An SMTP server, with the connections that are kept to it.
pub struct Smtp {
    address: SmtpAddress,
    hello: ClientId,
    tls: Option<Arc<ClientConfig>>,
    patience: SmtpPatience,
    idle: Mutex<Vec<Kept>>,
    places: Semaphore,
}

struct Kept {
    connection: AsyncSmtpConnection,
    since: Instant,
    letters: u32,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp").field("address", &self.address).field("patience", &self.patience).finish_non_exhaustive()
    }
}

impl Smtp {
    /// Reads the certificates; connects to nobody yet. We introduce ourselves with the host of our origin, unless the address
    /// says otherwise.
    ///
    /// # Errors
    /// [`SetupError::Setting`] if there are no certificates to believe.
    pub fn open(address: SmtpAddress, origin: &Origin, patience: SmtpPatience) -> Result<Self, SetupError> {
        let tls = match address.security {
            SmtpSecurity::Clear => None,
            SmtpSecurity::StartTls | SmtpSecurity::Tls => Some(roots::client(address.authority.as_deref())?),
        };
        if address.is_in_the_open() {
            tracing::warn!(server = %address, "mails go to the SMTP server in clear: whoever can listen there can use their links");
        }
        let hello = introduction(address.hello.as_deref().unwrap_or(origin.host()));
        Ok(Self { address, hello, tls, patience, idle: Mutex::default(), places: Semaphore::new(CONNECTIONS) })
    }

    pub(crate) async fn send(&self, message: &Message) -> Result<(), CourierError> {
        let _place = self.places.acquire().await.expect("nobody closes it");
        let mut kept = match self.take().await {
            Some(kept) => kept,
            None => self.fresh().await.map_err(|failure| self.verdict(&failure))?,
        };
        let handed = self.hand_in(&mut kept.connection, message).await;
        kept.letters += 1;
        match handed {
            Ok(()) => self.keep(kept),
            Err(failure) => {
                // After a refusal the server still holds what it was told of the letter.
                let is_good = failure.leaves_connection()
                    && within(COURTESY, Stage::Sender, kept.connection.command(Rset)).await.is_ok();
                if is_good {
                    self.keep(kept);
                }
                return Err(self.verdict(&failure));
            }
        }
        Ok(())
    }

    /// Greets the server and signs in.
    pub(crate) async fn check(&self) -> Result<(), CourierError> {
        let kept = self.fresh().await.map_err(|failure| self.verdict(&failure))?;
        self.keep(kept);
        Ok(())
    }

    pub(crate) async fn close(&self) {
        let all = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for mut kept in all {
            // Whether it says good-bye, too, changes nothing.
            let _ = within(COURTESY, Stage::Connect, kept.connection.command(Quit)).await;
        }
    }

    fn verdict(&self, failure: &Failure) -> CourierError {
        failure.verdict(&self.address.to_string())
    }

    async fn hand_in(&self, connection: &mut AsyncSmtpConnection, message: &Message) -> Result<(), Failure> {
        let mut parameters = Vec::new();
        if message.needs_utf8() {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                let says = "it cannot send to an address with letters beyond ASCII before the @ (no SMTPUTF8)";
                return Err(Failure::new(Stage::Recipient, Cause::Incapable(says)));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let command = self.patience.command;
        within(command, Stage::Sender, connection.command(Mail::new(Some(message.from.clone()), parameters))).await?;
        within(command, Stage::Recipient, connection.command(Rcpt::new(message.to.clone(), Vec::new()))).await?;
        let go_on = within(command, Stage::Data, connection.command(Data)).await?;
        demand(Stage::Data, &go_on, Severity::PositiveIntermediate)?;
        let taken = within(self.patience.letter, Stage::Letter, connection.message(&message.bytes)).await?;
        demand(Stage::Letter, &taken, Severity::PositiveCompletion)
    }

    /// A kept connection that still answers.
    async fn take(&self) -> Option<Kept> {
        loop {
            let mut kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            let is_young = now().saturating_duration_since(kept.since) < IDLE;
            if is_young && within(COURTESY, Stage::Connect, kept.connection.command(Noop)).await.is_ok() {
                return Some(kept);
            }
        }
    }

    fn keep(&self, kept: Kept) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.letters < LETTERS && idle.len() < CONNECTIONS {
            idle.push(Kept { since: now(), ..kept });
        }
    }

    /// A new connection, inside TLS if the address says so, and signed in.
    async fn fresh(&self) -> Result<Kept, Failure> {
        let (host, port) = (self.address.host.as_str(), self.address.port);
        let connect = self.patience.connect;
        let connected = tokio::time::timeout(connect, TcpStream::connect((host, port))).await;
        let mut stream = connected
            .map_err(|_| Failure::new(Stage::Connect, Cause::Late))?
            .map_err(|error| Failure::broken(Stage::Connect, error))?;
        // Commands are short, and each waits for its answer.
        stream.set_nodelay(true).map_err(|error| Failure::broken(Stage::Connect, error))?;
        let mut greeting = Vec::new();
        if self.address.security == SmtpSecurity::StartTls {
            let asked = tokio::time::timeout(self.patience.command, starttls::ask(&mut stream, &self.hello)).await;
            greeting = asked.map_err(|_| Failure::new(Stage::StartTls, Cause::Late))??;
        }
        let mut connection = match &self.tls {
            None => self.greet(greeting, stream).await?,
            Some(tls) => {
                let name =
                    ServerName::try_from(host.to_owned()).map_err(|error| Failure::broken(Stage::Handshake, error))?;
                let shaken =
                    tokio::time::timeout(connect, TlsConnector::from(Arc::clone(tls)).connect(name, stream)).await;
                let stream = shaken
                    .map_err(|_| Failure::new(Stage::Handshake, Cause::Late))?
                    .map_err(|error| Failure::broken(Stage::Handshake, error))?;
                self.greet(greeting, stream).await?
            }
        };
        if let Some(credentials) = &self.address.credentials {
            let who = Credentials::new(credentials.user.clone(), credentials.password.clone());
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            within(self.patience.command, Stage::SignIn, connection.auth(&mechanisms, &who)).await?;
        }
        Ok(Kept { connection, since: now(), letters: 0 })
    }

    async fn greet<S: Line + 'static>(&self, greeting: Vec<u8>, stream: S) -> Result<AsyncSmtpConnection, Failure> {
        let stream = Box::new(Greeted::new(greeting, stream));
        let greeted = AsyncSmtpConnection::connect_with_transport(stream, &self.hello);
        within(self.patience.command, Stage::Greeting, greeted).await
    }
}

/// The library takes any answer that is not a refusal.
fn demand(stage: Stage, answer: &Response, severity: Severity) -> Result<(), Failure> {
    if answer.code().severity == severity {
        return Ok(());
    }
    Err(Failure::broken(stage, format!("the server answered {}, which means something else here", answer.code())))
}

async fn within<T>(
    patience: Duration,
    stage: Stage,
    step: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(patience, step).await {
        Ok(done) => done.map_err(|error| Failure::of(stage, &error)),
        Err(_) => Err(Failure::new(stage, Cause::Late)),
    }
}

fn introduction(host: &str) -> ClientId {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse() {
        Ok(IpAddr::V4(address)) => ClientId::Ipv4(address),
        Ok(IpAddr::V6(address)) => ClientId::Ipv6(address),
        Err(_) if host.is_empty() => ClientId::Ipv4(Ipv4Addr::LOCALHOST),
        Err(_) => ClientId::Domain(host.to_owned()),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a connection was idle is a matter of the network, not of the model"
)]
fn now() -> Instant {
    Instant::now()
}
