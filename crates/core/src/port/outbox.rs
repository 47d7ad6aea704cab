//! Letters that wait to be sent. They come here in the transaction of what they tell of, so that a crash loses none; what
//! sends them works beside the requests.

use std::time::Duration;

use async_trait::async_trait;

use super::{Entry, SealedLetter, StoreError};
use crate::model::{AccountId, LetterId, Timestamp};

/// A letter that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueLetter {
    /// Its id.
    pub id: LetterId,
    /// The name of what it says.
    pub kind: String,
    /// The letter, sealed; `None` if it is to nobody.
    pub sealed: Option<Vec<u8>>,
    /// When it was written.
    pub written_at: Timestamp,
    /// How often it was tried, this time included.
    pub attempts: u32,
}

/// What has become of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LetterState {
    /// It is to be sent.
    Waiting,
    /// Another system has taken it over.
    Sent,
    /// It was tried too often, or refused for good.
    GivenUp,
}

crate::model::names!(LetterState { Waiting = "waiting", Sent = "sent", GivenUp = "given_up" });

/// What the list of letters tells of one. Neither what it says nor to whom: that is sealed, and gone once it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterSummary {
    /// Its id.
    pub id: LetterId,
    /// The account it is about.
    pub account_id: Option<AccountId>,
    /// The name of what it says.
    pub kind: String,
    /// What has become of it.
    pub state: LetterState,
    /// When it was written.
    pub written_at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next, if it waits.
    pub due_at: Option<Timestamp>,
    /// When it was sent or given up.
    pub done_at: Option<Timestamp>,
    /// Why the last try failed; `None` while it is being tried.
    pub last_error: Option<String>,
}

/// Which letters to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LetterFilter {
    /// In this state only.
    pub state: Option<LetterState>,
    /// Older than this one only.
    pub before: Option<LetterId>,
    /// At most so many.
    pub limit: usize,
}

/// How many letters there are in each state, and how long the oldest waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutboxStats {
    /// To be sent.
    pub waiting: u64,
    /// Given up and not yet removed.
    pub given_up: u64,
    /// Since when the oldest of those waits that are to be sent.
    pub oldest: Option<Timestamp>,
}

/// The outbox.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Puts a letter in that belongs to no change; those that do come with their step.
    async fn put_letter(&self, letter: SealedLetter) -> Result<(), StoreError>;

    /// Takes letters that are due at `now`, oldest first, counts the try, and forgets why the last one failed. Until `now` and
    /// `hold` nobody else gets them; if their taker dies, they are due again then. Concurrent calls never take the same letter.
    async fn take_letters(&self, now: Timestamp, hold: Duration, limit: usize) -> Result<Vec<DueLetter>, StoreError>;

    /// Notes that another system has taken the letter over, and forgets what it said. `false` if it was not waiting.
    async fn letter_sent(&self, id: LetterId, at: Timestamp) -> Result<bool, StoreError>;

    /// Notes that a try failed: it is due again at `again`, or given up and its contents forgotten. `false` if it was not waiting.
    async fn letter_failed(
        &self,
        id: LetterId,
        at: Timestamp,
        again: Option<Timestamp>,
        error: &str,
    ) -> Result<bool, StoreError>;

    /// Makes a letter due at `now` whose last try failed and that waits for its next one, and writes the entry. `false` for any
    /// other: what somebody is sending at the moment, is due anyway, or was sent or given up. Of concurrent calls exactly one
    /// returns `true`.
    async fn retry_letter(&self, id: LetterId, now: Timestamp, entry: Entry) -> Result<bool, StoreError>;

    /// Reads summaries, newest first.
    async fn letters(&self, filter: LetterFilter) -> Result<Vec<LetterSummary>, StoreError>;

    /// Reads the summary of one.
    async fn letter(&self, id: LetterId) -> Result<Option<LetterSummary>, StoreError>;

    /// Counts.
    async fn outbox_stats(&self) -> Result<OutboxStats, StoreError>;
}
