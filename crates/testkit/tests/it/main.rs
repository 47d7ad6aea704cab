//! The servers of the test kit: each starts, answers, and survives what tests do to it; and they end with the process.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that finds something wrong panics")]

mod ending;
mod pgbouncer;
mod postgres;
mod redis;
mod smtp;
