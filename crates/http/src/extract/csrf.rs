//! Whether a page of another origin may be behind a request (SECURITY WB4).
//!
//! Browsers say where a request comes from in `Sec-Fetch-Site` and, for unsafe methods, in `Origin`. What no browser says is
//! believed only if the request carries nothing that a browser would have added by itself.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, Method, header, request::Parts},
};

use crate::{Code, Edge, Problem};

/// What authenticates the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// A cookie, which a browser sends whoever asks it to.
    Cookie,
    /// Something that the sender had to know, or nothing. A page of another origin is refused all the same: it could sign the
    /// browser in to the account of an attacker.
    Explicit,
}

/// Refuses an unsafe request that a page of another origin may have caused.
///
/// # Errors
/// `origin_refused`.
pub(crate) fn check_origin(method: &Method, headers: &HeaderMap, edge: &Edge, guard: Guard) -> Result<(), Problem> {
    if [Method::GET, Method::HEAD, Method::OPTIONS].contains(method) {
        return Ok(());
    }
    let is_allowed = match (only(headers, "sec-fetch-site"), only(headers, header::ORIGIN.as_str())) {
        (Only::Twice, _) | (_, Only::Twice) => false,
        // `none`: typed into the address bar, or from a bookmark.
        (Only::One("same-origin" | "none"), _) => true,
        (Only::One(_), Only::One(origin)) => edge.allows_foreign(origin),
        (Only::One(_), Only::Absent) => false,
        (Only::Absent, Only::One(origin)) => edge.trusts_origin(origin),
        (Only::Absent, Only::Absent) => guard == Guard::Explicit,
    };
    if is_allowed { Ok(()) } else { Err(Problem::new(Code::OriginRefused)) }
}

/// A request that no foreign page is behind, whatever its method: for a reading that leaves a trace.
pub(crate) struct FromOwnPage;

impl<S: Send + Sync> FromRequestParts<S> for FromOwnPage
where
    Edge: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        check_origin(&Method::POST, &parts.headers, &Edge::from_ref(state), Guard::Explicit).map(|()| Self)
    }
}

enum Only<'h> {
    Absent,
    One(&'h str),
    Twice,
}

fn only<'h>(headers: &'h HeaderMap, name: &str) -> Only<'h> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Only::Absent,
        // What is not even text is an origin that nobody has allowed.
        (Some(value), None) => Only::One(value.to_str().unwrap_or("null")),
        (Some(_), Some(_)) => Only::Twice,
    }
}
