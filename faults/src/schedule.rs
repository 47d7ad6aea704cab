//! What happens to the servers, when, and to whom. What must stay true: one blow at a time, so that each is followed by its own
//! outage and a request lives no longer than the profile says; and every kind of blow comes before one comes twice.

use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use crate::{
    bed::Bed,
    chance::{Chance, Stream},
    clock,
    failure::Failure,
    profile::{Profile, Store},
    proxy::{Seen, Sighting},
};

/// What happens to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blow {
    KillNode,
    PauseNode,
    StopPostgres,
    KillPostgres,
    PausePostgres,
    StopRedis,
    KillRedis,
    PauseRedis,
}

/// One that happened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hurt {
    pub(crate) blow: Blow,
    pub(crate) at: Instant,
    /// When the server was back.
    pub(crate) until: Instant,
    /// The node that it hit; all of them if none is named.
    node: Option<usize>,
}

/// How often the end of the run is looked for.
const GLANCE: Duration = Duration::from_millis(50);

impl Blow {
    /// In the order of the first round: what a short run must not miss stands first.
    fn of(store: Store) -> &'static [Self] {
        match store {
            Store::Sqlite => &[Self::KillNode, Self::PauseNode],
            Store::Postgres => {
                &[Self::KillNode, Self::KillPostgres, Self::PausePostgres, Self::PauseNode, Self::StopPostgres]
            }
            Store::Redis => &[
                Self::KillNode,
                Self::KillRedis,
                Self::KillPostgres,
                Self::PauseRedis,
                Self::PauseNode,
                Self::StopRedis,
                Self::StopPostgres,
                Self::PausePostgres,
            ],
        }
    }

    /// For a reader.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::KillNode => "kill -9 of a node, restart",
            Self::PauseNode => "a node stands still",
            Self::StopPostgres => "PostgreSQL restarts (fast)",
            Self::KillPostgres => "PostgreSQL is killed, restart",
            Self::PausePostgres => "PostgreSQL stands still",
            Self::StopRedis => "Redis restarts",
            Self::KillRedis => "Redis is killed, restart",
            Self::PauseRedis => "Redis stands still",
        }
    }
}

impl Hurt {
    /// The longest time in which a node that it concerns gave no verdict, looked for until `after` its end.
    pub(crate) fn outage(&self, watch: &[Sighting], nodes: usize, after: Duration) -> Duration {
        let last_seen = watch.iter().map(|sighting| sighting.at).max().unwrap_or(self.until);
        let end = (self.until + after).min(last_seen);
        let mut longest = Duration::ZERO;
        for node in (0..nodes).filter(|node| self.node.is_none_or(|hit| hit == *node)) {
            let mut last = self.at;
            let verdicts = watch.iter().filter(|one| one.node == node && one.what == Seen::Verdict);
            for verdict in verdicts.filter(|one| (self.at..=end).contains(&one.at)) {
                longest = longest.max(verdict.at.saturating_duration_since(last));
                last = last.max(verdict.at);
            }
            longest = longest.max(end.saturating_duration_since(last));
        }
        longest
    }

    /// How many requests of clients no node judged, from the blow until `after` its end.
    pub(crate) fn failed(&self, sightings: &[Sighting], after: Duration) -> usize {
        let within = |one: &&Sighting| (self.at..=self.until + after).contains(&one.at);
        sightings.iter().filter(within).filter(|one| one.what != Seen::Verdict).count()
    }
}

/// Deals blows until it is over; every server is up when it returns. Blocks.
pub(crate) fn hurt(
    bed: &Bed,
    profile: &Profile,
    is_over: &AtomicBool,
    tell: impl Fn(Hurt),
) -> Result<Vec<Hurt>, Failure> {
    let mut chance = Chance::of(profile.seed, Stream::Servers, 0);
    let (mut round, mut hurts) = (Vec::new(), Vec::new());
    let every = profile.servers.every;
    loop {
        rest(chance.between(every / 2..every * 3 / 2), is_over);
        if is_over.load(Relaxed) {
            return Ok(hurts);
        }
        if round.is_empty() {
            round = Blow::of(profile.store).to_vec();
            if !hurts.is_empty() {
                (1..round.len()).for_each(|index| round.swap(index, chance.below(index + 1)));
            }
            round.reverse();
        }
        let blow = round.pop().expect("it was filled");
        let hurt = deal(blow, bed, profile, &mut chance)?;
        tell(hurt);
        hurts.push(hurt);
    }
}

fn deal(blow: Blow, bed: &Bed, profile: &Profile, chance: &mut Chance) -> Result<Hurt, Failure> {
    let node = chance.below(profile.store.nodes());
    let absence = chance.between(profile.servers.longest_absence / 4..profile.servers.longest_absence);
    let pause = chance.between(profile.servers.longest_pause / 4..profile.servers.longest_pause);
    let at = clock::now();
    let postgres = || bed.postgres.as_ref().expect("a store with PostgreSQL has one");
    let redis = || bed.redis.as_ref().expect("a store with Redis has one");
    let mut hit = None;
    match blow {
        Blow::KillNode => {
            hit = Some(node);
            bed.kill_node(node);
            thread::sleep(absence);
            bed.start_node(node)?;
        }
        Blow::PauseNode => {
            hit = Some(node);
            bed.pause_node(node);
            thread::sleep(pause);
            bed.resume_node(node);
        }
        Blow::StopPostgres => {
            postgres().stop_fast();
            postgres().restart();
        }
        Blow::KillPostgres => {
            postgres().kill();
            postgres().restart();
        }
        Blow::PausePostgres => {
            postgres().pause();
            thread::sleep(pause);
            postgres().resume();
        }
        Blow::StopRedis => {
            redis().stop();
            redis().start_again();
        }
        Blow::KillRedis => {
            redis().kill();
            redis().start_again();
        }
        Blow::PauseRedis => {
            redis().pause();
            thread::sleep(pause);
            redis().resume();
        }
    }
    Ok(Hurt { blow, at, until: clock::now(), node: hit })
}

fn rest(for_so_long: Duration, is_over: &AtomicBool) {
    let begun = clock::now();
    while begun.elapsed() < for_so_long && !is_over.load(Relaxed) {
        thread::sleep(GLANCE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_the_longest_silence_of_a_node_that_was_hit() {
        let at = clock::now();
        let sighting = |node, millis, what| Sighting { node, at: at + Duration::from_millis(millis), what };
        let sightings = [
            sighting(0, 10, Seen::Verdict),
            sighting(1, 20, Seen::Verdict),
            sighting(0, 30, Seen::Away),
            sighting(1, 500, Seen::Failed(503)),
            sighting(0, 910, Seen::Verdict),
            sighting(1, 1_500, Seen::Verdict),
            sighting(0, 1_600, Seen::Verdict),
            sighting(1, 9_000, Seen::Verdict),
        ];
        let hurt = Hurt { blow: Blow::KillNode, at, until: at + Duration::from_secs(1), node: Some(0) };
        let second = Duration::from_secs(1);
        assert_eq!(hurt.outage(&sightings, 2, second), Duration::from_millis(900));
        assert_eq!(hurt.failed(&sightings, second), 2);
        let all = Hurt { node: None, ..hurt };
        assert_eq!(all.outage(&sightings, 2, second), Duration::from_millis(1_480));
        // A node that does not come back is no short outage.
        assert_eq!(hurt.outage(&sightings[..2], 2, second), Duration::from_millis(10));
        let away = [sightings[0], sighting(1, 1_900, Seen::Verdict)];
        assert_eq!(hurt.outage(&away, 2, second), Duration::from_millis(1_890));
    }
}
