//! Somebody who is signed in, at a page: by the cookies of a session, renewed on the way if it has to be.
//!
//! What must stay true: the cookies of a renewed session leave with the answer, whatever that is; who is not signed in
//! is led to where that is done and comes back; and a form is good only for the session that it was shown to (SECURITY
//! WB6). What is answered to a user speaks the language of its profile, if that is one of ours, and otherwise the
//! browser's.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use gatewright_core::{
    Allowed, Caller, Demanded, Earned, Error, Refusal, SignedIn,
    model::{Permissions, Right, Standing, User},
};

use super::{
    admin,
    filled::Filled,
    language::Language,
    next::encoded,
    sheet::{Avatar, Block, Href, Person, Sheet, name_of},
    text::Text,
    visit::{Visit, add},
};
use crate::{Edge, Problem, extract::Sources, route::session_cookies};

/// Where one signs in, and where one proves once more that it is oneself.
pub(super) const SIGN_IN: &str = "login";
pub(super) const CONFIRM: &str = "confirm-identity";

/// Somebody who is signed in.
pub(super) struct Member {
    pub(super) visit: Visit,
    pub(super) caller: Caller,
    /// What the user may administer, once a page has asked for a right.
    may: OnceLock<Permissions>,
}

/// Why a page is not shown as it was to be: something went wrong, or something else comes first.
pub(super) enum Stop {
    Problem(Problem),
    Instead(Box<Response>),
}

impl IntoResponse for Stop {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(problem) => problem.into_response(),
            Self::Instead(response) => *response,
        }
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Problem(error.into())
    }
}

impl From<Response> for Stop {
    fn from(response: Response) -> Self {
        Self::Instead(Box::new(response))
    }
}

/// What was found out on the way to a page that concerns its answer, whatever that is: the cookies of a session that
/// was renewed, and the language of who is there.
#[derive(Clone, Debug, Default)]
pub(super) struct OnTheWay(Arc<Mutex<Found>>);

#[derive(Debug, Default)]
struct Found {
    cookies: Vec<HeaderValue>,
    language: Option<Language>,
}

