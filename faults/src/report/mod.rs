//! What a run found, against what must not be. What must stay true: a run is well only if every bound holds and it really came to
//! its end; and a run in which nothing was lost, killed or stolen proves nothing and is not well either.

mod json;
mod page;
mod text;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

pub(crate) use self::json::write as write_json;
pub(crate) use self::page::{Setting, policies as policies_block, stores as stores_block, write as write_page};
use crate::{
    book::Party,
    client::{Theft, TheftKind, open},
    profile::{Policy, Profile},
    proxy::{Seen, Sighting},
    run::Ended,
    schedule::Hurt,
    world::{Exhibit, World},
};

/// How long after a blow its outage is looked for.
const AFTERMATH: Duration = Duration::from_secs(5);

/// What a run found.
#[derive(Debug)]
pub struct Report {
    pub(crate) profile: Profile,
    pub(crate) ended: Ended,
    pub(crate) exchanges: u64,
    pub(crate) lasted: Duration,
    /// The longest that a request lived until it was judged.
    pub(crate) longest_life: Duration,
    pub(crate) verdicts: BTreeMap<String, u64>,
    pub(crate) signed_out: BTreeMap<&'static str, u64>,
    pub(crate) false_logouts: Vec<Exhibit>,
    pub(crate) broken: Vec<Exhibit>,
    pub(crate) broken_count: u64,
    pub(crate) strange: BTreeMap<String, u64>,
    pub(crate) logouts: u64,
    pub(crate) switches: u64,
    pub(crate) logins: u64,
    pub(crate) crashes: u64,
    pub(crate) thefts: Vec<TheftLine>,
    pub(crate) blows: Vec<BlowLine>,
    /// Answers with 5xx by status, and those that never came from a node.
    pub(crate) failures: BTreeMap<String, u64>,
    pub(crate) fallen: Vec<String>,
}

/// How the thefts of one kind went.
#[derive(Debug)]
pub(crate) struct TheftLine {
    pub(crate) kind: TheftKind,
    /// Those in which the thief presented something.
    pub(crate) count: usize,
    pub(crate) still_in: usize,
    /// From the first use to the refusal, shortest first.
    pub(crate) times: Vec<Duration>,
    /// Refreshes of either side that were served meanwhile, fewest first.
    pub(crate) served: Vec<usize>,
    /// The most that were served to one party later than the window after the other had rotated.
    pub(crate) beyond: usize,
    /// Refreshes of thieves after their victim had been signed out.
    pub(crate) outlived: usize,
}

/// What blows of one kind cost.
#[derive(Debug)]
pub(crate) struct BlowLine {
    pub(crate) title: &'static str,
    pub(crate) count: usize,
    pub(crate) longest_away: Duration,
    pub(crate) longest_outage: Duration,
    pub(crate) failed: usize,
}

/// From what a report is made.
pub(crate) struct Gathered<'r> {
    pub(crate) world: &'r World,
    pub(crate) thefts: &'r [Arc<Theft>],
    pub(crate) hurts: Vec<Hurt>,
    /// What the sentries saw.
    pub(crate) watch: &'r [Sighting],
    pub(crate) fallen: Vec<String>,
    pub(crate) ended: Ended,
}

impl Report {
    pub(crate) fn of(gathered: Gathered<'_>) -> Self {
        let Gathered { world, thefts, hurts, watch, fallen, ended } = gathered;
        let mut found = world.found();
        let mut failures = BTreeMap::new();
        let sightings = world.network.sightings();
        for sighting in &sightings {
            let what = match sighting.what {
                Seen::Verdict => continue,
                Seen::Failed(status) => status.to_string(),
                Seen::Away => "no connection".to_owned(),
                Seen::HungUp => "connection lost".to_owned(),
            };
            *failures.entry(what).or_default() += 1;
        }
        Self {
            profile: world.profile.clone(),
            ended,
            exchanges: world.exchanges.load(std::sync::atomic::Ordering::Relaxed),
            lasted: world.begun().elapsed(),
            longest_life: world.network.longest_life(),
            verdicts: std::mem::take(&mut found.verdicts),
            signed_out: std::mem::take(&mut found.signed_out),
            false_logouts: std::mem::take(&mut found.false_logouts),
            broken: std::mem::take(&mut found.broken),
            broken_count: found.broken_count,
            strange: std::mem::take(&mut found.strange),
            logouts: found.logouts,
            switches: found.switches,
            logins: found.logins,
            crashes: found.crashes,
            thefts: TheftKind::ALL.iter().map(|kind| TheftLine::of(*kind, thefts)).collect(),
            blows: BlowLine::all(&hurts, &sightings, watch, world.profile.store.nodes()),
            failures,
            fallen,
        }
    }

    /// How many clients were signed out for nothing.
    pub fn false_logouts(&self) -> u64 {
        self.signed_out_for("false")
    }

    /// How many sign-outs have this reason.
    pub(crate) fn signed_out_for(&self, why: &str) -> u64 {
        self.signed_out.get(why).copied().unwrap_or_default()
    }

