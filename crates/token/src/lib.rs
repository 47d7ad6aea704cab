//! Gatewright's tokens: JWTs that one issuer signs and any service verifies.

mod algorithm;
mod base64url;
#[cfg(feature = "cache")]
mod cache;
mod claims;
#[cfg(any(feature = "remote", feature = "tower"))]
mod clock;
mod der;
mod entropy;
mod json;
mod jwk;
mod jws;
mod key_id;
mod key_set;
#[cfg(test)]
mod proof;
mod refusal;
mod rejection;
#[cfg(feature = "remote")]
pub mod remote;
mod signing_key;
mod token_type;
#[cfg(feature = "tower")]
pub mod tower;
mod verifier;
mod verifying_key;
mod weak;

pub use algorithm::{Algorithm, UnknownAlgorithm};
#[cfg(feature = "cache")]
pub use cache::CachedVerifier;
pub use claims::{AccessClaims, SelectionClaims};
pub use jwk::{Jwk, Jwks};
pub use jws::MAX_TOKEN_LEN;
pub use key_id::{InvalidKeyId, KeyId, MAX_KEY_ID_LEN};
pub use key_set::{
    KeyEntry, KeyRecord, KeySet, KeyState, RestoreError, RotationError, RotationPolicy, Transition, Urgency,
};
pub use refusal::KeyRefusal;
pub use rejection::Rejection;
pub use signing_key::{SignError, SigningKey};
pub use token_type::TokenType;
pub use verifier::{MAX_LEEWAY_SECS, Verifier, VerifierBuilder, VerifierError};
pub use verifying_key::{VerifyingKey, VerifyingKeys};
