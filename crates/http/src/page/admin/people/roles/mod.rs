//! `/admin/roles`: what roles let their users do, who has defined them, and ways to change those that can be changed here.

pub(super) mod add;
mod form;
pub(super) mod one;
pub(super) mod remove;

use axum::{http::StatusCode, response::Response};
use gatewright_core::{
    KnownRole, RoleSource,
    model::{ADMIN, Permission},
    rights,
};

use super::right::also;
use crate::page::{
    admin::{Place, sheet},
    member::{Member, Stop},
    sheet::{Block, Fact, Href, Item, Tone},
    text::Text,
};

/// `GET`: all of them. They are few enough for one page.
pub(super) async fn list(member: Member) -> Result<Response, Stop> {
    let by = member.allowed::<rights::RolesRead>().await?;
    let roles = member.visit.edge.gate().list_roles(&by).await?;
    let done = match member.was_done().as_deref() {
        Some("saved") => Some(Text::PEOPLE_ROLE_SAVED),
        Some("removed") => Some(Text::PEOPLE_ROLE_GONE),
        _ => None,
    };
    let mut sheet = sheet(&member, Place::Roles, Text::PEOPLE_ROLES_TITLE)
        .done(done.map(Into::into))
        .paragraph(Text::PEOPLE_ROLES_LEAD);
    if also::<_, rights::RolesWrite>(&by).is_some() {
        sheet = sheet.block(Block::Link { says: Text::PEOPLE_ROLES_ADD.into(), href: Href::page(add::PAGE) });
    }
    let items = roles.iter().map(item).collect();
    sheet = sheet.block(Block::Items { items, empty: Text::PEOPLE_NONE.into() });
    if also::<_, rights::UsersRead>(&by).is_some() {
        let admins = Href::page(format!("{}?role={ADMIN}", Place::Users.page()));
        sheet = sheet.block(Block::Link { says: Text::PEOPLE_USERS_ADMINS.into(), href: admins });
    }
    Ok(member.visit.page(StatusCode::OK, &sheet))
}

fn item(role: &KnownRole) -> Item {
    let name = role.name.to_string();
    let href = Href::page(one::page(&role.name));
    let (source, tone) = match role.source {
        RoleSource::BuiltIn => (Text::PEOPLE_ROLE_BUILT_IN, Tone::Quiet),
        RoleSource::Settings => (Text::PEOPLE_ROLE_SETTINGS, Tone::Quiet),
        RoleSource::Stored => (Text::PEOPLE_ROLE_STORED, Tone::Plain),
    };
    let item = Item::new(Fact::Linked { text: name, href }).badge(source, tone);
    let item = item.detail(Text::PEOPLE_ROLE_MAY, may(role));
    match role.changed_at {
        Some(at) => item.detail(Text::PEOPLE_ROLE_CHANGED, Fact::When(at)),
        None => item,
    }
}

/// What it lets its users do.
fn may(role: &KnownRole) -> Fact {
    if role.source == RoleSource::BuiltIn {
        return Fact::Says(Text::PEOPLE_USER_EVERYTHING.into());
    }
    let names: Vec<&str> = role.permissions.iter().map(Permission::as_str).collect();
    match names.is_empty() {
        true => Fact::Says(Text::PEOPLE_ROLE_MAY_NOTHING.into()),
        false => Fact::Code(names.join(", ")),
    }
}
