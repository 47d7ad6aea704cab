//! Keys of an issuer elsewhere: fetched from its published set, kept, and fetched again when they are old or when a
//! token names a key that is not there. Three rules: one fetch at a time however many callers wait; unknown keys cause
//! at most one fetch a minute, so that forged tokens cannot be turned against the issuer; a failed fetch changes nothing.

mod address;
mod fetch;
mod freshness;

pub use address::AddressError;
pub use fetch::FetchFailure;

use crate::{
    AccessClaims, Rejection, Verifier,
    clock::{self, Clock},
};
use address::Address;
use fetch::{Answer, Fetcher};
use freshness::Freshness;
use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    task::JoinHandle,
};

/// Unknown keys cause at most one fetch in this time.
const UNKNOWN_KEY_PAUSE_SECS: i64 = 60;
/// After a failed fetch, the next one waits this long.
const FAILURE_PAUSE_SECS: i64 = 5;

/// A [`Verifier`] that gets its keys from the issuer. Cheap to clone; clones share the keys.
#[derive(Clone)]
pub struct RemoteVerifier(Arc<Shared>);

struct Shared {
    fetcher: Fetcher,
    clock: Clock,
    /// What callers verify with. Never held across an await.
    current: RwLock<Current>,
    /// Whoever holds it fetches. What is inside only the fetching caller needs.
    turn: Arc<Mutex<Turn>>,
}

#[derive(Clone)]
struct Current {
    verifier: Verifier,
    freshness: Freshness,
    /// Counts finished fetches, good or bad, so that a caller who waited for its turn sees that somebody else was there.
    fetches: u64,
    last_failure: Option<FetchFailure>,
}

#[derive(Default)]
struct Turn {
    etag: Option<http::HeaderValue>,
    /// When an unknown key last caused a fetch.
    unknown_key_at: Option<i64>,
    /// When a fetch last failed.
    failed_at: Option<i64>,
}

/// Why a fetch is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    /// There are no keys at all, or they are too old to be used.
    Keys,
    /// The keys are due for a look.
    Renewal,
    /// A token names a key that is not there.
    UnknownKey,
}

/// Why a token was not accepted by a [`RemoteVerifier`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoteRejection {
    /// The token is bad: 401.
    #[error(transparent)]
    Refused(#[from] Rejection),
    /// There are no keys, and none could be fetched: 503, since it says nothing about the token.
    #[error("the issuer's keys could not be fetched")]
    Unavailable,
}

impl RemoteVerifier {
    /// Verifies as `verifier` says, with keys from `jwks_url`: `https` (feature `remote-tls`), or `http` on a loopback
    /// address only. Nothing is fetched yet.
    pub fn new(verifier: Verifier, jwks_url: &str) -> Result<Self, AddressError> {
        Self::with_clock_arc(verifier, jwks_url, clock::system())
    }

    /// The same with another clock, which gives seconds since 1970.
    pub fn with_clock(
        verifier: Verifier,
        jwks_url: &str,
        clock: impl Fn() -> i64 + Send + Sync + 'static,
    ) -> Result<Self, AddressError> {
        Self::with_clock_arc(verifier, jwks_url, Arc::new(clock))
    }

    fn with_clock_arc(verifier: Verifier, jwks_url: &str, clock: Clock) -> Result<Self, AddressError> {
        let fetcher = Fetcher::new(Address::parse(jwks_url)?)?;
        let current = RwLock::new(Current { verifier, freshness: Freshness::never(), fetches: 0, last_failure: None });
        Ok(Self(Arc::new(Shared { fetcher, clock, current, turn: Arc::default() })))
    }

    /// Fetches now if there are no usable keys yet, so that a service can find out at its start.
    pub async fn warm_up(&self) -> Result<(), RemoteRejection> {
        self.usable(self.now()).await.map(|_| ())
    }

    /// Why the last fetch failed, for a log or a health page; nothing if it succeeded or there was none.
    pub fn last_failure(&self) -> Option<FetchFailure> {
        self.current().last_failure
    }

