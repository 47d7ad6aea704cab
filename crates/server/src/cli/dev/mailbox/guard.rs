//! Who may look into the mailbox: programs of this machine, and pages of this server in a browser.
//!
//! What must stay true: a page of another site reads nothing here, not even after its own name was made to lead to this machine (DNS
//! rebinding): then `Host` still says that name.

use axum::{
    extract::Request,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{CACHE_CONTROL, HOST, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::config::WebOrigin;

/// What each answer says of itself. With `no-referrer` a browser would not tell the origin of our own form.
const ALWAYS: [(HeaderName, &str); 5] = [
    (CACHE_CONTROL, "no-store"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Refuses what comes through somebody's browser from elsewhere.
pub(super) async fn only_from_here(request: Request, next: Next) -> Response {
    let mut response = if is_from_here(request.method(), request.headers()) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "This mailbox answers this machine only, under its own name.\n").into_response()
    };
    for (name, value) in ALWAYS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn is_from_here(method: &Method, headers: &HeaderMap) -> bool {
    let Some(own) = own_origin(headers) else { return false };
    let is_own = |origin: &HeaderValue| origin.as_bytes() == own.as_str().as_bytes();
    headers.get_all(ORIGIN).iter().all(is_own) && is_from_own_page(method, headers)
}

/// The origin that the request was sent to, if only this machine can mean it.
fn own_origin(headers: &HeaderMap) -> Option<WebOrigin> {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return None };
    WebOrigin::parse(&format!("http://{}", host.to_str().ok()?)).filter(WebOrigin::is_loopback)
}

/// By Fetch Metadata, where there is any. A link on a page of another site may lead here: that page reads nothing.
fn is_from_own_page(method: &Method, headers: &HeaderMap) -> bool {
    let said = |name: &str| headers.get(name).map(HeaderValue::as_bytes);
    let is_link = || {
        method == Method::GET
            && said("sec-fetch-mode") == Some(b"navigate")
            && said("sec-fetch-dest") == Some(b"document")
    };
    match said("sec-fetch-site") {
        None | Some(b"none" | b"same-origin") => true,
        Some(_) => is_link(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(method: &Method, headers: &[(&'static str, &'static str)]) -> bool {
        let headers =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let mut map = HeaderMap::new();
        headers.for_each(|(name, value)| {
            map.append(name, value);
        });
        is_from_here(method, &map)
    }

    #[test]
    fn only_a_name_of_this_machine_is_answered() {
        for host in ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "gate.localhost:8080"] {
            assert!(judged(&Method::GET, &[("host", host)]), "{host}");
        }
        for host in
            ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8080", "192.0.2.1", "", "a@127.0.0.1"]
        {
            assert!(!judged(&Method::GET, &[("host", host)]), "{host}");
        }
        assert!(!judged(&Method::GET, &[]), "nobody says where it was sent to");
        assert!(!judged(&Method::GET, &[("host", "127.0.0.1"), ("host", "evil.example")]));
    }

    #[test]
    fn only_our_own_pages_are_answered_in_a_browser() {
        let host = ("host", "127.0.0.1:8080");
        assert!(judged(&Method::POST, &[host, ("origin", "http://127.0.0.1:8080"), ("sec-fetch-site", "same-origin")]));
        for origin in ["https://evil.example", "http://127.0.0.1:3000", "https://127.0.0.1:8080", "null"] {
            assert!(!judged(&Method::POST, &[host, ("origin", origin)]), "{origin}");
        }
        for site in ["cross-site", "same-site"] {
            let from = ("sec-fetch-site", site);
            let (mode, page) = (("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document"));
            assert!(!judged(&Method::GET, &[host, from]));
            assert!(!judged(&Method::GET, &[host, from, mode, ("sec-fetch-dest", "iframe")]));
            assert!(!judged(&Method::POST, &[host, from, mode, page]));
            assert!(judged(&Method::GET, &[host, from, mode, page]), "a link is followed");
        }
    }
}
