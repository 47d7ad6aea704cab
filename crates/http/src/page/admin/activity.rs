//! `/admin/activity`: what happened, to all accounts and to the instance, filtered, page by page, or all of it as a file.
//!
//! What must stay true: a filter with a slip in it shows and exports nothing, rather than everything; and reading leaves no trace, while
//! taking the log away is noted in it and so is a form of ours ([`export`]), never a link.

pub(super) mod export;
mod filter;

use axum::{http::StatusCode, response::Response};
use data_encoding::HEXLOWER;
use gatewright_core::{
    model::{Activity, ActivityId, Actor, Right},
    port::ActivityFilter,
    rights,
};
use serde_json::Value;

use self::filter::{Asked, Wrong};
use super::{Place, sheet};
use crate::page::{
    account::{
        act_words::{Weight, says, weight},
        device::device,
    },
    member::{Member, Stop},
    next::encoded,
    sheet::{Block, Fact, Form, Href, Item, Layout, Section, Sheet, Tone},
    text::{Say, Text},
};

pub(super) const PAGE: &str = "admin/activity";
/// So many entries stand on a page.
const ENTRIES: usize = 50;

/// `GET`: a page of the log.
pub(super) async fn show(member: Member) -> Result<Response, Stop> {
    let by = member.allowed::<rights::ActivityRead>().await?;
    let asked = Asked::of(&member.visit);
    let wanted = match asked.wanted() {
        Ok(wanted) => wanted,
        Err(wrong) => return Ok(member.form(StatusCode::UNPROCESSABLE_ENTITY, &mistaken(&member, &asked, wrong))),
    };
    let page = member.visit.edge.gate().activity_of_all(&by, ActivityFilter { limit: ENTRIES, ..wanted }).await?;
    let items: Vec<_> = page.entries.iter().map(|entry| item(&member, entry)).collect();
    let empty = if page.next.is_some() { Text::LOG_NONE_HERE } else { Text::LOG_NONE };
    let at = |cursor: Option<ActivityId>| Href::page(asked.address(PAGE, cursor));
    let pager = Block::Pager { first: asked.cursor().map(|_| at(None)), next: page.next.map(|next| at(Some(next))) };
    let sheet = filtered(&member, &asked, None)
        .block(Block::Items { items, empty: empty.into() })
        .block(pager)
        .section(take_away(&member, &asked));
    Ok(member.form(StatusCode::OK, &sheet))
}

/// The page up to its entries.
fn filtered(member: &Member, asked: &Asked, wrong: Option<Wrong>) -> Sheet {
    let notice = wrong.map(|wrong| if wrong == Wrong::Cursor { Text::LOG_NO_PAGE } else { Text::LOG_NO_FILTER });
    let filters = Block::Form(asked.form(wrong));
    // Open where something has to be mended, and where it says what is left out.
    let filters = if asked.is_everything() {
        Block::Fold { says: Text::LOG_FILTER.into(), blocks: vec![filters] }
    } else {
        filters
    };
    let sheet =
        sheet(member, Place::Activity, Text::LOG_TITLE).noticed(notice.map(Say::from)).paragraph(Text::LOG_LEAD);
    let sheet = sheet.block(filters);
    if asked.is_everything() {
        sheet
    } else {
        sheet.block(Block::Link { says: Text::LOG_ALL.into(), href: Href::page(PAGE) })
    }
}

fn mistaken(member: &Member, asked: &Asked, wrong: Wrong) -> Sheet {
    filtered(member, asked, Some(wrong))
}

/// All entries that the filters let through, as a file.
fn take_away(member: &Member, asked: &Asked) -> Section {
    let button = Form::new(Text::LOG_EXPORT_BUTTON, member.form_token(export::PAGE))
        .action(asked.address(export::PAGE, None))
        .tone(Tone::Quiet)
        .layout(Layout::Line);
    Section::new(Text::LOG_EXPORT).paragraph(Text::LOG_EXPORT_WHY).block(Block::Form(button))
}

