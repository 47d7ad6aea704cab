//! The rotation of refresh tokens under a model checker: clients, thieves, a network and a store that fail as they like, around
//! the judgement that ships. `docs/proof.md` says what is explored and what was found.

pub mod bridge;
pub mod catalogue;
pub mod caught;
pub mod client;
pub mod commit;
pub mod forward_auth;
pub mod model;
pub mod mutation;
pub mod page;
pub mod property;
pub mod row;
pub mod run;
pub mod setup;
pub mod step;
pub mod switch;
pub mod token;
pub mod trace;
pub mod watch;
pub mod world;

pub use crate::{
    catalogue::Run,
    mutation::Mutation,
    property::Broken,
    run::{Fall, Report},
};
