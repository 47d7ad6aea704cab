//! `/admin/service-keys`: what programs of the operator show. Of a key nothing is kept that could be shown again.

pub(super) mod add;
pub(super) mod revoke;

use axum::{http::StatusCode, response::Response};
use gatewright_core::{
    model::{Permissions, ServiceKey, Timestamp},
    rights,
};

use super::{also, way};
use crate::page::{
    admin::{self, Place},
    member::{Member, Stop},
    sheet::{Block, Fact, Href, Item, Tone},
    text::Text,
};

const PAGE: &str = "admin/service-keys";

/// `GET`: all of them, newest first.
pub(in crate::page::admin::system) async fn list(member: Member) -> Result<Response, Stop> {
    let by = member.allowed::<rights::ServiceKeysRead>().await?;
    let gate = member.visit.edge.gate();
    let keys = gate.list_service_keys(&by).await?;
    let may_write = also::<_, rights::ServiceKeysWrite>(&by).is_some();
    let now = gate.now();
    let items = keys.iter().map(|key| {
        let item = item(key, now);
        if may_write { item.form(way(Text::SKEYS_REVOKE, format!("{PAGE}/{}/revoke", key.id))) } else { item }
    });
    let done = member.was_done().filter(|done| done == "revoked").map(|_| Text::SKEYS_REVOKED.into());
    let mut sheet = admin::sheet(&member, Place::ServiceKeys, Text::SKEYS_TITLE).done(done).paragraph(Text::SKEYS_LEAD);
    if may_write {
        sheet = sheet.block(Block::Link { says: Text::SKEYS_ADD.into(), href: Href::page(format!("{PAGE}/add")) });
    }
    let sheet = sheet.block(Block::Items { items: items.collect(), empty: Text::SKEYS_NONE.into() });
    Ok(member.visit.page(StatusCode::OK, &sheet))
}

fn item(key: &ServiceKey, now: Timestamp) -> Item {
    let mut item = Item::new(Fact::Is(key.name.clone()));
    if key.ends_at.is_some_and(|end| now >= end) {
        item = item.badge(Text::SKEYS_ENDED, Tone::Grave);
    }
    let facts = facts(key);
    facts.into_iter().fold(item, |item, (label, fact)| item.detail(label, fact))
}

fn facts(key: &ServiceKey) -> [(Text, Fact); 4] {
    let used = key.used_at.map_or(Fact::Says(Text::SYS_NEVER.into()), Fact::When);
    let until = key.ends_at.map_or(Fact::Says(Text::SYS_UNTIL_REVOKED.into()), Fact::When);
    [
        (Text::SKEYS_MAY, Fact::Code(listed(&key.permissions))),
        (Text::SYS_CREATED, Fact::When(key.created_at)),
        (Text::SKEYS_USED, used),
        (Text::SKEYS_UNTIL, until),
    ]
}

fn listed(permissions: &Permissions) -> String {
    permissions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
