//! What every store must do about the end of sessions: dead is dead (invariant P5).

use gatewright_core::{
    model::{Account, AccountId, Act, EndReason, Epoch, Session, SessionId, SessionState, Standing, User},
    port::{Applied, EndAll},
};

use super::super::{World, accounts::assert_one, ids};

/// Asserts that no step brings the session forward, and that trying leaves its row as it is.
async fn assert_dead(world: &World, seen: &Standing) {
    let id = seen.session.id;
    let row = world.standing(id).await;
    assert!(!world.lives(id).await);
    let sessions = &world.store.sessions;
    assert_eq!(sessions.rotate(world.rotation(seen)).await.unwrap(), Applied::Stale);
    assert_eq!(sessions.redeliver(world.redelivery(seen)).await.unwrap(), Applied::Stale);
    let entry = world.entry(seen.account.id, Act::StoreRollback);
    let forward = sessions.roll_forward(world.roll_forward(seen), entry.clone()).await.unwrap();
    assert_eq!(forward, Applied::Stale);
    world.assert_logged_exactly_if(false, &entry).await;
    assert_eq!(world.standing(id).await, row);
    let listed = sessions.of_account(seen.account.id, world.now()).await.unwrap();
    assert!(!ids(&listed).contains(&id));
}

async fn end_all(world: &World, account: AccountId, end: EndAll) -> bool {
    let entry = world.entry(account, Act::AllSessionsEnded);
    let answer = world.store.sessions.end_all(end, entry.clone()).await.unwrap();
    world.assert_logged_exactly_if(answer, &entry).await;
    answer
}

async fn ada(world: &World) -> (Account, User, Standing) {
    let (account, user) = world.signed_up("ada").await;
    let standing = world.opened(&account, &user).await;
    (account, user, standing)
}

/// Plain, stale and activity; invariants P5 and P17: only what says that it has ended changes.
pub async fn p5_an_ended_session_is_dead_for_every_step(world: World) {
    let (account, _, seen) = ada(&world).await;
    let entry = world.entry(account.id, Act::LoggedOut);
    assert!(world.store.sessions.end(world.end(seen.session.id), entry.clone()).await.unwrap());
    world.assert_logged_exactly_if(true, &entry).await;
    let state = SessionState::Ended { at: world.now(), reason: EndReason::LoggedOut };
    let ended = Standing { session: Session { state, ..seen.session.clone() }, ..seen.clone() };
    assert_eq!(world.standing(seen.session.id).await.unwrap(), ended);
    assert_dead(&world, &seen).await;
    let again = world.entry(account.id, Act::LoggedOut);
    assert!(!world.store.sessions.end(world.end(seen.session.id), again.clone()).await.unwrap());
    world.assert_logged_exactly_if(false, &again).await;
    assert_eq!(world.standing(seen.session.id).await.unwrap(), ended);
}

/// Absent.
pub async fn ending_what_is_not_there_writes_nothing(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let entry = world.entry(account.id, Act::LoggedOut);
    let absent = world.session(&account, &user).id;
    assert!(!world.store.sessions.end(world.end(absent), entry.clone()).await.unwrap());
    world.assert_logged_exactly_if(false, &entry).await;
    let nobody = world.user(account.id, "nobody").id;
    assert!(!end_all(&world, account.id, EndAll::OfUser { user: nobody, keep: None }).await);
    let nowhere = world.account("nowhere").id;
    assert!(!end_all(&world, nowhere, EndAll::OfAccount { account: nowhere }).await);
}

/// Race.
pub async fn of_all_concurrent_ends_exactly_one_is_done(world: World) {
    let (account, _, seen) = ada(&world).await;
    let answers = world
        .race(|_, world| {
            let (end, entry) = (world.end(seen.session.id), world.entry(account.id, Act::LoggedOut));
            async move {
                let answer = world.store.sessions.end(end, entry.clone()).await.unwrap();
                world.assert_logged_exactly_if(answer, &entry).await;
                answer
            }
        })
        .await;
    assert_one(&answers, &true, &false);
}

/// Race; invariant P5: rotations and an end at once. Whatever came first, what starts after the end finds it dead.
pub async fn p5_no_rotation_is_done_after_an_end_was_acknowledged(world: World) {
    let (account, _, first) = ada(&world).await;
    world
        .race(|number, world| {
            let first = first.clone();
            async move {
                if number == 3 {
                    let entry = world.entry(account.id, Act::LoggedOut);
                    assert!(world.store.sessions.end(world.end(first.session.id), entry).await.unwrap());
                    assert_dead(&world, &world.standing(first.session.id).await.unwrap()).await;
                    return;
                }
                for _ in 0..20 {
                    let seen = world.standing(first.session.id).await.unwrap();
                    let was_dead = seen.dead(world.now()).is_some();
                    let rotated = world.store.sessions.rotate(world.rotation(&seen)).await.unwrap();
                    assert!(!was_dead || rotated == Applied::Stale);
                }
            }
        })
        .await;
}

