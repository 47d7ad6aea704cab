//! The token of a request: one `Authorization` header of the form `Bearer <token>` (RFC 6750 section 2.1), and nothing
//! that merely looks like it.

use http::{HeaderMap, header};

pub(super) enum Bearer<'h> {
    /// No `Authorization` header.
    Absent,
    /// Two headers, another scheme, no token, or something after it.
    Malformed,
    Token(&'h str),
}

pub(super) fn read(headers: &HeaderMap) -> Bearer<'_> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Bearer::Absent };
    let token = value.to_str().ok().filter(|_| values.next().is_none()).and_then(token_of);
    token.map_or(Bearer::Malformed, Bearer::Token)
}

/// The scheme compares without case (RFC 9110 section 11.1), one space follows, then the token alone.
fn token_of(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let alone = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
    (scheme.eq_ignore_ascii_case("bearer") && alone).then_some(token)
}
