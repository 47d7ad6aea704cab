//! `/forgot-password`: has a mail sent with which a new password is set. The page says the same for every address (SECURITY AU4).

use axum::{http::StatusCode, response::Response};
use gatewright_core::model::Email;

use super::{
    fault::Wrong,
    login::{self, asked},
};
use crate::{
    Problem,
    page::{
        cookies::PageCookie,
        filled::Filled,
        next::Next,
        sheet::{Block, Field, Form, Href, Sheet},
        stale,
        text::Text,
        visit::{Visit, add},
    },
};

pub(super) const PATH: &str = "/forgot-password";
pub(super) const BESIDE: &str = "forgot-password";

/// `GET`: the form, or what to do next.
pub(super) async fn show(visit: Visit) -> Response {
    let next = Next::asked(&visit);
    match visit.parameter("done").as_deref() {
        Some("mailed") => visit.page(StatusCode::OK, &mailed(next.as_ref())),
        _ => visit.form(StatusCode::OK, &sheet(&visit, next.as_ref(), "", None)),
    }
}

/// `POST`: has the mail sent.
pub(super) async fn act(visit: Visit, filled: Filled) -> Result<Response, Problem> {
    if !visit.knows(&filled, BESIDE, "") {
        return Ok(stale(&visit, &visit.here()));
    }
    let next = Next::carried(&visit, &filled);
    let typed = filled.text("email");
    let Ok(email) = Email::parse("email", typed.trim()) else {
        let wrong = Wrong::field("email", Text::BAD_EMAIL);
        return Ok(visit.form(wrong.status, &sheet(&visit, next.as_ref(), typed, Some(&wrong))));
    };
    visit.edge.gate().forgot_password(&email, &visit.client).await?;
    let mut response = visit.see(&Next::after(next.as_ref(), "forgot-password?done=mailed"));
    // A link of an earlier mail would stand in front of the field for the code.
    add(response.headers_mut(), PageCookie::Link("reset_password").delete(visit.names()));
    add(response.headers_mut(), asked(&visit, &email));
    Ok(response)
}

fn back(next: Option<&Next>) -> Block {
    Block::Link { says: Text::SIGN_IN_LINK.into(), href: Href::page(Next::after(next, login::BESIDE)) }
}

fn sheet(visit: &Visit, next: Option<&Next>, typed: &str, wrong: Option<&Wrong>) -> Sheet {
    let email = Field::email().value(typed).error(wrong.and_then(|wrong| wrong.at("email")));
    let mut form = Form::new(Text::FORGOT_BUTTON, visit.form_token(BESIDE, "")).field(email);
    form.fields.extend(Next::field(next));
    Sheet::new(Text::FORGOT_TITLE)
        .noticed(wrong.map(|wrong| wrong.notice.clone()))
        .paragraph(Text::FORGOT_LEAD)
        .block(Block::Form(form))
        .block(back(next))
}

fn mailed(next: Option<&Next>) -> Sheet {
    Sheet::new(Text::MAILED_TITLE)
        .paragraph(Text::FORGOT_MAILED)
        .block(Block::Link { says: Text::MAILED_CODE.into(), href: Href::page("reset-password") })
        .block(Block::Small(Text::MAILED_NOTHING.into()))
        .block(back(next))
}