impl OnTheWay {
    fn found(&self) -> MutexGuard<'_, Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn keep(&self, edge: &Edge, signed_in: &SignedIn) {
        self.found().cookies.extend(session_cookies(edge, signed_in).into_iter().flatten());
    }

    fn speak(&self, language: Language) {
        self.found().language = Some(language);
    }

    /// The language of who is there, if anybody is who has one.
    pub(super) fn language(&self) -> Option<Language> {
        self.found().language
    }

    /// Adds the cookies to an answer. What the page has set itself for the same cookies comes later and stands: it
    /// signs somebody out.
    pub(super) fn leave_with(&self, headers: &mut HeaderMap) {
        let kept = std::mem::take(&mut self.found().cookies);
        if kept.is_empty() {
            return;
        }
        let own: Vec<HeaderValue> = headers.get_all(header::SET_COOKIE).iter().cloned().collect();
        headers.remove(header::SET_COOKIE);
        for cookie in kept.into_iter().chain(own) {
            headers.append(header::SET_COOKIE, cookie);
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Member
where
    Edge: FromRef<S>,
{
    type Rejection = Stop;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Stop> {
        let mut visit = Visit::from_request_parts(parts, state).await?;
        let credentials = Sources::of(&parts.headers, &visit.edge)?.page_credentials(&visit.edge)?;
        match visit.edge.gate().visit(credentials, &visit.client).await? {
            None => Err(sign_in_first(&visit, &parts.method).into()),
            Some((caller, renewed)) => {
                let own = caller.standing().user.profile.locale.as_deref().and_then(Language::of_tag);
                visit.language = own.unwrap_or(visit.language);
                if let Some(on_the_way) = parts.extensions.get::<OnTheWay>() {
                    on_the_way.speak(visit.language);
                    renewed.iter().for_each(|signed_in| on_the_way.keep(&visit.edge, signed_in));
                }
                Ok(Self { visit, caller, may: OnceLock::new() })
            }
        }
    }
}

/// Leads to where one signs in and back to here. A link of another site carries no strict cookie, so who followed one
/// asks for the page once more, as one of our own, before that.
fn sign_in_first(visit: &Visit, method: &Method) -> Response {
    let is_from_elsewhere = visit.headers().get("sec-fetch-site") == Some(&HeaderValue::from_static("cross-site"));
    if is_from_elsewhere && *method == Method::GET {
        let here = Href::page(visit.here());
        let again = Block::Link { says: Text::MOMENT_LINK.into(), href: here };
        let sheet =
            Sheet::new(Text::MOMENT_TITLE).paragraph(Text::MOMENT_LEAD).block(again).leading(visit.own_address());
        return visit.page(StatusCode::UNAUTHORIZED, &sheet);
    }
    led_through(visit, SIGN_IN)
}

/// Leads to a page that comes first, and from there back to here.
fn led_through(visit: &Visit, page: &str) -> Response {
    let base = &visit.edge.options().base_path;
    visit.see(&format!("{page}?next={}", encoded(&format!("{base}/{}", visit.here()))))
}

impl Member {
    pub(super) fn standing(&self) -> &Standing {
        self.caller.standing()
    }

    pub(super) fn user(&self) -> &User {
        &self.caller.standing().user
    }

    /// Earns a right. Whose last proof is too old proves itself once more, and comes back.
    ///
    /// # Errors
    /// The right is missing.
    pub(super) fn earn<C: Earned>(&self) -> Result<C, Stop> {
        C::earn(self.caller.clone(), self.visit.edge.gate()).map_err(|error| self.stop(error))
    }

    /// The right to administer something.
    ///
    /// # Errors
    /// As [`Self::earn`]; who lacks it is told which one it is.
    pub(super) async fn allowed<R: Demanded>(&self) -> Result<Allowed<R>, Stop> {
        let demanded = match self.visit.edge.gate().admin(&self.caller).await {
            Ok(by) => {
                self.may.get_or_init(|| by.permissions().clone());
                by.demand()
            }
            Err(error) => Err(error),
        };
        demanded.map_err(|error| {
            let is_lacking = matches!(error, Error::Refused(Refusal::PermissionDenied));
            if is_lacking { admin::lacking(self, R::RIGHT).into() } else { self.stop(error) }
        })
    }

    /// Whether the user has the right, as far as a page has asked for one.
    pub(super) fn may(&self, right: Right) -> bool {
        self.may.get().is_some_and(|may| may.contains(right.name()))
    }

    /// What an act of the core refuses. Whose last proof is too old is led to prove itself, and whose session is over
    /// to sign in.
    pub(super) fn stop(&self, error: Error) -> Stop {
        match error {
            Error::Refused(Refusal::NotFresh { .. }) => led_through(&self.visit, CONFIRM).into(),
            // It ended while the page was on its way: whoever signs in anew comes back to it.
            Error::Refused(Refusal::SessionGone | Refusal::SessionDead(_)) => led_through(&self.visit, SIGN_IN).into(),
            Error::Refused(_)
            | Error::Invalid(_)
            | Error::Throttled { .. }
            | Error::OverCapacity { .. }
            | Error::Unavailable(_)
            | Error::Bug(_) => error.into(),
        }
    }

    /// What makes the forms of a page good, in this session.
    pub(super) fn form_token(&self, page: &str) -> String {
        self.visit.form_token(page, &self.standing().session.id.to_string())
    }

    /// Goes on only with a form of this page, of this browser and this session.
    ///
    /// # Errors
    /// The form is not (any more) what was shown.
    pub(super) fn check(&self, filled: &Filled, page: &str) -> Result<(), Stop> {
        let is_good = self.visit.knows(filled, page, &self.standing().session.id.to_string());
        if is_good { Ok(()) } else { Err(super::stale(&self.visit, &self.visit.here()).into()) }
    }

    /// Shows a page with forms.
    pub(super) fn form(&self, status: StatusCode, sheet: &Sheet) -> Response {
        self.visit.form(status, sheet)
    }

    /// Leads to the page again with what was done, which the page reads by [`Self::was_done`].
    pub(super) fn see_done(&self, page: &str, done: &str) -> Response {
        self.visit.see(&format!("{page}?done={done}"))
    }

    /// What the address says was done. It is no secret, and proves nothing.
    pub(super) fn was_done(&self) -> Option<String> {
        self.visit.parameter("done")
    }
}

impl Person {
    pub(super) fn of(user: &User) -> Self {
        let name = name_of(user).to_owned();
        let also = (name != user.username.as_str()).then(|| user.username.to_string());
        Self { avatar: Avatar::of(user), name, also }
    }
}

/// Leads somewhere with the cookies of a new session.
pub(super) fn with_session(mut response: Response, edge: &Edge, signed_in: &SignedIn) -> Response {
    for cookie in session_cookies(edge, signed_in) {
        add(response.headers_mut(), cookie);
    }
    response
}
