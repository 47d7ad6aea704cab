//! `/account/delete`: deletes the account, and `/account/deleted`: says that it is done. What must stay true: nobody does it by a
//! mistaken click, or with a session whose proof is old; and afterwards nothing of the session is left in the browser.

use axum::{http::StatusCode, response::Response};
use gatewright_core::{
    Error, Fresh, Owner, Refusal,
    model::{Email, Rank, Transport, User},
};

use super::{Oneself, Place, again::Again, oneself, sheet};
use crate::{
    extract::{LogoutOrigin, Sources},
    page::{
        filled::Filled,
        member::{Member, Stop},
        sheet::{Block, Fact, Field, FieldKind, Form, Href, Item, Needed, Person, Section, Sheet, Tone},
        text::Text,
        visit::Visit,
    },
    route::{clear_site_data, forget},
};

pub(super) const PAGE: &str = "account/delete";
const DONE: &str = "account/deleted";

/// `GET`: what goes.
pub(super) async fn show(member: Member) -> Result<Response, Stop> {
    let why = match (oneself(&member), member.user().rank) {
        (Oneself::No, _) => Text::ACCOUNT_ACTING,
        (Oneself::Yes, Rank::Member) => Text::ACCOUNT_OWNERS_ONLY,
        (Oneself::Yes, Rank::Owner) => {
            member.earn::<Fresh<Owner>>()?;
            return shown(&member, None).await;
        }
    };
    let sheet = sheet(&member, Place::Data, Text::DELETE_TITLE).paragraph(why);
    Ok(member.visit.page(StatusCode::FORBIDDEN, &sheet))
}

/// `POST`: deletes.
pub(super) async fn act(member: Member, filled: Filled) -> Result<Response, Stop> {
    member.check(&filled, PAGE)?;
    let owner = member.earn::<Fresh<Owner>>()?;
    let is_meant = Email::parse("email", filled.text("email").trim())
        .is_ok_and(|email| email.key() == member.standing().account.email.key());
    if !is_meant {
        let again = Again::at("", &filled, ("email", Text::DELETE_WRONG.into()));
        return shown(&member, Some(&again)).await;
    }
    match member.visit.edge.gate().delete_account(&owner, &member.visit.client).await {
        Ok(()) => gone(&member),
        Err(error @ Error::Refused(Refusal::LastAdmin)) => {
            let again = Again::told("", &filled, error, Text::DELETE_LAST_ADMIN);
            shown(&member, Some(&again)).await
        }
        Err(error) => Err(member.stop(error)),
    }
}

/// Leads to the page that says so, and leaves nothing behind.
fn gone(member: &Member) -> Result<Response, Stop> {
    let (visit, own) = (&member.visit, member.standing().session.id);
    let sessions = Sources::of(visit.headers(), &visit.edge)?.sessions(&visit.edge)?;
    let is_only = sessions.iter().all(|(id, _)| *id == own);
    let mut response = visit.see(DONE);
    forget(response.headers_mut(), &visit.edge, own, Transport::Cookie);
    let origin = if is_only { LogoutOrigin::OnlyCookie } else { LogoutOrigin::OneOfSeveral };
    clear_site_data(response.headers_mut(), &visit.edge, origin);
    Ok(response)
}

/// `GET /account/deleted`: it is done. Nobody is signed in to see it.
pub(super) async fn done(visit: Visit) -> Response {
    visit.page(StatusCode::OK, &Sheet::new(Text::DELETE_DONE_TITLE).paragraph(Text::DELETE_DONE))
}

async fn shown(member: &Member, again: Option<&Again<'_>>) -> Result<Response, Stop> {
    let users = member.visit.edge.gate().list_users(&member.caller).await?;
    let email = member.standing().account.email.as_str();
    let typed = Field::new("email", FieldKind::Line(Needed::Yes), Text::DELETE_TYPE.with("email", email));
    let form = Form::new(Text::DELETE_BUTTON, member.form_token(PAGE)).tone(Tone::Grave);
    let goes = Section::new(Text::DELETE_GOES)
        .paragraph(Text::DELETE_USERS)
        .block(Block::Items { items: users.iter().map(item).collect(), empty: Text::ACTIVITY_NONE.into() })
        .paragraph(Text::DELETE_REST);
    let first = Block::Link { says: Text::DELETE_FIRST.into(), href: Href::page(Place::Data.page()) };
    let sheet = sheet(member, Place::Data, Text::DELETE_TITLE)
        .section(goes)
        .block(first)
        .block(Block::Form(form.field(Again::field(again, "", typed))));
    Ok(Again::answer(again, member, sheet))
}

fn item(user: &User) -> Item {
    let person = Person::of(user);
    let item = Item { avatar: Some(person.avatar), ..Item::new(Fact::Is(person.name)) };
    person.also.into_iter().fold(item, |item, username| item.detail(Text::USERNAME, Fact::Is(username)))
}
