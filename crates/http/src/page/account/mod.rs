//! `/account`: what somebody who is signed in sees and changes of the account and of himself.

pub(super) mod act_words;
mod activity;
mod again;
mod data;
mod delete;
pub(super) mod device;
mod profile;
mod security;
mod sessions;
mod users;

use axum::{Router, routing::get};
use gatewright_core::model::{AuthMethod, User, UserId};

use super::{
    member::Member,
    next::Next,
    sheet::{Fact, Frame, Href, Nav, NavItem, Person, Sheet, name_of},
    text::{Say, Text},
    visit::Visit,
};
use crate::Edge;

/// Below which the pages of this part stand.
pub(super) const FOLDER: &str = "/account";

/// The pages that the navigation names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Profile,
    Users,
    Security,
    Sessions,
    Activity,
    Data,
}

impl Place {
    const ALL: [Self; 6] = [Self::Profile, Self::Users, Self::Security, Self::Sessions, Self::Activity, Self::Data];

    /// From the root of the router on.
    pub(super) const fn page(self) -> &'static str {
        match self {
            Self::Profile => "account",
            Self::Users => "account/users",
            Self::Security => "account/security",
            Self::Sessions => "account/sessions",
            Self::Activity => "account/activity",
            Self::Data => "account/data",
        }
    }

    const fn says(self) -> Text {
        match self {
            Self::Profile => Text::NAV_PROFILE,
            Self::Users => Text::NAV_USERS,
            Self::Security => Text::NAV_SECURITY,
            Self::Sessions => Text::NAV_SESSIONS,
            Self::Activity => Text::NAV_ACTIVITY,
            Self::Data => Text::NAV_DATA,
        }
    }
}

/// A page of this part, with its way to the others.
pub(super) fn sheet(member: &Member, here: Place, title: impl Into<Say>) -> Sheet {
    let item =
        |place: Place| NavItem { says: place.says().into(), href: Href::page(place.page()), is_here: place == here };
    let nav = Nav {
        label: Text::NAV_ACCOUNT.into(),
        items: Place::ALL.into_iter().map(item).collect(),
        person: Person::of(member.user()),
        ways: ways(member, Text::WAY_ADMIN, "admin"),
    };
    Sheet { frame: Frame::House(nav), ..Sheet::new(title) }
}

/// What can be done from anywhere; the other part of the house only by who may enter it.
pub(super) fn ways(member: &Member, other: Text, page: &'static str) -> Vec<NavItem> {
    let is_account = page == "admin";
    let may_enter = !is_account || !member.user().roles.names().is_empty();
    let way = |says: Text, page: String| NavItem { says: says.into(), href: Href::page(page), is_here: false };
    let other = may_enter.then(|| way(other, page.to_owned()));
    // Whoever switches comes back to what is there for every user: not to administration, and not to a page about somebody.
    let next = is_account.then(|| part_of(&member.visit)).flatten();
    let switch = way(Text::WAY_SWITCH, Next::after(next.as_ref(), "switch"));
    let accounts = way(Text::WAY_ACCOUNTS, "choose-account".to_owned());
    let out = way(Text::WAY_SIGN_OUT, "logout".to_owned());
    [Some(switch), other, Some(accounts), Some(out)].into_iter().flatten().collect()
}

/// The part of the account that a page belongs to: `account/users` for the page of a user.
fn part_of(visit: &Visit) -> Option<Next> {
    let here = visit.here();
    let path: Vec<&str> = here.split('?').next()?.split('/').take(2).collect();
    Next::parse(&format!("{}/{}", visit.edge.options().base_path, path.join("/")), &visit.edge)
}

/// Whether somebody is who the session says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Oneself {
    Yes,
    /// Somebody else acts in this name: that may look and change nothing (SECURITY AZ6).
    No,
}

/// Whether it is the user itself who is at a page, so that a page can explain what it does not offer.
pub(super) fn oneself(member: &Member) -> Oneself {
    let is_acted = member.standing().session.amr.contains(&AuthMethod::Impersonation);
    if is_acted || member.caller.acting().is_some() { Oneself::No } else { Oneself::Yes }
}

/// How one of these users is called; who is not among them was there once.
fn name_in(users: &[User], id: UserId) -> Fact {
    match users.iter().find(|user| user.id == id) {
        Some(user) => Fact::Is(name_of(user).to_owned()),
        None => Fact::Says(Text::ACTIVITY_FORMER_USER.into()),
    }
}

pub(super) fn routes() -> Router<Edge> {
    Router::new()
        .route("/account", get(profile::show).post(profile::act))
        .route("/account/security", get(security::show).post(security::act))
        .route("/account/sessions", get(sessions::show).post(sessions::act))
        .route("/account/activity", get(activity::show))
        .route("/account/data", get(data::show).post(data::act))
        .route("/account/delete", get(delete::show).post(delete::act))
        .route("/account/deleted", get(delete::done))
        .merge(users::routes())
}
