//! The port `Rules` on SQLite.

use std::time::Duration;

use async_trait::async_trait;
use gatewright_core::{
    model::{DeliveryId, Listener, RuleId, Timestamp, Webhook},
    port::{DeliveryFilter, DeliverySummary, DueDelivery, Entry, FanOut, PutRule, Rules, StoreError, Told, Tried},
};
use rusqlite::{Connection, named_params, params};

use super::{
    SqliteStore, activity_log,
    failure::Failure,
    rows::{self, delivery_columns, rule_columns},
    statements,
};

#[async_trait]
impl Rules for SqliteStore {
    async fn rules(&self) -> Result<Vec<Webhook>, StoreError> {
        self.read(|connection| {
            let sql = concat!("SELECT ", rule_columns!(), " FROM rules ORDER BY id");
            statements::all(connection, sql, [], |row| rows::rule(row))
        })
        .await
    }

    async fn put_rule(
        &self,
        rule: Webhook,
        seen: Option<u64>,
        told: Option<u64>,
        max: usize,
        entry: Entry,
    ) -> Result<PutRule, StoreError> {
        self.write(move |connection| put(connection, &rule, seen, told, max, &entry)).await
    }

    async fn remove_rule(&self, id: RuleId, entry: Entry) -> Result<bool, StoreError> {
        self.write(move |connection| remove(connection, id, &entry)).await
    }

    async fn listen(&self, listener: &Listener, after: u64) -> Result<u64, StoreError> {
        let key = listener.key();
        self.write(move |connection| {
            let sql = "INSERT INTO listeners (listener, told_to) VALUES (?1, ?2) ON CONFLICT (listener) DO NOTHING";
            statements::run(connection, sql, params![key, rows::count(after)])?;
            let sql = "SELECT listener, told_to FROM listeners WHERE listener = ?1";
            let told = statements::first(connection, sql, [&key], |row| rows::told(row))?;
            Ok(told.map_or(after, |told| told.after))
        })
        .await
    }

    async fn told(&self) -> Result<Vec<Told>, StoreError> {
        let told = self.read(|connection| {
            statements::all(connection, "SELECT listener, told_to FROM listeners", [], |row| rows::told(row))
        });
        let mut told = told.await?;
        told.sort_by(|one, other| one.listener.cmp(&other.listener));
        Ok(told)
    }

    async fn fan_out(&self, step: FanOut) -> Result<bool, StoreError> {
        self.write(move |connection| fan_out(connection, &step)).await
    }

    /// Looks first: what has nothing to write does not wait for the writer.
    async fn take_deliveries(
        &self,
        listener: &Listener,
        now: Timestamp,
        hold: Duration,
        limit: usize,
    ) -> Result<Vec<DueDelivery>, StoreError> {
        let key = listener.key();
        let sql = "SELECT 1 FROM deliveries WHERE listener = ?1 AND due_at <= ?2";
        let asked = key.clone();
        if !self.read(move |connection| statements::exists(connection, sql, params![asked, now.micros()])).await? {
            return Ok(Vec::new());
        }
        self.write(move |connection| {
            let sql = "SELECT id, activity_id, seq, attempts + 1 FROM deliveries WHERE listener = ?1 AND due_at <= ?2
                       ORDER BY due_at, id LIMIT ?3";
            let params = params![key, now.micros(), rows::at_most(limit)];
            let taken = statements::all(connection, sql, params, |row| rows::due_delivery(row))?;
            let sql = "UPDATE deliveries SET attempts = attempts + 1, due_at = ?2 WHERE id = ?1";
            for delivery in &taken {
                statements::run(connection, sql, params![delivery.id.as_bytes(), now.plus(hold).micros()])?;
            }
            Ok(taken)
        })
        .await
    }

    async fn note_delivery(&self, id: DeliveryId, tried: Tried) -> Result<bool, StoreError> {
        self.write(move |connection| {
            let sql = "UPDATE deliveries
                       SET state = ?2, due_at = ?3, done_at = ?4, last_status = ?5, last_error = ?6
                       WHERE id = ?1 AND due_at IS NOT NULL";
            let (state, due_at, done_at, error) = rows::after_try(&tried);
            let params = params![id.as_bytes(), state.name(), due_at, done_at, tried.status, error];
            Ok(statements::run(connection, sql, params)? == 1)
        })
        .await
    }

    async fn deliveries(&self, filter: DeliveryFilter) -> Result<Vec<DeliverySummary>, StoreError> {
        self.read(move |connection| deliveries(connection, &filter)).await
    }

    async fn delivery(&self, id: DeliveryId) -> Result<Option<DeliverySummary>, StoreError> {
        self.read(move |connection| {
            let sql = concat!("SELECT ", delivery_columns!(), " FROM deliveries WHERE id = ?1");
            statements::first(connection, sql, [id.as_bytes()], |row| rows::delivery(row))
        })
        .await
    }

    async fn replay_delivery(&self, id: DeliveryId, at: Timestamp, entry: Entry) -> Result<bool, StoreError> {
        self.write(move |connection| {
            let sql = "UPDATE deliveries SET state = 'waiting', attempts = 0, due_at = ?2, done_at = NULL,
                                             last_status = NULL, last_error = NULL
                       WHERE id = ?1";
            if statements::run(connection, sql, params![id.as_bytes(), at.micros()])? == 0 {
                return Ok(false);
            }
            activity_log::insert(connection, &entry)?;
            Ok(true)
        })
        .await
    }
}

