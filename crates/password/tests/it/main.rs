//! What the password engine and the list of common passwords do for those who use them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "test code that is not itself a test function panics like one")]

mod blocklist;
mod engine;
mod fairness;
mod pepper;
mod world;
