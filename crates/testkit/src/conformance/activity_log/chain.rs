//! What every store must do about the chain of the activity log: whoever writes, removes and erases at the same time, what is
//! stored is what follows from the entries.

use std::{collections::HashSet, time::Duration};

use gatewright_core::{
    model::{
        AccountId, Act, Activity, ActivityId, ChainedActivity, Checkpoint, Link, MailPurpose, Timestamp, commitment,
        link,
    },
    port::{ActivityLog, ChainState, DeleteAccount, Entry, HourlyCount, SignUp, StoredCheckpoint},
};

use super::super::{CALLERS, World};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

/// The whole chain, from its beginning to its head, each digest computed anew. Entries whose salt is gone are taken for what the
/// chain holds of them.
pub async fn verified(log: &dyn ActivityLog) -> (ChainState, Vec<ChainedActivity>) {
    let state = log.chain_state().await.unwrap();
    let (mut last, mut entries) = (state.begin, Vec::new());
    loop {
        let page = log.chained(last.seq, 7).await.unwrap();
        for entry in &page {
            if let Some(computed) = commitment(&entry.activity) {
                assert_eq!(computed, entry.commitment, "{entry:?}");
            } else {
                assert_eq!((entry.activity.ip, &entry.activity.user_agent), (None, &None), "{entry:?}");
            }
            assert_eq!(link(&last, &entry.activity, &entry.commitment), entry.link, "{entry:?} after {last:?}");
            last = entry.link;
        }
        if page.is_empty() {
            break;
        }
        entries.extend(page);
    }
    assert_eq!(last, state.head);
    (state, entries)
}

impl World {
    /// Gives every entry its place that has none.
    async fn chain_all(&self) {
        for _ in 0..10_000 {
            self.store.activity_log.chain(5).await.unwrap();
            if self.store.activity_log.chain_state().await.unwrap().waiting_since.is_none() {
                assert_eq!(self.store.activity_log.chain(5).await.unwrap(), 0);
                return;
            }
        }
        panic!("entries stay without a place");
    }

    /// The whole chain, when every entry has its place.
    async fn whole_chain(&self) -> (ChainState, Vec<ChainedActivity>) {
        self.chain_all().await;
        verified(&*self.store.activity_log).await
    }

    async fn append(&self, account: impl Into<Option<AccountId>>, act: Act) -> Activity {
        let entry = Entry::from(self.entry(account, act).activity);
        self.store.activity_log.append(entry.clone()).await.unwrap();
        entry.activity
    }
}

fn ids<'a>(entries: impl IntoIterator<Item = &'a ChainedActivity>) -> Vec<ActivityId> {
    entries.into_iter().map(|entry| entry.activity.id).collect()
}

/// Plain and absent.
pub async fn lg6_each_entry_gets_its_place_after_the_one_before(world: World) {
    let log = &world.store.activity_log;
    let empty = ChainState {
        begin: Link::START,
        head: Link::START,
        waiting_since: None,
        personal_since: Timestamp::from_micros(0),
    };
    assert_eq!(log.chain_state().await.unwrap(), empty);
    assert_eq!(log.chain(10).await.unwrap(), 0);
    assert_eq!(log.chained(0, 10).await.unwrap(), []);
    let account = world.account("ada").id;
    let mut written = Vec::new();
    for (who, act) in [(Some(account), Act::LoggedIn), (None, Act::KeysRotated), (Some(account), Act::LoggedOut)] {
        world.clock.advance(SECOND);
        written.push(world.append(who, act).await);
        let waiting = log.chain_state().await.unwrap().waiting_since;
        assert!(waiting.is_none_or(|since| since == written[0].at), "{waiting:?}");
    }
    let (state, entries) = world.whole_chain().await;
    assert_eq!((state.begin, state.head.seq), (Link::START, 3));
    assert_eq!(entries.iter().map(|entry| entry.activity.clone()).collect::<Vec<_>>(), written);
    assert_eq!(log.chained(2, 10).await.unwrap(), entries[2..]);
    assert_eq!(log.chained(0, 2).await.unwrap(), entries[..2]);
}

