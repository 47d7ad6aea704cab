//! `/signup`: makes an account. Where addresses are proved first, a mail is sent instead, and the page says the same for every address.

use axum::{http::StatusCode, response::Response};
use gatewright_core::{
    SignUpRequest, SignedUp,
    model::{Email, Plaintext, ProfilePatch, Transport, Username},
};

use super::{arrive, fault::Wrong, login::asked};
use crate::{
    Problem,
    page::{
        filled::Filled,
        next::Next,
        sheet::{Block, Field, FieldKind, Form, Href, Needed, Sheet},
        stale,
        text::Text,
        visit::{Visit, add},
    },
    route::remember,
};

pub(super) const PATH: &str = "/signup";
pub(super) const BESIDE: &str = "signup";

/// `GET`: the form, or that a mail is on its way.
pub(super) async fn show(visit: Visit) -> Response {
    let next = Next::asked(&visit);
    match visit.parameter("done").as_deref() {
        Some("mailed") => visit.page(StatusCode::OK, &mailed(next.as_ref())),
        _ => visit.form(StatusCode::OK, &sheet(&visit, next.as_ref(), &Filled::default(), None)),
    }
}

/// `POST`: makes the account, or sends the mail that comes first.
pub(super) async fn act(visit: Visit, mut filled: Filled) -> Result<Response, Problem> {
    if !visit.knows(&filled, BESIDE, "") {
        return Ok(stale(&visit, &visit.here()));
    }
    let next = Next::carried(&visit, &filled);
    let password = filled.take("password");
    let wrong = match request(&filled, password) {
        Err(wrong) => wrong,
        Ok(request) => {
            let email = request.email.clone();
            match visit.edge.gate().sign_up(request, visit.mark.as_ref(), &visit.client).await {
                Ok(SignedUp::SignedIn(signed_in)) => {
                    return Ok(arrive(&visit, &signed_in, &Next::or_home(next.as_ref(), &visit.edge)).await);
                }
                Ok(SignedUp::VerificationRequired { browser, .. }) => {
                    let mut response = visit.see(&Next::after(next.as_ref(), "signup?done=mailed"));
                    response.headers_mut().extend(remember(&visit.edge, &browser));
                    add(response.headers_mut(), asked(&visit, &email));
                    return Ok(response);
                }
                Err(error) => Wrong::of(error)?,
            }
        }
    };
    let sheet = sheet(&visit, next.as_ref(), &filled, Some(&wrong));
    Ok(wrong.on(visit.form(wrong.status, &sheet)))
}

fn request(filled: &Filled, password: String) -> Result<SignUpRequest, Wrong> {
    let typed = |name| Some(filled.text(name).trim()).filter(|text| !text.is_empty());
    let display_name = typed("display_name").map(|name| Some(name.to_owned()));
    Ok(SignUpRequest {
        email: Email::parse("email", filled.text("email").trim())?,
        username: typed("username").map(|name| Username::parse("username", name)).transpose()?,
        password: Plaintext::parse("password", password)?,
        profile: ProfilePatch { display_name, ..ProfilePatch::default() },
        transport: Transport::Cookie,
        label: None,
    })
}

fn sheet(visit: &Visit, next: Option<&Next>, filled: &Filled, wrong: Option<&Wrong>) -> Sheet {
    let error = |name| wrong.and_then(|wrong| wrong.at(name));
    let min = visit.edge.gate().policy().passwords.min_length;
    let again = |field: Field| {
        let (error, value) = (error(field.name), filled.text(field.name));
        let value = if field.kind.may_be_repeated() { value } else { "" };
        field.value(value).error(error)
    };
    let fields = [
        Field::email(),
        Field::new("password", FieldKind::NewPassword, Text::SIGNUP_PASSWORD)
            .hint(Text::NEW_PASSWORD_HINT.with("min", min)),
        Field::new("display_name", FieldKind::Name, Text::SIGNUP_NAME).hint(Text::SIGNUP_NAME_HINT),
        // The address is what a password manager keeps, so this is no name for it.
        Field::new("username", FieldKind::Line(Needed::No), Text::SIGNUP_USERNAME).hint(Text::SIGNUP_USERNAME_HINT),
    ];
    let mut form = Form::new(Text::SIGNUP_BUTTON, visit.form_token(BESIDE, ""));
    form.fields = fields.into_iter().map(again).chain(Next::field(next)).collect();
    Sheet::new(Text::SIGNUP_TITLE).noticed(wrong.map(|wrong| wrong.notice.clone())).block(Block::Form(form)).block(
        Block::Link { says: Text::SIGNUP_LOGIN.into(), href: Href::page(Next::after(next, super::login::BESIDE)) },
    )
}

/// A mail is on its way: to whoever wants an account, or to whoever has one already.
fn mailed(next: Option<&Next>) -> Sheet {
    let code = Href::page(Next::after(next, "verify-email"));
    Sheet::new(Text::MAILED_TITLE)
        .paragraph(Text::SIGNUP_MAILED)
        .block(Block::Link { says: Text::MAILED_CODE.into(), href: code })
        .block(Block::Small(Text::MAILED_NOTHING.into()))
}
