//! One reading of the log from its beginning to its end. What must stay true: what a server does meanwhile is no fault. So the
//! checkpoints are read before the state of the chain, which therefore reaches as far as they do, and what they allow is read
//! once more at the end, since a server announces before it removes.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{ActivityFault, ActivityReport, Evidence, SIGNED_WITHIN, Unsigned, Witness};
use crate::{
    model::{
        AccountId, Act, ActivityId, Actor, ChainedActivity, Checkpoint, CheckpointKey, CheckpointRefusal, Digest, Link,
        Misplaced, Timestamp,
    },
    port::{ActivityFilter, ActivityLog, ChainState, StoreError, StoredCheckpoint},
};

/// How many entries are read at a time.
const PAGE: usize = 1000;
/// A store keeps no more checkpoints.
const MAX_CHECKPOINTS: usize = 1000;

/// The entries after `after`, at most [`PAGE`], and not beyond `head`.
pub(in crate::action) async fn next_page(
    log: &dyn ActivityLog,
    after: u64,
    head: u64,
) -> Result<Vec<ChainedActivity>, StoreError> {
    let mut entries = log.chained(after, PAGE).await?;
    entries.retain(|entry| entry.link.seq <= head);
    Ok(entries)
}

/// Reads and verifies; `None` if the log was pruned past the place where it was being read.
pub(super) async fn verify(
    log: &dyn ActivityLog,
    evidence: &Evidence<'_>,
) -> Result<Option<ActivityReport>, StoreError> {
    let stored = log.checkpoints(MAX_CHECKPOINTS).await?;
    let state = log.chain_state().await?;
    let mut walk = Walk::new(&state, &stored, evidence);
    if walk.read(log).await? == Read::Overtaken {
        return Ok(None);
    }
    walk.compare_end(log).await?;
    let allowed = Allowed::by(&genuine(&log.checkpoints(MAX_CHECKPOINTS).await?, evidence.keys)).or(walk.allowed);
    walk.compare_begin(&allowed);
    walk.compare_erased(log, &allowed).await?;
    walk.compare_age();
    Ok(Some(walk.report))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Read {
    ToTheEnd,
    Overtaken,
}

/// What genuine checkpoints have announced.
#[derive(Clone, Copy)]
struct Allowed {
    begin: u64,
    personal_since: Timestamp,
}

impl Allowed {
    fn by(checkpoints: &[Checkpoint]) -> Self {
        let begin = checkpoints.iter().map(|it| it.begin.seq).max().unwrap_or(0);
        let never = Timestamp::from_micros(i64::MIN);
        let personal_since = checkpoints.iter().map(|it| it.personal_since).max().unwrap_or(never);
        Self { begin, personal_since }
    }

    fn or(self, other: Self) -> Self {
        Self { begin: self.begin.max(other.begin), personal_since: self.personal_since.max(other.personal_since) }
    }
}

/// What an account's entries say that were erased too young.
struct Erased {
    latest: (u64, ActivityId, Timestamp),
    entries: u64,
}

struct Walk {
    state: ChainState,
    allowed: Allowed,
    /// The digests that checkpoints name, by place.
    expected: BTreeMap<u64, Vec<(Digest, Timestamp, Witness)>>,
    /// The last place that a stored checkpoint vouches for.
    signed: u64,
    at: Link,
    erased: HashMap<Option<AccountId>, Erased>,
    deleted: HashSet<AccountId>,
    /// The first and the last entry after the last checkpoint that a running server would have signed in time.
    unsigned: Option<(Timestamp, Timestamp)>,
    report: ActivityReport,
}

impl Walk {
    fn new(state: &ChainState, stored: &[StoredCheckpoint], evidence: &Evidence<'_>) -> Self {
        let genuine = genuine(stored, evidence.keys);
        let last = genuine.iter().copied().max_by_key(|it| (it.head.seq, it.at));
        let mut walk = Self {
            state: *state,
            allowed: Allowed::by(&genuine),
            expected: BTreeMap::new(),
            signed: last.map_or(0, |it| it.head.seq),
            at: state.begin,
            erased: HashMap::new(),
            deleted: HashSet::new(),
            unsigned: None,
            report: ActivityReport {
                begin: state.begin,
                head: state.head,
                entries: 0,
                checkpoints: stored.len(),
                last,
                unsigned: None,
                waiting_since: state.waiting_since,
                faults: Vec::new(),
                more_faults: 0,
            },
        };
        stored.iter().filter_map(|it| false_checkpoint(it, evidence.keys)).for_each(|fault| walk.report.fault(fault));
        genuine.iter().for_each(|it| walk.expect(it, Witness::Stored));
        evidence.kept.iter().for_each(|it| walk.expect(it, Witness::Kept));
        for kept in evidence.kept {
            if last.is_none_or(|last| (kept.head.seq, kept.at) > (last.head.seq, last.at)) {
                walk.report.fault(ActivityFault::CheckpointRemoved { seq: kept.head.seq, at: kept.at });
            }
        }
        walk.compare(state.begin);
        walk
    }

    fn expect(&mut self, checkpoint: &Checkpoint, witness: Witness) {
        let head = self.state.head.seq;
        for link in [checkpoint.head, checkpoint.begin] {
            self.expected.entry(link.seq).or_default().push((link.digest, checkpoint.at, witness));
        }
        if checkpoint.head.seq > head {
            self.report.fault(ActivityFault::EndMissing { seq: checkpoint.head.seq, at: checkpoint.at, head, witness });
        }
    }

    /// Compares a place with what checkpoints say of it, each witness once.
    fn compare(&mut self, place: Link) {
        let Some(said) = self.expected.get(&place.seq) else { return };
        let contradicted = said.iter().filter(|(digest, _, _)| *digest != place.digest);
        let faults: Vec<_> =
            contradicted.map(|&(_, at, witness)| ActivityFault::Contradicted { seq: place.seq, at, witness }).collect();
        faults.into_iter().for_each(|fault| self.report.fault(fault));
    }

    async fn read(&mut self, log: &dyn ActivityLog) -> Result<Read, StoreError> {
        loop {
            let page = next_page(log, self.at.seq, self.state.head.seq).await?;
            let Some(first) = page.first() else { return Ok(Read::ToTheEnd) };
            // Entries go while they are read, those that were to be removed.
            if first.link.seq > self.at.seq.saturating_add(1) && log.chain_state().await?.begin.seq > self.at.seq {
                return Ok(Read::Overtaken);
            }
            page.iter().for_each(|entry| self.take(entry));
        }
    }

    fn take(&mut self, entry: &ChainedActivity) {
        let (seq, id) = (entry.link.seq, entry.activity.id);
        match entry.follows(&self.at) {
            Ok(()) => {}
            Err(Misplaced::Gap) => self.report.fault(ActivityFault::Gap { after: self.at.seq, before: seq }),
            Err(Misplaced::Altered) => self.report.fault(ActivityFault::Altered { seq, id }),
            Err(Misplaced::PersonalAltered) => self.report.fault(ActivityFault::PersonalAltered { seq, id }),
        }
        // What comes after it is compared with what stands there, so that one fault is told once.
        self.at = entry.link;
        self.report.entries += 1;
        self.compare(entry.link);
        self.note(entry);
    }

    fn note(&mut self, entry: &ChainedActivity) {
        let activity = &entry.activity;
        if activity.act == Act::AccountDeleted {
            self.deleted.extend(activity.account_id);
        }
        if entry.is_erased() && activity.at >= self.allowed.personal_since {
            let latest = (entry.link.seq, activity.id, activity.at);
            let found = self.erased.entry(activity.account_id).or_insert(Erased { latest, entries: 0 });
            found.entries += 1;
            if activity.at > found.latest.2 {
                found.latest = latest;
            }
        }
        if entry.link.seq > self.signed {
            let unsigned = self.report.unsigned.get_or_insert(Unsigned { entries: 0, since: activity.at });
            unsigned.entries += 1;
            // Who has the machine may do something while no server runs.
            if activity.actor != Actor::Operator {
                let first = self.unsigned.map_or(activity.at, |(first, _)| first);
                self.unsigned = Some((first, activity.at));
            }
        }
    }

    /// Whether the last entry is the one that the chain's state names.
    async fn compare_end(&mut self, log: &dyn ActivityLog) -> Result<(), StoreError> {
        let head = self.state.head;
        if self.at != head {
            self.report.fault(ActivityFault::HeadMoved { head: head.seq, last: self.at.seq });
            return Ok(());
        }
        let beyond = log.chained(head.seq, 1).await?;
        let Some(beyond) = beyond.first().map(|entry| entry.link.seq) else { return Ok(()) };
        // Written meanwhile, or by somebody who did not move the end.
        let now_head = log.chain_state().await?.head.seq;
        if now_head < beyond {
            self.report.fault(ActivityFault::HeadMoved { head: now_head, last: beyond });
        }
        Ok(())
    }

    fn compare_begin(&mut self, allowed: &Allowed) {
        let begin = self.state.begin;
        if begin.seq > allowed.begin {
            self.report.fault(ActivityFault::BeginMoved { begin: begin.seq, announced: allowed.begin });
        } else if begin.seq == 0 && begin != Link::START {
            self.report.fault(ActivityFault::BeginMoved { begin: 0, announced: 0 });
        }
    }

    async fn compare_erased(&mut self, log: &dyn ActivityLog, allowed: &Allowed) -> Result<(), StoreError> {
        let mut found: Vec<_> = self.erased.drain().collect();
        found.sort_by_key(|(_, erased)| erased.latest.0);
        for (account, Erased { latest: (seq, id, at), entries }) in found {
            let is_old = at < allowed.personal_since;
            if is_old || account.is_some_and(|account| self.deleted.contains(&account)) {
                continue;
            }
            // Its account may have been deleted meanwhile, or a moment ago: that entry waits for its place then.
            if let Some(account) = account
                && was_deleted(log, account).await?
            {
                continue;
            }
            self.report.fault(ActivityFault::PersonalErased { seq, id, at, entries });
        }
        Ok(())
    }

    fn compare_age(&mut self) {
        let Some((since, until)) = self.unsigned else { return };
        if until.since(since) > SIGNED_WITHIN {
            let entries = self.report.unsigned.map_or(0, |unsigned| unsigned.entries);
            self.report.fault(ActivityFault::NotSigned { entries, since, until });
        }
    }
}

/// Whether an entry says that the account was deleted, be it one that has no place yet.
async fn was_deleted(log: &dyn ActivityLog, account: AccountId) -> Result<bool, StoreError> {
    let mut filter = ActivityFilter {
        account: Some(account),
        acts: vec![Act::AccountDeleted],
        limit: 1,
        ..ActivityFilter::default()
    };
    loop {
        let found = log.page(filter.clone()).await?;
        if !found.entries.is_empty() {
            return Ok(true);
        }
        if found.next.is_none() {
            return Ok(false);
        }
        filter.before = found.next;
    }
}

/// What the stored checkpoints say that one of the keys has signed.
fn genuine(stored: &[StoredCheckpoint], keys: &[CheckpointKey]) -> Vec<Checkpoint> {
    stored.iter().filter_map(|it| opened(&it.signed, keys).ok()).collect()
}

/// What is wrong with a stored checkpoint itself.
fn false_checkpoint(stored: &StoredCheckpoint, keys: &[CheckpointKey]) -> Option<ActivityFault> {
    let (seq, at) = (stored.checkpoint.head.seq, stored.checkpoint.at);
    match opened(&stored.signed, keys) {
        Err(refusal) => Some(ActivityFault::CheckpointForged { seq, at, refusal }),
        Ok(said) if said != stored.checkpoint => Some(ActivityFault::CheckpointAltered { seq, at }),
        Ok(_) => None,
    }
}

fn opened(signed: &str, keys: &[CheckpointKey]) -> Result<Checkpoint, CheckpointRefusal> {
    let mut refusal = CheckpointRefusal::Signature;
    for key in keys {
        match key.verify(signed) {
            Ok(said) => return Ok(said.checkpoint),
            Err(found) => refusal = found,
        }
    }
    Err(refusal)
}
