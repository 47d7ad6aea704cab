//! The HTTP edge with everything behind it: the core, SQLite in a temporary file, a clock that stands still.
#![expect(clippy::unwrap_used, clippy::panic, reason = "test code that is not itself a test function panics like one")]

mod access_table;
mod attacks;
mod embedding;
mod family;
mod faults;
mod hostile;
mod idor;
mod invariants;
mod mail;
mod nodes;
mod pages;
mod routes;
mod rules;
mod security;
