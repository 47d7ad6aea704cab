//! Who is calling, as far as the connection tells: for the activity log, the list of devices and the rate limits.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
};

use super::{Invalid, InvalidReason, Timestamp, profile::forges};

/// What an edge knows of a request's sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientInfo {
    /// The address, taken from the connection or from a configured proxy; unknown on a unix socket.
    pub ip: Option<IpAddr>,
    /// What the client calls itself.
    pub user_agent: Option<UserAgent>,
    /// When the request arrived. What is still waiting ten seconds later is answered 503 and changes nothing (DESIGN 4.3).
    pub received_at: Timestamp,
}

impl ClientInfo {
    /// The unit that is limited together: one IPv4 address, or one IPv6 /64, which one household has to itself.
    #[must_use]
    pub fn source(&self) -> ClientSource {
        ClientSource::of(self.ip)
    }

    /// The device, as far as it can be told from others.
    #[must_use]
    pub fn device(&self) -> Device {
        Device { source: self.source(), user_agent: self.user_agent.clone() }
    }
}

/// What tells one device of an account from another when somebody signs in: the same program at the same source is the same
/// device. A browser after its update, or a telephone in another network, is one that we have not seen; since sessions live
/// for weeks, that is seldom asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// From where.
    pub source: ClientSource,
    /// With what.
    pub user_agent: Option<UserAgent>,
}

/// An IPv4 address, an IPv6 /64, or nobody knows (SECURITY AU2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientSource(Option<IpAddr>);

impl ClientSource {
    /// Where nothing is known of the sender.
    pub const UNKNOWN: Self = Self(None);

    /// The source that `ip` belongs to.
    #[must_use]
    pub fn of(ip: Option<IpAddr>) -> Self {
        Self(ip.map(|ip| match ip.to_canonical() {
            IpAddr::V4(v4) => IpAddr::V4(v4),
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        }))
    }
}

impl fmt::Display for ClientSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(IpAddr::V4(v4)) => v4.fmt(f),
            Some(IpAddr::V6(v6)) => write!(f, "{v6}/64"),
            None => f.write_str("unknown"),
        }
    }
}

/// A `User-Agent` header: at most 256 characters, printable, so that it can forge no line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserAgent(String);

impl UserAgent {
    /// Keeps what is printable of the first 256 characters; nothing if nothing is.
    #[must_use]
    pub fn from_header(text: &str) -> Option<Self> {
        let kept: String = text.chars().filter(|c| (' '..='~').contains(c)).take(256).collect();
        (!kept.trim().is_empty()).then_some(Self(kept))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the client of a session calls its device, for the list of sessions: "Ada's phone".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientLabel(String);

impl ClientLabel {
    /// Parses 1 to 100 code points, none of which could forge a line.
    ///
    /// # Errors
    /// Anything else is malformed.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Invalid> {
        if (1..=100).contains(&text.chars().count()) && !text.contains(forges) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid::new(field, InvalidReason::Malformed))
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_household_are_one_source() {
        let source = |text: &str| ClientSource::of(Some(text.parse().unwrap()));
        assert_eq!(source("2001:db8:1:2::1"), source("2001:db8:1:2:ffff::9"));
        assert_ne!(source("2001:db8:1:2::1"), source("2001:db8:1:3::1"));
        assert_eq!(source("::ffff:192.0.2.1"), source("192.0.2.1"));
        assert_ne!(source("192.0.2.1"), source("192.0.2.2"));
    }

    #[test]
    fn lg3_a_label_can_forge_no_line() {
        assert!(ClientLabel::parse("client", "Ada’s phone").is_ok());
        for bad in ["", "a\nb", "a\u{85}b", "a\u{2028}b", "a\u{2029}b", "a\u{202e}b", "a\u{2066}b"] {
            assert!(ClientLabel::parse("client", bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn lg3_a_user_agent_can_forge_no_line() {
        let agent = UserAgent::from_header("curl/8\r\nforged\u{1b}[31m").unwrap();
        assert_eq!(agent.as_str(), "curl/8forged[31m");
        assert_eq!(UserAgent::from_header("\u{202e}"), None);
    }
}
