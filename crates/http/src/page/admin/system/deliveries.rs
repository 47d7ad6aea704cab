//! `/admin/deliveries`: what rules were told, or are to be, and sending it again. A rule's own page shows the last of its own.

use axum::response::Response;
use gatewright_core::{
    Allowed, DeliveriesWanted, Error, Refusal,
    model::{DeliveryId, DeliveryState, Listener, Webhook},
    port::DeliverySummary,
    rights,
};

use super::{
    PER_PAGE, address, also,
    fault::{Fault, status, told},
    filter, href, one_spelling, parameter,
};
use crate::page::{
    account::act_words,
    admin::{self, Place},
    filled::Filled,
    member::{Member, Stop},
    sheet::{Block, Choice, Fact, Form, Href, Item, Label, Tone},
    text::Text,
};

pub(super) const PAGE: &str = "admin/deliveries";
const STATES: [DeliveryState; 3] = [DeliveryState::Waiting, DeliveryState::GivenUp, DeliveryState::Delivered];

/// `GET`: the deliveries, newest first.
pub(super) async fn show(member: Member) -> Result<Response, Stop> {
    let by = member.allowed::<rights::DeliveriesRead>().await?;
    shown(&member, &by, None).await
}

/// `POST`: one of them is sent again.
pub(super) async fn act(member: Member, filled: Filled) -> Result<Response, Stop> {
    let by = member.allowed::<rights::DeliveriesWrite>().await?;
    member.check(&filled, PAGE)?;
    let replayed = match one_spelling::<DeliveryId>(filled.text("of")) {
        Some(id) => member.visit.edge.gate().replay_delivery(&by, id, &member.visit.client).await,
        None => Err(Refusal::NotFound.into()),
    };
    match replayed {
        Ok(delivery) => {
            let parameters = [("rule_id", delivery.listener.key()), ("done", "replayed".to_owned())];
            let parameters = parameters.each_ref().map(|(name, value)| (*name, value.as_str()));
            Ok(member.visit.see(&address(PAGE, &parameters)))
        }
        Err(error @ Error::Refused(Refusal::NotFound)) => {
            let read = member.allowed::<rights::DeliveriesRead>().await?;
            shown(&member, &read, Some(&Fault::refused(error, Text::SYS_GONE))).await
        }
        Err(error) => Err(member.stop(error)),
    }
}

async fn shown(member: &Member, by: &Allowed<rights::DeliveriesRead>, fault: Option<&Fault>) -> Result<Response, Stop> {
    let (visit, gate) = (&member.visit, member.visit.edge.gate());
    let listener = parameter(visit, "rule_id", |key| Listener::from_key(key).filter(|found| found.key() == key))?;
    let state = parameter(visit, "state", DeliveryState::from_name)?;
    let before = parameter(visit, "cursor", one_spelling)?;
    let wanted = DeliveriesWanted { listener: listener.clone(), state, before, limit: PER_PAGE };
    let page = gate.deliveries(by, wanted).await?;
    let rules = match also::<_, rights::RulesRead>(by) {
        Some(read) => gate.webhooks(&read).await?,
        None => Vec::new(),
    };
    let (chosen, rule) = (state.map_or("", DeliveryState::name), listener.map_or_else(String::new, |one| one.key()));
    let at = |cursor: &str| href(PAGE, &[("rule_id", &rule), ("state", chosen), ("cursor", cursor)]);
    let pager = Block::Pager { first: before.map(|_| at("")), next: page.next.map(|next| at(&next.to_string())) };
    let states = STATES.map(|state| Choice::new(state.name(), Label::Says(says(state).into())));
    let mut which: Vec<Choice> =
        rules.iter().map(|one| Choice::new(one.id.to_string(), Label::Is(one.name.as_str().to_owned()))).collect();
    if !rule.is_empty() && which.iter().all(|choice| choice.value != rule) {
        which.push(Choice::new(rule.as_str(), Label::Is(rule.clone())));
    }
    let asking = Form::asking(Text::SYS_FILTER)
        .field(filter("rule_id", Text::DELIVERIES_RULE, Text::DELIVERIES_RULE_ALL, which, &rule))
        .field(filter("state", Text::SYS_STATE, Text::SYS_ALL, states.to_vec(), chosen));
    let done = member.was_done().filter(|done| done == "replayed").map(|_| Text::DELIVERIES_REPLAYED);
    let sheet = told(admin::sheet(member, Place::Rules, Text::DELIVERIES_TITLE), fault, done)
        .paragraph(Text::DELIVERIES_LEAD)
        .block(Block::Form(asking))
        .block(items(member, by, &page.deliveries, Some(&rules)))
        .block(pager);
    Ok(member.form(status(fault), &sheet))
}

