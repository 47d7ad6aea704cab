//! Waiting. There is no runtime here, so whoever brings one brings the waiting as well.

use std::time::Duration;

use async_trait::async_trait;

/// Waits.
#[async_trait]
pub trait Timer: Send + Sync {
    /// Comes back when so much time has passed.
    async fn pass(&self, span: Duration);
}
