//! The name of a key. It is opaque: compared byte for byte, looked up in a map, never a path, a query or an address.

use std::{borrow::Borrow, fmt};

/// The longest `kid` that is looked at. An RFC 7638 thumbprint has 43 characters.
pub const MAX_KEY_ID_LEN: usize = 64;

/// A `kid`: 1 to 64 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(Box<str>);

/// A `kid` that is empty, longer than 64 characters, or not visible ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key id has 1 to 64 visible ASCII characters")]
pub struct InvalidKeyId;

impl KeyId {
    /// Takes a name that came from outside.
    pub fn parse(name: &str) -> Result<Self, InvalidKeyId> {
        let fits = (1..=MAX_KEY_ID_LEN).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(name.into())) } else { Err(InvalidKeyId) }
    }

    /// The name of a key made here: base64url of a SHA-256, 43 characters.
    pub(crate) fn from_digest(digest: &[u8]) -> Self {
        Self(crate::base64url::encode(digest).into())
    }

    /// The name as it stands in `kid`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for KeyId {
    fn borrow(&self) -> &str {
        &self.0
    }
}
