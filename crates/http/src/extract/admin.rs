//! Who administers: an admin user with its access token, or a program with a service key (SECURITY AZ5).
//!
//! A service key travels as `Authorization: Bearer` and in no other place. What must stay true: a request with any sign of a
//! browser gets nothing for a key, since a key that a page knows is everybody's; a key beside an access token is a guess that
//! nobody makes; and a key in an address, which is in logs by then, is good for nothing in that request.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, request::Parts},
};
use gatewright_core::{Allowed, Demanded};

use super::source::Sources;
use crate::{Code, Edge, Problem};

/// An admin user or a service key with the right `R`. A user has also proved its account just now.
#[derive(Debug)]
pub(crate) struct Require<R: Demanded>(pub(crate) Allowed<R>);

/// A service key with the right `R`, and nobody else: for calls that services make, of which no user knows.
#[derive(Debug)]
pub(crate) struct ServiceOnly<R: Demanded>(pub(crate) Allowed<R>);

impl<S: Send + Sync, R: Demanded> FromRequestParts<S> for Require<R>
where
    Edge: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let edge = Edge::from_ref(state);
        let sources = sources(parts, &edge)?;
        if let Some(key) = service_key(&sources, &parts.headers)? {
            return Ok(Self(edge.gate().service(key).await?.demand()?));
        }
        let token = sources.access(&parts.method, &parts.headers, &edge)?;
        let caller = edge.gate().authenticate(&token).await?;
        Ok(Self(edge.gate().admin(&caller).await?.demand()?))
    }
}

impl<S: Send + Sync, R: Demanded> FromRequestParts<S> for ServiceOnly<R>
where
    Edge: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let edge = Edge::from_ref(state);
        let sources = sources(parts, &edge)?;
        match service_key(&sources, &parts.headers)? {
            Some(key) => Ok(Self(edge.gate().service(key).await?.demand()?)),
            None if sources.has_authorization() => Err(Problem::of_token(Code::ServiceKeyInvalid)),
            None => Err(Problem::new(Code::ServiceKeyInvalid)),
        }
    }
}

fn sources(parts: &Parts, edge: &Edge) -> Result<Sources, Problem> {
    if parts.uri.query().is_some_and(holds_service_key) {
        return Err(Problem::new(Code::TokenInQuery));
    }
    Sources::of(&parts.headers, edge)
}

fn service_key<'s>(sources: &'s Sources, headers: &HeaderMap) -> Result<Option<&'s str>, Problem> {
    let key = sources.service_key()?;
    if key.is_some() && is_from_browser(headers) { Err(Problem::new(Code::OriginRefused)) } else { Ok(key) }
}

/// Browsers send `Sec-Fetch-Site` and `Sec-Fetch-Dest` with every request to a trustworthy origin, and `Origin` with those of other
/// origins; pages cannot leave them out. `Sec-Fetch-Mode` alone is no sign of one: the `fetch` of Node sends it.
fn is_from_browser(headers: &HeaderMap) -> bool {
    let is_sign = |name: &str| name == "origin" || name.starts_with("sec-fetch-") && name != "sec-fetch-mode";
    headers.keys().any(|name| is_sign(name.as_str()))
}

/// Whether the beginning of a service key stands anywhere in the query, in whatever spelling it would be read.
fn holds_service_key(query: &str) -> bool {
    const BEGINNING: &[u8] = b"gwk_";
    let bytes = percent_decoded(query);
    bytes.windows(BEGINNING.len()).any(|window| window.eq_ignore_ascii_case(BEGINNING))
}

/// RFC 3986 section 2.1; what is no escape stays as it is.
pub(super) fn percent_decoded(text: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digit = |at: usize| after.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(u8::try_from(high << 4 | low).unwrap_or(b'%'));
                rest = &after[2..];
            }
            _ => {
                decoded.push(first);
                rest = after;
            }
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn az5_a_key_in_a_query_is_seen_however_it_is_written() {
        for query in ["gwk_0", "key=gwk_0abc", "a=b&c=xGWK_0", "key=%67wk_0", "key=gw%6B%5f0", "gwk_=1", "%47%57%4b%5F"]
        {
            assert!(holds_service_key(query), "{query}");
        }
        for query in ["", "key=gwk", "key=gw%6", "a=%", "a=%g7wk_", "a=gw&b=k_", "gwr_0"] {
            assert!(!holds_service_key(query), "{query}");
        }
    }
}
