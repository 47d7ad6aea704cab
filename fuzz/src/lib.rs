//! What is done with bytes from outside, as targets.
//!
//! A target is a function of bytes that panics when something is wrong. It asserts properties, not merely that nothing
//! panics: what is accepted prints and parses back to itself, is what a second reader understands, carries a tag that was
//! made with our key; what is refused says so in a stable way and repeats no secret. libFuzzer runs the targets for minutes
//! (`cargo xtask fuzz`), the tests of this crate for a moment, both from the corpora in `corpus/`.
//!
//! What must stay true: a target is deterministic, so that an input that was found once is found again, and no input,
//! however wild, makes it touch anything outside of the process and its temporary folder.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a target that finds something wrong panics; all of this is test"
)]

mod access_token;
mod configuration;
mod edge;
mod framing;
mod keys;
mod names;
mod origin;
mod password_hash;
mod refresh_token;
mod routes;
mod spelling;
mod webhooks;

pub use self::{
    access_token::{takes_claims, takes_header, token_claims, token_header, token_text},
    configuration::{configuration_file, configuration_variables},
    edge::{
        authorization_header, cookie_header, forwarded_headers, json_body, metadata, path_and_query, request_headers,
    },
    framing::framing,
    keys::{key_address, key_set, master_key, signing_key},
    names::{email, short_texts, username},
    origin::origin,
    password_hash::password_hash,
    refresh_token::{refresh_token, refresh_token_made},
    routes::route_rules,
    webhooks::{webhook_address, webhook_url},
};
pub use edge::close;

/// A target with its name, which is also that of its corpus and of its program under libFuzzer.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Panics when something is wrong.
    pub run: fn(&[u8]),
}

macro_rules! targets {
    ($($name:ident),* $(,)?) => {
        /// Every target.
        pub const ALL: &[Target] = &[$(Target { name: stringify!($name), run: $name }),*];
    };
}

targets![
    authorization_header,
    configuration_file,
    configuration_variables,
    cookie_header,
    email,
    forwarded_headers,
    framing,
    json_body,
    key_address,
    key_set,
    master_key,
    metadata,
    origin,
    password_hash,
    path_and_query,
    refresh_token,
    refresh_token_made,
    request_headers,
    route_rules,
    short_texts,
    signing_key,
    token_claims,
    token_header,
    token_text,
    username,
    webhook_address,
    webhook_url,
];
