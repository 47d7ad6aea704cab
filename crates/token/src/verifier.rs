//! The verifier: from a token and the time to claims or the one reason against it. It holds no clock, does no IO and
//! never changes; a rotation makes a new one with [`Verifier::with_keys`].

use crate::{AccessClaims, Rejection, SelectionClaims, TokenType, VerifyingKeys, json, jws};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The most leeway that clocks may need, in seconds (SECURITY.md JW15).
pub const MAX_LEEWAY_SECS: i64 = 30;

/// Checks tokens of one issuer for one audience. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Verifier {
    expected: Arc<Expected>,
    keys: VerifyingKeys,
}

#[derive(Debug)]
struct Expected {
    issuer: String,
    audience: String,
    leeway_secs: i64,
    future_leeway_secs: i64,
    max_lifetime_secs: i64,
}

/// Collects what a [`Verifier`] needs.
#[derive(Clone, Debug)]
pub struct VerifierBuilder {
    issuer: String,
    audience: String,
    leeway_secs: i64,
    future_leeway_secs: Option<i64>,
    max_lifetime_secs: i64,
    keys: VerifyingKeys,
}

/// What a verifier cannot be built with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifierError {
    /// No issuer.
    #[error("a verifier needs the issuer whose tokens it accepts")]
    NoIssuer,
    /// No audience.
    #[error("a verifier needs its own audience")]
    NoAudience,
    /// Leeway, into the past or into the future, outside 0 to 30 seconds.
    #[error("the leeway is 0 to 30 seconds")]
    Leeway,
    /// A lifetime that lets nothing pass, or that is no limit.
    #[error("the longest lifetime is 1 second to 1 day")]
    MaxLifetime,
}

impl Verifier {
    /// Starts with no issuer, no audience, no keys, 5 seconds of leeway and a longest lifetime of 1 hour.
    pub fn builder() -> VerifierBuilder {
        VerifierBuilder {
            issuer: String::new(),
            audience: String::new(),
            leeway_secs: 5,
            future_leeway_secs: None,
            max_lifetime_secs: 3600,
            keys: VerifyingKeys::default(),
        }
    }

    /// The same verifier with other keys: what a rotation or a fetch calls.
    #[must_use]
    pub fn with_keys(&self, keys: VerifyingKeys) -> Self {
        Self { expected: Arc::clone(&self.expected), keys }
    }

    /// The keys that are accepted now.
    pub fn keys(&self) -> &VerifyingKeys {
        &self.keys
    }

    /// Verifies an access token at a time in seconds since 1970.
    pub fn verify_access(&self, token: &str, now_unix_secs: i64) -> Result<AccessClaims, Rejection> {
        let (claims, not_before) = self.read_access(token)?;
        self.judge_access_times(&claims, not_before, now_unix_secs)?;
        Ok(claims)
    }

    /// Verifies a selection token at a time in seconds since 1970.
    pub fn verify_selection(&self, token: &str, now_unix_secs: i64) -> Result<SelectionClaims, Rejection> {
        let members = self.verified_members(token, TokenType::Selection)?;
        let (claims, not_before) = SelectionClaims::read(members, &self.expected.issuer, &self.expected.audience)?;
        self.judge_times(claims.issued_at, not_before, claims.expires_at, now_unix_secs)?;
        Ok(claims)
    }

    /// Everything but the times; they are judged separately, so that a cache can judge them again.
    pub(crate) fn read_access(&self, token: &str) -> Result<(AccessClaims, Option<i64>), Rejection> {
        let members = self.verified_members(token, TokenType::Access)?;
        AccessClaims::read(members, &self.expected.issuer, &self.expected.audience)
    }

    pub(crate) fn judge_access_times(
        &self,
        claims: &AccessClaims,
        not_before: Option<i64>,
        now: i64,
    ) -> Result<(), Rejection> {
        self.judge_times(claims.issued_at, not_before, claims.expires_at, now)
    }

    fn verified_members(&self, token: &str, kind: TokenType) -> Result<Map<String, Value>, Rejection> {
        let payload = jws::verify(token, &self.keys, kind)?;
        json::read_object(&payload).map_err(|_| Rejection::Claims)
    }

    /// `exp` comes last, so that "expired" means that everything else is right.
    fn judge_times(&self, issued_at: i64, not_before: Option<i64>, expires_at: i64, now: i64) -> Result<(), Rejection> {
        let latest_start = now.saturating_add(self.expected.future_leeway_secs);
        if issued_at > latest_start {
            return Err(Rejection::IssuedInFuture);
        }
        if not_before.is_some_and(|time| time > latest_start) {
            return Err(Rejection::NotYetValid);
        }
        // Both are within 0 and 2^53 − 1, so the difference cannot overflow.
        let lifetime = expires_at - issued_at;
        if lifetime <= 0 {
            return Err(Rejection::InvalidClaim("exp"));
        }
        if lifetime > self.expected.max_lifetime_secs {
            return Err(Rejection::Lifetime);
        }
        if now >= expires_at + self.expected.leeway_secs { Err(Rejection::Expired) } else { Ok(()) }
    }
}

impl VerifierBuilder {
    /// The issuer, exactly as in `iss`: no trailing slash is added or removed.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = issuer.into();
        self
    }

    /// The name of the service that verifies, exactly as in `aud`.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = audience.into();
        self
    }

    /// How far the clocks may differ, in seconds: 0 to 30. So long a token is good after `exp`, and, unless
    /// [`VerifierBuilder::future_leeway_secs`] says otherwise, before `iat` and `nbf`.
    #[must_use]
    pub fn leeway_secs(mut self, secs: i64) -> Self {
        self.leeway_secs = secs;
        self
    }

    /// How far `iat` and `nbf` may lie in the future, in seconds: 0 to 30. For a verifier for which an expired token is
    /// expired to the second, but which must take the tokens of an issuer whose clock is a little ahead of its own.
    #[must_use]
    pub fn future_leeway_secs(mut self, secs: i64) -> Self {
        self.future_leeway_secs = Some(secs);
        self
    }

    /// The longest `exp` − `iat` that is believed, in seconds: 1 to 86,400.
    #[must_use]
    pub fn max_lifetime_secs(mut self, secs: i64) -> Self {
        self.max_lifetime_secs = secs;
        self
    }

    /// The keys.
    #[must_use]
    pub fn keys(mut self, keys: VerifyingKeys) -> Self {
        self.keys = keys;
        self
    }

    /// Builds the verifier. Without keys it refuses every token, which is right for one that fetches them later.
    pub fn build(self) -> Result<Verifier, VerifierError> {
        let Self { issuer, audience, leeway_secs, future_leeway_secs, max_lifetime_secs, keys } = self;
        let future_leeway_secs = future_leeway_secs.unwrap_or(leeway_secs);
        if issuer.is_empty() {
            return Err(VerifierError::NoIssuer);
        }
        if audience.is_empty() {
            return Err(VerifierError::NoAudience);
        }
        if [leeway_secs, future_leeway_secs].iter().any(|secs| !(0..=MAX_LEEWAY_SECS).contains(secs)) {
            return Err(VerifierError::Leeway);
        }
        if !(1..=86_400).contains(&max_lifetime_secs) {
            return Err(VerifierError::MaxLifetime);
        }
        let expected = Expected { issuer, audience, leeway_secs, future_leeway_secs, max_lifetime_secs };
        Ok(Verifier { expected: Arc::new(expected), keys })
    }
}
