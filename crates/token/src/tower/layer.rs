//! The layer that demands a token. Only it can make a caller, and only from a token that was verified, so a request that
//! reaches the inner service always has one.

use super::{
    bearer::{self, Bearer},
    caller::Caller,
    problem::Problem,
};
#[cfg(feature = "remote")]
use crate::remote::{RemoteRejection, RemoteVerifier};
use crate::{
    AccessClaims, Rejection, Verifier,
    clock::{self, Clock},
};
use http::{Request, Response};
use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tower_layer::Layer;
use tower_service::Service;

/// What decides about a token: a [`Verifier`] with fixed keys, or a `RemoteVerifier`. Both convert into it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TokenCheck {
    /// Keys that were given.
    Fixed(Verifier),
    /// Keys that are fetched.
    #[cfg(feature = "remote")]
    Remote(RemoteVerifier),
}

impl From<Verifier> for TokenCheck {
    fn from(verifier: Verifier) -> Self {
        Self::Fixed(verifier)
    }
}

#[cfg(feature = "remote")]
impl From<RemoteVerifier> for TokenCheck {
    fn from(verifier: RemoteVerifier) -> Self {
        Self::Remote(verifier)
    }
}

impl TokenCheck {
    async fn verify(&self, token: &str, clock: &Clock) -> Result<AccessClaims, Problem> {
        let verdict = match self {
            Self::Fixed(verifier) => verifier.verify_access(token, clock()),
            #[cfg(feature = "remote")]
            Self::Remote(verifier) => match verifier.verify_access(token).await {
                Ok(claims) => Ok(claims),
                Err(RemoteRejection::Refused(rejection)) => Err(rejection),
                Err(RemoteRejection::Unavailable) => return Err(Problem::Unavailable),
            },
        };
        let problem =
            |reason: Rejection| if reason.is_expired() { Problem::TokenExpired } else { Problem::TokenInvalid };
        verdict.map_err(problem)
    }
}

/// Lets only requests with a valid access token through, and gives them a [`Caller`].
#[derive(Clone)]
pub struct RequireToken {
    check: TokenCheck,
    clock: Clock,
}

impl RequireToken {
    /// Demands a token that this verifier accepts, by the clock of the operating system.
    pub fn new(check: impl Into<TokenCheck>) -> Self {
        Self { check: check.into(), clock: clock::system() }
    }

    /// The same with another clock, which gives seconds since 1970. A remote verifier has its own.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }
}

impl fmt::Debug for RequireToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireToken").field("check", &self.check).finish_non_exhaustive()
    }
}

impl<S> Layer<S> for RequireToken {
    type Service = RequireTokenService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RequireTokenService { inner, demand: self.clone() }
    }
}

/// The service that [`RequireToken`] makes.
#[derive(Clone, Debug)]
pub struct RequireTokenService<S> {
    inner: S,
    demand: RequireToken,
}

impl<S, B, R> Service<Request<B>> for RequireTokenService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: From<String>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // The service that was polled ready is the one that must be called; its clone takes its place.
        let clone = self.inner.clone();
        let mut ready = std::mem::replace(&mut self.inner, clone);
        let demand = self.demand.clone();
        Box::pin(async move {
            let verdict = match bearer::read(request.headers()) {
                Bearer::Absent => Err(Problem::TokenMissing),
                Bearer::Malformed => Err(Problem::TokenInvalid),
                Bearer::Token(token) => demand.check.verify(token, &demand.clock).await,
            };
            match verdict {
                Ok(claims) => {
                    request.extensions_mut().insert(Caller::new(claims));
                    ready.call(request).await
                }
                Err(problem) => Ok(problem.response()),
            }
        })
    }
}
