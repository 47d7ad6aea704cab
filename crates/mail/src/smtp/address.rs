//! Where the SMTP server is, from a URL. What must stay true: nothing goes over a network in clear unless the operator says so in as
//! many words, and credentials show neither in `Debug` nor in an error.

use std::{fmt, net::IpAddr, path::PathBuf};

use crate::{percent, setup::SetupError};

/// Where mails are handed in (RFC 6409), and inside TLS from the first byte (RFC 8314).
const SUBMISSION: u16 = 587;
const SUBMISSIONS: u16 = 465;

/// Where an SMTP server is, how to speak to it, and as whom.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpAddress {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: SmtpSecurity,
    pub(super) credentials: Option<Credentials>,
    pub(super) authority: Option<PathBuf>,
    pub(super) hello: Option<String>,
}

/// How what is said is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// Not at all.
    Clear,
    /// By TLS after `STARTTLS`, without which nothing is said (RFC 3207).
    StartTls,
    /// By TLS from the first byte.
    Tls,
}

/// A user and a password. Neither prints.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Credentials {
    pub(super) user: String,
    pub(super) password: String,
}

/// Scheme, host and port, without who goes there.
impl fmt::Display for SmtpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.security == SmtpSecurity::Tls { "smtps" } else { "smtp" };
        if self.host.contains(':') {
            write!(f, "{scheme}://[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{scheme}://{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Debug for SmtpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpAddress({self}, {:?})", self.security)
    }
}

impl SmtpAddress {
    /// Reads `smtp://user:password@host:587` or `smtps://user:password@host:465`; user and password are percent-encoded.
    ///
    /// `smtp` means `STARTTLS`, which the server must offer; on this machine it means in clear. Parameters: `tls=starttls` asks
    /// for it there, too, `tls=none` goes without it to another machine; `ca=/path/to/ca.pem` believes these certificates beside
    /// those of the system; `hello=mail.example.com` is the name for `EHLO`.
    ///
    /// # Errors
    /// [`SetupError::Setting`] says what is wrong, and never repeats the URL, because that may hold a password.
    pub fn parse(url: &str) -> Result<Self, SetupError> {
        let (rest, is_tls) = match (url.strip_prefix("smtp://"), url.strip_prefix("smtps://")) {
            (Some(rest), _) => (rest, false),
            (None, Some(rest)) => (rest, true),
            (None, None) => return Err(refused("it begins with smtp:// or smtps://")),
        };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (credentials, place) = match rest.rsplit_once('@') {
            Some((credentials, place)) => (Some(credentials_of(credentials)?), place),
            None => (None, rest),
        };
        let (host, port) = place_of(place, if is_tls { SUBMISSIONS } else { SUBMISSION })?;
        let own = Parameters::read(query)?;
        let is_near = is_this_machine(&host);
        let security = match (is_tls, own.tls.as_deref()) {
            (true, None) => SmtpSecurity::Tls,
            (true, Some(_)) => return Err(refused("tls belongs to smtp://; smtps:// is TLS from the first byte")),
            (false, Some("none")) if own.authority.is_some() => return Err(refused("ca has no meaning with tls=none")),
            (false, Some("none")) => SmtpSecurity::Clear,
            (false, Some("starttls")) => SmtpSecurity::StartTls,
            (false, Some(_)) => return Err(refused("tls is starttls or none")),
            (false, None) if is_near && own.authority.is_none() => SmtpSecurity::Clear,
            (false, None) => SmtpSecurity::StartTls,
        };
        Ok(Self { host, port, security, credentials, authority: own.authority, hello: own.hello })
    }

    /// How what is said is protected.
    #[must_use]
    pub fn security(&self) -> SmtpSecurity {
        self.security
    }

    /// Whether whoever can listen on the way can read passwords and links, which deserves a warning.
    #[must_use]
    pub fn is_in_the_open(&self) -> bool {
        self.security == SmtpSecurity::Clear && !is_this_machine(&self.host)
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn credentials_of(text: &str) -> Result<Credentials, SetupError> {
    let (user, password) =
        text.split_once(':').ok_or_else(|| refused("it has a user and no password: user:password@"))?;
    let decoded = |text: &str| {
        let says = "user and password are percent-encoded (@ is %40, : is %3A, / is %2F, % is %25), and hold no NUL";
        percent::decoded(text).filter(|text| !text.contains('\0')).ok_or_else(|| refused(says))
    };
    let credentials = Credentials { user: decoded(user)?, password: decoded(password)? };
    if credentials.user.is_empty() || credentials.password.is_empty() {
        return Err(refused("user or password is empty; leave out both, with the @, to go without"));
    }
    Ok(credentials)
}

fn place_of(place: &str, usual: u16) -> Result<(String, u16), SetupError> {
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => {
            (host, port.parse().map_err(|_| refused("its port is no number up to 65535"))?)
        }
        Some(_) | None => (place, usual),
    };
    let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_address = literal.is_some_and(|literal| literal.parse::<std::net::Ipv6Addr>().is_ok());
    let is_name = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)) && !host.is_empty();
    if !is_address && !is_name {
        return Err(refused(
            "it names no host: smtp://host:587, or [2001:db8::1] for an IPv6 address; a password is percent-encoded",
        ));
    }
    Ok((literal.unwrap_or(host).to_owned(), port))
}

