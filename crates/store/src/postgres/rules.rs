//! The port `Rules` on PostgreSQL. Of several nodes each takes what no other is taking at the moment.

use std::time::Duration;

use async_trait::async_trait;
use gatewright_core::{
    model::{DeliveryId, Listener, RuleId, Timestamp, Webhook},
    port::{DeliveryFilter, DeliverySummary, DueDelivery, Entry, FanOut, PutRule, Rules, StoreError, Told, Tried},
};
use tokio_postgres::Client;

use super::{
    PgStore, activity_log,
    failure::Failure,
    guard::{self, Guard},
    rows::{self, Cursor, delivery_columns, rule_columns},
    statements,
    step::{Outcome, in_step},
    value::Value,
};

#[async_trait]
impl Rules for PgStore {
    async fn rules(&self) -> Result<Vec<Webhook>, StoreError> {
        let sql = concat!("SELECT ", rule_columns!(), " FROM rules ORDER BY id");
        let lent = self.lend().await?;
        Ok(lent.bounded(statements::all(&lent, sql, &[], rows::rule)).await?)
    }

    async fn put_rule(
        &self,
        rule: Webhook,
        seen: Option<u64>,
        told: Option<u64>,
        max: usize,
        entry: Entry,
    ) -> Result<PutRule, StoreError> {
        Ok(in_step!(self, step => put(&step, &rule, seen, told, max, &entry)))
    }

    async fn remove_rule(&self, id: RuleId, entry: Entry) -> Result<bool, StoreError> {
        Ok(in_step!(self, step => remove(&step, id, &entry)))
    }

    async fn listen(&self, listener: &Listener, after: u64) -> Result<u64, StoreError> {
        let key = listener.key();
        let lent = self.lend().await?;
        let sql = "INSERT INTO listeners (listener, told_to) VALUES ($1, $2) ON CONFLICT (listener) DO NOTHING";
        let params = [key.as_str().into(), rows::count(after).into()];
        lent.bounded(statements::run(&lent, sql, &params)).await?;
        let sql = "SELECT listener, told_to FROM listeners WHERE listener = $1";
        let told = lent.bounded(statements::first(&lent, sql, &[key.as_str().into()], rows::told)).await?;
        Ok(told.map_or(after, |told| told.after))
    }

    async fn told(&self) -> Result<Vec<Told>, StoreError> {
        let sql = "SELECT listener, told_to FROM listeners";
        let lent = self.lend().await?;
        let mut told = lent.bounded(statements::all(&lent, sql, &[], rows::told)).await?;
        told.sort_by(|one, other| one.listener.cmp(&other.listener));
        Ok(told)
    }

    async fn fan_out(&self, step: FanOut) -> Result<bool, StoreError> {
        Ok(in_step!(self, client => fan_out(&client, &step)))
    }

    async fn take_deliveries(
        &self,
        listener: &Listener,
        now: Timestamp,
        hold: Duration,
        limit: usize,
    ) -> Result<Vec<DueDelivery>, StoreError> {
        let sql = "WITH due AS (
                       SELECT id, due_at FROM deliveries WHERE listener = $4 AND due_at <= $1
                       ORDER BY due_at, id LIMIT $3 FOR UPDATE SKIP LOCKED)
                   UPDATE deliveries d SET attempts = d.attempts + 1, due_at = $2 FROM due WHERE d.id = due.id
                   RETURNING d.id, d.activity_id, d.seq, d.attempts, due.due_at";
        let key = listener.key();
        let params = [now.into(), now.plus(hold).into(), rows::at_most(limit).into(), key.as_str().into()];
        let lent = self.lend().await?;
        let taken = statements::all(&lent, sql, &params, |row| {
            Ok((Cursor::new(row, "deliveries", 4).moment()?, rows::due_delivery(row)?))
        });
        let mut taken = lent.bounded(taken).await?;
        taken.sort_by_key(|(due_at, delivery)| (*due_at, delivery.id));
        Ok(taken.into_iter().map(|(_, delivery)| delivery).collect())
    }

    async fn note_delivery(&self, id: DeliveryId, tried: Tried) -> Result<bool, StoreError> {
        let sql = "UPDATE deliveries SET state = $2, due_at = $3, done_at = $4, last_status = $5, last_error = $6
                   WHERE id = $1 AND due_at IS NOT NULL";
        let (state, due_at, done_at, error) = rows::after_try(&tried);
        let params = [
            id.as_bytes().into(),
            state.name().into(),
            Value::Number(due_at),
            Value::Number(done_at),
            Value::Number(tried.status.map(i64::from)),
            error.into(),
        ];
        let lent = self.lend().await?;
        Ok(lent.bounded(statements::run(&lent, sql, &params)).await? == 1)
    }

    async fn deliveries(&self, filter: DeliveryFilter) -> Result<Vec<DeliverySummary>, StoreError> {
        let lent = self.lend().await?;
        Ok(lent.bounded(deliveries(&lent, &filter)).await?)
    }

    async fn delivery(&self, id: DeliveryId) -> Result<Option<DeliverySummary>, StoreError> {
        let sql = concat!("SELECT ", delivery_columns!(), " FROM deliveries WHERE id = $1");
        let lent = self.lend().await?;
        Ok(lent.bounded(statements::first(&lent, sql, &[id.as_bytes().into()], rows::delivery)).await?)
    }

    async fn replay_delivery(&self, id: DeliveryId, at: Timestamp, entry: Entry) -> Result<bool, StoreError> {
        Ok(in_step!(self, step => replay(&step, id, at, &entry)))
    }
}

