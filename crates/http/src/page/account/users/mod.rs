//! `/account/users`: who shares the account. What must stay true: everybody on it sees who is there; an owner changes
//! anybody and everybody himself, as the core says again each time; and of users of other accounts nothing is told
//! (SECURITY AZ1).

mod add;
pub(super) mod form;
mod invite;
mod one;
mod pin;
mod remove;

use axum::{Router, http::StatusCode, response::Response, routing::get};
use gatewright_core::{
    Refusal,
    model::{Lock, Rank, User, UserId},
};

use super::{Place, sheet};
use crate::{
    Edge,
    page::{
        member::{Member, Stop},
        sheet::{Avatar, Block, Fact, Href, Item, Tone, name_of},
        text::{Say, Text},
    },
};

/// The list, from the root of the router on.
const PAGE: &str = "account/users";

pub(super) fn routes() -> Router<Edge> {
    Router::new()
        .route("/account/users", get(show))
        .route("/account/users/add", get(add::show).post(add::act))
        .route("/account/users/invite", get(invite::show).post(invite::act))
        .route("/account/users/{id}", get(one::show).post(one::act))
        .route("/account/users/{id}/pin", get(pin::show).post(pin::act))
        .route("/account/users/{id}/remove", get(remove::show).post(remove::act))
}

/// `GET`: everybody on the account.
async fn show(member: Member) -> Result<Response, Stop> {
    let users = member.visit.edge.gate().list_users(&member.caller).await?;
    let items = users.iter().map(|user| item(&member, user)).collect();
    let mut page = sheet(&member, Place::Users, Text::USERS_TITLE)
        .done(said(&member))
        .paragraph(Text::USERS_LEAD)
        .block(Block::Items { items, empty: Text::USERS_EMPTY.into() });
    if member.user().rank == Rank::Owner {
        page = page.block(link(Text::USERS_TO_ADD, "account/users/add"));
        page = page.block(link(Text::USERS_TO_INVITE, "account/users/invite"));
    }
    Ok(member.visit.page(StatusCode::OK, &page))
}

/// What the address says was done.
fn said(member: &Member) -> Option<Say> {
    match member.was_done()?.as_str() {
        "added" => Some(Text::USERS_ADDED.into()),
        "removed" => Some(Text::USERS_REMOVED.into()),
        "invited" => Some(Text::USERS_INVITED.into()),
        _ => None,
    }
}

fn item(member: &Member, user: &User) -> Item {
    let name = name_of(user).to_owned();
    let title = match may_change(member, user) {
        true => Fact::Linked { text: name, href: Href::page(page_of(user.id)) },
        false => Fact::Is(name),
    };
    let item = Item { avatar: Some(Avatar::of(user)), ..Item::new(title) };
    let badges = [
        (user.id == member.user().id, Text::USERS_YOU, Tone::Good),
        (user.rank == Rank::Owner, Text::USERS_OWNER, Tone::Plain),
        (user.lock == Lock::Pin, Text::USERS_PIN, Tone::Quiet),
        (user.disabled_at.is_some(), Text::USERS_OFF, Tone::Grave),
    ];
    let shown = badges.into_iter().filter(|(is_so, _, _)| *is_so);
    let item = item.detail(Text::USERNAME, Fact::Is(user.username.to_string()));
    shown.fold(item, |item, (_, says, tone)| item.badge(says, tone))
}

/// Whether the pages of this user are for whoever looks. The core judges each act again.
fn may_change(member: &Member, user: &User) -> bool {
    member.user().rank == Rank::Owner || member.user().id == user.id
}

/// A user of the own account who may be changed.
///
/// # Errors
/// There is none by that id on this account, or it is for an owner to change.
async fn find(member: &Member, id: UserId) -> Result<User, Stop> {
    let users = member.visit.edge.gate().list_users(&member.caller).await?;
    let found = users.into_iter().find(|user| user.id == id);
    let user = found.ok_or_else(|| member.stop(Refusal::UserNotFound.into()))?;
    if may_change(member, &user) { Ok(user) } else { Err(member.stop(Refusal::PermissionDenied.into())) }
}

/// The page of a user.
fn page_of(id: UserId) -> String {
    format!("{PAGE}/{id}")
}

fn link(says: impl Into<Say>, page: impl Into<String>) -> Block {
    Block::Link { says: says.into(), href: Href::page(page) }
}
