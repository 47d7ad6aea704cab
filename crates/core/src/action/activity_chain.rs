//! Keeping the chain of the activity log: entries get their places, and its head is signed now and then (SECURITY LG6).
//!
//! What must stay true: nothing is signed that was not verified from the last checkpoint on, so that a server never vouches for
//! what somebody else has made of the log; and nothing is removed or erased by age before a checkpoint has said so, so that
//! a crash in between is no tampering.

mod retention;

use std::time::Duration;

use super::verify_activity::{ActivityFault, Witness, next_page};
use crate::{
    Error, Gatewright,
    model::{ActivityPolicy, Checkpoint, CheckpointKey, CheckpointRefusal, Link, Misplaced, Timestamp},
    port::{ActivityLog, ChainState, StoredCheckpoint},
};

/// How many entries get their place in one step.
const CHAIN_STEP: usize = 500;
/// How many such steps are done at a time: more than come in a second.
const CHAIN_STEPS: usize = 20;
/// The head is signed so long after the last time, if it has moved.
const SIGN_EVERY: Duration = Duration::from_secs(600);
/// Or after so many entries.
const SIGN_AFTER: u64 = 1000;
/// And even if nothing happens, so that what grows old is removed from a log to which nothing is added.
const SIGN_AT_LEAST_EVERY: Duration = Duration::from_secs(86_400);
/// One checkpoint goes so much further than the last one at most, so that a long log from before there were checkpoints is not
/// read at once.
const MAX_SIGNED: u64 = 50_000;
/// And gives up at most so many entries.
const MAX_GIVEN_UP: u64 = 10_000;

/// What has become of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checkpointing {
    /// It was signed.
    Signed(StoredCheckpoint),
    /// The last one still says it all.
    Unchanged(StoredCheckpoint),
    /// There is nothing to sign yet.
    Empty,
    /// The log is not what was signed, and so nothing is.
    Refused(ActivityFault),
}

/// Whether the log is verified before it is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// From the last checkpoint on. Whatever is wrong is a reason not to sign.
    Verified,
    /// As it stands: for an operator who has found out what happened to the log and starts anew. What was altered is still
    /// found by whoever verifies; what is missing at the beginning or at the end is not, but with a checkpoint that was kept.
    AsItStands,
}

/// When the head is signed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Occasion {
    /// If it is time.
    Due,
    /// If it has moved.
    Moved,
}

impl Gatewright {
    /// Gives every entry its place in the chain that waits for one. Every node of an instance may call this every second; where
    /// there is nothing to do it is one reading. Answers how many.
    ///
    /// # Errors
    /// When the store is away; the next call goes on.
    pub async fn chain_activity(&self) -> Result<usize, Error> {
        let log = &self.ports().activity;
        // Whoever writes is not woken for nothing.
        if log.chain_state().await?.waiting_since.is_none() {
            return Ok(0);
        }
        let mut all = 0;
        for _ in 0..CHAIN_STEPS {
            let chained = log.chain(CHAIN_STEP).await?;
            all += chained;
            if chained < CHAIN_STEP {
                break;
            }
        }
        Ok(all)
    }

    /// The public keys that verify the activity log: the active one first, then those of older master keys.
    #[must_use]
    pub fn checkpoint_keys(&self) -> Vec<CheckpointKey> {
        self.master().checkpoint_keys()
    }

    /// Signs the head of the activity log if it has moved since the last time, and keeps the checkpoint. [`Gatewright::tend`] does
    /// so every ten minutes; whoever stops calls it once more.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn checkpoint_activity(&self, trust: Trust) -> Result<Checkpointing, Error> {
        self.chain_activity().await?;
        self.sign(Occasion::Moved, trust).await
    }

    /// What [`Gatewright::tend`] does about the log: sign if it is time, remove and erase what has grown old.
    pub(super) async fn tend_activity(&self) -> Result<(), Error> {
        self.chain_activity().await?;
        let last = match self.sign(Occasion::Due, Trust::Verified).await? {
            Checkpointing::Signed(last) | Checkpointing::Unchanged(last) => last,
            Checkpointing::Empty => return Ok(()),
            Checkpointing::Refused(fault) => {
                tracing::error!(%fault, "the activity log was tampered with; `gatewright activity verify` says more");
                return Ok(());
            }
        };
        self.retain_activity(&last.checkpoint).await
    }

    async fn sign(&self, occasion: Occasion, trust: Trust) -> Result<Checkpointing, Error> {
        let log = &*self.ports().activity;
        let stored = log.checkpoints(1).await?.pop();
        let state = log.chain_state().await?;
        let last = match stored.as_ref().map(|stored| self.genuine(stored)).transpose() {
            Ok(last) => last,
            Err(_) if trust == Trust::AsItStands => None,
            Err(fault) => return Ok(Checkpointing::Refused(fault)),
        };
        let now = Timestamp::from_secs(self.now().secs());
        match (stored, last) {
            (None, _) if state.head == Link::START => return Ok(Checkpointing::Empty),
            (Some(stored), Some(last)) if trust == Trust::Verified && !is_time(occasion, &last, &state, now) => {
                return Ok(Checkpointing::Unchanged(stored));
            }
            _ => {}
        }
        let plan = match trust {
            Trust::Verified => plan(log, last.as_ref(), &state, self.policy().activity, now).await?,
            Trust::AsItStands => Ok(Checkpoint {
                begin: state.begin,
                head: state.head,
                personal_since: state.personal_since.max(last.map_or(state.personal_since, |last| last.personal_since)),
                at: now,
            }),
        };
        let checkpoint = match plan {
            Ok(checkpoint) => checkpoint,
            Err(fault) => return Ok(Checkpointing::Refused(fault)),
        };
        self.note_retention(&checkpoint, last.as_ref()).await?;
        let signed = self.master().sign_checkpoint(&self.policy().issuer, &checkpoint);
        let stored = StoredCheckpoint { checkpoint, signed };
        log.keep_checkpoint(stored.clone()).await?;
        // For whoever collects logs: kept apart from the database, it shows what the database alone cannot.
        tracing::info!(seq = checkpoint.head.seq, checkpoint = stored.signed, "activity log signed");
        Ok(Checkpointing::Signed(stored))
    }

    /// What the last checkpoint says, if it is ours.
    fn genuine(&self, stored: &StoredCheckpoint) -> Result<Checkpoint, ActivityFault> {
        let StoredCheckpoint { checkpoint: Checkpoint { head, at, .. }, signed } = stored;
        let mut said = Err(CheckpointRefusal::Signature);
        for key in self.checkpoint_keys() {
            said = said.or_else(|_| key.verify(signed));
        }
        match said {
            Err(refusal) => Err(ActivityFault::CheckpointForged { seq: head.seq, at: *at, refusal }),
            Ok(said) if said.checkpoint != stored.checkpoint => {
                Err(ActivityFault::CheckpointAltered { seq: head.seq, at: *at })
            }
            Ok(said) => Ok(said.checkpoint),
        }
    }
}