/// The row comes before its listener in every step that touches both, so that none waits for another that waits for it.
async fn put(
    client: &Client,
    rule: &Webhook,
    seen: Option<u64>,
    told: Option<u64>,
    max: usize,
    entry: &Entry,
) -> Result<Outcome<PutRule>, Failure> {
    let (moments, acts) = rows::moments_and_acts(rule);
    let seen = seen.map(rows::count);
    let params = [
        rule.id.as_bytes().into(),
        rule.name.as_str().into(),
        rule.url.as_str().into(),
        moments.as_str().into(),
        acts.as_str().into(),
        rows::timeout_micros(rule).into(),
        rule.on_failure.name().into(),
        rule.namespace.as_ref().map(|namespace| namespace.as_str()).into(),
        Value::Bytes(Some(&rule.secrets.current)),
        Value::Bytes(rule.secrets.previous.as_deref()),
        rule.state.name().into(),
        rule.created_at.into(),
        rows::count(rule.version).into(),
        Value::Number(seen),
    ];
    let written = if seen.is_some() {
        let sql = "UPDATE rules SET name = $2, url = $3, moments = $4, acts = $5, timeout = $6, on_failure = $7,
                       namespace = $8, secret = $9, previous_secret = $10, state = $11, created_at = $12, version = $13
                   WHERE id = $1 AND version = $14";
        statements::run(client, sql, &params).await?
    } else {
        guard::take(client, Guard::Rules).await?;
        if statements::rows(client, "SELECT 1 FROM rules", &[]).await?.len() >= max {
            return Ok(Outcome::Undo(PutRule::TooMany));
        }
        let sql = "INSERT INTO rules (id, name, url, moments, acts, timeout, on_failure, namespace, secret,
                                      previous_secret, state, created_at, version)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (id) DO NOTHING";
        statements::run(client, sql, &params[..13]).await?
    };
    if written == 0 {
        return Ok(Outcome::Undo(PutRule::Stale));
    }
    if let Some(told) = told {
        let sql = "INSERT INTO listeners (listener, told_to) VALUES ($1, $2)
                   ON CONFLICT (listener) DO UPDATE SET told_to = $2";
        let key = Listener::Webhook(rule.id).key();
        statements::run(client, sql, &[key.as_str().into(), rows::count(told).into()]).await?;
    }
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(PutRule::Done))
}

async fn remove(client: &Client, id: RuleId, entry: &Entry) -> Result<Outcome<bool>, Failure> {
    if statements::run(client, "DELETE FROM rules WHERE id = $1", &[id.as_bytes().into()]).await? == 0 {
        return Ok(Outcome::Undo(false));
    }
    let key = Listener::Webhook(id).key();
    statements::run(client, "DELETE FROM listeners WHERE listener = $1", &[key.as_str().into()]).await?;
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(true))
}

