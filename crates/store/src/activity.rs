//! What both SQL stores do alike about the activity log: what is written of an entry, where it comes in the chain, how it is
//! counted, and which ids a filter can mean. What must stay true: the digest of an entry is computed from what can be read of
//! it again.

use std::{collections::BTreeMap, time::Duration};

use gatewright_core::{
    model::{AccountId, Act, Activity, ActivityId, Digest, Link, Timestamp, commitment, link},
    port::{ActivityFilter, ActivityFound, HourlyCount, MAX_CLOCK_DIFFERENCE, MAX_LOOKED_AT},
};

/// In the place of the account of what happened to the instance: no id of version 7 is zero.
pub(crate) const INSTANCE: [u8; 16] = [0; 16];

/// What the chain holds of what is personal in an entry that had nothing personal any more when the chain came to it.
pub(crate) const NOTHING: Digest = [0; 32];

/// So many checkpoints are kept.
pub(crate) const CHECKPOINTS: i64 = 1000;

const HOUR: i64 = 3600 * 1_000_000;

/// The account of an entry, as it is kept.
pub(crate) fn account_bytes(account: Option<AccountId>) -> [u8; 16] {
    account.map_or(INSTANCE, |id| *id.as_bytes())
}

/// The number of a place, as it is kept.
pub(crate) fn number(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

/// How many rows at most, as a statement takes it.
pub(crate) fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// An entry that has no place yet.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) activity: Activity,
    /// What the chain holds of its personal part. `None` if it was written before there was a chain.
    pub(crate) commitment: Option<Digest>,
}

/// An entry that is given its place.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) activity: Activity,
    pub(crate) commitment: Digest,
    pub(crate) link: Link,
}

/// Gives each its place after `head`, in this order.
pub(crate) fn placed(head: Link, waiting: Vec<Waiting>) -> Vec<Placed> {
    let mut last = head;
    let place = |Waiting { activity, commitment: kept }| {
        let commitment = kept.unwrap_or_else(|| committed(&activity));
        last = link(&last, &activity, &commitment);
        Placed { activity, commitment, link: last }
    };
    waiting.into_iter().map(place).collect()
}

/// What the chain will hold of the personal part of an entry.
pub(crate) fn committed(activity: &Activity) -> Digest {
    commitment(activity).unwrap_or(NOTHING)
}

/// How often each act happened in each hour, in the order of the table's key: whoever writes several rows writes them in this
/// order.
pub(crate) fn counted<'a>(entries: impl Iterator<Item = &'a Activity>) -> Vec<HourlyCount> {
    added(entries.map(|entry| HourlyCount { hour: entry.at, what: Act::name(entry.act).to_owned(), count: 1 }))
}

/// The same counts, each hour from its beginning, each row once, in the order of the table's key.
pub(crate) fn added(counts: impl Iterator<Item = HourlyCount>) -> Vec<HourlyCount> {
    let mut sums: BTreeMap<(Timestamp, String), u64> = BTreeMap::new();
    for HourlyCount { hour, what, count } in counts {
        let sum = sums.entry((hour_of(hour), what)).or_default();
        *sum = sum.saturating_add(count);
    }
    sums.into_iter().map(|((hour, what), count)| HourlyCount { hour, what, count }).collect()
}

fn hour_of(at: Timestamp) -> Timestamp {
    Timestamp::from_micros(at.micros().div_euclid(HOUR) * HOUR)
}

/// The first moment after all of these.
pub(crate) fn behind(moments: impl Iterator<Item = Timestamp>) -> Timestamp {
    moments.max().map_or(Timestamp::default(), |latest| latest.plus(Duration::from_micros(1)))
}

/// How far one comes through these entries while they are older than `before`: the last such entry, and how many there are.
pub(crate) fn older<T>(entries: &[T], at: impl Fn(&T) -> Timestamp, before: Timestamp) -> (Option<&T>, usize) {
    let count = entries.iter().take_while(|entry| at(entry) < before).count();
    (entries[..count].last(), count)
}

