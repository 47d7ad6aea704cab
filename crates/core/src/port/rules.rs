//! Rules in the store, and what they are told: who is told of what happened, what is to be told, and what became of it.

use std::time::Duration;

use async_trait::async_trait;

use super::{Entry, StoreError};
use crate::model::{AccountId, Act, ActivityId, DeliveryId, DeliveryState, Listener, RuleId, Timestamp, Webhook};

/// How long deliveries are kept, whatever became of them, counted from when they were made. [`super::Maintenance::sweep`]
/// removes older ones.
pub const DELIVERIES_KEPT: Duration = Duration::from_secs(30 * 86_400);

/// How far a listener was told: what has a place in the chain of the activity log up to `after` was turned into deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Who.
    pub listener: Listener,
    /// The place of the last entry that was looked at.
    pub after: u64,
}

/// How writing a webhook turned out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutRule {
    /// It was written.
    Done,
    /// It is gone, or no longer what was seen. Nothing was written.
    Stale,
    /// There are as many as there may be. Nothing was written.
    TooMany,
}

/// Entries of the activity log that become deliveries to one listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FanOut {
    /// To whom.
    pub listener: Listener,
    /// How far it was told when the entries were read.
    pub seen: u64,
    /// How far it is told afterwards.
    pub to: u64,
    /// One for each entry between the two that the listener wants to be told of.
    pub deliveries: Vec<NewDelivery>,
}

/// A delivery that is about to be. It names the entry and does not repeat it: that is read when it is sent, so that what has
/// been erased from the log by then is told to nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// The entry it tells of.
    pub activity_id: ActivityId,
    /// The place of the entry in the chain.
    pub seq: u64,
    /// What the entry says that happened.
    pub act: Act,
    /// The account it happened to.
    pub account_id: Option<AccountId>,
    /// Now: when it was made, and is due.
    pub at: Timestamp,
}

/// A delivery that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// The entry it tells of.
    pub activity_id: ActivityId,
    /// The place of the entry in the chain.
    pub seq: u64,
    /// How often it was tried since it was made or replayed, this time included.
    pub attempts: u32,
}

/// What became of one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// When it was over.
    pub at: Timestamp,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// What it led to.
    pub outcome: TriedOutcome,
}

/// What a try led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TriedOutcome {
    /// The listener has it.
    Delivered,
    /// It failed, and is due again at this moment.
    Postponed {
        /// When.
        again: Timestamp,
        /// Why it failed.
        error: String,
    },
    /// It failed, and is not tried any more unless somebody replays it.
    GivenUp {
        /// Why it failed.
        error: String,
    },
}

/// What the list of deliveries tells of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliverySummary {
    /// Its id.
    pub id: DeliveryId,
    /// To whom.
    pub listener: Listener,
    /// The entry it tells of.
    pub activity_id: ActivityId,
    /// The place of the entry in the chain.
    pub seq: u64,
    /// What happened.
    pub act: Act,
    /// The account it happened to.
    pub account_id: Option<AccountId>,
    /// What has become of it.
    pub state: DeliveryState,
    /// When it was made.
    pub created_at: Timestamp,
    /// How often it was tried since it was made or replayed.
    pub attempts: u32,
    /// When it is tried next, if it waits.
    pub due_at: Option<Timestamp>,
    /// When it was delivered or given up.
    pub done_at: Option<Timestamp>,
    /// The HTTP status of the last try, if there was an answer.
    pub last_status: Option<u16>,
    /// Why the last try failed.
    pub last_error: Option<String>,
}

/// Which deliveries to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Only those to this listener.
    pub listener: Option<Listener>,
    /// Only those in this state.
    pub state: Option<DeliveryState>,
    /// Only those older than this one.
    pub before: Option<DeliveryId>,
    /// At most so many.
    pub limit: usize,
}

/// The webhooks, and the deliveries to all listeners.
#[async_trait]
pub trait Rules: Send + Sync {
    /// Reads all webhooks, whatever their state, in the order of their ids. They are few: every node reads them once a second
    /// while anybody signs in. Sees every change that was acknowledged before the call, on whatever node.
    async fn rules(&self) -> Result<Vec<Webhook>, StoreError>;

    /// Makes a webhook (`seen` is `None`) or replaces all of one that has the version `seen`; `rule.version` is the one after it.
    /// One that would be more than `max` is not made. With `told`, its listener counts as told up to there, whether or not it
    /// was one before; without, it is left as it is. Of all concurrent calls with the same `seen` for one id exactly
    /// one answers [`PutRule::Done`], and none that comes after the webhook was removed.
    async fn put_rule(
        &self,
        rule: Webhook,
        seen: Option<u64>,
        told: Option<u64>,
        max: usize,
        entry: Entry,
    ) -> Result<PutRule, StoreError>;

    /// Removes a webhook and how far it was told, so that nothing is fanned out to it any more. Its deliveries stay until they
    /// are swept; nobody takes them. Of all concurrent calls exactly one answers `true`.
    async fn remove_rule(&self, id: RuleId, entry: Entry) -> Result<bool, StoreError>;

    /// Counts the listener as told up to `after`, unless it is known already; answers how far it was told. For embedded rules, which
    /// nobody makes: they are there when the program starts.
    async fn listen(&self, listener: &Listener, after: u64) -> Result<u64, StoreError>;

    /// Reads how far each listener was told, sorted by listener.
    async fn told(&self) -> Result<Vec<Told>, StoreError>;

    /// Keeps the deliveries and moves how far the listener was told from `seen` to `to`, in one step; `false`, and nothing is
    /// written, if it is not told up to `seen` (any more), or is no listener. Of all concurrent calls with the same `seen` for one
    /// listener exactly one answers `true`: so each entry becomes exactly one delivery, whatever dies when.
    async fn fan_out(&self, step: FanOut) -> Result<bool, StoreError>;

    /// Takes deliveries to this listener that are due at `now`, by `due_at` and then by id, and counts the try. Until `now` and
    /// `hold` nobody else gets them; if their taker dies, they are due again then. Concurrent calls never take the same delivery.
    /// Where nothing is due, nothing is written.
    async fn take_deliveries(
        &self,
        listener: &Listener,
        now: Timestamp,
        hold: Duration,
        limit: usize,
    ) -> Result<Vec<DueDelivery>, StoreError>;

    /// Notes what became of a try. `false`, and nothing is written, if the delivery does not wait: another try was over first.
    async fn note_delivery(&self, id: DeliveryId, tried: Tried) -> Result<bool, StoreError>;

    /// Reads summaries, newest first.
    async fn deliveries(&self, filter: DeliveryFilter) -> Result<Vec<DeliverySummary>, StoreError>;

    /// Reads one summary.
    async fn delivery(&self, id: DeliveryId) -> Result<Option<DeliverySummary>, StoreError>;

    /// Has a delivery sent (again): it waits, is due at `at`, and was never tried. `false` if there is none.
    async fn replay_delivery(&self, id: DeliveryId, at: Timestamp, entry: Entry) -> Result<bool, StoreError>;
}
