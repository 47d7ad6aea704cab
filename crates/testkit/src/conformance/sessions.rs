//! What every store must do about opening, ending and listing sessions. What moves a session's chain is in [`chain`], what
//! is a matter of life and death in [`death`].

pub mod chain;
pub mod death;

use std::{net::IpAddr, time::Duration};

use gatewright_core::{
    model::{
        ClientLabel, ClientSource, Device, EndReason, Epoch, Session, SessionState, Standing, Transport, UserAgent,
    },
    port::{Opened, Opening},
};

use super::{World, accounts::assert_one, ids};
use gatewright_core::model::Act;

/// Plain: every member comes out as it was put in.
pub async fn an_opened_session_is_what_was_put_in(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let full = Session {
        transport: Transport::Cookie,
        label: Some(ClientLabel::parse("client", "Ada's phone").unwrap()),
        last_ip: Some("2001:db8::1".parse().unwrap()),
        ..world.session(&account, &user)
    };
    let bare = Session { amr: vec![], last_ip: None, last_user_agent: None, ..world.session(&account, &user) };
    for session in [full, bare] {
        let entry = world.entry(account.id, Act::LoggedIn).in_session(session.id);
        let opened = world.store.sessions.open(world.opening(session.clone()), entry.clone()).await.unwrap();
        let expected = Standing { session, account: account.clone(), user: user.clone(), store_promoted_at: None };
        assert_eq!(opened, Opened::Done(expected.clone()));
        assert_eq!(world.standing(expected.session.id).await.unwrap(), expected);
        world.assert_logged_exactly_if(true, &entry).await;
    }
}

/// Absent.
pub async fn a_session_that_is_not_there_is_none(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let absent = world.session(&account, &user);
    assert_eq!(world.standing(absent.id).await, None);
    assert_eq!(world.store.sessions.of_user(user.id, world.now()).await.unwrap(), []);
    assert_eq!(world.store.sessions.of_account(account.id, world.now()).await.unwrap(), []);
    assert!(!world.store.sessions.knows_source(account.id, [192, 0, 2, 1].into()).await.unwrap());
}

/// Stale: each thing that the caller may have seen otherwise.
pub async fn a_session_of_who_is_gone_disabled_or_in_another_epoch_is_not_opened(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let (other, other_user) = world.signed_up("grace").await;
    let good = world.session(&account, &user);
    let stale = [
        Session { account_epoch: Epoch::new(1), ..good.clone() },
        Session { user_epoch: Epoch::new(1), ..good.clone() },
        Session { account_id: other.id, ..good.clone() },
        Session { user_id: other_user.id, ..good.clone() },
        Session { user_id: world.user(account.id, "nobody").id, ..good.clone() },
    ];
    for session in stale {
        assert_not_opened(&world, world.opening(session)).await;
    }
    let disabling = world.entry(account.id, Act::AccountDisabled);
    world.store.accounts.set_disabled(account.id, Some(world.now()), disabling).await.unwrap();
    assert_not_opened(&world, world.opening(good.clone())).await;
    assert_not_opened(&world, world.opening(Session { account_epoch: Epoch::new(1), ..good })).await;
}

async fn assert_not_opened(world: &World, opening: Opening) {
    let id = opening.session.id;
    let entry = world.entry(opening.session.account_id, Act::LoggedIn);
    assert_eq!(world.store.sessions.open(opening, entry.clone()).await.unwrap(), Opened::Stale);
    assert_eq!(world.standing(id).await, None);
    world.assert_logged_exactly_if(false, &entry).await;
}

/// Plain and stale: switching.
pub async fn a_replaced_session_ends_and_a_dead_one_cannot_be_replaced(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let (other, other_user) = world.signed_up("grace").await;
    let foreign = world.opened(&other, &other_user).await.session.id;
    let old = world.opened(&account, &user).await.session.id;
    let replacing = |id| Opening { replaces: Some(id), ..world.opening(world.session(&account, &user)) };
    world.open(replacing(old)).await;
    let ended = SessionState::Ended { at: world.now(), reason: EndReason::Replaced };
    assert_eq!(world.standing(old).await.unwrap().session.state, ended);
    assert_not_opened(&world, replacing(old)).await;
    assert_not_opened(&world, replacing(world.session(&account, &user).id)).await;
    assert_not_opened(&world, replacing(foreign)).await;
    let idle = world.opened(&account, &user).await.session.id;
    world.clock.advance(crate::sample::IDLE);
    assert_not_opened(&world, replacing(idle)).await;
    assert_eq!(world.standing(idle).await.unwrap().session.state, SessionState::Active);
}

