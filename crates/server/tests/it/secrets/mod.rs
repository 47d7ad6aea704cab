//! Secrets are where they must be and nowhere else: every call with canaries, and then a search in everything that the
//! process left behind.

mod administering;
mod around;
mod calls;
mod canaries;
mod core_dumps;
mod forging;
mod lines;
mod mails;
mod misuse;
mod postgres;
mod receiver;
mod redis;
mod sqlite;

const MASTER: &str = "c0ffee0123456789aabbccddeeff00112233445566778899aabbccddeefe4217";
const PEPPER: &str = "deadbeef23456789aabbccddeeff00112233445566778899aabbccddeefe4217";

/// Lets the tests' own program be called by webhooks.
fn with_webhooks(place: crate::child::Place) -> crate::child::Place {
    place.with("WEBHOOKS_ALLOW", "127.0.0.0/8").with("WEBHOOKS_ALLOW_HTTP", "true")
}
