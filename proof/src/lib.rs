//! The rotation of refresh tokens under a model checker: clients, thieves, a network and a store that fail as they like, around
//! the judgement that ships. `docs/proof.md` says what is explored and what was found.

mod bridge;
mod commit;
mod forward_auth;
mod model;
mod mutation;
mod property;
mod row;
mod setup;
mod step;
mod token;
mod watch;
mod world;
pub mod scratch;