/// Race.
pub async fn of_all_concurrent_openings_that_replace_one_session_exactly_one_is_done(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let old = world.opened(&account, &user).await.session.id;
    let answers = world
        .race(|_, world| {
            let session = world.session(&account, &user);
            async move {
                let entry = world.entry(session.account_id, Act::Switched);
                let opening = Opening { replaces: Some(old), ..world.opening(session) };
                let answer = world.store.sessions.open(opening, entry.clone()).await.unwrap();
                let done = matches!(answer, Opened::Done(_));
                world.assert_logged_exactly_if(done, &entry).await;
                assert!(done || answer == Opened::Stale, "{answer:?}");
                done
            }
        })
        .await;
    assert_one(&answers, &true, &false);
    assert_eq!(world.store.sessions.of_user(user.id, world.now()).await.unwrap().len(), 1);
}

/// Taken, and Spent is told before Stale; a refused opening spends nothing.
pub async fn a_selection_token_pays_for_one_session(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let spends = Some((world.token_id(), world.now().plus(Duration::from_secs(300))));
    let stale = Session { user_epoch: Epoch::new(7), ..world.session(&account, &user) };
    assert_not_opened(&world, Opening { spends, ..world.opening(stale.clone()) }).await;
    world.open(Opening { spends, ..world.opening(world.session(&account, &user)) }).await;
    for session in [world.session(&account, &user), stale] {
        let id = session.id;
        assert_eq!(world.try_open(Opening { spends, ..world.opening(session) }).await, Opened::Spent);
        assert_eq!(world.standing(id).await, None);
    }
}

/// Race; SECURITY AZ9.
pub async fn of_all_concurrent_openings_that_spend_one_token_exactly_one_is_done(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let spends = Some((world.token_id(), world.now().plus(Duration::from_secs(300))));
    let answers = world
        .race(|_, world| {
            let session = world.session(&account, &user);
            async move {
                let answer = world.try_open(Opening { spends, ..world.opening(session) }).await;
                let done = matches!(answer, Opened::Done(_));
                assert!(done || answer == Opened::Spent, "{answer:?}");
                done
            }
        })
        .await;
    assert_one(&answers, &true, &false);
    assert_eq!(world.store.sessions.of_user(user.id, world.now()).await.unwrap().len(), 1);
}

/// Plain; SECURITY SE9. Dead ones do not count.
pub async fn se9_one_session_too_many_ends_the_oldest(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let child = world.added(account.id, "byron").await;
    let others = world.opened(&account, &child).await;
    let open = async || {
        world.clock.advance(Duration::from_secs(1));
        let opening = Opening { max_sessions: 3, ..world.opening(world.session(&account, &user)) };
        world.open(opening).await.session.id
    };
    let mut opened = Vec::new();
    for _ in 0..3 {
        opened.push(open().await);
    }
    world.store.sessions.end(world.end(opened[2]), world.entry(account.id, Act::LoggedOut)).await.unwrap();
    opened.push(open().await);
    assert!(world.lives(opened[0]).await);
    opened.push(open().await);
    let too_many = SessionState::Ended { at: world.now(), reason: EndReason::TooMany };
    assert_eq!(world.standing(opened[0]).await.unwrap().session.state, too_many);
    let living = world.store.sessions.of_user(user.id, world.now()).await.unwrap();
    assert_eq!(ids(&living), [opened[4], opened[3], opened[1]]);
    assert_eq!(world.standing(others.session.id).await.unwrap(), others);
}

/// Race; SECURITY SE9.
pub async fn concurrent_openings_never_leave_more_than_the_most_sessions(world: World) {
    let (account, user) = world.signed_up("ada").await;
    world
        .race(|_, world| {
            let session = world.session(&account, &user);
            async move {
                let user = session.user_id;
                world.open(Opening { max_sessions: 3, ..world.opening(session) }).await;
                assert!(world.store.sessions.of_user(user, world.now()).await.unwrap().len() <= 3);
            }
        })
        .await;
    assert_eq!(world.store.sessions.of_user(user.id, world.now()).await.unwrap().len(), 3);
}

