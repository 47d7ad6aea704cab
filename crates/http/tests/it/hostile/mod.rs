//! Hostile bytes over HTTP: what strangers have collected to break parsers, databases, logs and pages, in every place of every
//! operation where a client may put something. The places come from the OpenAPI document, so a new one is tried by itself.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that finds something wrong panics; all of this is test")]

mod addresses;
mod json_suite;
mod naughty;
mod places;
mod stage;