    /// Verifies an access token, fetching keys where that is needed and allowed.
    pub async fn verify_access(&self, token: &str) -> Result<AccessClaims, RemoteRejection> {
        let now = self.now();
        let current = self.usable(now).await?;
        match current.verifier.verify_access(token, now) {
            Err(Rejection::UnknownKey) => {
                self.fetch(Need::UnknownKey, now, current.fetches).await;
                Ok(self.current().verifier.verify_access(token, now)?)
            }
            Ok(claims) => Ok(claims),
            Err(rejection) => Err(rejection.into()),
        }
    }

    fn now(&self) -> i64 {
        (self.0.clock)()
    }

    fn current(&self) -> Current {
        self.0.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keys that may be used at this time, after a fetch if one is due.
    async fn usable(&self, now: i64) -> Result<Current, RemoteRejection> {
        let current = self.current();
        if !current.freshness.may_be_used(now) {
            self.fetch(Need::Keys, now, current.fetches).await;
        } else if current.freshness.is_due(now) {
            self.fetch(Need::Renewal, now, current.fetches).await;
        } else {
            return Ok(current);
        }
        let current = self.current();
        if current.freshness.may_be_used(now) { Ok(current) } else { Err(RemoteRejection::Unavailable) }
    }

    /// One fetch, unless somebody else made one since `seen`, or it is not allowed yet.
    async fn fetch(&self, need: Need, now: i64, seen: u64) {
        let turn = Arc::clone(&self.0.turn);
        let mut turn = match need {
            // Old keys are good enough while somebody else looks for new ones.
            Need::Renewal => match turn.try_lock_owned() {
                Ok(turn) => turn,
                Err(_) => return,
            },
            Need::Keys | Need::UnknownKey => turn.lock_owned().await,
        };
        if self.current().fetches != seen || turn.must_pause(need, now) {
            return;
        }
        if need == Need::UnknownKey {
            turn.unknown_key_at = Some(now);
        }
        // A panic in there is a fetch that brought nothing.
        let _ = self.outlive_the_caller(turn, now).await;
    }

    /// The fetch goes on when the caller goes away. Otherwise whoever sends a forged token and hangs up could use up the
    /// one fetch of a minute without anybody getting its keys.
    #[expect(clippy::disallowed_methods, reason = "the one named place for tasks in this crate; see above")]
    fn outlive_the_caller(&self, turn: OwnedMutexGuard<Turn>, now: i64) -> JoinHandle<()> {
        let remote = self.clone();
        tokio::spawn(async move { remote.fetch_in_turn(turn, now).await })
    }

    /// Failures leave the keys as they are.
    async fn fetch_in_turn(&self, mut turn: OwnedMutexGuard<Turn>, now: i64) {
        let answer = self.0.fetcher.fetch(turn.etag.as_ref()).await;
        let mut current = self.0.current.write().unwrap_or_else(PoisonError::into_inner);
        current.fetches += 1;
        (turn.failed_at, current.last_failure) = (None, None);
        match answer {
            Err(failure) => (turn.failed_at, current.last_failure) = (Some(now), Some(failure)),
            Ok(Answer::Unchanged { max_age_secs }) => current.freshness = Freshness::fetched(now, max_age_secs),
            Ok(Answer::Keys { keys, etag, max_age_secs }) => {
                current.verifier = current.verifier.with_keys(keys);
                current.freshness = Freshness::fetched(now, max_age_secs);
                turn.etag = etag;
            }
        }
    }
}

impl Turn {
    fn must_pause(&self, need: Need, now: i64) -> bool {
        // A clock that stepped back ends a pause: better one fetch too many than none for hours.
        let within = |since: Option<i64>, secs: i64| since.is_some_and(|since| (since..since + secs).contains(&now));
        within(self.failed_at, FAILURE_PAUSE_SECS)
            || (need == Need::UnknownKey && within(self.unknown_key_at, UNKNOWN_KEY_PAUSE_SECS))
    }
}

impl fmt::Debug for RemoteVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteVerifier").field("verifier", &self.current().verifier).finish_non_exhaustive()
    }
}
