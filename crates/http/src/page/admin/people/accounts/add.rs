//! `/admin/accounts/add`: an account made for somebody, who chooses the password by mail (SECURITY PW17).

use axum::response::Response;
use gatewright_core::{
    AccountToMake, Error, Refusal,
    model::{Email, Invalid, InvalidReason, ProfilePatch, Username},
    rights,
};

use super::one;
use crate::{
    Code,
    page::{
        admin::{
            Place,
            people::fault::{Fault, marked, status, told},
            sheet,
        },
        filled::Filled,
        member::{Member, Stop},
        sheet::{Block, Field, FieldKind, Form, Needed},
        text::Text,
    },
};

const PAGE: &str = "admin/accounts/add";

/// `GET`: the form.
pub(in crate::page::admin::people) async fn show(member: Member) -> Result<Response, Stop> {
    member.allowed::<rights::AccountsWrite>().await?;
    Ok(shown(&member, None, None))
}

/// `POST`: makes it.
pub(in crate::page::admin::people) async fn act(member: Member, filled: Filled) -> Result<Response, Stop> {
    member.check(&filled, PAGE)?;
    let by = member.allowed::<rights::AccountsWrite>().await?;
    let made = match wanted(&filled) {
        Ok(wanted) => member.visit.edge.gate().create_account_by(&by, wanted, &member.visit.client).await,
        Err(invalid) => Err(invalid.into()),
    };
    match made {
        Ok(made) => Ok(member.see_done(&one::page(made.account.id), "made")),
        Err(error) => Ok(shown(&member, Some(&fault(&member, error)?), Some(&filled))),
    }
}

fn wanted(filled: &Filled) -> Result<AccountToMake, Invalid> {
    let typed = |name: &str| Some(filled.text(name).trim()).filter(|text| !text.is_empty());
    let display_name = typed("name").map(|name| Some(name.to_owned()));
    Ok(AccountToMake {
        email: Email::parse("email", filled.text("email").trim())?,
        username: typed("username").map(|name| Username::parse("username", name)).transpose()?,
        profile: ProfilePatch { display_name, ..ProfilePatch::default() },
    })
}

fn fault(member: &Member, error: Error) -> Result<Fault, Stop> {
    match &error {
        Error::Refused(Refusal::EmailTaken) => {
            Ok(Fault::new(Code::EmailTaken, Text::PEOPLE_ADD_TAKEN).moved_to("email"))
        }
        Error::Refused(Refusal::UsernameTaken) => {
            Ok(Fault::new(Code::UsernameTaken, Text::TAKEN_USERNAME).moved_to("username"))
        }
        Error::Invalid(invalid) => match (invalid.field, &invalid.reason) {
            ("email", _) => Ok(Fault::at("email", Text::BAD_EMAIL)),
            ("username", InvalidReason::TooLong { .. }) => Ok(Fault::at("username", Text::LONG_USERNAME)),
            ("username", _) => Ok(Fault::at("username", Text::BAD_USERNAME)),
            ("profile.display_name", _) => Ok(Fault::at("name", Text::PEOPLE_ADD_BAD_NAME)),
            (_, _) => Fault::of(member, error),
        },
        Error::Refused(_)
        | Error::Throttled { .. }
        | Error::OverCapacity { .. }
        | Error::Unavailable(_)
        | Error::Bug(_) => Fault::of(member, error),
    }
}

fn shown(member: &Member, fault: Option<&Fault>, filled: Option<&Filled>) -> Response {
    let typed = |name: &str| filled.map_or("", |filled| filled.text(name));
    // Of somebody else, so that no password manager offers the admin's own.
    let line = |name, needed, label| Field::new(name, FieldKind::Line(needed), label).value(typed(name));
    let form = Form::new(Text::PEOPLE_ADD_BUTTON, member.form_token(PAGE))
        .field(line("email", Needed::Yes, Text::EMAIL))
        .field(line("username", Needed::No, Text::USERNAME).hint(Text::PEOPLE_ADD_USERNAME_HINT))
        .field(line("name", Needed::No, Text::PEOPLE_ADD_NAME).hint(Text::PEOPLE_ADD_NAME_HINT));
    let sheet = told(sheet(member, Place::Accounts, Text::PEOPLE_ADD_TITLE), fault, None)
        .paragraph(Text::PEOPLE_ADD_LEAD)
        .block(Block::Form(marked(form, fault)));
    member.form(status(fault), &sheet)
}
