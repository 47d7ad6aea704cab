//! What the network does with one exchange. What must stay true: it follows from the seed, the client and the number of the
//! exchange, and from nothing else.

use std::time::Duration;

use crate::{
    chance::{Chance, Stream},
    profile::Profile,
};

/// What becomes of one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fate {
    pub(crate) request: Request,
    pub(crate) answer: Answer,
    pub(crate) copy: Copy,
}

/// What becomes of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// It reaches a node after this time.
    Passes(Duration),
    /// It is lost, and nobody says so.
    Dropped,
}

/// What becomes of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It reaches the client after this time.
    Passes(Duration),
    /// The node has done its work, and the client never hears of it.
    Dropped,
    /// Half of it arrives, then the connection breaks.
    Cut,
}

/// Whether the network makes a second request of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Copy {
    None,
    /// It follows the first after this time; the client hears the answer to the first.
    After(Duration),
    /// It follows, and the client hears the answer to the second.
    Instead(Duration),
}

impl Fate {
    /// Nothing happens to it.
    pub(crate) const CALM: Self =
        Self { request: Request::Passes(Duration::ZERO), answer: Answer::Passes(Duration::ZERO), copy: Copy::None };

    /// What happens to the exchange of this number.
    pub(crate) fn decided(profile: &Profile, exchange: u64) -> Self {
        let mut chance = Chance::of(profile.seed, Stream::Passage, exchange);
        let (rates, longest) = (&profile.network, profile.longest_delay());
        let delay = |chance: &mut Chance, rate: f64| match chance.happens(rate) {
            true => chance.between(Duration::ZERO..longest),
            false => Duration::ZERO,
        };
        let request = match chance.happens(rates.request_dropped) {
            true => Request::Dropped,
            false => Request::Passes(delay(&mut chance, rates.request_delayed)),
        };
        let answer = if chance.happens(rates.answer_dropped) {
            Answer::Dropped
        } else if chance.happens(rates.answer_cut) {
            Answer::Cut
        } else if chance.happens(rates.answer_too_late) {
            Answer::Passes(profile.patience() + longest)
        } else {
            Answer::Passes(delay(&mut chance, rates.answer_delayed))
        };
        let copy = match (chance.happens(rates.duplicated), chance.happens(0.5)) {
            (false, _) => Copy::None,
            (true, false) => Copy::After(chance.between(Duration::ZERO..longest)),
            (true, true) => Copy::Instead(chance.between(Duration::ZERO..longest)),
        };
        Self { request, answer, copy }
    }
}

impl std::fmt::Display for Fate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts = Vec::new();
        match self.request {
            Request::Passes(Duration::ZERO) => {}
            Request::Passes(after) => parts.push(format!("request {} ms late", after.as_millis())),
            Request::Dropped => parts.push("request dropped".to_owned()),
        }
        match self.copy {
            Copy::None => {}
            Copy::After(after) => parts.push(format!("sent again after {} ms", after.as_millis())),
            Copy::Instead(after) => {
                parts.push(format!("sent again after {} ms, second answer given", after.as_millis()));
            }
        }
        match self.answer {
            Answer::Passes(Duration::ZERO) => {}
            Answer::Passes(after) => parts.push(format!("answer {} ms late", after.as_millis())),
            Answer::Dropped => parts.push("answer dropped".to_owned()),
            Answer::Cut => parts.push("answer cut".to_owned()),
        }
        f.write_str(if parts.is_empty() { "passes" } else { "" })?;
        f.write_str(&parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Policy, Store};

    #[test]
    fn a_seed_decides_alike_again_and_everything_happens_about_as_often_as_it_should() {
        let profile = Profile::long(Store::Sqlite, Policy::Shipped, 5);
        let fates: Vec<_> = (0..20_000).map(|id| Fate::decided(&profile, id)).collect();
        let again: Vec<_> = (0..20_000).map(|id| Fate::decided(&profile, id)).collect();
        assert_eq!(fates, again);
        assert_ne!(
            fates[0..50],
            (0..50).map(|id| Fate::decided(&Profile { seed: 6, ..profile.clone() }, id)).collect::<Vec<_>>()
        );
        let share = |is_so: fn(&Fate) -> bool| fates.iter().filter(|fate| is_so(fate)).count() as f64 / 20_000.0;
        assert!((share(|fate| fate.request == Request::Dropped) - 0.02).abs() < 0.005);
        assert!((share(|fate| fate.answer == Answer::Dropped) - 0.05).abs() < 0.008);
        assert!((share(|fate| fate.answer == Answer::Cut) - 0.01).abs() < 0.004);
        assert!((share(|fate| fate.copy != Copy::None) - 0.03).abs() < 0.006);
        assert!((share(|fate| *fate == Fate::CALM) - 0.65).abs() < 0.05);
    }
}
