//! `/admin/rules`: webhooks, which are asked before somebody signs up or gets a token, and told of what happened.

pub(super) mod add;
mod draft;
pub(super) mod one;
pub(super) mod remove;

use axum::{http::StatusCode, response::Response};
use gatewright_core::{
    model::{Moment, RuleState, Webhook},
    rights,
};

use super::{also, deliveries};
use crate::page::{
    admin::{self, Place},
    member::{Member, Stop},
    sheet::{Block, Fact, Href, Item, Tone},
    text::Text,
};

const PAGE: &str = "admin/rules";
const MOMENTS: [Moment; 3] = [Moment::BeforeSignUp, Moment::BeforeToken, Moment::After];

/// `GET`: all of them, in the order in which they were made.
pub(in crate::page::admin::system) async fn list(member: Member) -> Result<Response, Stop> {
    let by = member.allowed::<rights::RulesRead>().await?;
    let rules = member.visit.edge.gate().webhooks(&by).await?;
    let done = member.was_done().filter(|done| done == "removed").map(|_| Text::RULE_REMOVED.into());
    let mut sheet = admin::sheet(&member, Place::Rules, Text::RULES_TITLE).done(done).paragraph(Text::RULES_LEAD);
    if also::<_, rights::RulesWrite>(&by).is_some() {
        sheet = sheet.block(Block::Link { says: Text::RULES_ADD.into(), href: Href::page(format!("{PAGE}/add")) });
    }
    let items = rules.iter().map(item).collect();
    let mut sheet = sheet.block(Block::Items { items, empty: Text::RULES_NONE.into() });
    if also::<_, rights::DeliveriesRead>(&by).is_some() {
        let href = Href::page(deliveries::PAGE);
        sheet = sheet.block(Block::Link { says: Text::RULES_DELIVERIES.into(), href });
    }
    Ok(member.visit.page(StatusCode::OK, &sheet))
}

fn item(rule: &Webhook) -> Item {
    let href = Href::page(format!("{PAGE}/{}", rule.id));
    let (says, tone) = state(rule.state);
    let item = Item::new(Fact::Linked { text: rule.name.as_str().to_owned(), href }).badge(says, tone);
    let item = if rule.secrets.previous.is_some() { item.badge(Text::RULES_ROTATING, Tone::Quiet) } else { item };
    let item = item.detail(Text::RULES_URL, Fact::Code(rule.url.as_str().to_owned()));
    rule.moments.iter().fold(item, |item, moment| item.sentence(when(*moment)))
}

const fn state(state: RuleState) -> (Text, Tone) {
    match state {
        RuleState::Enabled => (Text::RULES_ON, Tone::Good),
        RuleState::Disabled => (Text::RULES_PAUSED, Tone::Quiet),
        RuleState::Gone => (Text::RULES_STATE_GONE, Tone::Grave),
    }
}

const fn when(moment: Moment) -> Text {
    match moment {
        Moment::BeforeSignUp => Text::RULES_BEFORE_SIGN_UP,
        Moment::BeforeToken => Text::RULES_BEFORE_TOKEN,
        Moment::After => Text::RULES_AFTER,
    }
}