fn item(member: &Member, entry: &Activity) -> Item {
    let item = Item::new(Fact::Says(says(entry.act).into()));
    let item = match weight(entry.act) {
        Weight::Usual => item,
        Weight::Failed => item.badge(Text::LOG_FAILED, Tone::Quiet),
        Weight::Alarming => item.badge(Text::LOG_ALARM, Tone::Grave),
    };
    let item = item.detail(Text::LOG_WHEN, Fact::When(entry.at)).detail(Text::LOG_ACT, code(entry.act.name()));
    let linked = |right, folder: &str, id: String| linked(member, right, folder, id);
    let account = entry.account_id.map(|id| linked(Right::AccountsRead, "admin/accounts", id.to_string()));
    let user = entry.user_id.map(|id| linked(Right::UsersRead, "admin/users", id.to_string()));
    let session = entry.session_id.map(|id| code(id.to_string()));
    let by = match entry.actor {
        Actor::Account => None,
        Actor::Admin(id) | Actor::Impersonator(id) => Some(linked(Right::UsersRead, "admin/users", id.to_string())),
        Actor::ServiceKey(_) | Actor::ImpersonatingKey(_) => entry.actor.id().map(|id| code(hyphenated(id))),
        Actor::Operator => Some(Fact::Says(Text::LOG_OPERATOR.into())),
        Actor::System => Some(Fact::Says(Text::LOG_SYSTEM.into())),
    };
    let source = entry.ip.map(|ip| Fact::Is(ip.to_canonical().to_string()));
    let agent = entry.user_agent.as_ref();
    let known = [
        (Text::LOG_ACCOUNT, account),
        (Text::LOG_USER, user),
        (Text::LOG_SESSION, session),
        (actor_says(entry.actor), by),
        (Text::LOG_SOURCE, source),
        (Text::LOG_DEVICE, agent.map(|agent| Fact::Says(device(Some(agent))))),
        (Text::LOG_AGENT, agent.map(|agent| code(agent.as_str()))),
        (Text::LOG_DETAIL, detail(entry).map(code)),
    ];
    known.into_iter().fold(item, |item, (label, fact)| match fact {
        Some(fact) => item.detail(label, fact),
        None => item,
    })
}

fn code(text: impl Into<String>) -> Fact {
    Fact::Code(text.into())
}

/// An id that leads to a page of its own, for whoever may read that.
fn linked(member: &Member, right: Right, folder: &str, id: String) -> Fact {
    if member.may(right) {
        let href = Href::page(format!("{folder}/{}", encoded(&id)));
        Fact::Linked { text: id, href }
    } else {
        Fact::Code(id)
    }
}

/// An id as the API writes it.
fn hyphenated(id: &[u8; 16]) -> String {
    let hex = HEXLOWER.encode(id);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// Who did it, by the kind.
fn actor_says(actor: Actor) -> Text {
    match actor {
        Actor::Account => Text::LOG_BY_ACCOUNT,
        Actor::Admin(_) => Text::LOG_BY_ADMIN,
        Actor::Impersonator(_) => Text::LOG_BY_IMPERSONATOR,
        Actor::ServiceKey(_) => Text::LOG_BY_SERVICE_KEY,
        Actor::ImpersonatingKey(_) => Text::LOG_BY_IMPERSONATING_KEY,
        Actor::Operator => Text::LOG_BY_OPERATOR,
        Actor::System => Text::LOG_BY_SYSTEM,
    }
}

/// What else the entry says, as names and values.
fn detail(entry: &Activity) -> Option<String> {
    let value = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let reason = entry.reason.map(|reason| format!("reason={}", reason.name()));
    let others = entry.detail.iter().map(|(name, it)| format!("{name}={}", value(it)));
    let all: Vec<_> = reason.into_iter().chain(others).collect();
    (!all.is_empty()).then(|| all.join(", "))
}
