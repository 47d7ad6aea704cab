//! `/account/users/{id}/pin`: sets, changes and removes a user's PIN. What must stay true: a PIN is a credential
//! (SECURITY AU8), so the page asks for a proof of the account before anybody types one, and what is typed is never
//! shown again.

use axum::response::Response;
use gatewright_core::{
    Caller, Error, Fresh,
    model::{Lock, Pin, User},
};

use super::{find, link, page_of};
use crate::{
    Problem,
    extract::UserInPath,
    page::{
        account::{Place, again::Again, sheet, users::form::Wrong},
        filled::Filled,
        member::{Member, Stop},
        sheet::{Block, Field, FieldKind, Form, Section, Sheet, Tone, name_of},
        text::Text,
    },
};

const SET: &str = "set";
const REMOVE: &str = "remove";

/// `GET`: the form, for who has proved of late who he is.
pub(super) async fn show(member: Member, UserInPath(id): UserInPath) -> Result<Response, Stop> {
    let user = find(&member, id).await?;
    member.earn::<Fresh<Caller>>()?;
    Ok(Again::answer(None, &member, page(&member, &user, None)))
}

/// `POST`: sets the PIN, or removes it.
pub(super) async fn act(member: Member, UserInPath(id): UserInPath, mut filled: Filled) -> Result<Response, Stop> {
    let user = find(&member, id).await?;
    member.check(&filled, &token_of(&user))?;
    let pin = match filled.text("act") {
        SET => Pin::parse("pin", filled.take("pin")).map(Some),
        REMOVE => Ok(None),
        _ => return Err(Problem::malformed("The form does not say what is to be done.").into()),
    };
    let (gate, client) = (member.visit.edge.gate(), &member.visit.client);
    let outcome = match &pin {
        Ok(pin) => gate.set_pin(member.caller.clone(), id, pin.as_ref(), client).await,
        Err(invalid) => Err(invalid.clone().into()),
    };
    match outcome {
        Ok(()) => Ok(member.see_done(&page_of(id), if let Ok(Some(_)) = pin { "pin-set" } else { "pin-removed" })),
        Err(error) => {
            let again = Again::because(&member, error, SET, &filled, explain)?;
            Ok(Again::answer(Some(&again), &member, page(&member, &user, Some(&again))))
        }
    }
}

fn explain(error: &Error) -> Option<Wrong> {
    matches!(error, Error::Invalid(_)).then(|| ("pin", Text::BAD_PIN.into()))
}

fn token_of(user: &User) -> String {
    format!("{}/pin", page_of(user.id))
}

fn page(member: &Member, user: &User, again: Option<&Again<'_>>) -> Sheet {
    let token = member.form_token(&token_of(user));
    let field = Field::new("pin", FieldKind::NewPin, Text::PIN_NEW).hint(Text::PIN_HINT);
    let set = Form::new(Text::PIN_BUTTON, token.clone()).act(SET, "").field(Again::field(again, SET, field));
    let page = sheet(member, Place::Users, Text::PIN_TITLE.with("name", name_of(user)))
        .paragraph(Text::PIN_LEAD)
        .block(Block::Form(set));
    let page = match user.lock {
        Lock::Pin => {
            let remove = Form::new(Text::PIN_OFF_BUTTON, token).act(REMOVE, "").tone(Tone::Quiet);
            let section = Section::new(Text::PIN_OFF_BUTTON).paragraph(Text::PIN_OFF_LEAD);
            page.section(section.block(Block::Form(remove)))
        }
        Lock::Open => page,
    };
    page.block(link(Text::PIN_BACK.with("name", name_of(user)), page_of(user.id)))
}