fn is_time(occasion: Occasion, last: &Checkpoint, state: &ChainState, now: Timestamp) -> bool {
    // An end that went back has moved, too, and is not signed.
    let has_moved = state.head != last.head;
    let age = now.since(last.at);
    match occasion {
        Occasion::Moved => has_moved,
        Occasion::Due if has_moved => {
            age >= SIGN_EVERY || state.head.seq.abs_diff(last.head.seq) >= SIGN_AFTER || state.head.seq < last.head.seq
        }
        Occasion::Due => age >= SIGN_AT_LEAST_EVERY,
    }
}

/// What can be signed now: how far the log goes on from the last checkpoint as it must, and what of it has grown old.
async fn plan(
    log: &dyn ActivityLog,
    last: Option<&Checkpoint>,
    state: &ChainState,
    policy: ActivityPolicy,
    now: Timestamp,
) -> Result<Result<Checkpoint, ActivityFault>, Error> {
    let given_up = last.map_or(Link::START, |last| last.begin);
    let personal_since = last.map_or(Timestamp::from_micros(0), |last| last.personal_since);
    if state.begin.seq > given_up.seq || (state.begin.seq == given_up.seq && state.begin != given_up) {
        return Ok(Err(ActivityFault::BeginMoved { begin: state.begin.seq, announced: given_up.seq }));
    }
    let signed = last.map_or(Link::START, |last| last.head);
    if let Some(last) = last
        && state.head.seq < signed.seq
    {
        let (seq, at, head) = (signed.seq, last.at, state.head.seq);
        return Ok(Err(ActivityFault::EndMissing { seq, at, head, witness: Witness::Stored }));
    }
    let head = match go_on(log, signed, state.head.seq.min(signed.seq.saturating_add(MAX_SIGNED)), None).await? {
        Ok(head) if head.seq == state.head.seq && head != state.head => {
            return Ok(Err(ActivityFault::HeadMoved { head: state.head.seq, last: head.seq }));
        }
        Ok(head) => head,
        Err(fault) => return Ok(Err(fault)),
    };
    // What was given up is removed before more is, so that the beginning is never far behind.
    let begin = match policy.keep {
        Some(keep) if state.begin == given_up => {
            let until = head.seq.saturating_sub(1).min(given_up.seq.saturating_add(MAX_GIVEN_UP));
            match go_on(log, given_up, until, Some(now.minus(keep))).await? {
                Ok(begin) => begin,
                Err(fault) => return Ok(Err(fault)),
            }
        }
        Some(_) | None => given_up,
    };
    let kept_for = [policy.keep, policy.keep_personal].into_iter().flatten().min();
    let personal_since = kept_for.map_or(personal_since, |span| personal_since.max(now.minus(span)));
    Ok(Ok(Checkpoint { begin, head, personal_since, at: now }))
}

/// Goes from `from` to the entry `to`, or as far as entries are older than `before`, and verifies every one.
async fn go_on(
    log: &dyn ActivityLog,
    from: Link,
    to: u64,
    before: Option<Timestamp>,
) -> Result<Result<Link, ActivityFault>, Error> {
    let mut at = from;
    while at.seq < to {
        let page = next_page(log, at.seq, to).await?;
        if page.is_empty() {
            return Ok(Err(ActivityFault::HeadMoved { head: to, last: at.seq }));
        }
        for entry in page {
            if before.is_some_and(|before| entry.activity.at >= before) {
                return Ok(Ok(at));
            }
            let (seq, id) = (entry.link.seq, entry.activity.id);
            match entry.follows(&at) {
                Ok(()) => at = entry.link,
                Err(Misplaced::Gap) => return Ok(Err(ActivityFault::Gap { after: at.seq, before: seq })),
                Err(Misplaced::Altered) => return Ok(Err(ActivityFault::Altered { seq, id })),
                Err(Misplaced::PersonalAltered) => return Ok(Err(ActivityFault::PersonalAltered { seq, id })),
            }
        }
    }
    Ok(Ok(at))
}