/// Plain; invariant P10: in its last moment it is dead already.
pub async fn p10_a_session_dies_at_its_idle_end_and_at_its_absolute_end(world: World) {
    let (account, user, seen) = ada(&world).await;
    world.clock.set(seen.session.idle_end);
    assert_dead(&world, &seen).await;
    let session = world.session(&account, &user);
    let short = Session { absolute_end: world.now().plus(std::time::Duration::from_secs(5)), ..session };
    let short = world.open(world.opening(short)).await;
    assert!(world.lives(short.session.id).await);
    world.clock.set(short.session.absolute_end);
    assert_dead(&world, &short).await;
}

/// Plain; SECURITY SE7: and afterwards a new session can be opened.
pub async fn ending_all_sessions_of_an_account_ends_every_one(world: World) {
    let (account, user, seen) = ada(&world).await;
    let child = world.added(account.id, "byron").await;
    let childs = world.opened(&account, &child).await;
    let (other, other_user) = world.signed_up("grace").await;
    let others = world.opened(&other, &other_user).await;
    assert!(end_all(&world, account.id, EndAll::OfAccount { account: account.id }).await);
    assert_dead(&world, &seen).await;
    assert_dead(&world, &childs).await;
    assert_eq!(world.standing(others.session.id).await.unwrap(), others);
    let account = world.store.accounts.account(account.id).await.unwrap().unwrap();
    assert_eq!(account.epoch, Epoch::new(1));
    let fresh = world.opened(&account, &user).await;
    assert!(world.lives(fresh.session.id).await);
}

/// Plain: the kept one lives on, other users' sessions, too.
pub async fn ending_all_sessions_of_a_user_keeps_the_one_that_asked(world: World) {
    let (account, user, keep) = ada(&world).await;
    let child = world.added(account.id, "byron").await;
    let childs = world.opened(&account, &child).await;
    let ended = world.opened(&account, &user).await;
    assert!(end_all(&world, account.id, EndAll::OfUser { user: user.id, keep: Some(keep.session.id) }).await);
    assert!(world.lives(keep.session.id).await);
    assert_dead(&world, &ended).await;
    assert_eq!(world.standing(childs.session.id).await.unwrap(), childs);
    let now = world.standing(keep.session.id).await.unwrap();
    let expected = Session { user_epoch: Epoch::new(1), ..keep.session.clone() };
    assert_eq!(now.session, expected);
    assert!(matches!(world.store.sessions.rotate(world.rotation(&now)).await.unwrap(), Applied::Done(_)));
    assert!(end_all(&world, account.id, EndAll::OfUser { user: user.id, keep: None }).await);
    assert_dead(&world, &now).await;
}

/// Stale; invariant P5: a dead session, or somebody else's, is not taken along.
pub async fn p5_a_dead_session_is_not_revived_by_being_kept(world: World) {
    let (account, user, ended) = ada(&world).await;
    let entry = world.entry(account.id, Act::LoggedOut);
    assert!(world.store.sessions.end(world.end(ended.session.id), entry).await.unwrap());
    let moved = world.opened(&account, &user).await;
    let child = world.added(account.id, "byron").await;
    let childs = world.opened(&account, &child).await;
    let keep = |id: SessionId| EndAll::OfUser { user: user.id, keep: Some(id) };
    assert!(end_all(&world, account.id, keep(ended.session.id)).await);
    for id in [moved.session.id, childs.session.id, ended.session.id] {
        assert!(end_all(&world, account.id, keep(id)).await);
    }
    assert_dead(&world, &ended).await;
    assert_dead(&world, &moved).await;
    assert_eq!(world.standing(childs.session.id).await.unwrap(), childs);
    let expired = world.store.users.user(user.id).await.unwrap().unwrap();
    let expired = world.opened(&account, &expired).await;
    world.clock.set(expired.session.idle_end);
    assert!(end_all(&world, account.id, keep(expired.session.id)).await);
    assert_dead(&world, &expired).await;
}

/// Race; SECURITY SE7: a session that is opened at the same moment with the old epoch is born dead or not at all.
pub async fn a_session_opened_while_all_end_is_dead(world: World) {
    let (account, user, _) = ada(&world).await;
    world
        .race(|number, world| {
            let (account, user) = (account.clone(), user.clone());
            async move {
                if number == 5 {
                    assert!(end_all(&world, account.id, EndAll::OfAccount { account: account.id }).await);
                } else {
                    world.try_open(world.opening(world.session(&account, &user))).await;
                }
            }
        })
        .await;
    assert_eq!(world.store.sessions.of_account(account.id, world.now()).await.unwrap(), []);
}
