//! A web origin (RFC 6454): scheme, host and port, nothing behind them. What tokens name as their issuer and browsers send as
//! `Origin`.

use std::{fmt, net::IpAddr};

/// `https://auth.example.com`, in lower case, without a port that the scheme implies and without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebOrigin {
    text: String,
    host: String,
    is_https: bool,
}

impl WebOrigin {
    /// Parses `http://` or `https://`, a host and perhaps a port.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let uri: http::Uri = text.trim().parse().ok()?;
        let scheme = uri.scheme_str()?.to_ascii_lowercase();
        let is_https = match scheme.as_str() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let authority = uri.authority()?;
        if authority.as_str().contains('@')
            || !matches!(uri.path(), "" | "/")
            || uri.query().is_some()
            || text.contains('#')
        {
            return None;
        }
        let host = authority.host().to_ascii_lowercase();
        let implied = if is_https { 443 } else { 80 };
        let port = match authority.port() {
            Some(port) => Some(port.as_str().parse::<u16>().ok()?).filter(|port| *port != implied),
            None => None,
        };
        let text = port.map_or_else(|| format!("{scheme}://{host}"), |port| format!("{scheme}://{host}:{port}"));
        (!host.is_empty()).then_some(Self { text, host, is_https })
    }

    /// As browsers send it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host without the port.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether the way there is encrypted.
    #[must_use]
    pub const fn is_https(&self) -> bool {
        self.is_https
    }

    /// Whether only this machine can mean it.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        self.host == "localhost"
            || self.host.ends_with(".localhost")
            || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

impl fmt::Display for WebOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_one_form() {
        for (text, expected) in [
            ("https://Auth.Example.com", "https://auth.example.com"),
            ("https://auth.example.com:443/", "https://auth.example.com"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(WebOrigin::parse(text).unwrap().as_str(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_more_or_less_than_an_origin_is_refused() {
        for text in [
            "",
            "auth.example.com",
            "ftp://x",
            "https://x/path",
            "https://u@x",
            "https://x?y",
            "https://x#y",
            "https://",
            "*",
            "null",
        ] {
            assert_eq!(WebOrigin::parse(text), None, "{text}");
        }
    }

    #[test]
    fn loopback_is_what_only_this_machine_can_mean() {
        for (text, expected) in [
            ("http://localhost:8080", true),
            ("http://127.0.0.1", true),
            ("http://[::1]", true),
            ("http://127.0.0.1.example.com", false),
            ("http://localhost.example.com", false),
            ("http://192.0.2.1", false),
        ] {
            assert_eq!(WebOrigin::parse(text).unwrap().is_loopback(), expected, "{text}");
        }
    }
}
