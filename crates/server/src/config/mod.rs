//! The configuration: one table of keys (`keys.rs`), read from flags, environment and file (`layers.rs`), parsed all at once
//! (`settings.rs`), and judged for safety before anything listens (`guard.rs`).

mod activity;
mod admin;
mod database;
mod forward_auth;
mod guard;
pub mod keys;
mod layers;
mod mail;
mod origin;
mod pages;
mod printed;
mod problem;
pub mod reference;
mod settings;
mod span;
mod suggest;
mod webhooks;

pub(crate) use self::span::parse as parse_span;
pub(crate) use self::{
    database::{Database, may_hold_password},
    guard::{Exposure, check as check_safety, no_shared_key},
    mail::Way,
};
pub use self::{
    layers::{FILE_VARIABLE, FileChoice, Origin, Sources},
    origin::WebOrigin,
    printed::{Printed, printed},
    problem::{Problem, Problems},
    settings::{LogFormat, LogSettings, SecretText, Settings},
};
