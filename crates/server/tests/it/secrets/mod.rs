//! Secrets are where they must be and nowhere else: every call with canaries, and then a search in everything that the
//! process left behind.

mod around;
mod calls;
mod canaries;
mod core_dumps;
mod forging;
mod lines;
mod mails;
mod misuse;
mod postgres;
mod redis;
mod sqlite;

const MASTER: &str = "c0ffee0123456789aabbccddeeff00112233445566778899aabbccddeefe4217";
const PEPPER: &str = "deadbeef23456789aabbccddeeff00112233445566778899aabbccddeefe4217";
