//! What an operator or embedder decides about the HTTP edge. What concerns more than HTTP is the core's `Policy`.

use std::{fmt, str::FromStr, time::Duration};

use ipnet::IpNet;

use crate::{LoginUrl, PageLook};

/// The settings of a router. The defaults are safe for a server behind nothing.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// How cookies are named and marked.
    pub cookies: CookieSecurity,
    /// Where the router is nested (`/api`, say), for the OpenAPI document; empty at the root. Cookies do not depend on it.
    pub base_path: String,
    /// Other origins whose pages may call us with credentials. Our own is the issuer's.
    pub cors_origins: Vec<Origin>,
    /// Peers whose `X-Forwarded-For` is believed, and who may say which request they ask about (SECURITY OA10).
    pub trusted_proxies: Vec<IpNet>,
    /// The longest request body, in bytes (SECURITY AZ7).
    pub body_limit: usize,
    /// How long a body may take to arrive.
    pub body_deadline: Duration,
    /// How long a request may take in all, before it is given up with 503.
    pub request_deadline: Duration,
    /// Whether a logout tells the browser to forget everything of our site.
    pub clear_site_data: ClearSiteData,
    /// Whether there are pages for what links in mails lead to.
    pub pages: Pages,
    /// Where forward-auth sends people who are not signed in. Without it, `/login` of the issuer's origin.
    pub login_url: Option<LoginUrl>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            cookies: CookieSecurity::Secure,
            base_path: String::new(),
            cors_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            body_limit: 16 * 1024,
            body_deadline: Duration::from_secs(10),
            request_deadline: Duration::from_secs(30),
            clear_site_data: ClearSiteData::WithLastSession,
            pages: Pages::On(PageSettings::default()),
            login_url: None,
        }
    }
}

/// How cookies are named and marked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CookieSecurity {
    /// `__Host-` names with `Secure`: only over HTTPS, only for this very host (SECURITY WB1).
    #[default]
    Secure,
    /// Plain names without `Secure`, for development without TLS. Without effect unless the issuer's host is a loopback one
    /// (`localhost`, `127.0.0.0/8`, `::1`; SECURITY LG9).
    PlainOnLoopback,
}

/// Whether a logout sends `Clear-Site-Data` (SECURITY SE13; `docs/decisions/0006-cookies.md`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClearSiteData {
    /// When the session came by cookie and no other session's cookies came along.
    #[default]
    WithLastSession,
    /// Never: for an app that shares its site with others, whose cookies would go as well.
    Never,
}

/// Whether there are pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pages {
    /// At `/verify-email` and its like, beside the API.
    On(PageSettings),
    /// None: for an app that has pages of its own where mails lead, and calls the API from them.
    Off,
}

/// What an operator or embedder decides about the pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageSettings {
    /// How pages call what one signs in to. Without it, the host of the issuer.
    pub product: Option<String>,
    /// The address of the app: where somebody goes on who is done here. Without it they are told to go on where they were.
    pub home: Option<String>,
    /// Other origins to which a page may lead on whoever is done here (`?next=`). To paths of our own it always may.
    pub next_origins: Vec<Origin>,
    /// How they look.
    pub look: PageLook,
}

/// The origin of a page (RFC 6454), in the one form in which browsers send it: scheme, host, and port unless it is the
/// scheme's own. `null` is none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(String);

/// This is no origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnOrigin;

impl Origin {
    /// The origin as a browser sends it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The origin of an absolute URL, whatever path follows.
    #[must_use]
    pub fn of_url(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        format!("{scheme}://{authority}").parse().ok()
    }

    /// The name or address in it, with the port if it has one.
    pub(crate) fn authority(&self) -> &str {
        self.0.split_once("://").map_or("", |(_, authority)| authority)
    }

    pub(crate) fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Whether the host is one that only this machine reaches.
    pub(crate) fn is_loopback(&self) -> bool {
        let authority = self.authority();
        let host = match authority.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => authority.split(':').next().unwrap_or_default(),
        };
        let is_address = host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        is_address || host == "localhost" || host.ends_with(".localhost")
    }
}

impl FromStr for Origin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let (scheme, authority) = text.split_once("://").ok_or(NotAnOrigin)?;
        let scheme_is_legal = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        if !scheme_is_legal || !is_host_with_port(authority) {
            return Err(NotAnOrigin);
        }
        let (scheme, authority) = (scheme.to_ascii_lowercase(), authority.to_ascii_lowercase());
        let own_port = match scheme.as_str() {
            "https" => ":443",
            "http" => ":80",
            _ => "",
        };
        Ok(Self(format!("{scheme}://{}", authority.strip_suffix(own_port).unwrap_or(&authority))))
    }
}

/// A name or an address, in brackets if it is one with colons, and perhaps a port.
fn is_host_with_port(authority: &str) -> bool {
    let (host_is_legal, rest) = match authority.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((inner, rest)) => (inner.parse::<std::net::Ipv6Addr>().is_ok(), rest),
        None => {
            let (host, rest) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            (!host.is_empty() && host.bytes().all(is_name), rest)
        }
    };
    let is_port = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse::<u16>().is_ok();
    host_is_legal && (rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port))
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for NotAnOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an origin is a scheme, `://`, a host and perhaps a port, and nothing else")
    }
}

impl std::error::Error for NotAnOrigin {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_one_form() {
        for (given, sent) in [
            ("https://App.example", "https://app.example"),
            ("https://app.example:443", "https://app.example"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("capacitor://localhost", "capacitor://localhost"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(given.parse::<Origin>().unwrap().as_str(), sent);
        }
        for bad in ["null", "*", "", "app.example", "https://", "https://app.example/", "https://a@b", "https://a b"] {
            assert_eq!(bad.parse::<Origin>(), Err(NotAnOrigin), "{bad}");
        }
        // Found by the fuzz target `origin`: without its port it would have been another origin's form.
        for bad in ["a:443:443", ":443", "a:", "a:x", "a:65536", "[::1", "::1", "[::1]x", "[a]", "a]b"] {
            assert_eq!(format!("https://{bad}").parse::<Origin>(), Err(NotAnOrigin), "{bad}");
        }
    }

    #[test]
    fn lg9_only_hosts_of_this_machine_are_loopback() {
        let is = |url: &str| Origin::of_url(url).unwrap().is_loopback();
        for url in ["http://localhost:8080/x", "http://127.0.0.1", "http://[::1]:8080", "http://app.localhost"] {
            assert!(is(url), "{url}");
        }
        for url in ["http://localhost.evil.test", "http://10.0.0.1", "http://127.0.0.1.evil.test", "http://[::2]"] {
            assert!(!is(url), "{url}");
        }
    }
}