#[derive(Default)]
struct Parameters {
    tls: Option<String>,
    authority: Option<PathBuf>,
    hello: Option<String>,
}

impl Parameters {
    fn read(query: &str) -> Result<Self, SetupError> {
        let mut own = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value =
                percent::decoded(value).ok_or_else(|| refused("a parameter is not properly percent-encoded"))?;
            match name {
                "tls" => own.tls = Some(value),
                "ca" if value.is_empty() => return Err(refused("ca names a PEM file")),
                "ca" => own.authority = Some(value.into()),
                "hello" if is_hello(&value) => own.hello = Some(value),
                "hello" => return Err(refused("hello is a host name: letters, digits, dots and hyphens")),
                _ => return Err(refused("it has a parameter that is not known; there are tls, ca and hello")),
            }
        }
        Ok(own)
    }
}

fn is_hello(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 253
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
}

fn refused(says: &str) -> SetupError {
    SetupError::setting("the URL of the SMTP server", says)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str) -> Result<SmtpAddress, String> {
        SmtpAddress::parse(url).map_err(|error| error.to_string())
    }

    #[test]
    fn lg9_another_machine_is_only_spoken_to_inside_tls_unless_the_operator_says_otherwise() {
        for (url, security, is_in_the_open) in [
            ("smtp://mail.example.test", SmtpSecurity::StartTls, false),
            ("smtp://mail.example.test?tls=starttls", SmtpSecurity::StartTls, false),
            ("smtps://mail.example.test", SmtpSecurity::Tls, false),
            ("smtp://mail.example.test:25?tls=none", SmtpSecurity::Clear, true),
            ("smtp://127.0.0.1:2525", SmtpSecurity::Clear, false),
            ("smtp://localhost", SmtpSecurity::Clear, false),
            ("smtp://[::1]:2525", SmtpSecurity::Clear, false),
            ("smtp://localhost?ca=/etc/ca.pem", SmtpSecurity::StartTls, false),
            ("smtp://127.0.0.1.example.test", SmtpSecurity::StartTls, false),
        ] {
            let address = parsed(url).unwrap();
            assert_eq!((address.security(), address.is_in_the_open()), (security, is_in_the_open), "{url}");
        }
    }

    #[test]
    fn a_url_is_read_with_its_parts_decoded() {
        let address = parsed(
            "smtps://gate%40example.test:p%3Ass%2Fw%25rd@[2001:db8::1]:4650/?ca=%2Fetc/our%20ca.pem&hello=a.example",
        )
        .unwrap();
        let credentials = address.credentials.clone().unwrap();
        assert_eq!((credentials.user.as_str(), credentials.password.as_str()), ("gate@example.test", "p:ss/w%rd"));
        assert_eq!((address.host.as_str(), address.port), ("2001:db8::1", 4650));
        assert_eq!(address.authority, Some("/etc/our ca.pem".into()));
        assert_eq!(address.hello.as_deref(), Some("a.example"));
        assert_eq!(parsed("smtp://a.example").unwrap().port, 587);
        assert_eq!(parsed("smtps://a.example").unwrap().port, 465);
    }

    #[test]
    fn what_cannot_be_read_is_refused_without_being_repeated() {
        for (url, says) in [
            ("mail.example.test:587", "it begins with smtp://"),
            ("smtp://gate@mail.example.test", "no password"),
            ("smtp://gate:@mail.example.test", "is empty"),
            ("smtp://gate:hunter2%zz@mail.example.test", "percent-encoded"),
            ("smtp://gate:hunter2%00@mail.example.test", "no NUL"),
            ("smtp://gate:hunter2/x", "port"),
            ("smtp://gate:hunter2@mail.example.test:smtp", "port"),
            ("smtp://gate:hunter2@", "names no host"),
            ("smtp://gate:hunter2@mail example", "names no host"),
            ("smtp://gate:hunter2@mail.example.test/inbox", "names no host"),
            ("smtp://gate:hunter2@mail\r\nRCPT", "names no host"),
            ("smtp://gate:hunter2@mail.example.test?tls=opportunistic", "tls is starttls or none"),
            ("smtp://gate:hunter2@mail.example.test?timeout=hunter2", "not known"),
            ("smtp://gate:hunter2@mail.example.test?hello=a%0D%0AMAIL", "hello is"),
            ("smtps://gate:hunter2@mail.example.test?tls=none", "belongs to smtp://"),
            ("smtp://gate:hunter2@mail.example.test?tls=none&ca=/x", "no meaning"),
        ] {
            let error = parsed(url).unwrap_err();
            assert!(error.contains(says), "{url}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn an_address_is_shown_without_who_goes_there() {
        let address = parsed("smtp://gate:hunter2@mail.example.test").unwrap();
        assert_eq!(address.to_string(), "smtp://mail.example.test:587");
        assert!(!format!("{address:?}").contains("hunter2") && !format!("{address:?}").contains("gate"));
    }
}
