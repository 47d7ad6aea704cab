//! Gatewright's ports on real databases. Each database has a folder, and the file of a port has the same name in each.
//!
//! No type of a driver is public here, and no policy lives here: a store applies what the model has judged, guarded by what
//! was seen.

pub mod postgres;
pub mod redis;
pub mod sqlite;
pub mod transfer;

mod activity;
mod beginning;
mod percent;
mod roots;
mod rows;
mod sync;
