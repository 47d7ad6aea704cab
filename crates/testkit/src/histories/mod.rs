//! Histories: what a store and the acts on it do over a long time, compared with a small reference model.
//!
//! [`random_operations`] does one thing after the other and knows for each what must come out; [`concurrent_operations`] does many
//! things at once and looks for an order in which they could have come one after the other. Both run on every store, as the
//! conformance suite does, and print the seed with which a failure comes again.

pub mod answer;
mod chance;
mod claims;
mod concurrent;
mod held;
mod laboratory;
pub mod model;
pub mod operation;
pub mod people;
mod seed;
mod sequential;
mod system;

pub use self::{
    concurrent::concurrent_operations,
    laboratory::{Laboratory, Workshop},
    seed::Budget,
    sequential::random_operations,
};
