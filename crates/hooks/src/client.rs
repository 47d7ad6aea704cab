//! The caller: from a call to its answer, within the call's time.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use gatewright_core::port::{HookAnswer, HookCall, HookCaller, HookError};
use http::Request;
use http_body_util::Full;

use crate::{
    connect, exchange,
    resolve::{self, Nowhere, Resolve, SystemResolver},
    roots::{Roots, RootsError},
    rules::{HookRules, Scheme},
    target::{Target, check_url},
};

/// Calls webhooks. It keeps no connections, follows nothing and remembers nothing.
pub struct HookClient {
    rules: HookRules,
    resolver: Arc<dyn Resolve>,
    roots: Roots,
}

impl HookClient {
    /// A client that believes the certificates of the operating system, and those in `roots` (PEM).
    ///
    /// # Errors
    /// If `roots` holds no usable certificate.
    pub fn new(rules: HookRules, roots: Option<&[u8]>) -> Result<Self, RootsError> {
        Ok(Self { rules, resolver: Arc::new(SystemResolver), roots: Roots::with(roots)? })
    }

    /// Asks somebody else where names lead. The answers are judged like the operating system's.
    #[must_use]
    pub fn with_resolver(mut self, resolver: Arc<dyn Resolve>) -> Self {
        self.resolver = resolver;
        self
    }

    async fn exchange(
        &self,
        target: &Target,
        request: Request<Full<Bytes>>,
        patience: std::time::Duration,
    ) -> Result<HookAnswer, HookError> {
        let places = resolve::judged(target, &self.rules, &*self.resolver).await.map_err(|nowhere| match nowhere {
            Nowhere::Refused(says) => HookError::Refused(says),
            Nowhere::Unknown => HookError::Unreachable("its name has no address".to_owned()),
        })?;
        let stream = connect::tcp(&places, patience).await?;
        match target.scheme {
            Scheme::Http => exchange::converse(stream, request).await,
            Scheme::Https => {
                let stream = connect::tls(self.roots.config(), &target.host, stream).await?;
                exchange::converse(stream, request).await
            }
        }
    }
}

#[async_trait]
impl HookCaller for HookClient {
    fn check(&self, url: &str) -> Result<(), HookError> {
        check_url(url, &self.rules).map_err(HookError::Refused)
    }

    async fn call(&self, call: HookCall) -> Result<HookAnswer, HookError> {
        let target = Target::parse(&call.url, &self.rules).map_err(HookError::Refused)?;
        let patience = call.timeout;
        let request = exchange::request(&target, call)?;
        let exchanged = tokio::time::timeout(patience, self.exchange(&target, request, patience)).await;
        exchanged.unwrap_or(Err(HookError::TimedOut))
    }
}

impl fmt::Debug for HookClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookClient").field("rules", &self.rules).finish_non_exhaustive()
    }
}
