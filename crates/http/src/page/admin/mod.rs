//! `/admin`: what the ones who run this see and do, each page with the right that the act behind it demands.

mod people;
mod system;

use axum::Router;

use super::{
    account::ways,
    member::Member,
    sheet::{Frame, Href, Nav, NavItem, Person, Sheet},
    text::{Say, Text},
};
use crate::Edge;

/// Below which the pages of this part stand; the API is at `/admin/v1`.
pub(super) const FOLDER: &str = "/admin";

/// The pages that the navigation names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Overview,
    Accounts,
    Users,
    Roles,
    Activity,
    Keys,
    ServiceKeys,
    Mails,
    Rules,
    Settings,
}

impl Place {
    const ALL: [Self; 10] = [
        Self::Overview,
        Self::Accounts,
        Self::Users,
        Self::Roles,
        Self::Activity,
        Self::Keys,
        Self::ServiceKeys,
        Self::Mails,
        Self::Rules,
        Self::Settings,
    ];

    /// From the root of the router on.
    pub(super) const fn page(self) -> &'static str {
        match self {
            Self::Overview => "admin",
            Self::Accounts => "admin/accounts",
            Self::Users => "admin/users",
            Self::Roles => "admin/roles",
            Self::Activity => "admin/activity",
            Self::Keys => "admin/keys",
            Self::ServiceKeys => "admin/service-keys",
            Self::Mails => "admin/mails",
            Self::Rules => "admin/rules",
            Self::Settings => "admin/settings",
        }
    }

    const fn says(self) -> Text {
        match self {
            Self::Overview => Text::NAV_OVERVIEW,
            Self::Accounts => Text::NAV_ACCOUNTS,
            Self::Users => Text::NAV_ALL_USERS,
            Self::Roles => Text::NAV_ROLES,
            Self::Activity => Text::NAV_LOG,
            Self::Keys => Text::NAV_KEYS,
            Self::ServiceKeys => Text::NAV_SERVICE_KEYS,
            Self::Mails => Text::NAV_MAILS,
            Self::Rules => Text::NAV_RULES,
            Self::Settings => Text::NAV_SETTINGS,
        }
    }
}

/// A page of this part, with its way to the others.
pub(super) fn sheet(member: &Member, here: Place, title: impl Into<Say>) -> Sheet {
    let item =
        |place: Place| NavItem { says: place.says().into(), href: Href::page(place.page()), is_here: place == here };
    let nav = Nav {
        label: Text::NAV_ADMIN.into(),
        items: Place::ALL.into_iter().map(item).collect(),
        person: Person::of(member.user()),
        ways: ways(member, Text::WAY_ACCOUNT, "account"),
    };
    Sheet { frame: Frame::House(nav), ..Sheet::new(title) }
}

pub(super) fn routes() -> Router<Edge> {
    Router::new().merge(people::routes()).merge(system::routes())
}
