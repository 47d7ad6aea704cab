//! One line and one count per request.
//!
//! What must stay true: neither has the query, a header, a body, or the path that was asked for: any of them could hold a
//! secret or an id. The route is the pattern that matched (SECURITY LG2, LG5).

use std::{net::SocketAddr, sync::Arc};

use axum::{
    extract::{ConnectInfo, MatchedPath, Request, State},
    http::Method,
    middleware::Next,
    response::Response,
};
use gatewright::Code;

use super::metrics::Metrics;
use crate::gate::{Gatewright, model::ClientSource};

/// What a request is noted with.
#[derive(Clone)]
pub(crate) struct Noting {
    pub(crate) gate: Gatewright,
    pub(crate) metrics: Arc<Metrics>,
}

/// Where no route matched.
const NO_ROUTE: &str = "none";

/// Answers, and notes how.
pub(crate) async fn note(State(noting): State<Noting>, request: Request, next: Next) -> Response {
    let begun = noting.gate.now();
    let method = known(request.method());
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let counted = InFlight::new(&noting.metrics);
    let response = next.run(request).await;
    drop(counted);
    let took = noting.gate.now().since(begun);
    let route = matched.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    let status = response.status().as_u16();
    noting.metrics.answered(method, route, status, took);
    if let Some(code) = response.extensions().get::<Code>() {
        noting.metrics.refused(code.name());
    }
    let request_id = response.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    // As the trusted proxies tell it; without them, and where the API did not even look, the peer.
    let source = response.extensions().get::<ClientSource>().copied().unwrap_or_else(|| ClientSource::of(peer));
    let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    tracing::info!(target: "gatewright_server::access", method, route, status, took_us, source = %source, request_id, "answered");
    response
}

/// Methods that strangers invent are one.
fn known(method: &Method) -> &'static str {
    let all = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
    let names = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    all.iter().zip(names).find(|(one, _)| *one == method).map_or("other", |(_, name)| name)
}

/// Counts a request while it is answered, also when its client goes away.
struct InFlight<'a>(&'a Metrics);

impl<'a> InFlight<'a> {
    fn new(metrics: &'a Metrics) -> Self {
        metrics.in_flight.inc();
        Self(metrics)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.dec();
    }
}
