//! Rules: what else an operator wants asked before somebody signs up or gets an access token, and who wants to be told
//! afterwards. What must stay true: what a rule adds to a token is named within a namespace that is a URI, so that it can
//! never be, or be taken for, a claim of ours.

use std::{fmt, time::Duration};

use super::{Act, Invalid, InvalidReason, RuleId, Timestamp, names, profile::forges};

/// The most webhooks of an instance: each one that is asked is one call for each sign-in.
pub const MAX_WEBHOOKS: usize = 32;
/// How long a rule that is asked may take unless it says otherwise.
pub const RULE_TIMEOUT: Duration = Duration::from_secs(2);
/// The longest that a rule may take that is asked: somebody waits for it. All are asked at once, so this bounds them together.
pub const MAX_RULE_TIMEOUT: Duration = Duration::from_secs(5);
/// The shortest time that a rule can be given.
pub const MIN_RULE_TIMEOUT: Duration = Duration::from_millis(100);
const MAX_URL_LENGTH: usize = 2048;
const MAX_NAMESPACE_LENGTH: usize = 128;

/// When a rule is asked or told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Moment {
    /// Asked before an account is made at the request of somebody who signs up.
    BeforeSignUp,
    /// Asked before an access token is issued, also at a refresh.
    BeforeToken,
    /// Told after something happened.
    After,
}

names!(Moment { BeforeSignUp = "before_sign_up", BeforeToken = "before_token", After = "after" });

/// What is done if a rule that is asked gives no verdict: it took too long, cannot be reached, or does not make sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OnFailure {
    /// As if it had allowed it, and added nothing.
    Open,
    /// It is not done now; the same request may succeed later.
    Closed,
}

names!(OnFailure { Open = "open", Closed = "closed" });

/// Whether a webhook is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RuleState {
    /// It is.
    Enabled,
    /// It is not: an admin said so.
    Disabled,
    /// It is not: its server answered that it is gone (410), and it stays so until an admin enables it.
    Gone,
}

names!(RuleState { Enabled = "enabled", Disabled = "disabled", Gone = "gone" });

/// A webhook: a rule that is a program of the operator somewhere on the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: RuleId,
    /// What it is for, in its maker's words.
    pub name: RuleLabel,
    /// Where it is.
    pub url: HookUrl,
    /// When it is asked or told; sorted, each once, and at least one.
    pub moments: Vec<Moment>,
    /// Which acts it is told of, if it is told of any; sorted by name, each once; all if it is empty.
    pub acts: Vec<Act>,
    /// How long it may take when it is asked.
    pub timeout: Duration,
    /// What is done if it gives no verdict.
    pub on_failure: OnFailure,
    /// What the names of the claims begin with that it adds; there is one if it is asked before a token is issued.
    pub namespace: Option<Namespace>,
    /// What it is signed with, sealed with the master key.
    pub secrets: SealedSecrets,
    /// Whether it is called.
    pub state: RuleState,
    /// When it was made.
    pub created_at: Timestamp,
    /// 1 when it was made, and one more with each change.
    pub version: u64,
}

impl Webhook {
    /// Whether it is called at this moment.
    #[must_use]
    pub fn is_called(&self, moment: Moment) -> bool {
        self.state == RuleState::Enabled && self.moments.contains(&moment)
    }

    /// Whether it wants to be told of this act.
    #[must_use]
    pub fn wants(&self, act: Act) -> bool {
        self.acts.is_empty() || self.acts.contains(&act)
    }
}

/// What a webhook is signed with, sealed with the master key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedSecrets {
    /// The secret.
    pub current: Vec<u8>,
    /// The one before it, as long as the receiver may still need it: until then each call is signed with both.
    pub previous: Option<Vec<u8>>,
}

/// What a webhook is for, in its maker's words: 1 to 100 characters, none of which could forge a line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleLabel(String);

