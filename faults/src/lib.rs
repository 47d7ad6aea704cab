//! The fault bench: the real program behind a network that loses, delays, doubles and reorders, with honest clients by the thousand,
//! some thieves, and servers that are killed. docs/faults.md says what comes of it.
//!
//! What must stay true: clients, network and blows decide by the seed alone; what counts as a false logout is decided by what the
//! clients were told and by what the proxy saw, never by what the server says about itself.

mod bed;
mod book;
mod chance;
mod client;
mod clock;
pub mod command_line;
mod failure;
mod http;
pub mod profile;
mod program;
mod proxy;
mod record;
mod report;
mod run;
mod schedule;
mod sentry;
mod terminal;
mod world;

pub use self::{failure::Failure, report::Report, run::run, terminal::Progress};