/// What is said of them, with what sends each again if the caller may. `rules` tell whom each was told to; `None` where that is clear.
pub(super) fn items(
    member: &Member,
    by: &Allowed<rights::DeliveriesRead>,
    deliveries: &[DeliverySummary],
    rules: Option<&[Webhook]>,
) -> Block {
    let may_replay = also::<_, rights::DeliveriesWrite>(by).is_some();
    let token = may_replay.then(|| member.form_token(PAGE));
    let items = deliveries.iter().map(|delivery| {
        let item = item(delivery, rules);
        match &token {
            Some(token) => {
                let replay = Form::new(Text::DELIVERIES_REPLAY, token.clone()).action(PAGE);
                item.form(replay.act("replay", delivery.id.to_string()).tone(Tone::Quiet))
            }
            None => item,
        }
    });
    Block::Items { items: items.collect(), empty: Text::DELIVERIES_NONE.into() }
}

fn item(delivery: &DeliverySummary, rules: Option<&[Webhook]>) -> Item {
    let mut item = Item::new(Fact::Says(act_words::says(delivery.act).into()));
    item.details.push((None, Fact::Code(delivery.act.name().to_owned())));
    let mut item = match delivery.state {
        DeliveryState::Waiting => item.badge(Text::DELIVERIES_WAITING, Tone::Quiet),
        DeliveryState::Delivered => item.badge(Text::DELIVERIES_DELIVERED, Tone::Good),
        DeliveryState::GivenUp => item.badge(Text::DELIVERIES_GIVEN_UP, Tone::Grave),
    };
    if let Some(rules) = rules {
        item = item.detail(Text::DELIVERIES_RULE, whom(&delivery.listener, rules));
    }
    item = item.detail(Text::DELIVERIES_HAPPENED, Fact::When(delivery.created_at));
    item = item.detail(Text::SYS_ATTEMPTS, Fact::Count(delivery.attempts.into()));
    if let Some(status) = delivery.last_status {
        item = item.detail(Text::DELIVERIES_STATUS, Fact::Code(status.to_string()));
    }
    if let Some(at) = delivery.due_at {
        item = item.detail(Text::SYS_NEXT_TRY, Fact::When(at));
    }
    if let Some(at) = delivery.done_at {
        let is_delivered = delivery.state == DeliveryState::Delivered;
        let label = if is_delivered { Text::DELIVERIES_DONE_DELIVERED } else { Text::DELIVERIES_DONE_GIVEN_UP };
        item = item.detail(label, Fact::When(at));
    }
    match &delivery.last_error {
        Some(error) => item.detail(Text::SYS_LAST_ERROR, Fact::Is(error.clone())),
        None => item,
    }
}

/// Whom it was told to: a rule that there is by its name.
fn whom(listener: &Listener, rules: &[Webhook]) -> Fact {
    let found = match listener {
        Listener::Webhook(id) => rules.iter().find(|rule| rule.id == *id),
        Listener::Embedded(_) => None,
    };
    match found {
        Some(rule) => {
            Fact::Linked { text: rule.name.as_str().to_owned(), href: Href::page(format!("admin/rules/{}", rule.id)) }
        }
        None => Fact::Code(listener.key()),
    }
}

const fn says(state: DeliveryState) -> Text {
    match state {
        DeliveryState::Waiting => Text::DELIVERIES_WAITING,
        DeliveryState::Delivered => Text::DELIVERIES_DELIVERED,
        DeliveryState::GivenUp => Text::DELIVERIES_GIVEN_UP,
    }
}
