//! Gatewright's tokens: JWTs that one issuer signs and any service verifies.
//!
//! This crate knows nothing of accounts, databases or HTTP servers. It answers two questions: *who is calling?*, for a
//! service that was handed a token, and *how do we vouch for somebody?*, for the issuer. What must stay true in every
//! file of it: a key has one algorithm, a verification accepts one kind of token, and what two readers could understand
//! differently is refused.
//!
//! # A service that only verifies
//!
//! It needs the issuer's name, its own name, and the issuer's public keys. No call to the issuer is made for a token.
//!
//! ```
//! use gatewright_token::{AccessClaims, Rejection, Verifier, VerifyingKeys};
//!
//! /// What `https://auth.example.com/.well-known/jwks.json` answers.
//! const JWKS: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","alg":"ES256","use":"sig","kid":"2026-11",
//!     "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;
//!
//! fn verifier() -> Result<Verifier, Box<dyn std::error::Error>> {
//!     let keys = VerifyingKeys::from_jwks(JWKS.as_bytes())?;
//!     Ok(Verifier::builder().issuer("https://auth.example.com").audience("https://api.example.com").keys(keys).build()?)
//! }
//!
//! fn who(verifier: &Verifier, bearer: &str, now_unix_secs: i64) -> Result<AccessClaims, Rejection> {
//!     verifier.verify_access(bearer, now_unix_secs)
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let refused = who(&verifier()?, "not.a.token", 1_800_000_000).expect_err("nobody signed this");
//! assert!(!refused.is_expired(), "only an expired token is worth a refresh; anything else is a plain 401");
//! # Ok(())
//! # }
//! ```
//!
//! Time is an argument, in seconds since 1970, so that a test can be exact. [`Rejection`] says why, for the log; a client
//! should be told at most whether the token has *expired*, which is decided last and so means that everything else was
//! right.
//!
//! With the features `remote` and `tower`, keys are fetched and requests are checked before they reach a handler:
//!
//! ```no_run
//! # #[cfg(all(feature = "remote", feature = "tower"))]
//! # mod service {
//! use axum::{Router, extract::Path, routing::get};
//! use gatewright_token::{
//!     Verifier,
//!     remote::RemoteVerifier,
//!     tower::{Caller, Forbidden, RequireToken, require_role},
//! };
//! use uuid::Uuid;
//!
//! async fn greet(caller: Caller) -> String {
//!     format!("Hello, {}", caller.username)
//! }
//!
//! /// Only the owner of the notebook gets it.
//! async fn notebook(caller: Caller, Path(owner): Path<Uuid>) -> Result<&'static str, Forbidden> {
//!     caller.require_user(owner)?;
//!     Ok("Dear diary")
//! }
//!
//! pub fn router() -> Result<Router, Box<dyn std::error::Error>> {
//!     let verifier = Verifier::builder().issuer("https://auth.example.com").audience("https://api.example.com").build()?;
//!     // `https` needs the feature `remote-tls`; plain `http` is for an issuer on the same machine.
//!     let verifier = RemoteVerifier::new(verifier, "http://127.0.0.1:8080/.well-known/jwks.json")?;
//!     Ok(Router::new()
//!         .route("/hello", get(greet))
//!         .route("/notebooks/{owner}", get(notebook))
//!         .route("/admin", get(greet).layer(require_role("admin")))
//!         .layer(RequireToken::new(verifier)))
//! }
//! # }
//! ```
//!
//! # What a verifier refuses
//!
//! In this order, each step only if the one before let the token pass, and at most one signature operation in all:
//!
//! 1. more than 8 KiB; other than three parts (five are a JWE); a header of more than 1 KiB;
//! 2. base64url with padding, whitespace, foreign characters or unused bits that are set;
//! 3. a header that is not strict JSON (duplicate members at any depth, invalid UTF-8, byte order mark, lone surrogates,
//!    nested more than eight deep), or that has `crit`, `b64`, `zip`, `enc`, `jku`, `x5u`, `jwk` or `x5c`;
//! 4. a `typ` other than the expected one ([`TokenType`]: `at+jwt`, `sel+jwt`, …; with or without `application/`, in lower
//!    case, as everybody writes it);
//! 5. a `kid` that is not exactly that of one of the keys, and an `alg` that is not that key's;
//! 6. a wrong signature;
//! 7. claims that are not strict JSON; another issuer, another audience; a claim that is missing or has the wrong type
//!    (times are whole seconds, ids are UUIDs in lower case);
//! 8. `iat` or `nbf` in the future, a longer life than allowed, and last `exp`. The leeway is at most 30 seconds.
//!
//! An access token carries `iss`, `aud`, `sub` (the user), `account_id`, `session_id`, `username`, `roles`, `amr`,
//! `auth_time`, `iat`, `exp` and `jti`, and nothing else unless the issuer is configured so. It has the `typ` of RFC 9068
//! but not its `client_id`: there are no OAuth clients. **Roles are those of the last refresh**: a change shows in other
//! services when the next access token is issued, ten minutes later at most by default (SECURITY.md JW21). Where that is
//! too late, ask the issuer.
//!
//! # The issuer's side
//!
//! A [`KeySet`] is a value. [`KeySet::plan`] says which [`Transition`]s are due under a [`RotationPolicy`];
//! carrying one out gives another key set to store and to use. A key is first *next* (published, so that every verifier
//! has it), then *signing*, then *retiring* (published until its last token is dead), then *gone*.
//!
//! ```
//! use gatewright_token::{KeySet, RotationPolicy, SigningKey, Transition};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (policy, now) = (RotationPolicy::default(), 1_800_000_000);
//! let mut keys = KeySet::default();
//! while let Some(step) = keys.plan(now, &policy).first() {
//!     keys = match step {
//!         Transition::Create { algorithm } | Transition::CreateSigning { algorithm } => {
//!             keys.with_created(step, SigningKey::generate(*algorithm)?, now)?
//!         }
//!         Transition::Promote { .. } | Transition::Remove { .. } => keys.apply(step, now)?,
//!     };
//! }
//! assert_eq!(keys.jwks().keys.len(), 2, "one signs, the next one is already published");
//! # Ok(())
//! # }
//! ```
//!
//! [`SigningKey::to_secret_bytes`] is what to seal and store, [`KeyEntry::record`] what to store beside it.
//!
//! # Choices
//!
//! * RSA, for verifiers that know nothing newer, is generated with 3072 bits and taken from 2048 up, with an exponent above
//!   2^16 and without the ROCA fingerprint; Ed25519 keys of small order and HMAC secrets that are short or text are refused.
//! * HS256 keys are never published. A service that shares one uses [`VerifyingKey::from_hmac_secret`].
//! * The cache (feature `cache`) saves signatures, never time: a cached token ends when it ends.
//!
//! # Features
//!
//! None is on by default. `cache`: `CachedVerifier`. `tower`: the module `tower`. `remote`: the module `remote`, over
//! loopback HTTP; `remote-tls` adds HTTPS with rustls and the roots of the operating system.

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
pub use claims::{AccessClaims, Acting, SecurityEventClaims, SelectionClaims};
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
