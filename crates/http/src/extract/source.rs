//! Where tokens come from: exactly one source (fault X10).
//!
//! One `Authorization: Bearer` header, a cookie, or the JSON body of the calls that say so. Two different tokens of the kind
//! that a call takes are refused; the same one twice is one. What is in the header is never overruled by a cookie, good or
//! bad. A query is never looked at.

use axum::{
    extract::{FromRef, FromRequest, Request},
    http::{HeaderMap, HeaderValue, Method, header},
};
use gatewright_core::{
    Credentials, LogoutProof, LogoutScope,
    model::{ServiceKeySecret, SessionId, looks_like_refresh_token},
};
use serde_json::Value;

use super::{Guard, Json, OptionalJson, check_origin};
use crate::{
    Code, Edge, Problem,
    cookie::{self, CookieKind, SessionCookie},
    view,
};

/// Names the session whose cookies count, by its tag.
pub(crate) const SESSION_HEADER: &str = "gatewright-session";

/// What a request's headers carry.
pub(crate) struct Sources {
    bearer: Bearer,
    cookies: Vec<SessionCookie>,
    /// The session that the request names among those of its cookies.
    named: Option<String>,
    /// The session that was chosen in this browser among several.
    preferred: Option<cookie::Preference>,
}

enum Bearer {
    Absent,
    /// Another scheme, or something that is no credential.
    Malformed,
    Token(String),
}

impl Sources {
    /// # Errors
    /// Two `Authorization` headers, a cookie twice, a malformed `Gatewright-Session`.
    pub(crate) fn of(headers: &HeaderMap, edge: &Edge) -> Result<Self, Problem> {
        Ok(Self {
            bearer: bearer(headers)?,
            cookies: cookie::read(headers, edge.cookie_names())?,
            named: named_session(headers)?,
            preferred: cookie::read_preference(headers, edge.cookie_names())?,
        })
    }

    /// Whether nothing came that could be an access token.
    pub(crate) fn has_no_access(&self) -> bool {
        let cookies = self.cookies.iter().filter(|cookie| cookie.kind == CookieKind::Access).count();
        matches!(self.bearer, Bearer::Absent) && cookies == 0
    }

    /// The access token.
    ///
    /// # Errors
    /// There is none, there are two, or a cookie came from an origin that is not allowed.
    pub(crate) fn access(self, method: &Method, headers: &HeaderMap, edge: &Edge) -> Result<String, Problem> {
        match self.bearer_token(Code::AccessTokenInvalid)? {
            // A refresh token is for refreshing, whatever header it is in (fault X2).
            Some(token) if looks_like_refresh_token(token) => Err(Problem::of_token(Code::AccessTokenInvalid)),
            Some(token) => {
                self.no_other(CookieKind::Access, token)?;
                Ok(token.to_owned())
            }
            None => {
                let chosen = self.chosen(edge)?;
                let cookie = chosen.access.ok_or(Problem::new(Code::AccessTokenInvalid))?;
                check_origin(method, headers, edge, Guard::Cookie)?;
                Ok(cookie.value.clone())
            }
        }
    }

    /// The service key, if the header holds what means to be one. There is no other place for it.
    ///
    /// # Errors
    /// An access token came along in a cookie.
    pub(crate) fn service_key(&self) -> Result<Option<&str>, Problem> {
        match &self.bearer {
            Bearer::Token(token) if ServiceKeySecret::is_meant_by(token) => {
                self.no_other(CookieKind::Access, token)?;
                Ok(Some(token))
            }
            Bearer::Token(_) | Bearer::Malformed | Bearer::Absent => Ok(None),
        }
    }

    /// Whether the header `Authorization` is there, whatever is in it.
    pub(crate) const fn has_authorization(&self) -> bool {
        !matches!(self.bearer, Bearer::Absent)
    }

    /// Everything that the request shows, for an act that decides itself what is good. What is said in the open stands alone.
    ///
    /// # Errors
    /// Two different tokens.
    pub(crate) fn credentials(&self, edge: &Edge) -> Result<Credentials, Problem> {
        match &self.bearer {
            Bearer::Malformed => Ok(Credentials::Unusable),
            Bearer::Token(token) if looks_like_refresh_token(token) => Ok(Credentials::Unusable),
            Bearer::Token(token) => {
                self.no_other(CookieKind::Access, token)?;
                Ok(Credentials::Bearer(token.clone()))
            }
            Bearer::Absent => Ok(self.chosen(edge)?.credentials()),
        }
    }

    fn bearer_token(&self, code: Code) -> Result<Option<&str>, Problem> {
        match &self.bearer {
            Bearer::Absent => Ok(None),
            Bearer::Malformed => Err(Problem::of_token(code)),
            Bearer::Token(token) => Ok(Some(token)),
        }
    }

