//! `/admin`: what the ones who run this see and do, each page with the right that the act behind it demands.

mod activity;
mod fault;
mod keys;
mod overview;
mod people;
mod right;
mod settings;
mod system;

use axum::{Router, http::StatusCode, response::Response, routing::get};
use gatewright_core::model::Right;

use super::{
    account::ways,
    member::Member,
    sheet::{Block, Fact, Frame, Href, Nav, NavItem, Person, Sheet},
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

    /// What whoever reads it must have.
    const fn right(self) -> Right {
        match self {
            Self::Overview | Self::Settings => Right::StatsRead,
            Self::Accounts => Right::AccountsRead,
            Self::Users => Right::UsersRead,
            Self::Roles => Right::RolesRead,
            Self::Activity => Right::ActivityRead,
            Self::Keys => Right::KeysRead,
            Self::ServiceKeys => Right::ServiceKeysRead,
            Self::Mails => Right::MailsRead,
            Self::Rules => Right::RulesRead,
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

/// A page of this part, with its way to the others that the user may read.
pub(super) fn sheet(member: &Member, here: Place, title: impl Into<Say>) -> Sheet {
    framed(member, Some(here), Sheet::new(title))
}

fn framed(member: &Member, here: Option<Place>, sheet: Sheet) -> Sheet {
    let item = |place: Place| NavItem {
        says: place.says().into(),
        href: Href::page(place.page()),
        is_here: here == Some(place),
    };
    let readable = Place::ALL.into_iter().filter(|place| member.may(place.right()));
    let nav = Nav {
        label: Text::NAV_ADMIN.into(),
        items: readable.map(item).collect(),
        person: Person::of(member.user()),
        ways: ways(member, Text::WAY_ACCOUNT, "account"),
    };
    Sheet { frame: Frame::House(nav), ..sheet }
}

/// Who lacks the right that a page demands learns which one it is, and where else to go.
pub(super) fn lacking(member: &Member, right: Right) -> Response {
    let name = Fact::Code(right.name().to_owned());
    let sheet = Sheet::new(Text::LACKING_TITLE)
        .paragraph(Text::LACKING)
        .block(Block::Facts(vec![(Text::LACKING_RIGHT.into(), name)]));
    let may_read_any = Place::ALL.into_iter().any(|place| member.may(place.right()));
    let sheet = if may_read_any {
        framed(member, None, sheet)
    } else {
        sheet.block(Block::Link { says: Text::WAY_ACCOUNT.into(), href: Href::page("account") })
    };
    member.visit.page(StatusCode::FORBIDDEN, &sheet)
}

pub(super) fn routes() -> Router<Edge> {
    Router::new()
        .route("/admin", get(overview::show))
        .route("/admin/activity", get(activity::show))
        .route("/admin/activity/export", get(activity::export::show).post(activity::export::act))
        .route("/admin/keys", get(keys::show))
        .route("/admin/keys/rotate", get(keys::rotate::show).post(keys::rotate::act))
        .route("/admin/settings", get(settings::show))
        .merge(people::routes())
        .merge(system::routes())
}
