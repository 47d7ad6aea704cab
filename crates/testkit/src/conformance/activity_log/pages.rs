//! What every store must do about pages of the activity log: whatever is asked for, going on from page to page shows everything
//! that is wanted exactly once.

use std::time::Duration;

use gatewright_core::{
    model::{Act, Activity, ActivityId, Actor, ServiceKeyId, UserId},
    port::{ActivityFilter, ActivityFound, Entry, MAX_LOOKED_AT},
};

use super::super::{CALLERS, World};

/// Whether the filter wants this entry.
fn wants(filter: &ActivityFilter, entry: &Activity) -> bool {
    let ActivityFilter { account, user, session, acts, actor, since, until, before, limit: _ } = filter;
    account.is_none_or(|account| entry.account_id == Some(account))
        && user.is_none_or(|user| entry.user_id == Some(user))
        && session.is_none_or(|session| entry.session_id == Some(session))
        && (acts.is_empty() || acts.contains(&entry.act))
        && actor.is_none_or(|actor| entry.actor == actor)
        && since.is_none_or(|since| entry.at >= since)
        && until.is_none_or(|until| entry.at < until)
        && before.is_none_or(|before| entry.id < before)
}

/// All pages, one after the other.
async fn pages(world: &World, filter: &ActivityFilter) -> Vec<ActivityFound> {
    let (mut pages, mut before) = (Vec::new(), filter.before);
    loop {
        let filter = ActivityFilter { before, ..filter.clone() };
        let page = world.store.activity_log.page(filter).await.unwrap();
        before = page.next;
        pages.push(page);
        if before.is_none() {
            return pages;
        }
        assert!(pages.len() < 1000, "pages have an end");
    }
}

async fn assert_walks(world: &World, filter: &ActivityFilter, written: &[Activity]) {
    let pages = pages(world, filter).await;
    let found: Vec<ActivityId> = pages.iter().flat_map(|page| &page.entries).map(|entry| entry.id).collect();
    let mut expected: Vec<_> = written.iter().filter(|entry| wants(filter, entry)).map(|entry| entry.id).collect();
    expected.sort_by(|one, other| other.cmp(one));
    assert_eq!(found, expected, "{filter:?}");
    for page in &pages {
        assert!(page.entries.len() <= filter.limit, "{filter:?}");
        for entry in &page.entries {
            assert!(written.contains(entry), "{entry:?}");
        }
    }
    // As many pages as it takes, where no more is looked at than one page may.
    assert_eq!(pages.len(), expected.len().div_ceil(filter.limit).max(1), "{filter:?}");
}

/// Plain: every kind of actor, and what there is to say.
pub async fn who_did_it_and_what_there_is_to_say_come_out_as_they_were_put_in(world: World) {
    let user = UserId::new(world.now(), world.entropy.bytes());
    let key = ServiceKeyId::new(world.now(), world.entropy.bytes());
    let actors = [
        Actor::Account,
        Actor::Admin(user),
        Actor::Impersonator(user),
        Actor::ServiceKey(key),
        Actor::ImpersonatingKey(key),
        Actor::Operator,
        Actor::System,
    ];
    for actor in actors {
        let entry = world.entry(None, Act::RoleChanged).activity.by(actor);
        let entry =
            entry.saying("role", "Grače\u{0}\n\"海\"").saying("shares", serde_json::json!([1.1, 1e300, -0.0, null]));
        let entry = Entry::from(entry.saying("was", serde_json::json!({"b": true, "a": [{}]})));
        world.store.activity_log.append(entry.clone()).await.unwrap();
        world.assert_logged_exactly_if(true, &entry).await;
    }
}

