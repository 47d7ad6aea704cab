//! The ops listener: is the process alive, can it serve, and how is it doing. Apart from the API, so that none of it is
//! published by accident (SECURITY WB9).

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use gatewright_password::Engine;

use super::{
    metrics::{Metrics, Waiting},
    shutdown::Stop,
};
use crate::{gate::Gatewright, store::Store};

/// A store that has not answered after this is not ready.
const PATIENCE: Duration = Duration::from_secs(3);

/// A scraper gets the rest of the metrics when the outbox has not answered after this.
const OUTBOX_PATIENCE: Duration = Duration::from_secs(1);

/// What the ops listener looks at.
#[derive(Clone)]
pub(crate) struct Ops {
    pub(crate) gate: Gatewright,
    pub(crate) engine: Arc<Engine>,
    pub(crate) store: Store,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) stop: Stop,
}

impl Ops {
    pub(crate) fn router(self) -> Router {
        Router::new()
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/readyz", get(ready))
            .route("/metrics", get(metrics))
            .with_state(self)
    }
}

/// 200 while requests are accepted and the store can be read and written.
async fn ready(State(ops): State<Ops>) -> Response {
    if ops.stop.is_requested() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response();
    }
    match tokio::time::timeout(PATIENCE, ops.gate.ready()).await {
        Ok(Ok(())) => "ready\n".into_response(),
        Ok(Err(error)) => {
            tracing::warn!(error = %error, cause = ?std::error::Error::source(&error).map(ToString::to_string), "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the store is unavailable\n").into_response()
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n").into_response(),
    }
}

async fn metrics(State(ops): State<Ops>) -> Response {
    let outbox = tokio::time::timeout(OUTBOX_PATIENCE, ops.store.outbox().outbox_stats()).await;
    let outbox = outbox.ok().and_then(Result::ok).map(|stats| Waiting {
        oldest: stats.oldest.map_or(Duration::ZERO, |oldest| ops.gate.now().since(oldest)),
        stats,
    });
    let text = ops.metrics.text(&ops.engine, &ops.store, outbox.as_ref());
    ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response()
}
