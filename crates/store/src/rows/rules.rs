//! Webhooks, how far listeners were told, and deliveries.

use std::time::Duration;

use gatewright_core::{
    model::{
        AccountId, Act, ActivityId, DeliveryId, DeliveryState, HookUrl, Listener, Moment, Namespace, OnFailure, RuleId,
        RuleLabel, RuleState, SealedSecrets, Webhook,
    },
    port::{DeliverySummary, DueDelivery, Told, Tried, TriedOutcome},
};

use super::{Columns, Cursor, list, listed};

/// Reads a webhook.
pub(crate) fn rule<R: Columns>(row: &R) -> Result<Webhook, R::Failure> {
    let mut cursor = Cursor::new(row, "rules", 0);
    Ok(Webhook {
        id: RuleId::from_bytes(cursor.bytes()?),
        name: cursor.named(|text| RuleLabel::parse("name", text).ok())?,
        url: cursor.named(|text| HookUrl::parse("url", text).ok())?,
        moments: cursor.named(|text| listed(text).map(Moment::from_name).collect())?,
        acts: cursor.named(|text| listed(text).map(Act::from_name).collect())?,
        timeout: Duration::from_micros(cursor.number()?),
        on_failure: cursor.named(OnFailure::from_name)?,
        namespace: cursor.optional_named(|text| Namespace::parse("namespace", text).ok())?,
        secrets: SealedSecrets { current: cursor.blob()?, previous: cursor.optional_blob()?.map(<[u8]>::to_vec) },
        state: cursor.named(RuleState::from_name)?,
        created_at: cursor.moment()?,
        version: cursor.number()?,
    })
}

/// A webhook's moments and acts as they are kept.
pub(crate) fn moments_and_acts(rule: &Webhook) -> (String, String) {
    (list(rule.moments.iter().map(|moment| moment.name())), list(rule.acts.iter().map(|act| act.name())))
}

/// A webhook's time as it is kept.
pub(crate) fn timeout_micros(rule: &Webhook) -> i64 {
    i64::try_from(rule.timeout.as_micros()).unwrap_or(i64::MAX)
}

/// Reads how far a listener was told: `listener, told_to`.
pub(crate) fn told<R: Columns>(row: &R) -> Result<Told, R::Failure> {
    let mut cursor = Cursor::new(row, "listeners", 0);
    Ok(Told { listener: cursor.named(Listener::from_key)?, after: cursor.number()? })
}

/// Reads a delivery that is due: `id, activity_id, seq, attempts`.
pub(crate) fn due_delivery<R: Columns>(row: &R) -> Result<DueDelivery, R::Failure> {
    let mut cursor = Cursor::new(row, "deliveries", 0);
    Ok(DueDelivery {
        id: DeliveryId::from_bytes(cursor.bytes()?),
        activity_id: ActivityId::from_bytes(cursor.bytes()?),
        seq: cursor.number()?,
        attempts: cursor.number()?,
    })
}

/// Reads a delivery.
pub(crate) fn delivery<R: Columns>(row: &R) -> Result<DeliverySummary, R::Failure> {
    let mut cursor = Cursor::new(row, "deliveries", 0);
    Ok(DeliverySummary {
        id: DeliveryId::from_bytes(cursor.bytes()?),
        listener: cursor.named(Listener::from_key)?,
        activity_id: ActivityId::from_bytes(cursor.bytes()?),
        seq: cursor.number()?,
        act: cursor.named(Act::from_name)?,
        account_id: cursor.optional_bytes()?.map(AccountId::from_bytes),
        state: cursor.named(DeliveryState::from_name)?,
        created_at: cursor.moment()?,
        attempts: cursor.number()?,
        due_at: cursor.optional_moment()?,
        done_at: cursor.optional_moment()?,
        last_status: match cursor.optional_number()? {
            Some(status) => Some(u16::try_from(status).map_err(|_| cursor.impossible())?),
            None => None,
        },
        last_error: cursor.optional_text()?,
    })
}

/// What a try makes of a delivery: its state, when it is due again, when it was done, and why it failed.
pub(crate) fn after_try(tried: &Tried) -> (DeliveryState, Option<i64>, Option<i64>, Option<&str>) {
    let done = Some(tried.at.micros());
    match &tried.outcome {
        TriedOutcome::Delivered => (DeliveryState::Delivered, None, done, None),
        TriedOutcome::Postponed { again, error } => (DeliveryState::Waiting, Some(again.micros()), None, Some(error)),
        TriedOutcome::GivenUp { error } => (DeliveryState::GivenUp, None, done, Some(error)),
    }
}

/// A place in the chain, or a version, as it is kept.
pub(crate) fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// How many rows at most, as a statement takes it.
pub(crate) fn at_most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
