//! How the tokens of a session leave: what is in the JSON, which cookies are set, and which are deleted.

use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use gatewright_core::{
    RefreshDelivery, SignedIn,
    model::{BrowserMark, Session, SessionId, Transport},
};

use crate::{Edge, cookie::CookieKind, view};

/// An answer with its cookies.
pub(crate) struct Delivery<B> {
    status: StatusCode,
    headers: HeaderMap,
    body: B,
}

impl Delivery<view::SignedIn> {
    /// A session that was just opened.
    pub(crate) fn opened(edge: &Edge, status: StatusCode, signed_in: &SignedIn) -> Self {
        Self::new(edge, status, signed_in, None)
    }

    /// A session that was continued with `presented`.
    pub(crate) fn continued(edge: &Edge, signed_in: &SignedIn, presented: &str) -> Self {
        Self::new(edge, StatusCode::OK, signed_in, Some(presented))
    }

    /// A session that took the place of `old`, whose cookies go.
    pub(crate) fn replaced(edge: &Edge, signed_in: &SignedIn, old: &Session) -> Self {
        let mut delivery = Self::new(edge, StatusCode::OK, signed_in, None);
        forget(&mut delivery.headers, edge, old.id, old.transport);
        delivery
    }

    fn new(edge: &Edge, status: StatusCode, signed_in: &SignedIn, presented: Option<&str>) -> Self {
        let mut headers = HeaderMap::new();
        for cookie in cookies(edge, signed_in).into_iter().flatten() {
            headers.append(header::SET_COOKIE, cookie);
        }
        Self { status, headers, body: view::SignedIn::new(signed_in, presented) }
    }

    /// The same answer in another body.
    pub(crate) fn map<T>(self, make: impl FnOnce(view::SignedIn) -> T) -> Delivery<T> {
        Delivery { status: self.status, headers: self.headers, body: make(self.body) }
    }
}

impl<B> Delivery<B> {
    /// An answer without cookies.
    pub(crate) fn plain(body: B) -> Self {
        Self { status: StatusCode::OK, headers: HeaderMap::new(), body }
    }

    /// A mail is on its way, and the browser is to be known as the one that asked for it.
    pub(crate) fn mailed(edge: &Edge, mark: &BrowserMark, body: B) -> Self {
        Self { status: StatusCode::ACCEPTED, headers: remember(edge, mark), body }
    }
}

/// The cookies that hand the session's tokens out. A refresh token that stays current is not set again, because a late answer
/// could overwrite a newer one (DESIGN 4.3).
pub(crate) fn cookies(edge: &Edge, signed_in: &SignedIn) -> [Option<HeaderValue>; 2] {
    let (names, session) = (edge.cookie_names(), &signed_in.standing.session);
    let rest_of_session = session.absolute_end.since(edge.gate().now());
    let access = || names.set(CookieKind::Access, session.id, &signed_in.access_token, signed_in.expires_in);
    let refresh = || match &signed_in.refresh {
        RefreshDelivery::Set(text) => names.set(CookieKind::Refresh, session.id, text.expose(), rest_of_session),
        RefreshDelivery::Keep => None,
    };
    match session.transport {
        Transport::Body => [None, None],
        Transport::Hybrid => [refresh(), None],
        Transport::Cookie => [refresh(), access()],
    }
}

/// Lets the browser be known as the one that asked for a mail.
pub(crate) fn remember(edge: &Edge, mark: &BrowserMark) -> HeaderMap {
    let lifetimes = &edge.gate().policy().mail.lifetimes;
    let cookie = edge.cookie_names().set_browser(mark, lifetimes);
    cookie.into_iter().map(|cookie| (header::SET_COOKIE, cookie)).collect()
}

/// Deletes the cookies of one session, and of no other.
pub(crate) fn forget(headers: &mut HeaderMap, edge: &Edge, session: SessionId, transport: Transport) {
    let kinds: &[CookieKind] = match transport {
        Transport::Body => &[],
        Transport::Hybrid => &[CookieKind::Refresh],
        Transport::Cookie => &[CookieKind::Refresh, CookieKind::Access],
    };
    for cookie in kinds.iter().filter_map(|kind| edge.cookie_names().delete(*kind, session)) {
        headers.append(header::SET_COOKIE, cookie);
    }
}

impl<B: serde::Serialize> IntoResponse for Delivery<B> {
    fn into_response(self) -> Response {
        (self.status, self.headers, Json(self.body)).into_response()
    }
}
