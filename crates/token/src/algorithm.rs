//! The four signature algorithms. A key has exactly one of them for its whole life, and a token's `alg` must be that one:
//! there is no list of acceptable algorithms anywhere in this crate (RFC 8725 section 3.1).

use std::{fmt, str::FromStr};

/// How a token is signed. The names are the `alg` values of RFC 7518 and RFC 8037, compared with case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256. The default, because every JWT library verifies it.
    #[default]
    Es256,
    /// Ed25519: the fastest of the four on both sides.
    EdDsa,
    /// RSASSA-PKCS1-v1_5 with SHA-256, for verifiers that know nothing newer.
    Rs256,
    /// HMAC with SHA-256. Whoever verifies can also sign, so it suits one service that talks to itself only.
    Hs256,
}

/// A name that is not one of `ES256`, `EdDSA`, `RS256`, `HS256`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown signature algorithm; use ES256, EdDSA, RS256 or HS256")]
pub struct UnknownAlgorithm;

impl Algorithm {
    /// The name as it stands in `alg`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Rs256 => "RS256",
            Self::Hs256 => "HS256",
        }
    }

    /// The byte that stands for the algorithm in a sealed key. Stored data depends on it: numbers are never reused.
    pub(crate) const fn sealed_tag(self) -> u8 {
        match self {
            Self::Es256 => 1,
            Self::EdDsa => 2,
            Self::Rs256 => 3,
            Self::Hs256 => 4,
        }
    }

    pub(crate) const fn from_sealed_tag(tag: u8) -> Option<Self> {
        match tag {
            1 => Some(Self::Es256),
            2 => Some(Self::EdDsa),
            3 => Some(Self::Rs256),
            4 => Some(Self::Hs256),
            _ => None,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "ES256" => Ok(Self::Es256),
            "EdDSA" => Ok(Self::EdDsa),
            "RS256" => Ok(Self::Rs256),
            "HS256" => Ok(Self::Hs256),
            _ => Err(UnknownAlgorithm),
        }
    }
}