/// Race.
pub async fn lg6_concurrent_entries_are_one_chain_without_a_gap_or_a_place_that_is_given_twice(world: World) {
    let account = world.account("ada").id;
    let written: HashSet<_> = world
        .race_of(2 * CALLERS, |number, world| async move {
            let mut written = Vec::new();
            for _ in 0..6 {
                if number % 2 == 0 {
                    written.push(world.append(account, Act::LoggedIn).await.id);
                } else {
                    assert!(world.store.activity_log.chain(3).await.unwrap() <= 3);
                }
            }
            written
        })
        .await
        .into_iter()
        .flatten()
        .collect();
    let (state, entries) = world.whole_chain().await;
    assert_eq!(state.head.seq, 6 * 16);
    assert_eq!(entries.len(), 6 * 16);
    assert_eq!(ids(&entries).into_iter().collect::<HashSet<_>>(), written);
}

/// Race and activity: what is in the chain was done, once, and what was done is in it.
pub async fn lg6_each_change_has_exactly_one_entry_in_the_chain_and_what_was_not_done_none(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let session = world.opened(&account, &user).await.session.id;
    let token = world.mail_token(MailPurpose::VerifyEmail, &account, 1);
    world.clock.advance(SECOND);
    let done: HashSet<ActivityId> = world
        .race(|number, world| {
            let (account, token) = (account.clone(), token.clone());
            async move {
                let (new, entry) = (world.new_account("grace"), world.entry(account.id, Act::LoggedOut));
                let signed = world.entry(new.account.id, Act::SignedUp);
                let twice = world.entry(account.id, Act::EmailChangeAsked);
                let twice = twice.carrying(token.clone(), world.letter(None)).carrying(token, world.letter(None));
                match number % 3 {
                    0 if world.store.sessions.end(world.end(session), entry.clone()).await.unwrap() => {
                        Some(entry.activity.id)
                    }
                    1 if world.store.accounts.sign_up(new, signed.clone()).await.unwrap() == SignUp::Done => {
                        Some(signed.activity.id)
                    }
                    2 => {
                        assert!(world.store.activity_log.append(twice).await.is_err(), "two tokens with one link");
                        None
                    }
                    _ => None,
                }
            }
        })
        .await
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(done.len(), 2);
    let (state, entries) = world.whole_chain().await;
    assert_eq!(state.head.seq, 4);
    assert_eq!(ids(&entries[2..]).into_iter().collect::<HashSet<_>>(), done);
}

/// Plain: oldest first, at most so many, never the last, and only what is older.
pub async fn lg6_old_entries_go_from_the_beginning_and_the_chain_holds(world: World) {
    let log = &world.store.activity_log;
    assert_eq!(log.prune(world.now(), 10).await.unwrap(), 0);
    let mut written = Vec::new();
    for _ in 0..8 {
        world.clock.advance(SECOND);
        written.push(world.append(None, Act::RoleChanged).await);
    }
    let (_, entries) = world.whole_chain().await;
    let half = written[5].at;
    for (pruned, begin) in [(3, 3), (2, 5), (0, 5)] {
        assert_eq!(log.prune(half, 3).await.unwrap(), pruned);
        let (state, left) = verified(&**log).await;
        assert_eq!(state.begin, entries[begin - 1].link);
        assert_eq!(left, entries[begin..]);
    }
    world.clock.advance(HOUR);
    assert_eq!(log.prune(world.now(), 100).await.unwrap(), 2);
    assert_eq!(log.prune(world.now(), 100).await.unwrap(), 0);
    let (state, left) = verified(&**log).await;
    assert_eq!((state.begin, &left[..]), (entries[6].link, &entries[7..]));
    assert_eq!(world.log(None).await, [written[7].clone()]);
    world.append(None, Act::RoleRemoved).await;
    assert_eq!(world.whole_chain().await.1.len(), 2);
}

