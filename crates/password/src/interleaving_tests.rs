//! The password queue with its threads, its callers and its end in every order that Shuttle tries (docs/decisions/0013-interleavings.md).
//! The code under test is the engine that ships; only the clock and the randomness are ours.

mod closing;
mod queueing;
mod world;
