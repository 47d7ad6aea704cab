//! What a browser may do with a page (SECURITY WB7, WB10): use our stylesheet and our script, which carry a number that is good for
//! this one answer, show pictures of ours, and send forms to us. Nothing else, from anywhere.

use axum::http::HeaderValue;
use data_encoding::BASE64URL_NOPAD;

use crate::Edge;

/// Where nothing is said, nothing may be done.
const NOTHING: &str = "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

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
pub(super) fn of_page(nonce: Option<&Nonce>) -> HeaderValue {
    let own = nonce.map(|Nonce(nonce)| {
        format!(
            "script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src 'self'; require-trusted-types-for 'script'; \
             trusted-types 'none'; "
        )
    });
    let policy = format!("{NOTHING}; {}form-action 'self'", own.unwrap_or_default());
    // A number is of letters, digits, hyphens and underscores.
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static(NOTHING))
}