/// Plain: newest first, and the dead are not in it.
pub async fn the_lists_show_the_living_newest_first(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let child = world.added(account.id, "byron").await;
    let mut opened = Vec::new();
    for user in [&user, &child, &user, &child] {
        world.clock.advance(Duration::from_secs(1));
        opened.push(world.opened(&account, user).await.session);
    }
    world.store.sessions.end(world.end(opened[2].id), world.entry(account.id, Act::LoggedOut)).await.unwrap();
    let sessions = &world.store.sessions;
    let now = world.now();
    assert_eq!(sessions.of_user(user.id, now).await.unwrap(), opened[..1]);
    assert_eq!(ids(&sessions.of_user(child.id, now).await.unwrap()), [opened[3].id, opened[1].id]);
    let all = [opened[3].id, opened[1].id, opened[0].id];
    assert_eq!(ids(&sessions.of_account(account.id, now).await.unwrap()), all);
    let late = opened[1].idle_end;
    assert_eq!(ids(&sessions.of_account(account.id, late).await.unwrap()), [opened[3].id]);
    world.store.users.remove(child.id, world.entry(account.id, Act::UserRemoved)).await.unwrap();
    assert_eq!(ids(&sessions.of_account(account.id, now).await.unwrap()), [opened[0].id]);
    let disabling = world.entry(account.id, Act::AccountDisabled);
    world.store.accounts.set_disabled(account.id, Some(now), disabling).await.unwrap();
    assert_eq!(sessions.of_account(account.id, now).await.unwrap(), []);
    assert_eq!(sessions.of_user(user.id, now).await.unwrap(), []);
}

/// Plain: the same program at the same source is the same device, and one that logged out is known.
pub async fn au7_a_device_is_known_once_a_session_was_there(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let (other, _) = world.signed_up("grace").await;
    let device = |ip: &str, agent: Option<&str>| Device {
        source: ClientSource::of(ip.parse().ok()),
        user_agent: agent.and_then(UserAgent::from_header),
    };
    let long = "Mozilla/5.0 ".repeat(20);
    for (ip, agent, known) in [
        (Some("192.0.2.77"), Some("curl/8"), device("192.0.2.77", Some("curl/8"))),
        (Some("2001:db8:1:2::3"), Some(&*long), device("2001:db8:1:2::9", Some(&long))),
        (None, None, device("", None)),
    ] {
        let knows = async |account, device: &Device| world.store.sessions.knows_device(account, device).await.unwrap();
        assert!(!knows(account.id, &known).await);
        let session = Session {
            last_ip: ip.map(|ip| ip.parse().unwrap()),
            last_user_agent: agent.and_then(UserAgent::from_header),
            ..world.session(&account, &user)
        };
        let id = world.open(world.opening(session)).await.session.id;
        assert!(knows(account.id, &known).await);
        assert!(!knows(other.id, &known).await);
        assert!(!knows(account.id, &device("192.0.2.78", agent)).await);
        assert!(!knows(account.id, &Device { user_agent: UserAgent::from_header("another"), ..known.clone() }).await);
        world.store.sessions.end(world.end(id), world.entry(account.id, Act::LoggedOut)).await.unwrap();
        assert!(knows(account.id, &known).await);
    }
}

/// Plain; SECURITY AU3: an IPv6 household is one source, and an ended session still knows its own.
pub async fn au3_a_source_is_known_once_a_session_was_there(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let (other, _) = world.signed_up("grace").await;
    for (ip, known, unknown) in [
        ("192.0.2.77", "::ffff:192.0.2.77", "192.0.2.78"),
        ("2001:db8:1:2::3", "2001:db8:1:2:ffff::1", "2001:db8:1:3::3"),
    ] {
        let [ip, known, unknown] = [ip, known, unknown].map(|ip| ip.parse::<IpAddr>().unwrap());
        let session = Session { last_ip: Some(ip), ..world.session(&account, &user) };
        let id = world.open(world.opening(session)).await.session.id;
        let knows = async |account, ip| world.store.sessions.knows_source(account, ip).await.unwrap();
        assert!(knows(account.id, ip).await);
        assert!(knows(account.id, known).await);
        assert!(!knows(account.id, unknown).await);
        assert!(!knows(other.id, ip).await);
        world.store.sessions.end(world.end(id), world.entry(account.id, Act::LoggedOut)).await.unwrap();
        assert!(knows(account.id, known).await);
    }
}