/// Plain: an entry that is not older than it has to be stops it, though there are older ones behind.
pub async fn lg6_what_comes_later_in_the_chain_never_goes_before_what_came_earlier(world: World) {
    let log = &world.store.activity_log;
    world.clock.advance(HOUR);
    let late = world.append(None, Act::RoleChanged).await;
    world.chain_all().await;
    let early = Activity { at: late.at.minus(SECOND), ..world.entry(None, Act::RoleRemoved).activity };
    log.append(early.into()).await.unwrap();
    world.append(None, Act::RoleChanged).await;
    let (before, entries) = world.whole_chain().await;
    assert_eq!(log.prune(late.at, 10).await.unwrap(), 0);
    assert_eq!(log.erase_personal(late.at, 10).await.unwrap(), 0);
    assert_eq!(verified(&**log).await, (before, entries));
}

/// Plain: what is personal goes, the entry stays, and so do all digests.
pub async fn lg6_what_is_personal_is_erased_from_old_entries_and_the_chain_holds(world: World) {
    let log = &world.store.activity_log;
    assert_eq!(log.erase_personal(world.now(), 10).await.unwrap(), 0);
    let account = world.account("ada").id;
    let mut written = Vec::new();
    for _ in 0..6 {
        world.clock.advance(SECOND);
        written.push(world.append(account, Act::LoggedIn).await);
    }
    let (_, entries) = world.whole_chain().await;
    for (erased, to) in [(3, 3), (1, 4), (0, 4)] {
        assert_eq!(log.erase_personal(written[4].at, 3).await.unwrap(), erased);
        let (state, now) = verified(&**log).await;
        assert_eq!(state.personal_since, written[to - 1].at.plus(Duration::from_micros(1)));
        assert_eq!((state.begin, state.head), (Link::START, entries[5].link));
        for (number, (entry, before)) in now.iter().zip(&entries).enumerate() {
            let mut expected = before.clone();
            if number < to {
                expected.activity = Activity { ip: None, user_agent: None, salt: None, ..expected.activity };
            }
            assert_eq!(*entry, expected);
        }
    }
    // What is removed has not to be erased any more.
    assert_eq!(log.prune(written[5].at, 5).await.unwrap(), 5);
    world.clock.advance(SECOND);
    assert_eq!(log.erase_personal(world.now(), 9).await.unwrap(), 1);
    assert_eq!(verified(&**log).await.1[0].activity.salt, None);
}

/// Plain: the account's entries stay without what is personal, whether they have their place or not, and nobody else's change.
pub async fn lg6_deleting_an_account_erases_what_is_personal_and_the_chain_holds(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let (other, _) = world.signed_up("grace").await;
    world.chain_all().await;
    world.opened(&account, &user).await;
    world.clock.advance(SECOND);
    let before = world.log(account.id).await;
    let entry = world.entry(account.id, Act::AccountDeleted);
    let deleted = world.store.accounts.delete(account.id, entry.clone()).await.unwrap();
    assert_eq!(deleted, DeleteAccount::Done);
    let (state, entries) = world.whole_chain().await;
    assert_eq!((state.head.seq, state.personal_since), (4, Timestamp::from_micros(0)));
    for ChainedActivity { activity, .. } in &entries {
        let is_erased = activity.account_id == Some(account.id) && activity.id != entry.activity.id;
        assert_eq!(activity.salt.is_none(), is_erased, "{activity:?}");
        if is_erased {
            let erased = |it: &Activity| Activity { ip: None, user_agent: None, salt: None, ..it.clone() };
            assert!(before.iter().any(|before| erased(before) == *activity), "{activity:?}");
        }
    }
    assert_eq!(entries[3].activity, entry.activity);
    assert_eq!(world.log(other.id).await.len(), 1);
    // What is erased already is no end to what has to be erased because of its age.
    world.clock.advance(SECOND);
    for erased in [2, 2, 0] {
        assert_eq!(world.store.activity_log.erase_personal(world.now(), 2).await.unwrap(), erased);
    }
    let (_, entries) = verified(&*world.store.activity_log).await;
    assert!(entries.iter().all(|entry| entry.activity.salt.is_none()), "{entries:?}");
}