/// The ids that a filter can mean: from the first on, and before the second.
///
/// An id is for the moment of its entry, or somewhat later: one process makes no two for the same microsecond, and a clock that
/// was set back makes none that are earlier.
pub(crate) fn ids(filter: &ActivityFilter) -> ([u8; 16], [u8; 16]) {
    let from = filter.since.map_or([0; 16], first_of);
    let until = filter
        .until
        .map_or([0xff; 16], |until| first_of(until.plus(MAX_CLOCK_DIFFERENCE).plus(Duration::from_millis(1))));
    let before = filter.before.map_or([0xff; 16], |id| *id.as_bytes());
    (from, until.min(before))
}

/// No id of this millisecond is smaller.
fn first_of(moment: Timestamp) -> [u8; 16] {
    let millis = u64::try_from(moment.micros().div_euclid(1000)).unwrap_or(0).min((1 << 48) - 1);
    let mut id = [0; 16];
    id[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    id
}

/// Whether entries in the range of ids may be passed over.
pub(crate) fn is_choosy(filter: &ActivityFilter) -> bool {
    let ActivityFilter { account: _, user, session, acts, actor, since, until, before: _, limit: _ } = filter;
    user.is_some() || session.is_some() || !acts.is_empty() || actor.is_some() || since.is_some() || until.is_some()
}

/// How many entries a page has at most.
pub(crate) fn page_size(filter: &ActivityFilter) -> usize {
    filter.limit.clamp(1, MAX_LOOKED_AT)
}

/// The page of what was found, which is one more than it may have if there are more; `looked` is the last entry that was looked
/// at, if there are others behind it.
pub(crate) fn found(mut entries: Vec<Activity>, limit: usize, looked: Option<ActivityId>) -> ActivityFound {
    if entries.len() > limit {
        entries.truncate(limit);
        let next = entries.last().map(|entry| entry.id);
        return ActivityFound { entries, next };
    }
    ActivityFound { entries, next: looked }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    #[test]
    fn hours_begin_where_they_do_also_before_1970() {
        let hourly = |hour, count| HourlyCount { hour: at(hour), what: "x".into(), count };
        let counts = [hourly(0, 1), hourly(HOUR - 1, 2), hourly(HOUR, 4), hourly(-1, 8), hourly(HOUR, u64::MAX)];
        assert_eq!(added(counts.into_iter()), [hourly(-HOUR, 8), hourly(0, 3), hourly(HOUR, u64::MAX)]);
    }

    /// Of an id that was made for a moment, and of one that was made a little later because of a clock that was set back.
    #[test]
    fn no_entry_within_the_moments_of_a_filter_is_outside_of_its_ids() {
        for moment in [0, 1, 999, 1000, 1_700_000_000_123_456, 1_700_000_000_999_999] {
            for random in [[0; 10], [255; 10]] {
                for late in [Duration::ZERO, MAX_CLOCK_DIFFERENCE] {
                    let id = *ActivityId::new(at(moment).plus(late), random).as_bytes();
                    let (since, until) = (Some(at(moment)), Some(at(moment + 1)));
                    let (from, to) = ids(&ActivityFilter { since, until, ..ActivityFilter::default() });
                    assert!(from <= id && id < to, "{moment} {from:?} {id:?} {to:?}");
                }
            }
        }
    }

    #[test]
    fn the_ids_of_a_filter_are_bounded_by_its_moments_and_by_where_the_last_page_ended() {
        let moment = at(1_700_000_000_000_000);
        let early = ActivityId::new(moment, [255; 10]);
        let late = ActivityId::new(moment.plus(Duration::from_secs(60)), [0; 10]);
        let filter = ActivityFilter { until: Some(moment), ..ActivityFilter::default() };
        assert!(ids(&filter).1 < *late.as_bytes());
        let before = |id| ids(&ActivityFilter { before: Some(id), ..filter.clone() }).1;
        assert_eq!((before(early), before(late)), (*early.as_bytes(), ids(&filter).1));
        let since = |micros| ids(&ActivityFilter { since: Some(at(micros)), ..ActivityFilter::default() }).0;
        assert!(since(moment.micros() + 1000) > *early.as_bytes());
        assert_eq!((since(i64::MIN), since(-1)), ([0; 16], [0; 16]));
        assert_eq!(since(i64::MAX)[..6], [0xff; 6]);
    }
}