    /// How many acknowledged things did not hold.
    pub fn lost(&self) -> u64 {
        self.broken_count
    }

    /// How many refreshes were answered with tokens.
    pub fn renewed(&self) -> u64 {
        self.verdicts.iter().filter(|(what, _)| what.starts_with("200")).map(|(_, count)| count).sum()
    }

    /// How many thieves came, but for those whom no rotation can see.
    pub fn thefts(&self) -> usize {
        self.seen_thefts().map(|line| line.count).sum()
    }

    /// How many of them are still in at the end.
    pub fn thieves_in(&self) -> usize {
        self.seen_thefts().map(|line| line.still_in).sum()
    }

    /// How many blows were dealt to servers of this kind, by a part of its name.
    pub fn blows(&self, title: &str) -> usize {
        self.blows.iter().filter(|line| line.title.contains(title)).map(|line| line.count).sum()
    }

    pub(crate) fn seen_thefts(&self) -> impl Iterator<Item = &TheftLine> {
        self.thefts.iter().filter(|line| line.kind != TheftKind::Lockstep)
    }

    /// What must not be and is; nothing for a run that is well.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut forbid = |count: u64, what: &str| {
            if count > 0 {
                faults.push(format!("{count} {what}"));
            }
        };
        forbid(self.false_logouts(), "false logouts");
        forbid(self.broken_count, "acknowledged things did not hold");
        forbid(self.strange.values().sum(), "answers that nobody should get");
        forbid(self.fallen.len() as u64, "nodes ended by themselves");
        let bounded = || self.thefts.iter().filter(|line| line.kind.is_bounded());
        forbid(self.thieves_in() as u64, "thieves are still in");
        forbid(bounded().map(|line| line.beyond as u64).sum(), "refreshes were served beyond the windows");
        forbid(self.seen_thefts().map(|line| line.outlived as u64).sum(), "refreshes of thieves whose victim was out");
        forbid(u64::from(self.ended == Ended::BrokenOff), "run was broken off");
        forbid(u64::from(self.renewed() == 0), "run without a refresh");
        forbid(u64::from(self.blows.is_empty()), "run without a blow");
        forbid(u64::from(self.thefts() == 0), "run without a theft");
        faults
    }

    /// Whether nothing happened that must not.
    pub fn is_well(&self) -> bool {
        self.faults().is_empty()
    }

    pub(crate) fn rate(&self) -> f64 {
        self.exchanges as f64 / self.lasted.as_secs_f64()
    }

    pub(crate) fn is_shipped(&self) -> bool {
        self.profile.policy == Policy::Shipped
    }
}

impl TheftLine {
    fn of(kind: TheftKind, thefts: &[Arc<Theft>]) -> Self {
        let mut line =
            Self { kind, count: 0, still_in: 0, times: Vec::new(), served: Vec::new(), beyond: 0, outlived: 0 };
        for theft in thefts.iter().filter(|theft| theft.kind == kind) {
            let loot = theft.loot();
            let Some((loot, came)) = loot.as_ref().and_then(|loot| Some((loot, loot.came?))) else { continue };
            let book = open(&loot.book);
            line.count += 1;
            line.beyond = line.beyond.max(book.accepted_beyond());
            line.outlived += book.outlived();
            line.served
                .push([Party::Owner, Party::Thief].into_iter().map(|party| book.served_since_theft(party)).sum());
            match loot.out {
                Some(out) => line.times.push(out.saturating_duration_since(came)),
                None => line.still_in += 1,
            }
        }
        line.times.sort_unstable();
        line.served.sort_unstable();
        line
    }
}

impl BlowLine {
    fn all(hurts: &[Hurt], sightings: &[Sighting], watch: &[Sighting], nodes: usize) -> Vec<Self> {
        let mut lines: Vec<Self> = Vec::new();
        for hurt in hurts {
            let title = hurt.blow.title();
            let at = lines.iter().position(|line| line.title == title).unwrap_or_else(|| {
                lines.push(Self {
                    title,
                    count: 0,
                    longest_away: Duration::ZERO,
                    longest_outage: Duration::ZERO,
                    failed: 0,
                });
                lines.len() - 1
            });
            let (outage, failed) = (hurt.outage(watch, nodes, AFTERMATH), hurt.failed(sightings, AFTERMATH));
            let line = &mut lines[at];
            line.count += 1;
            line.longest_away = line.longest_away.max(hurt.until.saturating_duration_since(hurt.at));
            line.longest_outage = line.longest_outage.max(outage);
            line.failed += failed;
        }
        lines
    }
}

/// The one in the middle.
pub(crate) fn median<T: Copy>(sorted: &[T]) -> Option<T> {
    sorted.get(sorted.len() / 2).copied()
}

/// To a tenth of a second.
pub(crate) fn secs(duration: Option<Duration>) -> String {
    duration.map_or("–".to_owned(), |duration| format!("{:.1} s", duration.as_secs_f64()))
}