async fn fan_out(client: &Client, step: &FanOut) -> Result<Outcome<bool>, Failure> {
    let key = step.listener.key();
    let sql = "UPDATE listeners SET told_to = $3 WHERE listener = $1 AND told_to = $2";
    let params = [key.as_str().into(), rows::count(step.seen).into(), rows::count(step.to).into()];
    if statements::run(client, sql, &params).await? == 0 {
        return Ok(Outcome::Undo(false));
    }
    let deliveries = &step.deliveries;
    if deliveries.is_empty() {
        return Ok(Outcome::Keep(true));
    }
    let sql = "INSERT INTO deliveries (id, listener, activity_id, seq, act, account_id, state, created_at, attempts,
                                       due_at, done_at, last_status, last_error)
               SELECT v.id, $1, v.activity_id, v.seq, v.act, encode(v.account_id, 'hex')::uuid, 'waiting', v.at, 0, v.at,
                      NULL, NULL, NULL
               FROM unnest($2::uuid[], $3::uuid[], $4::int8[], $5::text[], $6::bytea[], $7::int8[])
                    AS v (id, activity_id, seq, act, account_id, at)";
    let ids: Vec<_> = deliveries.iter().map(|it| *it.id.as_bytes()).collect();
    let entries: Vec<_> = deliveries.iter().map(|it| *it.activity_id.as_bytes()).collect();
    let places: Vec<_> = deliveries.iter().map(|it| Some(rows::count(it.seq))).collect();
    let acts: Vec<_> = deliveries.iter().map(|it| Some(it.act.name())).collect();
    let accounts: Vec<_> = deliveries.iter().map(|it| it.account_id.as_ref().map(|id| &id.as_bytes()[..])).collect();
    let moments: Vec<_> = deliveries.iter().map(|it| Some(it.at.micros())).collect();
    let params = [
        key.as_str().into(),
        Value::Ids(&ids),
        Value::Ids(&entries),
        Value::Numbers(&places),
        Value::Texts(&acts),
        Value::ManyBytes(&accounts),
        Value::Numbers(&moments),
    ];
    statements::run(client, sql, &params).await?;
    Ok(Outcome::Keep(true))
}

async fn deliveries(client: &Client, filter: &DeliveryFilter) -> Result<Vec<DeliverySummary>, Failure> {
    let before = rows::before(filter.before.as_ref().map(DeliveryId::as_bytes));
    let listener = filter.listener.as_ref().map(Listener::key);
    let mut params = vec![Value::from(&before), rows::at_most(filter.limit).into()];
    let sql = match (&listener, filter.state) {
        (None, None) => {
            concat!("SELECT ", delivery_columns!(), " FROM deliveries WHERE id < $1 ORDER BY id DESC LIMIT $2")
        }
        (Some(listener), None) => {
            params.push(listener.as_str().into());
            concat!(
                "SELECT ",
                delivery_columns!(),
                " FROM deliveries WHERE listener = $3 AND id < $1 ORDER BY id DESC LIMIT $2"
            )
        }
        (None, Some(state)) => {
            params.push(state.name().into());
            concat!(
                "SELECT ",
                delivery_columns!(),
                " FROM deliveries WHERE state = $3 AND id < $1 ORDER BY id DESC LIMIT $2"
            )
        }
        (Some(listener), Some(state)) => {
            params.extend([Value::from(listener.as_str()), state.name().into()]);
            concat!(
                "SELECT ",
                delivery_columns!(),
                " FROM deliveries WHERE listener = $3 AND state = $4 AND id < $1 ORDER BY id DESC LIMIT $2"
            )
        }
    };
    statements::all(client, sql, &params, rows::delivery).await
}

async fn replay(client: &Client, id: DeliveryId, at: Timestamp, entry: &Entry) -> Result<Outcome<bool>, Failure> {
    let sql = "UPDATE deliveries SET state = 'waiting', attempts = 0, due_at = $2, done_at = NULL, last_status = NULL,
                                     last_error = NULL
               WHERE id = $1";
    if statements::run(client, sql, &[id.as_bytes().into(), at.into()]).await? == 0 {
        return Ok(Outcome::Undo(false));
    }
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(true))
}
