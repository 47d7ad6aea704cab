//! The store from outside, on real files.
#![expect(clippy::unwrap_used, clippy::panic, reason = "test code that is not itself a test function panics like one")]

mod sqlite;
