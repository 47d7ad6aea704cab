//! The binary from outside: real child processes, real sockets on loopback, real files. Each test has a folder and ports of
//! its own, and every wait has an end.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "test code that is not itself a test function panics like one; children are watched by the real clock"
)]

mod child;
mod client;

mod activity;
mod admin;
mod cluster;
mod commands;
mod configuration;
mod copy;
mod crash;
mod damage;
mod dev;
mod durability;
mod ending;
mod flood;
mod forward_auth;
mod health;
mod hostile;
mod mail;
mod pages;
mod postgres;
mod raw;
mod redis;
mod refusals;
mod restored;
mod rules;
mod secrets;
mod strangers;
