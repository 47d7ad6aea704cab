//! Who is signed in in this browser: each session that it has cookies of, and whose it is.
//!
//! What must stay true: looking may renew a session, and then its new cookies leave with whatever is answered. Cookies grow with every
//! account, and servers refuse long headers, so a browser has at most [`MOST_SESSIONS`] of them; and the older of two sessions of one
//! account in one browser ends when the newer one begins, on the server too (nobody would ever look at it again).

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
    response::Response,
};
use gatewright_core::{
    Caller, Credentials, Error, LogoutProof, LogoutScope, SignedIn,
    model::{SessionId, Transport},
};

use crate::{
    Edge, Origin,
    extract::Sources,
    page::{
        cookies::PageCookie,
        member::{OnTheWay, SIGN_IN, Stop, with_session},
        next::encoded,
        sheet::Href,
        visit::{Visit, add},
    },
    route::{forget, session_cookies},
};

/// So many accounts can be signed in in one browser. Two cookies of one take about a kilobyte, and proxies take eight.
pub(super) const MOST_SESSIONS: usize = 5;

/// A session that this browser has cookies of.
pub(super) struct Found {
    pub(super) id: SessionId,
    credentials: Credentials,
    /// Whose it is; nobody's if it is over, or if a script keeps it for itself.
    pub(super) caller: Option<Caller>,
}

/// Somebody at a page that is about all sessions of the browser.
pub(in crate::page) struct Here {
    pub(super) visit: Visit,
    /// Newest first.
    pub(super) found: Vec<Found>,
    /// The one that counts for pages.
    pub(super) chosen: Option<SessionId>,
}

impl Found {
    /// Ends it on the server. What has ended already, or is none of ours, is none the worse for it.
    ///
    /// # Errors
    /// Nothing could be done: then the cookies have to stay, or nobody could do it later.
    pub(super) async fn end(&self, visit: &Visit, scope: LogoutScope) -> Result<(), Error> {
        let proof = match &self.credentials {
            // The refresh token first: it outlives the access token.
            Credentials::Cookies { refresh: Some(token), .. } => LogoutProof::RefreshToken(token),
            Credentials::Cookies { access: Some(token), .. } => LogoutProof::AccessToken(token),
            Credentials::Cookies { .. } | Credentials::Bearer(_) | Credentials::Unusable | Credentials::Nothing => {
                return Ok(());
            }
        };
        match visit.edge.gate().logout(proof, scope, &visit.client).await {
            Ok(_) | Err(Error::Refused(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl Here {
    /// The session that counts for pages.
    pub(super) fn chosen(&self) -> Option<&Found> {
        self.found.iter().find(|found| Some(found.id) == self.chosen)
    }

    /// Who is signed in.
    pub(super) fn callers(&self) -> impl Iterator<Item = &Caller> {
        self.found.iter().filter_map(|found| found.caller.as_ref())
    }

    /// Whether nobody else is signed in.
    pub(super) fn is_alone(&self, one: &Found) -> bool {
        self.found.iter().all(|found| found.id == one.id || found.caller.is_none())
    }

    /// Whether the browser has cookies of no other session.
    pub(super) fn has_only(&self, one: &Found) -> bool {
        self.found.iter().all(|found| found.id == one.id)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Here
where
    Edge: FromRef<S>,
{
    type Rejection = Stop;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Stop> {
        let visit = Visit::from_request_parts(parts, state).await?;
        let jar = parts.extensions.get::<OnTheWay>().cloned().unwrap_or_default();
        let sources = Sources::of(visit.headers(), &visit.edge)?;
        let counts = sources.page_credentials(&visit.edge)?;
        let (mut found, mut chosen) = (Vec::new(), None);
        for (id, credentials) in sources.sessions(&visit.edge)? {
            if credentials == counts {
                chosen = Some(id);
            }
            let seen = match found.len() < MOST_SESSIONS {
                true => visit.edge.gate().visit(credentials.clone(), &visit.client).await?,
                false => None,
            };
            if let Some((_, Some(signed_in))) = &seen {
                jar.keep(&visit.edge, signed_in);
            }
            found.push(Found { id, credentials, caller: seen.map(|(caller, _)| caller) });
        }
        Ok(Self { visit, found, chosen })
    }
}

/// Leads on whoever has just signed in, with the cookies of the new session: in place of those of the account's older session in this
/// browser, and of the oldest ones if there are too many. The key to the browser's forms is a new one from here on, so that nothing
/// that was shown, or planted, before is good after (`docs/attacks.md#session-fixation`).
///
/// What fails here fails for cookies that can go another time, and not for who has signed in.
pub(in crate::page) async fn arrive(visit: &Visit, signed_in: &SignedIn, to: &Href) -> Response {
    let mut response = with_session(reach(visit, to), &visit.edge, signed_in);
    let headers = response.headers_mut();
    for cookie in [PageCookie::Key, PageCookie::Selection, PageCookie::Asked] {
        add(headers, cookie.delete(visit.names()));
    }
    let sources = Sources::of(visit.headers(), &visit.edge);
    let older = sources.and_then(|sources| sources.sessions(&visit.edge)).unwrap_or_default();
    let new = &signed_in.standing.session;
    let mut kept = 1;
    for (id, credentials) in older.into_iter().filter(|(id, _)| *id != new.id) {
        let has_room = kept < MOST_SESSIONS;
        // Only what can show an access token is judged: without one it may be a script's, which pages leave alone.
        let shows_access = matches!(credentials, Credentials::Cookies { access: Some(_), .. });
        let (caller, renewed, is_over) = match has_room {
            false => (None, None, false),
            true => match visit.edge.gate().visit(credentials.clone(), &visit.client).await {
                Ok(Some((caller, renewed))) => (Some(caller), renewed, false),
                Ok(None) => (None, None, shows_access),
                Err(_) => (None, None, false),
            },
        };
        let is_same = caller.as_ref().is_some_and(|caller| caller.standing().session.account_id == new.account_id);
        let found = Found { id, credentials, caller };
        let has_gone = is_over || ((is_same || !has_room) && found.end(visit, LogoutScope::Session).await.is_ok());
        if has_gone {
            forget(headers, &visit.edge, id, Transport::Cookie);
        } else {
            keep(headers, visit, renewed.as_ref());
            kept += 1;
        }
    }
    response
}

/// Leads to where somebody goes on. A form may only lead to our own origin (`form-action 'self'`, and browsers hold the redirect of a form
/// to it as well), so to another one leads a page in between.
pub(in crate::page) fn reach(visit: &Visit, to: &Href) -> Response {
    match to {
        Href::Out(address) if is_elsewhere(address, &visit.edge) => {
            visit.see(&format!("{SIGN_IN}?done=signed-in&next={}", encoded(address)))
        }
        Href::Out(_) | Href::Page(_) => visit.see_at(to),
    }
}

fn is_elsewhere(address: &str, edge: &Edge) -> bool {
    !address.starts_with('/') && Origin::of_url(address).as_ref() != edge.own_origin()
}

/// The cookies of a session that was renewed while it was looked at.
fn keep(headers: &mut HeaderMap, visit: &Visit, renewed: Option<&SignedIn>) {
    let cookies = renewed.into_iter().flat_map(|signed_in| session_cookies(&visit.edge, signed_in));
    headers.extend(cookies.flatten().map(|cookie| (header::SET_COOKIE, cookie)));
}
