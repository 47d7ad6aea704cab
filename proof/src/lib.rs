//! The rotation of refresh tokens under a model checker: clients, thieves, a network and a store that fail as they like, around
//! the judgement that ships. `docs/proof.md` says what is explored and what was found.

mod bridge;
pub mod catalogue;
pub mod caught;
mod commit;
mod forward_auth;
mod model;
mod mutation;
pub mod page;
mod property;
mod row;
mod run;
mod setup;
mod step;
mod switch;
mod token;
mod trace;
mod watch;
mod world;

pub use crate::{catalogue::Run, mutation::Mutation, property::Broken, run::{Fall, Report}};