    /// No cookie of this kind holds something else.
    fn no_other(&self, kind: CookieKind, token: &str) -> Result<(), Problem> {
        let others = self.cookies.iter().any(|cookie| cookie.kind == kind && cookie.value != token);
        if others { Err(Problem::new(Code::TokenSourceConflict)) } else { Ok(()) }
    }

    /// The cookies of the session that counts, for a page: what else a browser was made to send is nothing to it.
    ///
    /// # Errors
    /// Two different tokens of one session.
    pub(crate) fn page_credentials(&self, edge: &Edge) -> Result<Credentials, Problem> {
        Ok(self.chosen(edge)?.credentials())
    }

    /// The sessions that this browser has cookies of, newest first, each with what it can show.
    ///
    /// # Errors
    /// Two different tokens of one session.
    pub(crate) fn sessions(&self, edge: &Edge) -> Result<Vec<(SessionId, Credentials)>, Problem> {
        let mut ids: Vec<SessionId> = self.cookies.iter().filter_map(|cookie| session_of(cookie, edge)).collect();
        ids.sort_unstable();
        ids.dedup();
        let of = |id: SessionId| {
            let tag = id.tag();
            let cookies = self.cookies.iter().filter(|cookie| cookie.tag == tag).cloned().collect();
            let one = Self { bearer: Bearer::Absent, cookies, named: None, preferred: None };
            one.page_credentials(edge).map(|credentials| (id, credentials))
        };
        ids.into_iter().rev().map(of).collect()
    }

    /// The cookies of the session that counts: the named one, the one that was chosen while this was the newest, or the newest.
    fn chosen(&self, edge: &Edge) -> Result<Chosen<'_>, Problem> {
        let mut sessions: Vec<(Option<SessionId>, &SessionCookie)> =
            self.cookies.iter().map(|cookie| (session_of(cookie, edge), cookie)).collect();
        for (at, (id, cookie)) in sessions.iter().enumerate() {
            let same = |(other_id, other): &&(Option<SessionId>, &SessionCookie)| {
                other_id == id && id.is_some() && other.kind == cookie.kind && other.value != cookie.value
            };
            if sessions[..at].iter().any(|other| same(&other)) {
                return Err(Problem::new(Code::TokenSourceConflict));
            }
        }
        match &self.named {
            Some(tag) => sessions.retain(|(_, cookie)| cookie.tag == *tag),
            None => {
                let newest = sessions.iter().filter_map(|(id, _)| *id).max();
                let preferred = self.preferred.as_ref().filter(|one| newest.is_some_and(|id| id.tag() == one.among));
                let found =
                    preferred.and_then(|one| sessions.iter().find_map(|(id, _)| id.filter(|id| id.tag() == one.tag)));
                let counts = found.or(newest);
                sessions.retain(|(id, _)| *id == counts);
            }
        }
        let first =
            |kind| sessions.iter().map(|(_, cookie)| *cookie).find(|cookie: &&SessionCookie| cookie.kind == kind);
        Ok(Chosen { refresh: first(CookieKind::Refresh), access: first(CookieKind::Access) })
    }

    /// Whether cookies of another session than this one came along.
    fn has_other_sessions(&self, chosen: &SessionCookie) -> bool {
        self.cookies.iter().any(|cookie| cookie.tag != chosen.tag)
    }
}

/// The cookies of one session.
struct Chosen<'s> {
    refresh: Option<&'s SessionCookie>,
    access: Option<&'s SessionCookie>,
}

impl Chosen<'_> {
    fn credentials(&self) -> Credentials {
        let value = |cookie: Option<&SessionCookie>| cookie.map(|cookie| cookie.value.clone());
        match (value(self.access), value(self.refresh)) {
            (None, None) => Credentials::Nothing,
            (access, refresh) => Credentials::Cookies { access, refresh },
        }
    }
}

/// The refresh token of `POST /auth/refresh`.
pub(crate) struct RefreshToken(pub(crate) String);

impl<S: Send + Sync> FromRequest<S> for RefreshToken
where
    Edge: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let edge = Edge::from_ref(state);
        let (method, headers) = (request.method().clone(), request.headers().clone());
        let sources = Sources::of(&headers, &edge)?;
        let OptionalJson(body): OptionalJson<view::RefreshRequest> = OptionalJson::from_request(request, state).await?;
        let bearer = sources.bearer_token(Code::RefreshTokenInvalid)?;
        match one_of(bearer, body.refresh_token.as_deref())? {
            Some(token) => {
                sources.no_other(CookieKind::Refresh, token)?;
                Ok(Self(token.to_owned()))
            }
            None => {
                let cookie = sources.chosen(&edge)?.refresh.ok_or(Problem::new(Code::RefreshTokenInvalid))?;
                check_origin(&method, &headers, &edge, Guard::Cookie)?;
                Ok(Self(cookie.value.clone()))
            }
        }
    }
}