/// Race: everybody writes, gives places, removes, erases and deletes at once.
pub async fn lg6_the_chain_holds_while_old_entries_go_and_accounts_are_deleted(world: World) {
    let mut accounts = Vec::new();
    for number in 0..4 {
        accounts.push(world.signed_up(&format!("user{number}")).await.0.id);
    }
    for number in 0..60 {
        world.clock.advance(SECOND);
        world.append(accounts[number % 4], Act::LoggedIn).await;
    }
    let half = world.now().minus(30 * SECOND);
    world.chain_all().await;
    world
        .race_of(2 * CALLERS, |number, world| {
            let account = accounts[number % 4];
            async move {
                let log = &world.store.activity_log;
                for _ in 0..4 {
                    match number / 4 {
                        0 if number % 4 < 2 => {
                            let entry = world.entry(account, Act::AccountDeleted);
                            world.store.accounts.delete(account, entry).await.unwrap();
                        }
                        0 | 1 => drop(log.prune(half, 3).await.unwrap()),
                        2 | 3 => drop(log.erase_personal(half.plus(10 * SECOND), 5).await.unwrap()),
                        4 | 5 => drop(world.append(account, Act::LoggedOut).await),
                        _ => drop(log.chain(4).await.unwrap()),
                    }
                }
            }
        })
        .await;
    let (state, entries) = world.whole_chain().await;
    assert_eq!(state.head.seq, 4 + 60 + 32 + 2);
    assert!(state.begin.seq > 0 && state.begin.seq + entries.len() as u64 == state.head.seq, "{state:?}");
    for ChainedActivity { activity, .. } in &entries {
        if activity.salt.is_none() {
            let is_deleted = accounts[..2].iter().any(|account| activity.account_id == Some(*account));
            assert!(is_deleted || activity.at < state.personal_since, "{activity:?}");
        }
    }
}

/// Plain: of each hour and each act, with what is counted beside; once each.
pub async fn what_happened_is_counted_by_the_hour(world: World) {
    let log = &world.store.activity_log;
    world.clock.set(Timestamp::from_secs(1_800_000_000 / 3600 * 3600));
    let first = world.now();
    assert_eq!(log.counts(first, first.plus(10 * HOUR)).await.unwrap(), []);
    world.append(None, Act::LoggedIn).await;
    world.clock.set(first.plus(HOUR).minus(Duration::from_micros(1)));
    world.append(None, Act::LoggedIn).await;
    world.append(None, Act::LoginFailed).await;
    world.clock.set(first.plus(HOUR));
    world.append(None, Act::LoggedIn).await;
    let hourly = |hour: u32, what: &str, count| HourlyCount { hour: first.plus(hour * HOUR), what: what.into(), count };
    log.count(vec![hourly(1, "refreshed", 40), hourly(0, "logged_in", 2), hourly(1, "refreshed", 2)]).await.unwrap();
    log.count(Vec::new()).await.unwrap();
    let within = HourlyCount { hour: first.plus(HOUR + SECOND), ..hourly(1, "refreshed", 1) };
    log.count(vec![within]).await.unwrap();
    world.chain_all().await;
    let all = [
        hourly(0, "logged_in", 4),
        hourly(0, "login_failed", 1),
        hourly(1, "logged_in", 1),
        hourly(1, "refreshed", 43),
    ];
    assert_eq!(log.counts(first, first.plus(2 * HOUR)).await.unwrap(), all);
    assert_eq!(log.counts(first.plus(HOUR), first.plus(2 * HOUR)).await.unwrap(), all[2..]);
    assert_eq!(log.counts(first, first.plus(HOUR)).await.unwrap(), all[..2]);
    // What is removed was counted all the same.
    world.clock.advance(HOUR);
    assert_eq!(log.prune(world.now(), 100).await.unwrap(), 3);
    assert_eq!(log.counts(first, first.plus(2 * HOUR)).await.unwrap(), all);
}