fn put(
    connection: &Connection,
    rule: &Webhook,
    seen: Option<u64>,
    told: Option<u64>,
    max: usize,
    entry: &Entry,
) -> Result<PutRule, Failure> {
    let sql = match seen {
        Some(_) => {
            "UPDATE rules SET name = :name, url = :url, moments = :moments, acts = :acts, timeout = :timeout,
                 on_failure = :on_failure, namespace = :namespace, secret = :secret, previous_secret = :previous,
                 state = :state, created_at = :created_at, version = :version
             WHERE id = :id AND version = :seen"
        }
        None => {
            let count: i64 = statements::value(connection, "SELECT count(*) FROM rules", [])?.unwrap_or(0);
            if usize::try_from(count).is_ok_and(|count| count >= max) {
                return Ok(PutRule::TooMany);
            }
            "INSERT INTO rules (id, name, url, moments, acts, timeout, on_failure, namespace, secret, previous_secret,
                                state, created_at, version)
             SELECT :id, :name, :url, :moments, :acts, :timeout, :on_failure, :namespace, :secret, :previous, :state,
                    :created_at, :version
             WHERE :seen IS NULL ON CONFLICT (id) DO NOTHING"
        }
    };
    let (moments, acts) = rows::moments_and_acts(rule);
    let params = named_params! {
        ":id": rule.id.as_bytes(),
        ":name": rule.name.as_str(),
        ":url": rule.url.as_str(),
        ":moments": moments,
        ":acts": acts,
        ":timeout": rows::timeout_micros(rule),
        ":on_failure": rule.on_failure.name(),
        ":namespace": rule.namespace.as_ref().map(|namespace| namespace.as_str()),
        ":secret": rule.secrets.current,
        ":previous": rule.secrets.previous,
        ":state": rule.state.name(),
        ":created_at": rule.created_at.micros(),
        ":version": rows::count(rule.version),
        ":seen": seen.map(rows::count),
    };
    if statements::run(connection, sql, params)? == 0 {
        return Ok(PutRule::Stale);
    }
    if let Some(told) = told {
        let sql = "INSERT INTO listeners (listener, told_to) VALUES (?1, ?2)
                   ON CONFLICT (listener) DO UPDATE SET told_to = ?2";
        statements::run(connection, sql, params![Listener::Webhook(rule.id).key(), rows::count(told)])?;
    }
    activity_log::insert(connection, entry)?;
    Ok(PutRule::Done)
}

fn remove(connection: &Connection, id: RuleId, entry: &Entry) -> Result<bool, Failure> {
    if statements::run(connection, "DELETE FROM rules WHERE id = ?1", [id.as_bytes()])? == 0 {
        return Ok(false);
    }
    statements::run(connection, "DELETE FROM listeners WHERE listener = ?1", [Listener::Webhook(id).key()])?;
    activity_log::insert(connection, entry)?;
    Ok(true)
}

fn fan_out(connection: &Connection, step: &FanOut) -> Result<bool, Failure> {
    let key = step.listener.key();
    let sql = "UPDATE listeners SET told_to = ?3 WHERE listener = ?1 AND told_to = ?2";
    if statements::run(connection, sql, params![key, rows::count(step.seen), rows::count(step.to)])? == 0 {
        return Ok(false);
    }
    let sql = "INSERT INTO deliveries (id, listener, activity_id, seq, act, account_id, state, created_at, attempts,
                                       due_at, done_at, last_status, last_error)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'waiting', ?7, 0, ?7, NULL, NULL, NULL)";
    for delivery in &step.deliveries {
        let params = params![
            delivery.id.as_bytes(),
            key,
            delivery.activity_id.as_bytes(),
            rows::count(delivery.seq),
            delivery.act.name(),
            delivery.account_id.as_ref().map(|id| id.as_bytes()),
            delivery.at.micros(),
        ];
        statements::run(connection, sql, params)?;
    }
    Ok(true)
}

fn deliveries(connection: &Connection, filter: &DeliveryFilter) -> Result<Vec<DeliverySummary>, Failure> {
    let before = rows::before(filter.before.as_ref().map(DeliveryId::as_bytes));
    let limit = rows::at_most(filter.limit);
    let read = |sql: &str, params: &[&dyn rusqlite::ToSql]| {
        statements::all(connection, sql, params, |row| rows::delivery(row))
    };
    let listener = filter.listener.as_ref().map(Listener::key);
    let state = filter.state.map(|state| state.name());
    match (listener, state) {
        (None, None) => read(
            concat!("SELECT ", delivery_columns!(), " FROM deliveries WHERE id < ?1 ORDER BY id DESC LIMIT ?2"),
            &[&before, &limit],
        ),
        (Some(listener), None) => read(
            concat!(
                "SELECT ",
                delivery_columns!(),
                " FROM deliveries WHERE listener = ?3 AND id < ?1 ORDER BY id DESC LIMIT ?2"
            ),
            &[&before, &limit, &listener],
        ),
        (None, Some(state)) => read(
            concat!(
                "SELECT ",
                delivery_columns!(),
                " FROM deliveries WHERE state = ?3 AND id < ?1 ORDER BY id DESC LIMIT ?2"
            ),
            &[&before, &limit, &state],
        ),
        (Some(listener), Some(state)) => read(
            concat!(
                "SELECT ",
                delivery_columns!(),
                " FROM deliveries WHERE listener = ?3 AND state = ?4 AND id < ?1 ORDER BY id DESC LIMIT ?2"
            ),
            &[&before, &limit, &listener, &state],
        ),
    }
}