/// What `POST /auth/logout` is authenticated by, and what is to end.
pub(crate) struct LogoutToken {
    token: String,
    kind: CookieKind,
    pub(crate) scope: LogoutScope,
    pub(crate) origin: LogoutOrigin,
}

/// How the token of a logout came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogoutOrigin {
    /// In the header or the body.
    Explicit,
    /// In a cookie, and no other session has cookies in this browser.
    OnlyCookie,
    /// In a cookie, beside those of other sessions.
    OneOfSeveral,
}

impl LogoutToken {
    /// As the core takes it.
    pub(crate) fn proof(&self) -> LogoutProof<'_> {
        match self.kind {
            CookieKind::Access => LogoutProof::AccessToken(&self.token),
            CookieKind::Refresh => LogoutProof::RefreshToken(&self.token),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for LogoutToken
where
    Edge: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let edge = Edge::from_ref(state);
        let (method, headers) = (request.method().clone(), request.headers().clone());
        let sources = Sources::of(&headers, &edge)?;
        let OptionalJson(body): OptionalJson<view::LogoutRequest> = OptionalJson::from_request(request, state).await?;
        let scope = body.scope.unwrap_or_default().into();
        let bearer = sources.bearer_token(Code::AccessTokenInvalid)?;
        if let Some(token) = one_of(bearer, body.refresh_token.as_deref())? {
            let is_refresh = bearer.is_none() || looks_like_refresh_token(token);
            let kind = if is_refresh { CookieKind::Refresh } else { CookieKind::Access };
            sources.no_other(kind, token)?;
            return Ok(Self { token: token.to_owned(), kind, scope, origin: LogoutOrigin::Explicit });
        }
        let chosen = sources.chosen(&edge)?;
        // The refresh token first: it outlives the access token, and logging out should not need a refresh.
        let cookie = chosen.refresh.or(chosen.access).ok_or(Problem::new(Code::AccessTokenInvalid))?;
        check_origin(&method, &headers, &edge, Guard::Cookie)?;
        let origin = match sources.has_other_sessions(cookie) {
            true => LogoutOrigin::OneOfSeveral,
            false => LogoutOrigin::OnlyCookie,
        };
        Ok(Self { token: cookie.value.clone(), kind: cookie.kind, scope, origin })
    }
}

/// The choice of `POST /auth/select` with its selection token, from the header or the body.
pub(crate) struct SelectionToken {
    pub(crate) token: String,
    pub(crate) choice: view::SelectRequest,
}

impl<S: Send + Sync> FromRequest<S> for SelectionToken
where
    Edge: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let edge = Edge::from_ref(state);
        let sources = Sources::of(request.headers(), &edge)?;
        let Json(choice): Json<view::SelectRequest> = Json::from_request(request, state).await?;
        let bearer = sources.bearer_token(Code::SelectionTokenInvalid)?;
        let token = one_of(bearer, choice.selection_token.as_deref())?;
        let token = token.ok_or(Problem::new(Code::SelectionTokenInvalid))?.to_owned();
        Ok(Self { token, choice })
    }
}

/// The one token of the header and the body.
fn one_of<'t>(bearer: Option<&'t str>, body: Option<&'t str>) -> Result<Option<&'t str>, Problem> {
    match (bearer, body) {
        (Some(bearer), Some(body)) if bearer != body => Err(Problem::new(Code::TokenSourceConflict)),
        (bearer, body) => Ok(bearer.or(body)),
    }
}

/// RFC 6750 section 2.1: the scheme without regard to case (RFC 9110 section 11.1), one space, one credential.
fn bearer(headers: &HeaderMap) -> Result<Bearer, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(Bearer::Absent) };
    if values.next().is_some() {
        return Err(Problem::new(Code::TokenSourceConflict));
    }
    Ok(credential(value).map_or(Bearer::Malformed, |token| Bearer::Token(token.to_owned())))
}

fn credential(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let is_one = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
    (scheme.eq_ignore_ascii_case("bearer") && is_one).then_some(token)
}

fn named_session(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(SESSION_HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let tag = value.to_str().ok().filter(|tag| cookie::is_tag(tag) && values.next().is_none());
    let says = "`Gatewright-Session` is the tag of one session, as the names of its cookies end";
    Ok(Some(tag.ok_or_else(|| Problem::invalid("Gatewright-Session", says))?.to_owned()))
}

/// The session that a cookie's token belongs to. Of an access token only what it claims: enough to choose by, and whatever
/// is chosen is verified afterwards.
fn session_of(cookie: &SessionCookie, edge: &Edge) -> Option<SessionId> {
    match cookie.kind {
        CookieKind::Refresh => edge.gate().session_of_refresh_token(&cookie.value),
        CookieKind::Access => claimed_session(&cookie.value),
    }
}

fn claimed_session(token: &str) -> Option<SessionId> {
    let payload = token.split('.').nth(1)?;
    let claims = data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes()).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    claims.get("session_id")?.as_str()?.parse().ok()
}