/// Race: counts add up.
pub async fn concurrent_counts_are_all_added(world: World) {
    let first = Timestamp::from_secs(1_800_000_000 / 3600 * 3600);
    world.clock.set(first);
    world
        .race(|number, world| async move {
            let hourly = |hour: u32| HourlyCount { hour: first.plus(hour * HOUR), what: "logged_in".into(), count: 1 };
            for _ in 0..4 {
                let mut counts = vec![hourly(0), hourly(1), hourly(2)];
                counts.rotate_left(number % 3);
                world.store.activity_log.count(counts).await.unwrap();
                world.append(None, Act::LoggedIn).await;
                world.store.activity_log.chain(2).await.unwrap();
            }
        })
        .await;
    world.chain_all().await;
    let counts = world.store.activity_log.counts(first, first.plus(3 * HOUR)).await.unwrap();
    assert_eq!(counts.iter().map(|count| count.count).collect::<Vec<_>>(), [128, 64, 64]);
}

/// Race: the oldest first, no more than asked for, and each once.
pub async fn old_counts_are_forgotten(world: World) {
    let log = &world.store.activity_log;
    let first = Timestamp::from_secs(1_800_000_000 / 3600 * 3600);
    let hourly = |hour: u32, what: &str| HourlyCount { hour: first.plus(hour * HOUR), what: what.into(), count: 7 };
    assert_eq!(log.forget_counts(first, 10).await.unwrap(), 0);
    let all: Vec<_> = (0..50).flat_map(|hour| [hourly(hour, "answered_5ms"), hourly(hour, "logged_in")]).collect();
    log.count(all.clone()).await.unwrap();
    assert_eq!(log.forget_counts(first, 10).await.unwrap(), 0, "those that began earlier");
    assert_eq!(log.forget_counts(first.plus(2 * HOUR), 3).await.unwrap(), 3);
    let counts = async || log.counts(first, first.plus(99 * HOUR)).await.unwrap();
    assert_eq!(counts().await, all[3..]);
    assert_eq!(log.forget_counts(first.plus(2 * HOUR), 3).await.unwrap(), 1);
    let removed = world
        .race(|_, world| async move {
            let mut removed = 0;
            for _ in 0..8 {
                removed += world.store.activity_log.forget_counts(first.plus(40 * HOUR), 5).await.unwrap();
            }
            removed
        })
        .await;
    // Those that race for the same ones find them gone, and come again.
    let mut removed: usize = removed.into_iter().sum();
    while let more @ 1.. = log.forget_counts(first.plus(40 * HOUR), 5).await.unwrap() {
        removed += more;
    }
    assert_eq!(removed, 76);
    assert_eq!(counts().await, all[80..]);
}

/// Plain: newest first, no more than the last thousand.
pub async fn checkpoints_are_kept_and_the_oldest_go(world: World) {
    let log = &world.store.activity_log;
    assert_eq!(log.checkpoints(10).await.unwrap(), []);
    let kept = |number: u64| {
        let place = |seq: u64| Link { seq, digest: [u8::try_from(seq % 256).unwrap(); 32] };
        let at = world.now().plus(Duration::from_secs(number));
        let checkpoint = Checkpoint { begin: place(number / 2), head: place(number), personal_since: world.now(), at };
        StoredCheckpoint { checkpoint, signed: format!("a.{number}.b") }
    };
    world
        .race(|number, world| {
            let mine: Vec<_> = (1..=1002).filter(|it| it % 16 == number).map(|it| kept(it as u64)).collect();
            async move {
                for checkpoint in mine {
                    world.store.activity_log.keep_checkpoint(checkpoint).await.unwrap();
                }
            }
        })
        .await;
    // Whoever comes at the same time does not count it.
    log.keep_checkpoint(kept(1003)).await.unwrap();
    let newest: Vec<_> = (4..=1003).rev().map(kept).collect();
    assert_eq!(log.checkpoints(2000).await.unwrap(), newest);
    assert_eq!(log.checkpoints(2).await.unwrap(), newest[..2]);
    // The same head, later: both are kept.
    let mut later = kept(1003);
    later.checkpoint.at = later.checkpoint.at.plus(SECOND);
    log.keep_checkpoint(later.clone()).await.unwrap();
    log.keep_checkpoint(later.clone()).await.unwrap();
    assert_eq!(log.checkpoints(2).await.unwrap(), [later, kept(1003)]);
}
