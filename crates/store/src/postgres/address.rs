//! Where PostgreSQL is, from a URL in libpq's form. What must stay true: nothing goes over a network in clear unless the
//! operator says so in as many words, and a password never shows in `Debug` or in an error.

use std::{fmt, net::IpAddr, time::Duration};

use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use super::{open::OpenError, tls::Roots};
use crate::percent;

/// How long one attempt to connect to one host may take.
const CONNECT_TIME: Duration = Duration::from_secs(3);
/// How long what was sent may remain without an acknowledgement of the network before the connection is given up.
const UNACKNOWLEDGED: Duration = Duration::from_secs(10);

/// Where PostgreSQL is and as whom to go there.
#[derive(Clone)]
pub struct Address {
    pub(super) config: tokio_postgres::Config,
    pub(super) roots: Option<Roots>,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Address").field(&self.to_string()).finish()
    }
}

/// Hosts and database, without user and password.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ports = self.config.get_ports();
        let port = |index: usize| ports.get(index).or_else(|| ports.first()).copied().unwrap_or(5432);
        f.write_str("postgres://")?;
        for (index, host) in self.config.get_hosts().iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            match host {
                Host::Tcp(name) if name.contains(':') => write!(f, "[{name}]:{}", port(index))?,
                Host::Tcp(name) => write!(f, "{name}:{}", port(index))?,
                Host::Unix(folder) => write!(f, "{}:{}", folder.display(), port(index))?,
            }
        }
        write!(f, "/{}", self.config.get_dbname().unwrap_or_default())
    }
}

impl Address {
    /// Reads `postgres://user:password@host:port/database?…`. Several hosts are separated by commas; the one that can be
    /// written to is found by itself. Beside libpq's parameters that the driver knows, `sslmode` is `verify-full` (the
    /// default for a host that is not this machine), `verify-ca` and `require` (which mean the same here: a certificate that
    /// nobody verifies protects nobody) or `disable`; `sslrootcert` names a PEM file with the certificates to believe.
    ///
    /// # Errors
    /// [`OpenError::Address`] says what is wrong, and never repeats the URL, because that may hold a password.
    pub fn parse(url: &str) -> Result<Self, OpenError> {
        let (bare, own) = take_own_parameters(url)?;
        let mut config: tokio_postgres::Config =
            bare.parse().map_err(|error: tokio_postgres::Error| refused(spoken(&error)))?;
        if config.get_dbname().is_none_or(str::is_empty) {
            return Err(refused("it names no database".into()));
        }
        if config.get_hosts().is_empty() {
            return Err(refused("it names no host".into()));
        }
        let is_near = config.get_hosts().iter().all(is_this_machine);
        let roots = match own.mode.as_deref() {
            Some("disable") => None,
            Some("verify-full" | "verify-ca" | "require") => Some(own.roots.unwrap_or(Roots::System)),
            None if own.roots.is_some() => own.roots,
            None if is_near => None,
            None => Some(Roots::System),
            Some(_) => return Err(refused("sslmode is verify-full or disable".into())),
        };
        config.ssl_mode(if roots.is_some() { SslMode::Require } else { SslMode::Disable });
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIME);
        }
        config.tcp_user_timeout(UNACKNOWLEDGED);
        config.keepalives_idle(Duration::from_secs(15));
        config.application_name("gatewright");
        if config.get_hosts().len() > 1 {
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        Ok(Self { config, roots })
    }
}

/// Parameters that the driver does not know, or understands less strictly.
#[derive(Default)]
struct Own {
    mode: Option<String>,
    roots: Option<Roots>,
}

fn take_own_parameters(url: &str) -> Result<(String, Own), OpenError> {
    let Some((head, query)) = url.split_once('?') else { return Ok((url.to_owned(), Own::default())) };
    let mut own = Own::default();
    let mut others = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", mode)) => own.mode = Some(mode.to_owned()),
            Some(("sslrootcert", "system")) => own.roots = Some(Roots::System),
            Some(("sslrootcert", path)) => {
                let path =
                    percent::decoded(path).ok_or_else(|| refused("sslrootcert is not properly encoded".into()))?;
                own.roots = Some(Roots::File(path.into()));
            }
            Some(_) | None => others.push(pair),
        }
    }
    let bare = if others.is_empty() { head.to_owned() } else { format!("{head}?{}", others.join("&")) };
    Ok((bare, own))
}

pub(super) fn is_this_machine(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()),
    }
}

fn refused(says: String) -> OpenError {
    OpenError::Address { says }
}

/// What the driver finds wrong: the name of a parameter, never its value.
fn spoken(error: &tokio_postgres::Error) -> String {
    use std::error::Error;
    error.source().map_or_else(|| "it cannot be read".to_owned(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str) -> Result<Address, String> {
        Address::parse(url).map_err(|error| error.to_string())
    }

    #[test]
    fn lg9_another_machine_is_only_spoken_to_inside_tls_unless_the_operator_says_otherwise() {
        let roots = |url: &str| parsed(url).unwrap().roots;
        assert_eq!(roots("postgres://gate:x@db.example.test/gate"), Some(Roots::System));
        assert_eq!(roots("postgres://gate:x@db.example.test/gate?sslmode=require"), Some(Roots::System));
        assert_eq!(roots("postgres://gate:x@db.example.test/gate?sslmode=disable"), None);
        assert_eq!(roots("postgres://gate:x@127.0.0.1:5433/gate"), None);
        assert_eq!(roots("postgres://gate:x@127.0.0.1,db.example.test/gate"), Some(Roots::System));
        let file = Some(Roots::File("/etc/ca of ours.pem".into()));
        assert_eq!(roots("postgres://gate:x@127.0.0.1/gate?sslrootcert=%2Fetc/ca%20of%20ours.pem"), file);
    }

    #[test]
    fn what_cannot_be_read_is_refused_without_being_repeated() {
        for (url, says) in [
            ("postgres://gate:hunter2@db/", "it names no database"),
            ("postgres:///gate", "it names no host"),
            ("postgres://gate:hunter2@db/gate?sslmode=prefer", "sslmode is verify-full or disable"),
            ("postgres://gate:hunter2@db/gate?pool=9", "unknown option `pool`"),
            ("postgres://gate:hunter2@db:x/gate", "invalid value for option `port`"),
        ] {
            let error = parsed(url).unwrap_err();
            assert!(error.contains(says), "{url}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn an_address_is_shown_without_who_goes_there() {
        let address = parsed("postgres://gate:hunter2@db1:5433,db2/gate?sslmode=disable").unwrap();
        assert_eq!(address.to_string(), "postgres://db1:5433,db2:5432/gate");
        assert!(!format!("{address:?}").contains("hunter2"));
    }
}
