//! What Prometheus may know: counts, times and sizes.
//!
//! What must stay true: no label holds anything of a user, an account or a token (invariant P13). A route is the pattern that
//! matched, never the path that was asked for, so that strangers cannot make labels either.

use std::{fs, sync::Arc, time::Duration};

use gatewright_password::Engine;
use gatewright_store::{
    postgres::{PgStore, Stats},
    sqlite::{GROUP_SIZE_BOUNDS, SqliteStore},
};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::Registry,
};

use crate::{
    gate::{Delivered, EventsDelivered, port::OutboxStats},
    store::Store,
};

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfCode {
    code: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfKind {
    kind: &'static str,
}

type Times = Family<Route, Histogram, fn() -> Histogram>;

/// What is counted while serving.
#[derive(Debug)]
pub(crate) struct Metrics {
    requests: Family<Answered, Counter>,
    durations: Times,
    problems: Family<OfCode, Counter>,
    mails_sent: Family<OfKind, Counter>,
    mails_postponed: Counter,
    mails_given_up: Counter,
    events_delivered: Counter,
    events_postponed: Counter,
    events_given_up: Counter,
    /// Connections that are open.
    pub(crate) connections: Gauge,
    /// Requests that are being answered.
    pub(crate) in_flight: Gauge,
}

impl Metrics {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            requests: Family::default(),
            durations: Family::new_with_constructor(histogram),
            problems: Family::default(),
            mails_sent: Family::default(),
            mails_postponed: Counter::default(),
            mails_given_up: Counter::default(),
            events_delivered: Counter::default(),
            events_postponed: Counter::default(),
            events_given_up: Counter::default(),
            connections: Gauge::default(),
            in_flight: Gauge::default(),
        })
    }

    /// Counts an answer.
    pub(crate) fn answered(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        self.requests.get_or_create(&Answered { method, route: route.to_owned(), status }).inc();
        self.durations.get_or_create(&Route { route: route.to_owned() }).observe(took.as_secs_f64());
    }

    /// Counts a problem that was the answer.
    pub(crate) fn refused(&self, code: &'static str) {
        self.problems.get_or_create(&OfCode { code }).inc();
    }

    /// Counts a letter that another system has taken over.
    pub(crate) fn sent(&self, kind: &'static str) {
        self.mails_sent.get_or_create(&OfKind { kind }).inc();
    }

    /// Counts letters that no other system has taken over.
    pub(crate) fn delivered(&self, delivered: Delivered) {
        self.mails_postponed.inc_by(delivered.postponed as u64);
        self.mails_given_up.inc_by(delivered.given_up as u64);
    }

    /// Counts what rules were told.
    pub(crate) fn told(&self, told: EventsDelivered) {
        self.events_delivered.inc_by(told.delivered as u64);
        self.events_postponed.inc_by(told.postponed as u64);
        self.events_given_up.inc_by(told.given_up as u64);
    }

    /// The exposition format (OpenMetrics text) of everything, as it is now. Without `outbox` nothing is said of it: the store
    /// did not answer.
    pub(crate) fn text(&self, engine: &Engine, store: &Store, outbox: Option<&Waiting>) -> String {
        let mut registry = Registry::with_prefix("gatewright");
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The program", build);
        registry.register("http_requests", "Answers, by method, route and status", self.requests.clone());
        registry.register("http_request_duration_seconds", "Time until the answer, by route", self.durations.clone());
        registry.register(
            "http_problems",
            "Answers that are problems, by code (docs/errors.md)",
            self.problems.clone(),
        );
        registry.register("http_connections", "Open connections", self.connections.clone());
        registry.register("http_requests_in_flight", "Requests being answered", self.in_flight.clone());
        self.mails(&mut registry);
        self.events(&mut registry);
        if let Some(outbox) = outbox {
            waiting(&mut registry, outbox);
        }
        passwords(&mut registry, engine);
        match store {
            Store::Sqlite(store) => stored_in_file(&mut registry, store),
            Store::Postgres(store) => stored_on_server(&mut registry, store),
            Store::PostgresAndRedis(store, redis) => {
                stored_on_server(&mut registry, store);
                let local = u64::from(redis.limits_are_local());
                gauge(&mut registry, "limits_local", "1 while Redis is away and this node limits by itself", local);
            }
        }
        if let Some(bytes) = resident_bytes() {
            gauge(&mut registry, "process_resident_memory_bytes", "Memory in use", bytes);
        }
        let mut text = String::new();
        let _infallible = encode(&mut text, &registry);
        text
    }

    fn events(&self, registry: &mut Registry) {
        registry.register("events_delivered", "What happened, told to a rule", self.events_delivered.clone());
        let postponed = "Tries to tell a rule that failed, with another to come";
        registry.register("events_postponed", postponed, self.events_postponed.clone());
        let given_up = "What a rule is not told any more: tried for three days, or the rule is disabled or gone";
        registry.register("events_given_up", given_up, self.events_given_up.clone());
    }

    fn mails(&self, registry: &mut Registry) {
        registry.register("mail_sent", "Mails that another system has taken over, by kind", self.mails_sent.clone());
        let postponed = "Tries to send a mail that failed, with another to come";
        registry.register("mail_postponed", postponed, self.mails_postponed.clone());
        let given_up = "Mails that are not tried again: refused for good, tried for two days, or of no use any more";
        registry.register("mail_given_up", given_up, self.mails_given_up.clone());
    }
}

