//! Rate limits in the store, so that a restart forgives nobody.

use std::time::Duration;

use async_trait::async_trait;

use super::StoreError;
use crate::model::{LimitKey, LimitRule, Timestamp};

/// One key and the rule it is under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Take {
    /// What is limited.
    pub key: LimitKey,
    /// How.
    pub rule: LimitRule,
}

/// Whether an attempt may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limited {
    /// It was counted on every key and may go on.
    Granted,
    /// At least one key is exhausted. It was counted on none. Wait as long as the slowest of them demands.
    Wait(Duration),
}

/// The rate limits.
#[async_trait]
pub trait LimitsPort: Send + Sync {
    /// Counts one attempt on all keys, or on none if one of them is exhausted ([`LimitRule::judge`]). Concurrent calls never
    /// pass more attempts than the rule allows.
    async fn take(&self, takes: &[Take], now: Timestamp) -> Result<Limited, StoreError>;

    /// Forgives the attempt on all keys, because it turned out well ([`LimitRule::forgive`]). A key without a state is none
    /// the worse for it.
    async fn forgive(&self, takes: &[Take]) -> Result<(), StoreError>;
}
