//! `/account/users/add`: adds a user to the account, with a PIN if choosing it is to take one. It takes an owner.

use axum::response::Response;
use gatewright_core::{
    Error, NewUser, Owner,
    model::{Invalid, Pin, ProfilePatch, Username},
};

use super::{form, link};
use crate::page::{
    account::{Place, again::Again, sheet},
    filled::Filled,
    member::{Member, Stop},
    sheet::{Block, Field, FieldKind, Form, Needed, Sheet},
    text::Text,
};

const PAGE: &str = "account/users/add";
const ACT: &str = "add";

/// `GET`: the form.
pub(super) async fn show(member: Member) -> Result<Response, Stop> {
    member.earn::<Owner>()?;
    Ok(Again::answer(None, &member, page(&member, None)))
}

/// `POST`: adds the user.
pub(super) async fn act(member: Member, mut filled: Filled) -> Result<Response, Stop> {
    member.check(&filled, PAGE)?;
    let owner = member.earn::<Owner>()?;
    let pin = filled.take("pin");
    let outcome = match read(&filled, pin) {
        Ok(new) => member.visit.edge.gate().add_user(&owner, new, &member.visit.client).await,
        Err(invalid) => Err(invalid.into()),
    };
    match outcome {
        Ok(_) => Ok(member.see_done(super::PAGE, "added")),
        Err(error) => {
            let again = Again::because(&member, error, ACT, &filled, explain)?;
            Ok(Again::answer(Some(&again), &member, page(&member, Some(&again))))
        }
    }
}

fn read(filled: &Filled, pin: String) -> Result<NewUser, Invalid> {
    let name = Some(filled.text("display_name").trim()).filter(|name| !name.is_empty());
    Ok(NewUser {
        username: Username::parse("username", filled.text("username").trim())?,
        profile: ProfilePatch { display_name: name.map(|name| Some(name.to_owned())), ..ProfilePatch::default() },
        pin: if pin.is_empty() { None } else { Some(Pin::parse("pin", pin)?) },
    })
}

fn explain(error: &Error) -> Option<form::Wrong> {
    match error {
        Error::Invalid(Invalid { field: "pin", .. }) => Some(("pin", Text::BAD_PIN.into())),
        Error::Invalid(_)
        | Error::Refused(_)
        | Error::Throttled { .. }
        | Error::OverCapacity { .. }
        | Error::Unavailable(_)
        | Error::Bug(_) => form::explain(error),
    }
}

fn page(member: &Member, again: Option<&Again<'_>>) -> Sheet {
    // Not the one that a password manager knows: it is somebody else's.
    let username = Field::new("username", FieldKind::Line(Needed::Yes), Text::USERNAME).hint(Text::USERNAME_HINT);
    let name = Field::new("display_name", FieldKind::Line(Needed::No), Text::USER_NAME).hint(Text::USER_NAME_HINT);
    let pin = Field::new("pin", FieldKind::Pin, Text::PIN).hint(Text::ADD_USER_PIN_HINT);
    let fields = [username, name, pin].map(|field| Again::field(again, ACT, field));
    let form = Form { fields: fields.into(), ..Form::new(Text::ADD_USER_BUTTON, member.form_token(PAGE)) };
    sheet(member, Place::Users, Text::ADD_USER_TITLE)
        .paragraph(Text::ADD_USER_LEAD)
        .block(Block::Form(form))
        .block(link(Text::USERS_ALL, super::PAGE))
}
