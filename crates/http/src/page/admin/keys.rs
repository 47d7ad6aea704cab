//! `/admin/keys`: what signs tokens, and what the activity log is verified with. Public halves only.

pub(super) mod rotate;

use axum::{http::StatusCode, response::Response};
use gatewright_core::{
    model::{Right, Timestamp},
    rights,
    token::{KeyRecord, KeyState, RotationPolicy},
};

use super::{Place, sheet};
use crate::page::{
    member::{Member, Stop},
    sheet::{Block, Fact, Form, Item, Section, Tone},
    text::Text,
};

pub(super) const PAGE: &str = "admin/keys";

/// `GET`: the keys.
pub(super) async fn show(member: Member) -> Result<Response, Stop> {
    let by = member.allowed::<rights::KeysRead>().await?;
    let gate = member.visit.edge.gate();
    let policy = &gate.policy().keys;
    let items = gate.list_keys(&by).iter().map(|key| item(key, policy)).collect();
    let done = match member.was_done().as_deref() {
        Some("rotated") => Some(Text::KEYS_ROTATED.into()),
        _ => None,
    };
    let mut signing = Section::new(Text::KEYS_SIGNING)
        .paragraph(Text::KEYS_LEAD)
        .block(Block::Items { items, empty: Text::KEYS_NONE.into() });
    if member.may(Right::KeysWrite) {
        let way = Form { layout: Default::default(), ..Form::asking(Text::KEYS_ROTATE).action(rotate::PAGE) };
        signing = signing.block(Block::Form(way.tone(Tone::Quiet)));
    }
    let public = |(number, key): (usize, String)| {
        let item = Item::new(Fact::Code(key));
        if number == 0 { item.badge(Text::KEYS_CURRENT, Tone::Good) } else { item.badge(Text::KEYS_OLDER, Tone::Quiet) }
    };
    let of_log = gate.checkpoint_keys().iter().map(ToString::to_string).enumerate().map(public).collect();
    let log = Section::new(Text::KEYS_LOG)
        .paragraph(Text::KEYS_LOG_LEAD)
        .block(Block::Items { items: of_log, empty: Text::KEYS_NONE.into() });
    let sheet = sheet(&member, Place::Keys, Text::KEYS_TITLE).done(done).section(signing).section(log);
    Ok(member.visit.page(StatusCode::OK, &sheet))
}

fn item(key: &KeyRecord, policy: &RotationPolicy) -> Item {
    let (says, tone) = match key.state {
        KeyState::Next => (Text::KEYS_STATE_NEXT, Tone::Plain),
        KeyState::Signing => (Text::KEYS_STATE_SIGNING, Tone::Good),
        KeyState::Retiring => (Text::KEYS_STATE_RETIRING, Tone::Quiet),
        KeyState::Gone => (Text::KEYS_STATE_GONE, Tone::Quiet),
    };
    let moments = [
        (Text::KEYS_PUBLISHED, Some(key.published_at)),
        (Text::KEYS_SINCE, key.signing_since),
        (Text::KEYS_RETIRING_SINCE, key.retiring_since),
        // Until then a token may live that it has signed.
        (Text::KEYS_UNTIL, key.retiring_since.map(|since| policy.may_go_at(since))),
        (Text::KEYS_GONE_SINCE, key.gone_since),
    ];
    let item = Item::new(Fact::Code(key.kid.clone()))
        .badge(says, tone)
        .detail(Text::KEYS_ALGORITHM, Fact::Code(key.algorithm.as_str().to_owned()));
    moments.into_iter().fold(item, |item, (label, at)| match at {
        Some(at) => item.detail(label, Fact::When(Timestamp::from_secs(at))),
        None => item,
    })
}
