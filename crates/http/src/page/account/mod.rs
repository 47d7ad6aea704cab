//! `/account`: what somebody who is signed in sees and changes of the account and of himself.

mod users;

use axum::Router;

use super::{
    member::Member,
    sheet::{Frame, Href, Nav, NavItem, Person, Sheet},
    text::{Say, Text},
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
    let may_enter = page != "admin" || !member.user().roles.names().is_empty();
    let other = may_enter.then_some((other, page));
    let ways = [Some((Text::WAY_SWITCH, "switch")), other, Some((Text::WAY_SIGN_OUT, "logout"))];
    let way =
        |(says, page): (Text, &'static str)| NavItem { says: says.into(), href: Href::page(page), is_here: false };
    ways.into_iter().flatten().map(way).collect()
}

pub(super) fn routes() -> Router<Edge> {
    Router::new()
}
