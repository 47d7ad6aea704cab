//! `/select`: who is there, of an account with several users or with one that has a PIN. What must stay true: the
//! selection token is in a cookie that no page can read, a mistyped PIN costs an attempt and not the login, and whoever
//! has signed in goes on where he was going.

use axum::{http::StatusCode, response::Response};
use gatewright_core::{
    ChosenUser, Error, Refusal, SelectRequest, Selection, SignedIn,
    model::{Transport, User},
};

use super::steps::{Chosen, Steps, address};
use crate::{
    Problem,
    page::{
        cookies::PageCookie,
        entry::arrive,
        filled::Filled,
        member::SIGN_IN,
        next::Next,
        sheet::{Block, Href, Sheet},
        stale,
        text::Text,
        visit::{Visit, add},
    },
};

pub(in crate::page) const PATH: &str = "/select";
const PAGE: &str = "select";

/// Leads to this page with what phase one of a login gave.
pub(in crate::page) fn begin(visit: &Visit, selection: &Selection, next: Option<&Next>) -> Response {
    let mut response = visit.see(&Next::after(next, PAGE));
    let cookie = PageCookie::Selection.set(visit.names(), &selection.token, Some(selection.expires_in));
    add(response.headers_mut(), cookie);
    response
}

/// `GET`: who can be chosen, or the PIN of who was.
pub(super) async fn show(visit: Visit) -> Result<Response, Problem> {
    let token = visit.cookie(PageCookie::Selection)?.unwrap_or_default();
    let next = Next::asked(&visit);
    let Some(users) = users(&visit, token).await? else { return Ok(over(&visit, next.as_ref())) };
    let steps = steps(&visit, token, &users, next.as_ref());
    Ok(steps.show(&visit, steps.asked(&visit)))
}

/// `POST`: signs the chosen user in, or asks for its PIN.
pub(super) async fn act(visit: Visit, mut filled: Filled) -> Result<Response, Problem> {
    let token = visit.cookie(PageCookie::Selection)?.unwrap_or_default();
    if !visit.knows(&filled, PAGE, token) {
        return Ok(stale(&visit, &visit.here()));
    }
    let next = Next::carried(&visit, &filled);
    let mut chosen = Chosen::of(&mut filled);
    let error = match select(&visit, token, &mut chosen).await {
        Ok(signed_in) => return Ok(arrive(&visit, &signed_in, &Next::or_home(next.as_ref(), &visit.edge)).await),
        Err(Error::Refused(Refusal::SelectionToken(_))) => return Ok(over(&visit, next.as_ref())),
        Err(error) => error,
    };
    if let Some(user) = chosen.needs_pin(&error) {
        return Ok(visit.see(&address(PAGE, Some(user), next.as_ref())));
    }
    let wrong = chosen.explain(error)?;
    let Some(users) = users(&visit, token).await? else { return Ok(over(&visit, next.as_ref())) };
    Ok(steps(&visit, token, &users, next.as_ref()).show_again(&visit, &chosen, &wrong))
}

async fn select(visit: &Visit, token: &str, chosen: &mut Chosen) -> Result<SignedIn, Error> {
    let request = SelectRequest {
        selection_token: token.to_owned(),
        user: ChosenUser::Id(chosen.user()?),
        pin: chosen.pin()?,
        // Both tokens go into cookies that no page can read, whatever the login was begun with.
        transport: Some(Transport::Cookie),
    };
    visit.edge.gate().select(request, &visit.client).await
}

/// Who can be chosen; `None` if there is nothing to choose for: never was, or not any more.
async fn users(visit: &Visit, token: &str) -> Result<Option<Vec<User>>, Problem> {
    match visit.edge.gate().look_at_selection(token).await {
        Ok(users) => Ok(Some(users)),
        Err(Error::Refused(Refusal::SelectionToken(_))) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn steps<'s>(visit: &Visit, token: &str, users: &'s [User], next: Option<&'s Next>) -> Steps<'s> {
    let other = Href::page(Next::after(next, SIGN_IN));
    Steps {
        page: PAGE,
        title: Text::SELECT_TITLE,
        lead: Text::SELECT_LEAD,
        button: Text::SELECT_BUTTON,
        token: visit.form_token(PAGE, token),
        next,
        users,
        now: None,
        ways: Vec::new(),
        back: (Text::SELECT_OTHER, other),
    }
}

fn over(visit: &Visit, next: Option<&Next>) -> Response {
    let again = Href::page(Next::after(next, SIGN_IN));
    let link = Block::Link { says: Text::SELECT_AGAIN.into(), href: again };
    let sheet = Sheet::new(Text::SELECT_OVER_TITLE).paragraph(Text::SELECT_OVER).block(link);
    let mut response = visit.page(StatusCode::BAD_REQUEST, &sheet);
    add(response.headers_mut(), PageCookie::Selection.delete(visit.names()));
    response
}
