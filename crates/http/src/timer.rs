//! Waiting, for the time-outs of rules: the router runs on Tokio, so its clock is there.

use std::time::Duration;

use async_trait::async_trait;
use gatewright_core::port::Timer;

/// Waits by Tokio's clock. It has to be used within a Tokio runtime whose time is enabled, as every router is.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioTimer;

#[async_trait]
impl Timer for TokioTimer {
    async fn pass(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }
}
