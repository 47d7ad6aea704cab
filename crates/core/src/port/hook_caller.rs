//! Calling a webhook: a program of the operator, somewhere on the network.

use std::time::Duration;

use async_trait::async_trait;

use crate::model::{Secret, Timestamp};

/// The most bytes of an answer that are read.
pub const MAX_HOOK_ANSWER: usize = 64 * 1024;

/// One call: a POST with a signed JSON body (Standard Webhooks).
#[derive(Clone, Debug)]
pub struct HookCall {
    /// Where to.
    pub url: String,
    /// Names the message; the same for each attempt (`webhook-id`).
    pub id: String,
    /// The moment of this attempt (`webhook-timestamp`).
    pub at: Timestamp,
    /// The JSON.
    pub body: Vec<u8>,
    /// What it is signed with; while a secret is being changed the new one and the old one.
    pub secrets: Vec<Secret<32>>,
    /// How long it may take from looking the name up to the last byte of the answer.
    pub timeout: Duration,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookAnswer {
    /// The status. A redirect is not followed; it is an answer like any other.
    pub status: u16,
    /// The body, at most [`MAX_HOOK_ANSWER`] bytes.
    pub body: Vec<u8>,
}

/// Why nothing came back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HookError {
    /// The address may not be called: it is none, not HTTPS, or leads into our own network.
    #[error("the address may not be called: {0}")]
    Refused(&'static str),
    /// It took too long.
    #[error("it took too long")]
    TimedOut,
    /// The answer is larger than [`MAX_HOOK_ANSWER`].
    #[error("the answer is too large")]
    TooLarge,
    /// It cannot be reached, or did not speak HTTP. The text names no secret.
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
}

/// Calls webhooks.
#[async_trait]
pub trait HookCaller: Send + Sync {
    /// Whether this may be the address of a webhook, as far as that can be told without asking the network.
    ///
    /// # Errors
    /// [`HookError::Refused`] if it may not.
    fn check(&self, url: &str) -> Result<(), HookError>;

    /// Sends it once and reads the answer.
    async fn call(&self, call: HookCall) -> Result<HookAnswer, HookError>;
}

/// Calls nothing: an instance whose embedder brings no caller has no webhooks.
#[derive(Clone, Copy, Debug)]
pub struct NoHooks;

const NO_HOOKS: HookError = HookError::Refused("this program calls no webhooks");

#[async_trait]
impl HookCaller for NoHooks {
    fn check(&self, _url: &str) -> Result<(), HookError> {
        Err(NO_HOOKS)
    }

    async fn call(&self, _call: HookCall) -> Result<HookAnswer, HookError> {
        Err(NO_HOOKS)
    }
}
