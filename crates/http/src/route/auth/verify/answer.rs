//! How a proxy is answered.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use gatewright_core::{Refusal, SignedIn, Visitor, model::RoleName};

use super::{Reader, Way};
use crate::{
    Code, Edge, LoginUrl, Problem,
    extract::Forwarded,
    page::{self, Onward},
    route::session_cookies,
};

/// Who is asking, for the application behind the proxy.
const USER_ID: HeaderName = HeaderName::from_static("gatewright-user-id");
const ACCOUNT_ID: HeaderName = HeaderName::from_static("gatewright-account-id");
const SESSION_ID: HeaderName = HeaderName::from_static("gatewright-session-id");
const USERNAME: HeaderName = HeaderName::from_static("gatewright-username");
const ROLES: HeaderName = HeaderName::from_static("gatewright-roles");
const JWT: HeaderName = HeaderName::from_static("gatewright-jwt");
/// The second `Set-Cookie` once more: nginx's variables know the first of several lines only. It is never the refresh token, which
/// stands in no header that a script could read.
const SET_ACCESS: HeaderName = HeaderName::from_static("gatewright-set-access");

/// Let through.
pub(super) fn passed(edge: &Edge, visitor: Option<&Visitor>, reader: Reader) -> Response {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    if let Some(visitor) = visitor {
        introduce(headers, visitor);
        set_cookies(headers, edge, visitor.renewed());
        match reader {
            Reader::Proxy => {
                put(headers, JWT, visitor.access_token().to_owned());
                repeat_access_cookie(headers, edge, visitor.renewed());
            }
            // A script that reads headers must not find a token that was kept in a cookie.
            Reader::Page => {}
        }
    }
    of_this_request_alone(response)
}

/// Renewed, and to be sent again.
pub(super) fn sent_again(edge: &Edge, renewed: &SignedIn, address: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    let headers = response.headers_mut();
    set_cookies(headers, edge, Some(renewed));
    put(headers, header::LOCATION, address.to_owned());
    of_this_request_alone(response)
}

/// Not for this visitor. What was renewed on the way is set all the same: the answer to a rotation must not be lost.
pub(super) fn denied(edge: &Edge, visitor: Option<&Visitor>) -> Response {
    let mut response = Problem::new(Code::PermissionDenied).into_response();
    set_cookies(response.headers_mut(), edge, visitor.and_then(Visitor::renewed));
    // This header is read by nginx alone, and where others pass 403 on with all its headers, by scripts: so it is not set here.
    of_this_request_alone(response)
}

/// For nobody who is not signed in. Who waits for a page is told where that is done, and led there.
pub(super) fn sign_in_first(edge: &Edge, refusal: Option<Refusal>, asked: Option<&Forwarded>, way: &Way) -> Response {
    let problem = match refusal {
        None => Problem::new(Code::AccessTokenInvalid),
        Some(refusal) => Problem::from(gatewright_core::Error::Refused(refusal)),
    };
    let mut response = problem.into_response();
    let is_reading = asked.is_none_or(|asked| asked.route.method.is_reading());
    if is_reading && way.is_navigation() {
        let own = edge.own_origin();
        let back = asked.and_then(|asked| asked.way_back(own));
        let login = edge.options().login_url.clone().unwrap_or_else(LoginUrl::hosted);
        let login = login.with_next(&edge.gate().policy().issuer, back.as_deref());
        put(response.headers_mut(), header::LOCATION, login.clone());
        let onward = match back {
            Some(back) if way.is_from_elsewhere() => Onward::Again(back),
            Some(_) | None => Onward::SignIn(login),
        };
        response = page::as_page_that_leads_on(response, edge, &way.headers, onward);
    }
    of_this_request_alone(response)
}

fn introduce(headers: &mut HeaderMap, visitor: &Visitor) {
    let (session, user) = (&visitor.standing().session, &visitor.standing().user);
    let roles: Vec<&str> = user.roles.names().iter().map(RoleName::as_str).collect();
    put(headers, USER_ID, user.id.to_string());
    put(headers, ACCOUNT_ID, session.account_id.to_string());
    put(headers, SESSION_ID, session.id.to_string());
    put(headers, USERNAME, visible(user.username.as_str()));
    put(headers, ROLES, roles.join(","));
}

/// Percent-encodes what is not visible ASCII, and the percent sign.
fn visible(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'%' => "%25".to_owned(),
        byte if byte.is_ascii_graphic() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// The refresh token first: nginx's variables know the first of several lines.
fn set_cookies(headers: &mut HeaderMap, edge: &Edge, renewed: Option<&SignedIn>) {
    for cookie in renewed.into_iter().flat_map(|signed_in| session_cookies(edge, signed_in)).flatten() {
        headers.append(header::SET_COOKIE, cookie);
    }
}

fn repeat_access_cookie(headers: &mut HeaderMap, edge: &Edge, renewed: Option<&SignedIn>) {
    if let Some([_, Some(access)]) = renewed.map(|signed_in| session_cookies(edge, signed_in)) {
        headers.insert(SET_ACCESS, access);
    }
}

/// Every value is ASCII by then; one that is not could only be left out, which tells nobody anything wrong.
fn put(headers: &mut HeaderMap, name: HeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}

/// Never kept, and never taken for the answer to somebody else.
fn of_this_request_alone(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.append(header::VARY, HeaderValue::from_static("Authorization, Cookie, Gatewright-Session"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_a_header_is_visible_ascii_and_can_be_read_back() {
        assert_eq!(visible("ada.lovelace-1815"), "ada.lovelace-1815");
        assert_eq!(visible("zoë"), "zo%C3%AB");
        assert_eq!(visible("100% ß\r\n"), "100%25%20%C3%9F%0D%0A");
        assert_eq!(visible("日本"), "%E6%97%A5%E6%9C%AC");
    }
}
