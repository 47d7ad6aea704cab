//! `/account/users/{id}/remove`: removes a user from the account. What must stay true: a page of its own says what is
//! lost before the button is there, it takes an owner who has proved of late who he is, and whoever removes himself is
//! signed out.

use axum::{http::StatusCode, response::Response};
use gatewright_core::{Error, Fresh, Owner, Refusal, model::User};

use super::{find, link, page_of};
use crate::{
    Problem,
    extract::UserInPath,
    page::{
        account::{Place, sheet},
        filled::Filled,
        member::{Member, SIGN_IN, Stop},
        sheet::{Avatar, Block, Fact, Form, Item, Sheet, Tone, name_of},
        text::Text,
    },
    route::forget,
};

/// `GET`: what will be lost, and the button.
pub(super) async fn show(member: Member, UserInPath(id): UserInPath) -> Result<Response, Stop> {
    let user = find(&member, id).await?;
    member.earn::<Fresh<Owner>>()?;
    Ok(member.form(StatusCode::OK, &page(&member, &user)))
}

/// `POST`: removes the user.
pub(super) async fn act(member: Member, UserInPath(id): UserInPath, filled: Filled) -> Result<Response, Stop> {
    let user = find(&member, id).await?;
    member.check(&filled, &token_of(&user))?;
    let owner = member.earn::<Fresh<Owner>>()?;
    let error = match member.visit.edge.gate().remove_user(&owner, id, &member.visit.client).await {
        Ok(()) => return Ok(removed(&member, &user)),
        Err(error) => error,
    };
    let says = match &error {
        Error::Refused(Refusal::LastOwner) => Text::REMOVE_LAST_OWNER,
        Error::Refused(Refusal::LastAdmin) => Text::REMOVE_LAST_ADMIN,
        Error::Refused(_)
        | Error::Invalid(_)
        | Error::Throttled { .. }
        | Error::OverCapacity { .. }
        | Error::Unavailable(_)
        | Error::Bug(_) => return Err(member.stop(error)),
    };
    let status = Problem::from(error).code().status();
    Ok(member.form(status, &page(&member, &user).noticed(Some(says.into()))))
}

/// Leads to who is left; whoever has removed himself, to where one signs in.
fn removed(member: &Member, user: &User) -> Response {
    if user.id != member.user().id {
        return member.see_done(super::PAGE, "removed");
    }
    let mut response = member.visit.see(SIGN_IN);
    let session = &member.standing().session;
    forget(response.headers_mut(), &member.visit.edge, session.id, session.transport);
    response
}

fn token_of(user: &User) -> String {
    format!("{}/remove", page_of(user.id))
}

fn page(member: &Member, user: &User) -> Sheet {
    let who = Item { avatar: Some(Avatar::of(user)), ..Item::new(Fact::Is(name_of(user).to_owned())) };
    let who = who.detail(Text::USERNAME, Fact::Is(user.username.to_string()));
    let who = if user.id == member.user().id { who.sentence(Text::REMOVE_SELF) } else { who };
    let form = Form::new(Text::REMOVE_BUTTON, member.form_token(&token_of(user))).tone(Tone::Grave);
    sheet(member, Place::Users, Text::REMOVE_TITLE.with("name", name_of(user)))
        .block(Block::Items { items: vec![who], empty: Text::USERS_EMPTY.into() })
        .paragraph(Text::REMOVE_LEAD)
        .block(Block::Form(form))
        .block(link(Text::REMOVE_BACK.with("name", name_of(user)), page_of(user.id)))
}
