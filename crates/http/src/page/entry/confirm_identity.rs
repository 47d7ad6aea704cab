//! `/confirm-identity`: proves the account once more, before something that takes a recent proof, and leads back to it.
//!
//! What must stay true: who copied the tokens of the session gains nothing by it, because a new session takes its place (SECURITY AU9).

use axum::{http::StatusCode, response::Response};
use gatewright_core::model::{Plaintext, Transport};

use super::{
    arrive,
    fault::Wrong,
    login::{has_mail, mail_to},
};
use crate::{
    page::{
        filled::Filled,
        member::{CONFIRM, Member, Stop},
        next::Next,
        sheet::{Block, Fact, Field, FieldKind, Form, Sheet, name_of},
        text::Text,
    },
    route::forget,
};

pub(super) const PATH: &str = "/confirm-identity";

/// `GET`: asks for the password.
pub(super) async fn show(member: Member) -> Response {
    let next = Next::asked(&member.visit);
    member.form(StatusCode::OK, &sheet(&member, next.as_ref(), None))
}

/// `POST`: proves it, or has a mail sent that does.
pub(super) async fn act(member: Member, mut filled: Filled) -> Result<Response, Stop> {
    member.check(&filled, CONFIRM)?;
    let visit = &member.visit;
    let next = Next::carried(visit, &filled);
    if filled.text("way") == "mail" && has_mail(visit) {
        return Ok(mail_to(visit, &member.standing().account.email, next.as_ref()).await?);
    }
    let wrong = match Plaintext::parse("password", filled.take("password")) {
        Err(invalid) => invalid.into(),
        Ok(password) => match visit.edge.gate().reauthenticate(&member.caller, &password, &visit.client).await {
            Ok(signed_in) => {
                let mut response = arrive(visit, &signed_in, &Next::or_home(next.as_ref(), &visit.edge)).await;
                forget(response.headers_mut(), &visit.edge, member.standing().session.id, Transport::Cookie);
                return Ok(response);
            }
            Err(error) => Wrong::of(error)?,
        },
    };
    Ok(wrong.on(member.form(wrong.status, &sheet(&member, next.as_ref(), Some(&wrong)))))
}

fn sheet(member: &Member, next: Option<&Next>, wrong: Option<&Wrong>) -> Sheet {
    let account = &member.standing().account;
    // Only for password managers, and so that somebody sees whose password it is.
    let whose = Field::new("email", FieldKind::FixedEmail, Text::EMAIL).value(account.email.as_str());
    let password = Field::new("password", FieldKind::OwnPassword, Text::LOGIN_PASSWORD);
    let mut form = Form::new(Text::CONFIRM_IDENTITY_BUTTON, member.form_token(CONFIRM))
        .field(whose)
        .field(password.error(wrong.and_then(|wrong| wrong.at("password"))));
    form.fields.extend(Next::field(next));
    let mut sheet = Sheet::new(Text::CONFIRM_IDENTITY_TITLE)
        .noticed(wrong.map(|wrong| wrong.notice.clone()))
        .paragraph(Text::CONFIRM_IDENTITY_LEAD)
        .block(Block::Facts(vec![(Text::SIGNED_IN_AS.into(), Fact::Is(name_of(member.user()).to_owned()))]));
    if has_mail(&member.visit) {
        form = form.other("mail", Text::LOGIN_MAIL);
        sheet = sheet.block(Block::Form(form)).block(Block::Small(Text::CONFIRM_IDENTITY_MAIL.into()));
    } else {
        sheet = sheet.block(Block::Form(form));
    }
    sheet
}