/// Plain: every filter, and several at once.
pub async fn pages_with_any_filter_show_everything_that_is_wanted_exactly_once(world: World) {
    let accounts = ["ada", "grace", "alan"].map(|name| world.account(name).id);
    let users = accounts.map(|account| world.user(account, "somebody").id);
    let sessions = users.map(|_| world.session(&world.account("somebody"), &world.user(accounts[0], "somebody")).id);
    let key = Actor::ServiceKey(ServiceKeyId::new(world.now(), world.entropy.bytes()));
    let acts = [Act::LoggedIn, Act::LoginFailed, Act::LoggedOut, Act::UserChanged, Act::PasswordChanged];
    let mut written = Vec::new();
    for number in 0..180_usize {
        // Several within one millisecond.
        world.clock.advance(Duration::from_micros(if number % 9 == 0 { 700_000 } else { 211 }));
        let who = number % 4;
        let entry = world.entry((who < 3).then(|| accounts[who % 3]), acts[number % 5]).activity;
        let entry = if number % 3 == 0 { entry.of_user(users[number % 2]) } else { entry };
        let entry = if number % 6 == 0 { entry.in_session(sessions[number % 2]) } else { entry };
        let entry = match number % 7 {
            0 => entry.by(Actor::Admin(users[0])),
            1 => entry.by(key),
            2 => entry.by(Actor::Admin(users[1])),
            _ => entry,
        };
        world.store.activity_log.append(entry.clone().into()).await.unwrap();
        written.push(entry);
    }
    let all = ActivityFilter { limit: 7, ..ActivityFilter::default() };
    let of_account = ActivityFilter { account: Some(accounts[1]), ..all.clone() };
    for basis in [all, of_account] {
        let filter = |change: &dyn Fn(&mut ActivityFilter)| {
            let mut filter = basis.clone();
            change(&mut filter);
            filter
        };
        let (since, until) = (written[40].at, written[130].at);
        for filter in [
            filter(&|_| ()),
            filter(&|it| it.limit = 180),
            filter(&|it| it.limit = 1),
            filter(&|it| it.before = Some(written[90].id)),
            filter(&|it| it.user = Some(users[0])),
            filter(&|it| it.user = Some(users[2])),
            filter(&|it| it.session = Some(sessions[0])),
            filter(&|it| it.acts = vec![Act::LoggedIn]),
            filter(&|it| it.acts = vec![Act::LoginFailed, Act::PasswordChanged, Act::AccountDeleted]),
            filter(&|it| it.acts = vec![Act::AccountDeleted]),
            filter(&|it| it.actor = Some(Actor::Account)),
            filter(&|it| it.actor = Some(Actor::Admin(users[0]))),
            filter(&|it| it.actor = Some(key)),
            filter(&|it| it.since = Some(since)),
            filter(&|it| it.until = Some(until)),
            filter(&|it| (it.since, it.until) = (Some(since), Some(until))),
            filter(&|it| (it.since, it.until) = (Some(until), Some(since))),
            filter(&|it| (it.until, it.before) = (Some(until), Some(written[60].id))),
            filter(&|it| (it.since, it.acts, it.actor) = (Some(since), vec![Act::LoggedIn], Some(Actor::Account))),
        ] {
            assert_walks(&world, &filter, &written).await;
        }
    }
}

/// Plain: an id may be for a later moment than its entry; by its moment it is found all the same.
pub async fn a_page_up_to_a_moment_has_what_was_written_with_a_clock_that_was_set_back(world: World) {
    let at = world.now();
    let mut entry = world.entry(None, Act::KeysRotated).activity;
    entry.id = ActivityId::new(at.plus(Duration::from_secs(9)), world.entropy.bytes());
    world.store.activity_log.append(entry.clone().into()).await.unwrap();
    let until = at.plus(Duration::from_micros(1));
    let filter = ActivityFilter { since: Some(at), until: Some(until), limit: 7, ..ActivityFilter::default() };
    assert_walks(&world, &filter, &[entry]).await;
}

/// Plain: where most entries are not wanted, a page looks at so many and no more, and the next one goes on.
pub async fn a_page_looks_at_a_limited_number_of_entries_and_says_where_to_go_on(world: World) {
    let account = world.account("ada").id;
    let mut rare = Vec::new();
    for noise in [MAX_LOOKED_AT / CALLERS, 100 / CALLERS, 0] {
        world.clock.advance(Duration::from_secs(1));
        let entry = world.entry(account, Act::PasswordChanged).activity;
        world.store.activity_log.append(entry.clone().into()).await.unwrap();
        rare.push(entry);
        world.clock.advance(Duration::from_secs(1));
        world
            .race(|_, world| async move {
                for _ in 0..noise {
                    let entry = world.entry(account, Act::LoginFailed).activity;
                    world.store.activity_log.append(entry.into()).await.unwrap();
                }
            })
            .await;
    }
    for account in [None, Some(account)] {
        let acts = vec![Act::PasswordChanged];
        let filter = ActivityFilter { account, acts, limit: 5, ..ActivityFilter::default() };
        let pages = pages(&world, &filter).await;
        let found: Vec<_> = pages.iter().map(|page| page.entries.clone()).collect();
        assert_eq!(found, [vec![rare[2].clone(), rare[1].clone()], vec![rare[0].clone()]]);
        let nothing = ActivityFilter { acts: vec![Act::AccountDeleted], ..filter };
        let page = world.store.activity_log.page(nothing.clone()).await.unwrap();
        assert!(page.entries.is_empty() && page.next == pages[0].next, "{page:?}");
        let rest = world.store.activity_log.page(ActivityFilter { before: page.next, ..nothing }).await.unwrap();
        assert_eq!(rest, ActivityFound::default());
    }
}
