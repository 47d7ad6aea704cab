//! What a browser may do with a page (SECURITY WB7, WB10): use our stylesheet and our script, which carry a number that is good for
//! this one answer, show pictures of ours, and send forms to us. Nothing else, from anywhere.

use std::fmt::Write as _;

use axum::http::HeaderValue;
use data_encoding::BASE64URL_NOPAD;

use crate::{Edge, Origin, Pages};

/// What lets this answer's page, and no other, use the stylesheet and the script.
#[derive(Clone, Debug)]
pub(super) struct Nonce(String);

impl Nonce {
    /// A fresh one: 128 bits, as CSP asks for.
    pub(super) fn new(edge: &Edge) -> Self {
        Self(BASE64URL_NOPAD.encode(&edge.gate().random::<16>()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The policy of a page that refers to our assets, with the number that it has for them; without one, of a page that refers to nothing.
pub(super) fn of_page(edge: &Edge, nonce: Option<&Nonce>) -> HeaderValue {
    let mut policy = "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'".to_owned();
    if let Some(Nonce(nonce)) = nonce {
        let sources = format!("; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src 'self'");
        policy.push_str(&sources);
        policy.push_str("; require-trusted-types-for 'script'; trusted-types 'none'");
    }
    policy.push_str("; form-action 'self'");
    for origin in form_origins(edge) {
        // An origin is a scheme, a name and a port: nothing in it ends a rule.
        let _infallible = write!(policy, " {origin}");
    }
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"))
}

/// Where a form may end up: it goes to us, and our answer leads on, which Chromium holds against the same rule.
fn form_origins(edge: &Edge) -> Vec<Origin> {
    let Pages::On(settings) = &edge.options().pages else { return Vec::new() };
    let home = settings.home.as_deref().and_then(Origin::of_url);
    let mut origins: Vec<Origin> = settings.next_origins.iter().cloned().chain(home).collect();
    let own = edge.own_origin();
    origins.retain(|origin| Some(origin) != own);
    origins.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    origins.dedup();
    origins
}