/// The outbox that all nodes share.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) stats: OutboxStats,
    /// How long the oldest letter has waited.
    pub(crate) oldest: Duration,
}

fn waiting(registry: &mut Registry, outbox: &Waiting) {
    gauge(registry, "outbox_waiting", "Mails that are to be sent, of all nodes", outbox.stats.waiting);
    gauge(registry, "outbox_oldest_seconds", "How long the oldest of them has waited", outbox.oldest.as_secs());
    let given_up = "Mails of the last week that were given up, of all nodes";
    gauge(registry, "outbox_given_up", given_up, outbox.stats.given_up);
}

fn passwords(registry: &mut Registry, engine: &Engine) {
    let stats = engine.stats();
    gauge(registry, "password_permits", "How many passwords can be hashed at a time", stats.permits as u64);
    gauge(registry, "password_queue", "Callers that wait for a password hash", stats.queued as u64);
    gauge(registry, "password_running", "Password hashes being computed", stats.running as u64);
    gauge(registry, "password_memory_bytes", "Memory that password hashing holds", stats.held_kib as u64 * 1024);
    counter(registry, "password_hashes", "Password hashes computed", stats.computed);
    counter(registry, "password_rejected", "Callers refused because the queue was full", stats.rejected);
    counter(registry, "password_expired", "Callers refused because they had waited too long", stats.expired);
    counter(registry, "password_abandoned", "Callers who had gone away before their turn", stats.abandoned);
}

fn stored_in_file(registry: &mut Registry, store: &SqliteStore) {
    let stats = store.stats();
    gauge(registry, "store_queue", "Steps that wait for the writer", stats.queue_length as u64);
    counter(registry, "store_steps", "Steps in committed groups", stats.steps);
    counter(registry, "store_groups", "Groups committed, each with one wait for the disk", stats.groups);
    counter(registry, "store_failed_groups", "Groups that were not committed", stats.failed_groups);
    counter(
        registry,
        "store_checkpoints",
        "How often pages were moved from the log into the database",
        stats.checkpoints,
    );
    counter(
        registry,
        "store_log_restarts",
        "How often the writer paused so that the log could start anew",
        stats.log_restarts,
    );
    gauge(registry, "store_log_pages", "Pages in the write-ahead log", stats.log_pages);
    counter(registry, "store_damaged", "How often a damaged page of the database was met, and refused", stats.damaged);
    group_sizes(registry, stats.group_sizes);
}

/// The names are those of a file where they mean the same: what waits, and what one commit carries.
fn stored_on_server(registry: &mut Registry, store: &PgStore) {
    let Stats { rotations, readings, connections, idle_connections, waiting } = store.stats();
    let queue = rotations.queue_length + readings.queue_length + waiting;
    gauge(registry, "store_queue", "Steps that wait for their group or for a connection", queue as u64);
    counter(registry, "store_steps", "Rotations in committed groups", rotations.steps);
    counter(registry, "store_groups", "Groups of rotations committed, each one statement", rotations.groups);
    counter(registry, "store_failed_groups", "Groups of rotations that were not committed", rotations.failed_groups);
    group_sizes(registry, rotations.group_sizes);
    counter(registry, "store_readings", "Readings of sessions in groups", readings.steps);
    counter(registry, "store_reading_groups", "Groups of readings, each one statement", readings.groups);
    counter(registry, "store_failed_reading_groups", "Groups of readings without an answer", readings.failed_groups);
    gauge(registry, "store_connections", "Open connections to the database server", connections as u64);
    gauge(registry, "store_idle_connections", "Open connections that nobody uses", idle_connections as u64);
}

/// Both stores count in the same classes.
fn group_sizes(registry: &mut Registry, counts: [u64; GROUP_SIZE_BOUNDS.len()]) {
    for (bound, count) in GROUP_SIZE_BOUNDS.iter().zip(counts) {
        let name = format!("store_groups_up_to_{bound}");
        counter(registry, &name, "Committed groups of at most so many steps, and more than the bound below", count);
    }
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: u64) {
    let gauge = Gauge::<i64>::default();
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
    registry.register(name, help, gauge);
}

fn counter(registry: &mut Registry, name: &str, help: &str, value: u64) {
    let counter = Counter::<u64>::default();
    counter.inc_by(value);
    registry.register(name, help, counter);
}

/// From a young token's answer to a login that waits for its turn.
fn histogram() -> Histogram {
    Histogram::new([0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0])
}

/// `VmRSS` of proc(5), in bytes. Absent where there is no such file.
fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}
