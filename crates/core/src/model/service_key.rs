//! Service keys: what another program of the operator shows, to ask about tokens or to administer.

use std::fmt;

use zeroize::Zeroize;

use super::{Permissions, Secret, SecretHash, ServiceKeyId, Timestamp, secret_text};

const PREFIX: &str = "gwk_";

/// Characters of a service key.
pub const SERVICE_KEY_LENGTH: usize = secret_text::length(PREFIX);

/// What a program shows. Prints as `[secret]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServiceKeySecret(Secret<32>);

impl ServiceKeySecret {
    /// The key with this random secret.
    #[must_use]
    pub const fn new(secret: Secret<32>) -> Self {
        Self(secret)
    }

    /// Whether this looks like one by its prefix: then it is judged as one, and as nothing else.
    #[must_use]
    pub fn is_meant_by(text: &str) -> bool {
        text.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
    }

    /// Reads a key; `None` if it is damaged or something else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        secret_text::parse(PREFIX, text).map(Self)
    }

    /// The text, to be shown once to whoever makes the key.
    #[must_use]
    pub fn encode(&self) -> ServiceKeyText {
        ServiceKeyText(secret_text::encode(PREFIX, &self.0))
    }

    /// What a store may keep of it (SECURITY AZ5).
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        self.0.hash()
    }
}

/// A service key's text on its way to whoever makes it. Prints as `[secret]`.
#[derive(Clone, PartialEq, Eq, Zeroize)]
#[zeroize(drop)]
pub struct ServiceKeyText(String);

impl ServiceKeyText {
    /// The text itself, for whoever makes the key and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ServiceKeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// A service key as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceKey {
    /// Its id.
    pub id: ServiceKeyId,
    /// What it is for, in its maker's words: 1 to 100 characters.
    pub name: String,
    /// What it may do.
    pub permissions: Permissions,
    /// SHA-256 of its secret.
    pub hash: SecretHash,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is good for nothing, if ever.
    pub ends_at: Option<Timestamp>,
    /// When it was used last, to the minute.
    pub used_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_being_copied_and_its_damages_do_not() {
        let key = ServiceKeySecret::new(Secret::new([0x5c; 32]));
        let text = key.encode();
        assert_eq!(text.expose().len(), SERVICE_KEY_LENGTH);
        assert_eq!(ServiceKeySecret::parse(text.expose()), Some(key.clone()));
        assert!(ServiceKeySecret::is_meant_by(text.expose()) && !ServiceKeySecret::is_meant_by("gwr_"));
        for at in 0..text.expose().len() {
            let mut damaged = text.expose().to_owned();
            let other = if &damaged[at..=at] == "7" { "6" } else { "7" };
            damaged.replace_range(at..=at, other);
            assert_eq!(ServiceKeySecret::parse(&damaged), None, "{damaged}");
        }
        assert_eq!(format!("{text:?}"), "[secret]");
        assert!(!format!("{key:?}").contains("gwk_"));
    }
}
