//! The store from outside, on real files and real servers.
#![expect(clippy::unwrap_used, clippy::panic, reason = "test code that is not itself a test function panics like one")]

mod histories;
mod postgres;
mod redis;
mod sqlite;
mod statements;
mod transfer;
