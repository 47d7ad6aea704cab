//! `/account/activity`: what happened to the account, or to the user who asks, in plain words.

use axum::{http::StatusCode, response::Response};
use gatewright_core::model::{Act, Activity, Actor, User};

use super::{
    Place,
    act_words::{Weight, says, weight},
    device::{device, place},
    name_in, sheet,
};
use crate::{
    Problem,
    extract::one_spelling,
    page::{
        member::{Member, Stop},
        sheet::{Block, Fact, Href, Item, Section, Tone},
        text::Text,
    },
};

const PAGE: &str = "account/activity";
/// So many entries stand on a page.
const ENTRIES: usize = 50;

/// `GET`: a page of the log.
pub(super) async fn show(member: Member) -> Result<Response, Stop> {
    let before = match member.visit.parameter("cursor") {
        None => None,
        Some(text) => Some(one_spelling(&text).ok_or_else(foreign)?),
    };
    let gate = member.visit.edge.gate();
    let page = gate.activity(&member.caller, before, ENTRIES).await?;
    let users = gate.list_users(&member.caller).await?;
    let items = page.entries.iter().map(|entry| item(&member, entry, &users)).collect();
    let pager = Block::Pager {
        first: before.map(|_| Href::page(PAGE)),
        next: page.next.map(|id| Href::page(format!("{PAGE}?cursor={id}"))),
    };
    let sheet = sheet(&member, Place::Activity, Text::ACTIVITY_TITLE)
        .paragraph(Text::ACTIVITY_LEAD)
        .block(Block::Items { items, empty: Text::ACTIVITY_NONE.into() })
        .block(pager);
    let stands_out = page.entries.iter().any(|entry| weight(entry.act) != Weight::Usual);
    let sheet = if stands_out { sheet.section(what_to_do()) } else { sheet };
    Ok(member.visit.page(StatusCode::OK, &sheet))
}

fn foreign() -> Problem {
    Problem::invalid("cursor", "`cursor` is not from this listing")
}

fn what_to_do() -> Section {
    let link = |says: Text, page| Block::Link { says: says.into(), href: Href::page(page) };
    Section::new(Text::ACTIVITY_WHAT_TO_DO)
        .block(link(Text::ACTIVITY_TO_SESSIONS, "account/sessions"))
        .block(link(Text::ACTIVITY_TO_SECURITY, "account/security"))
}

fn item(member: &Member, entry: &Activity, users: &[User]) -> Item {
    let item = Item::new(Fact::Says(says(entry.act).into()));
    let item = match weight(entry.act) {
        Weight::Usual => item,
        Weight::Failed => item.badge(Text::ACTIVITY_FAILED, Tone::Grave).sentence(advice(entry.act)),
        Weight::Alarming => item.badge(Text::ACTIVITY_ALARM, Tone::Grave).sentence(advice(entry.act)),
    };
    let item = item.detail(Text::ACTIVITY_WHEN, Fact::When(entry.at));
    let item = match entry.user_id {
        None => item,
        Some(id) => item.detail(Text::ACTIVITY_USER, name_in(users, id)),
    };
    let item = match done_by(&entry.actor) {
        None => item,
        Some(by) => item.detail(Text::ACTIVITY_BY, Fact::Says(by.into())),
    };
    let item = match &entry.user_agent {
        None => item,
        Some(agent) => item.detail(Text::ACTIVITY_DEVICE, Fact::Says(device(Some(agent)))),
    };
    match entry.ip {
        None => item,
        Some(ip) => item.detail(Text::ACTIVITY_PLACE, Fact::Says(place(Some(ip), member.visit.client.ip))),
    }
}

/// What somebody does about what stands out.
fn advice(act: Act) -> Text {
    match weight(act) {
        Weight::Alarming => Text::ACTIVITY_REUSE_WHY,
        Weight::Failed if act == Act::PinFailed => Text::ACTIVITY_PIN_FAILED_WHY,
        Weight::Failed | Weight::Usual => Text::ACTIVITY_FAILED_WHY,
    }
}

/// Who did it, if nobody on the account did.
fn done_by(actor: &Actor) -> Option<Text> {
    match actor {
        Actor::Account => None,
        Actor::Admin(_) => Some(Text::ACTIVITY_BY_ADMIN),
        Actor::Impersonator(_) => Some(Text::ACTIVITY_BY_IMPERSONATOR),
        Actor::ServiceKey(_) => Some(Text::ACTIVITY_BY_PROGRAM),
        Actor::ImpersonatingKey(_) => Some(Text::ACTIVITY_BY_ACTING_PROGRAM),
        Actor::Operator => Some(Text::ACTIVITY_BY_OPERATOR),
        Actor::System => Some(Text::ACTIVITY_BY_SYSTEM),
    }
}