impl RuleLabel {
    /// Parses it.
    ///
    /// # Errors
    /// Says what is wrong with it.
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

/// Where a webhook is: an absolute `http` or `https` URL without user, password or fragment. Whether it may be called, and
/// where it leads, is judged at each call, where the address is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookUrl(String);

impl HookUrl {
    /// Parses it.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Invalid> {
        if text.len() > MAX_URL_LENGTH {
            return Err(Invalid::new(field, InvalidReason::TooLong { max: MAX_URL_LENGTH }));
        }
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let authority = rest.map(|rest| rest.split(['/', '?']).next().unwrap_or_default());
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&byte));
        match authority {
            Some(authority) if is_plain && !authority.is_empty() && !authority.contains('@') => {
                Ok(Self(text.to_owned()))
            }
            Some(_) | None => Err(Invalid::new(field, InvalidReason::Malformed)),
        }
    }

    /// The text. It may carry a secret in its path or query, so it is for admins only.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the names of a rule's claims begin with: a URI that ends in `/` or `:`, such as `https://example.com/`. No claim of
/// ours, and none that is registered, has a colon in its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace(String);

impl Namespace {
    /// Parses it.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Invalid> {
        if text.len() > MAX_NAMESPACE_LENGTH {
            return Err(Invalid::new(field, InvalidReason::TooLong { max: MAX_NAMESPACE_LENGTH }));
        }
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte));
        let scheme = text.split_once(':').map(|(scheme, rest)| (scheme, !rest.is_empty()));
        let is_scheme = |scheme: &str| {
            scheme.starts_with(|c: char| c.is_ascii_lowercase())
                && scheme.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b))
        };
        match scheme {
            Some((scheme, true)) if is_plain && is_scheme(scheme) && text.ends_with(['/', ':']) => {
                Ok(Self(text.to_owned()))
            }
            Some(_) | None => Err(Invalid::new(field, InvalidReason::Malformed)),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who is told of what happened: a webhook, or a rule of the program that embeds us.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Listener {
    /// This webhook.
    Webhook(RuleId),
    /// The embedded rule with this name.
    Embedded(EmbeddedName),
}

impl Listener {
    /// The listener as a store keeps it, and as the list of deliveries shows it: a webhook's id, or an embedded rule's name
    /// behind `embedded:`.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Webhook(id) => id.to_string(),
            Self::Embedded(name) => format!("{EMBEDDED}{name}"),
        }
    }

    /// The listener with this key. `None` if there can be no such listener.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        match key.strip_prefix(EMBEDDED) {
            Some(name) => EmbeddedName::parse(name).map(Self::Embedded),
            None => key.parse().ok().map(Self::Webhook),
        }
    }
}

const EMBEDDED: &str = "embedded:";

/// The name of an embedded rule: 1 to 64 of `a-z 0-9 _ -`. It stands for the rule in the store, so it stays the same from one
/// release of the program to the next.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmbeddedName(String);

impl EmbeddedName {
    /// Parses it; `None` if it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
        ((1..=64).contains(&text.len()) && text.bytes().all(legal)).then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for EmbeddedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_a_uri_prefix_that_ends_where_a_name_can_begin() {
        for good in ["https://example.com/", "urn:example:", "https://example.com/claims/", "tag:x,2026:"] {
            assert_eq!(Namespace::parse("namespace", good).unwrap().as_str(), good);
        }
        for bad in ["", "/", ":", "a:", "example.com/", "sub", "https:", "Https://a/", "https://a/ b/", "1a:b:", "ä:b/"]
        {
            assert!(Namespace::parse("namespace", bad).is_err(), "{bad:?}");
        }
        assert!(Namespace::parse("namespace", &format!("urn:{}:", "x".repeat(128))).is_err());
    }

    #[test]
    fn a_url_is_absolute_and_carries_no_password() {
        for good in ["https://example.com", "https://example.com/hook?a=b", "http://127.0.0.1:8080/x", "https://[::1]/"]
        {
            assert_eq!(HookUrl::parse("url", good).unwrap().as_str(), good);
        }
        let long = format!("https://example.com/{}", "x".repeat(2048));
        for bad in
            ["", "https://", "ftp://a", "file:///etc/passwd", "https://u:p@a/", "https://a/#x", "https://a/ b", &long]
        {
            assert!(HookUrl::parse("url", bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_listener_survives_the_store() {
        let embedded = Listener::Embedded(EmbeddedName::parse("crm-sync").unwrap());
        for listener in [Listener::Webhook(RuleId::from_bytes([7; 16])), embedded] {
            assert_eq!(Listener::from_key(&listener.key()), Some(listener));
        }
        for bad in ["", "embedded:", "embedded:A", "webhook", "embedded:a b"] {
            assert_eq!(Listener::from_key(bad), None, "{bad:?}");
        }
    }
}
