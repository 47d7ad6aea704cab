//! Where Redis is, from a URL. What must stay true: nothing goes over a network in clear unless the operator says so in as
//! many words, and a password never shows in `Debug` or in an error.

use std::{fmt, net::IpAddr, path::PathBuf};

use ::redis::{ConnectionAddr, IntoConnectionInfo, RedisConnectionInfo};

use super::open::OpenError;
use crate::{percent, postgres::Way, roots::Roots};

/// Where Redis is and as whom to go there.
#[derive(Clone)]
pub struct Address {
    pub(super) place: Place,
    pub(super) settings: RedisConnectionInfo,
    pub(super) roots: Option<Roots>,
}

/// Where a connection ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Host { name: String, port: u16 },
    Socket(PathBuf),
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Address").field(&self.to_string()).finish()
    }
}

/// Host and database, without user and password.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.roots.is_some() { "rediss" } else { "redis" };
        match &self.place {
            Place::Host { name, port } if name.contains(':') => write!(f, "{scheme}://[{name}]:{port}")?,
            Place::Host { name, port } => write!(f, "{scheme}://{name}:{port}")?,
            Place::Socket(path) => return write!(f, "redis+unix://{}?db={}", path.display(), self.settings.db()),
        }
        write!(f, "/{}", self.settings.db())
    }
}

impl Address {
    /// Reads `redis://user:password@host:port/database`, `rediss://…` for the same inside TLS, or
    /// `redis+unix:///path/of/the.sock?db=0&user=…&pass=…`. With `rediss`, `sslrootcert` names a PEM file with the
    /// certificates to believe. In clear to another machine only with `sslmode=disable`, as for PostgreSQL.
    ///
    /// # Errors
    /// [`OpenError::Address`] says what is wrong, and never repeats the URL, because that may hold a password.
    pub fn parse(url: &str) -> Result<Self, OpenError> {
        let (bare, own) = take_own_parameters(url)?;
        let (bare, is_tls) = match bare.strip_prefix("rediss://") {
            Some(rest) => (format!("redis://{rest}"), true),
            None => (bare, false),
        };
        if !bare.starts_with("redis://") && !bare.starts_with("redis+unix://") {
            return Err(refused("it begins with redis://, rediss:// or redis+unix://"));
        }
        let info = bare.as_str().into_connection_info().map_err(|error| OpenError::Address {
            // The text of an error without a detail is fixed, and names no part of the URL.
            says: error.detail().map_or_else(|| error.to_string(), ToOwned::to_owned),
        })?;
        let settings = info.redis_settings().clone();
        let place = match info.addr() {
            ConnectionAddr::Tcp(host, port) => Place::Host { name: host.clone(), port: *port },
            ConnectionAddr::Unix(path) => Place::Socket(path.clone()),
            // The TLS of the driver is not built in.
            ConnectionAddr::TcpTls { .. } | _ => return Err(refused("it cannot be read")),
        };
        let roots = match (is_tls, own.mode.as_deref()) {
            (true, None | Some("verify-full")) => Some(own.roots.unwrap_or(Roots::System)),
            (false, None | Some("disable")) if own.roots.is_some() => {
                return Err(refused("sslrootcert belongs to rediss://"));
            }
            (false, Some("disable")) => None,
            (false, None) if place.is_this_machine() => None,
            (false, None) => {
                let says = "redis:// to another machine is in clear: use rediss://, or say sslmode=disable if whoever can \
                            listen there may";
                return Err(refused(says));
            }
            (true | false, Some(_)) => {
                return Err(refused("sslmode is disable with redis://, and verify-full with rediss://"));
            }
        };
        Ok(Self { place, settings, roots })
    }
}

impl Address {
    /// How what is said reaches Redis.
    #[must_use]
    pub fn way(&self) -> Way {
        if self.roots.is_some() {
            Way::Tls
        } else if self.place.is_this_machine() {
            Way::ThisMachine
        } else {
            Way::Clear
        }
    }
}

impl Place {
    fn is_this_machine(&self) -> bool {
        match self {
            Self::Socket(_) => true,
            Self::Host { name, .. } => {
                name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
            }
        }
    }
}

/// Parameters that the driver does not know.
#[derive(Default)]
struct Own {
    mode: Option<String>,
    roots: Option<Roots>,
}

fn take_own_parameters(url: &str) -> Result<(String, Own), OpenError> {
    let Some((head, query)) = url.split_once('?') else { return Ok((url.to_owned(), Own::default())) };
    let is_socket = head.starts_with("redis+unix://");
    let mut own = Own::default();
    let mut others = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", mode)) => own.mode = Some(mode.to_owned()),
            Some(("sslrootcert", "system")) => own.roots = Some(Roots::System),
            Some(("sslrootcert", path)) => {
                let path = percent::decoded(path).ok_or_else(|| refused("sslrootcert is not properly encoded"))?;
                own.roots = Some(Roots::File(path.into()));
            }
            Some(("db" | "user" | "pass", _)) if is_socket => others.push(pair),
            Some(_) | None => return Err(refused("it has a parameter that is not known")),
        }
    }
    let bare = if others.is_empty() { head.to_owned() } else { format!("{head}?{}", others.join("&")) };
    Ok((bare, own))
}

fn refused(says: &str) -> OpenError {
    OpenError::Address { says: says.to_owned() }
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
        assert_eq!(roots("rediss://:x@redis.example.test/0"), Some(Roots::System));
        assert_eq!(roots("redis://:x@redis.example.test:6380/2?sslmode=disable"), None);
        assert_eq!(roots("redis://:x@127.0.0.1:6380"), None);
        assert_eq!(roots("redis://[::1]/3"), None);
        assert_eq!(roots("redis+unix:///run/redis/redis.sock?db=2&pass=x"), None);
        let file = Some(Roots::File("/etc/ca of ours.pem".into()));
        assert_eq!(roots("rediss://127.0.0.1?sslrootcert=%2Fetc/ca%20of%20ours.pem"), file);
        for url in ["redis://:hunter2@redis.example.test/0", "redis://:hunter2@192.0.2.1"] {
            assert!(parsed(url).unwrap_err().contains("in clear"), "{url}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused_without_being_repeated() {
        for (url, says) in [
            ("postgres://gate:hunter2@db/", "it begins with redis://"),
            ("redis://:hunter2@127.0.0.1/zero", "database number"),
            ("redis://:hunter2@127.0.0.1/0?timeout=hunter2", "a parameter that is not known"),
            ("rediss://:hunter2@db/0?sslmode=disable", "sslmode is"),
            ("redis://:hunter2@127.0.0.1/0?sslmode=prefer", "sslmode is"),
            ("redis://:hunter2@127.0.0.1/0?sslrootcert=system", "belongs to rediss://"),
            ("redis://:hunter2@127.0.0.1:port/0", ""),
        ] {
            let error = parsed(url).unwrap_err();
            assert!(error.contains(says), "{url}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn an_address_is_shown_without_who_goes_there() {
        let address = parsed("redis://gate:hunter2@127.0.0.1:6380/2").unwrap();
        assert_eq!(address.to_string(), "redis://127.0.0.1:6380/2");
        assert!(!format!("{address:?}").contains("hunter2"));
        let address = parsed("redis+unix:///run/redis.sock?db=2&pass=hunter2").unwrap();
        assert_eq!(address.to_string(), "redis+unix:///run/redis.sock?db=2");
        assert!(!format!("{address:?}").contains("hunter2"));
    }
}
