//! Somebody at a page: who, with which browser, in which language, and how it is answered.
//!
//! What must stay true: whatever is answered is a page of ours or leads to one (303, never 307 or 308: what was typed is not sent on,
//! SECURITY OA5), and every form carries a token that only this browser's cookies make good (SECURITY WB6).

use axum::{
    body::Body,
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::Response,
};
use data_encoding::BASE64URL_NOPAD;
use gatewright_core::model::{BrowserMark, ClientInfo, Secret};

use super::{
    cookies::PageCookie,
    filled::{Filled, decoded},
    language::Language,
    policy::{self, Nonce},
    print::{Misprint, Printer},
    sheet::{Href, Sheet},
};
use crate::{
    Code, Edge, Problem,
    cookie::CookieNames,
    extract::{BrowserCookie, Client, Guard, check_origin},
};

/// The hidden field of every form.
const FORM_TOKEN: &str = "form_token";

/// Somebody at a page.
pub(super) struct Visit {
    pub(super) edge: Edge,
    pub(super) client: ClientInfo,
    pub(super) language: Language,
    /// The mark of the browser, if it has asked for a mail.
    pub(super) mark: Option<BrowserMark>,
    /// The browser's key to its forms: the one that it had, or a new one.
    key: Secret<32>,
    /// The path of the page, from the root of the router on.
    path: String,
    query: String,
    headers: HeaderMap,
}

impl<S: Send + Sync> FromRequestParts<S> for Visit
where
    Edge: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let edge = Edge::from_ref(state);
        if parts.method != Method::GET && parts.method != Method::HEAD {
            check_origin(&parts.method, &parts.headers, &edge, Guard::Cookie)?;
        }
        let Ok(Client(client)) = Client::from_request_parts(parts, state).await;
        let BrowserCookie(mark) = BrowserCookie::from_request_parts(parts, state).await?;
        let key = PageCookie::Key.read(&parts.headers, edge.cookie_names())?.and_then(parse_key);
        Ok(Self {
            client,
            language: Language::of(&parts.headers),
            mark,
            key: key.unwrap_or_else(|| Secret::new(edge.gate().random())),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers.clone(),
            edge,
        })
    }
}

fn parse_key(text: &str) -> Option<Secret<32>> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    Some(Secret::new(bytes.try_into().ok()?))
}

impl Visit {
    /// The path of the page with its query, as [`Href::Page`](super::sheet::Href) has it.
    pub(super) fn here(&self) -> String {
        let path = self.path.trim_start_matches('/');
        if self.query.is_empty() { path.to_owned() } else { format!("{path}?{}", self.query) }
    }

    /// The same as a relative address.
    pub(super) fn own_address(&self) -> String {
        Href::page(self.here()).from(&root_of(&self.path))
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    pub(super) fn names(&self) -> CookieNames {
        self.edge.cookie_names()
    }

    /// The value of a parameter in the address, decoded; of several the first.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = self.query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let (_, value) = pairs.find(|(key, _)| decoded(key.as_bytes()).as_deref() == Some(name))?;
        // What cannot be decoded is there, and is nothing that we know.
        Some(decoded(value.as_bytes()).unwrap_or_default())
    }

    /// The value of a cookie of pages.
    ///
    /// # Errors
    /// It came twice.
    pub(super) fn cookie(&self, cookie: PageCookie) -> Result<Option<&str>, Problem> {
        cookie.read(&self.headers, self.names())
    }

    /// The address that somebody typed here to be sent a mail; empty if nobody did.
    pub(super) fn asked_address(&self) -> String {
        let text = self.cookie(PageCookie::Asked).ok().flatten().unwrap_or_default();
        BASE64URL_NOPAD.decode(text.as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// What makes a form of `page` good that is about `subject`: the cookie that it acts upon, or nothing.
    pub(super) fn form_token(&self, page: &str, subject: &str) -> String {
        let key = BASE64URL_NOPAD.encode(self.key.expose());
        let bound = [page, &key, subject].join("\0");
        BASE64URL_NOPAD.encode(&self.edge.gate().keyed_hash("page form", bound.as_bytes()))
    }

    /// Whether a form is one that this browser was given, for the same page and subject.
    pub(super) fn knows(&self, filled: &Filled, page: &str, subject: &str) -> bool {
        let shown = parse_key(filled.text(FORM_TOKEN));
        let good = parse_key(&self.form_token(page, subject));
        // Secrets are compared in constant time.
        shown.is_some() && shown == good
    }

    /// A page with a form, whose key the browser keeps.
    pub(super) fn form(&self, status: StatusCode, sheet: &Sheet) -> Response {
        let mut response = self.page(status, sheet);
        let key = BASE64URL_NOPAD.encode(self.key.expose());
        add(response.headers_mut(), PageCookie::Key.set(self.names(), &key, None));
        response
    }

    /// A page.
    pub(super) fn page(&self, status: StatusCode, sheet: &Sheet) -> Response {
        page(&self.edge, self.language, &root_of(&self.path), status, sheet)
    }

    /// Leads to a page of ours, by a relative address: wherever the router is nested. `to` is as in
    /// [`Href::Page`](super::sheet::Href).
    pub(super) fn see(&self, to: &str) -> Response {
        self.see_at(&Href::page(to))
    }

    /// Leads to this address.
    pub(super) fn see_at(&self, to: &Href) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SEE_OTHER;
        // Pages have names of letters and hyphens, and what stands in a query is encoded.
        if let Ok(to) = HeaderValue::try_from(to.from(&root_of(&self.path))) {
            response.headers_mut().insert(header::LOCATION, to);
        }
        response
    }
}

/// Adds a `Set-Cookie`.
pub(super) fn add(headers: &mut HeaderMap, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        headers.append(header::SET_COOKIE, cookie);
    }
}

/// What leads from the page at `path` to the root of the router.
pub(super) fn root_of(path: &str) -> String {
    "../".repeat(path.matches('/').count().saturating_sub(1))
}

/// A page as a response.
pub(super) fn page(edge: &Edge, language: Language, root: &str, status: StatusCode, sheet: &Sheet) -> Response {
    let nonce = Nonce::new(edge);
    let dress = edge.assets().dress(&nonce);
    printed(edge, language, status, Some(&nonce), |printer| printer.page(language, root, Some(&dress), sheet))
}

/// A page that is shown at an address of somebody else, where our files are not.
pub(super) fn page_elsewhere(edge: &Edge, language: Language, status: StatusCode, sheet: &Sheet) -> Response {
    printed(edge, language, status, None, |printer| printer.page(language, "", None, sheet))
}

fn printed(
    edge: &Edge,
    language: Language,
    status: StatusCode,
    nonce: Option<&Nonce>,
    print: impl FnOnce(&Printer) -> Result<String, Misprint>,
) -> Response {
    let unprinted = |error: &Misprint| {
        tracing::error!(%error, "a page could not be printed");
        (Code::InternalError.status(), "<!DOCTYPE html><title>500</title><p>500</p>".to_owned())
    };
    let (status, body) = match edge.printer().map(print) {
        Ok(Ok(body)) => (status, body),
        Ok(Err(error)) => unprinted(&error),
        Err(error) => unprinted(error),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy::of_page(nonce));
    response
}

/// Makes an answer this page: its body, and what its headers say of it. The other headers of the answer stay.
pub(super) fn turn_into(response: &mut Response, page: Response) {
    let (parts, body) = page.into_parts();
    *response.status_mut() = parts.status;
    *response.body_mut() = body;
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    for (name, value) in parts.headers {
        if let Some(name) = name {
            headers.insert(name, value);
        }
    }
}
