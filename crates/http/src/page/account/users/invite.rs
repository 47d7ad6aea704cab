//! `/account/users/invite`: asks somebody by mail to join the account. It takes an owner who has proved of late who he
//! is; and what is answered does not tell whether the mail was sent.

use axum::response::Response;
use gatewright_core::{Error, Fresh, Owner, model::Email};

use super::{form::Wrong, link};
use crate::page::{
    account::{Place, again::Again, sheet},
    filled::Filled,
    member::{Member, Stop},
    sheet::{Block, Field, FieldKind, Form, Needed, Sheet},
    text::Text,
};

const PAGE: &str = "account/users/invite";
const ACT: &str = "invite";

/// `GET`: the form.
pub(super) async fn show(member: Member) -> Result<Response, Stop> {
    member.earn::<Fresh<Owner>>()?;
    Ok(Again::answer(None, &member, page(&member, None)))
}

/// `POST`: sends the invitation.
pub(super) async fn act(member: Member, filled: Filled) -> Result<Response, Stop> {
    member.check(&filled, PAGE)?;
    let owner = member.earn::<Fresh<Owner>>()?;
    let outcome = match Email::parse("email", filled.text("email").trim()) {
        Ok(email) => member.visit.edge.gate().invite(&owner, email, &member.visit.client).await,
        Err(invalid) => Err(invalid.into()),
    };
    match outcome {
        Ok(()) => Ok(member.see_done(super::PAGE, "invited")),
        Err(error) => {
            let again = Again::because(&member, error, ACT, &filled, explain)?;
            Ok(Again::answer(Some(&again), &member, page(&member, Some(&again))))
        }
    }
}

fn explain(error: &Error) -> Option<Wrong> {
    matches!(error, Error::Invalid(_)).then(|| ("email", Text::BAD_EMAIL.into()))
}

fn page(member: &Member, again: Option<&Again<'_>>) -> Sheet {
    // Somebody else's address: none that a browser or password manager knows as the own one.
    let email = Field::new("email", FieldKind::Line(Needed::Yes), Text::EMAIL);
    let form = Form::new(Text::INVITE_BUTTON, member.form_token(PAGE)).field(Again::field(again, ACT, email));
    sheet(member, Place::Users, Text::INVITE_TITLE)
        .paragraph(Text::INVITE_LEAD)
        .block(Block::Form(form))
        .block(link(Text::USERS_ALL, super::PAGE))
}
