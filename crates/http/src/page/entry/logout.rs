//! `/logout`: signs out, here or everywhere. What must stay true: reading the page does nothing, so no link signs anybody out; and what
//! is deleted in the browser has ended on the server first, or stays so that it can be tried again.

use axum::{http::StatusCode, response::Response};
use gatewright_core::{LogoutScope, model::Transport};

use super::{
    here::{Found, Here},
    known,
};
use crate::{
    ClearSiteData,
    extract::LogoutOrigin,
    page::{
        cookies::PageCookie,
        filled::Filled,
        member::Stop,
        sheet::{Block, Fact, Form, Sheet, name_of},
        stale,
        text::Text,
        visit::{Visit, add},
    },
    route::{clear_site_data, forget},
};

pub(super) const PATH: &str = "/logout";
const BESIDE: &str = "logout";

/// `GET`: asks.
pub(super) async fn show(here: Here) -> Response {
    let Some(found) = here.chosen() else { return here.visit.see("login?done=signed-out") };
    let form = Form::new(Text::LOGOUT_BUTTON, here.visit.form_token(BESIDE, &found.id.to_string()))
        .other("everywhere", Text::LOGOUT_EVERYWHERE);
    let mut sheet = Sheet::new(Text::LOGOUT_TITLE);
    if let Some(caller) = &found.caller {
        let standing = caller.standing();
        sheet = sheet.block(Block::Facts(vec![
            (Text::SIGNED_IN_AS.into(), Fact::Is(name_of(&standing.user).to_owned())),
            (Text::EMAIL.into(), Fact::Is(standing.account.email.as_str().to_owned())),
        ]));
    }
    let sheet = sheet.paragraph(Text::LOGOUT_LEAD).block(Block::Form(form));
    here.visit.form(StatusCode::OK, &sheet)
}

/// `POST`: signs out.
pub(super) async fn act(here: Here, filled: Filled) -> Result<Response, Stop> {
    // Pressed twice: it has been done.
    let Some(found) = here.chosen() else { return Ok(here.visit.see("login?done=signed-out")) };
    if !here.visit.knows(&filled, BESIDE, &found.id.to_string()) {
        return Ok(stale(&here.visit, BESIDE));
    }
    if filled.text("way") == "everywhere" {
        found.end(&here.visit, LogoutScope::Others).await?;
    }
    let to = if here.is_alone(found) { "login?done=signed-out" } else { "choose-account?done=signed-out" };
    sign_out(&here, found, to).await
}

/// Ends the session and deletes its cookies; all others of this site as well, where none of another session are.
///
/// # Errors
/// The session could not be ended.
pub(super) async fn sign_out(here: &Here, found: &Found, to: &str) -> Result<Response, Stop> {
    let visit = &here.visit;
    found.end(visit, LogoutScope::Session).await?;
    let mut response = visit.see(to);
    let headers = response.headers_mut();
    forget(headers, &visit.edge, found.id, Transport::Cookie);
    add(headers, PageCookie::Key.delete(visit.names()));
    if here.has_only(found) {
        clear(headers, visit)?;
    }
    Ok(response)
}

/// As after a logout by the API. But where accounts are remembered, which somebody has asked for, only what scripts have kept is
/// cleared: `"cookies"` would forget them.
fn clear(headers: &mut axum::http::HeaderMap, visit: &Visit) -> Result<(), Stop> {
    let remembers = !known::read(visit)?.is_empty();
    clear_site_data(headers, &visit.edge, LogoutOrigin::OnlyCookie);
    if remembers && visit.edge.options().clear_site_data == ClearSiteData::WithLastSession {
        headers.insert("clear-site-data", axum::http::HeaderValue::from_static("\"storage\""));
    }
    Ok(())
}
