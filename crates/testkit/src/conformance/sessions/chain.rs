//! What every store must do about the steps that move a session's chain of refresh tokens.

use std::time::Duration;

use gatewright_core::{
    model::{Act, Chain, KeyFate, Postpone, Profile, Session, Standing},
    port::{Applied, ChangeUser, Redelivery, Rotation, StoreError, UserChange},
};

use super::super::{World, accounts::assert_one};

async fn rotate(world: &World, step: Rotation) -> Applied {
    world.store.sessions.rotate(step).await.unwrap()
}

/// The standing after a step that must have been done.
fn done(applied: Applied) -> Standing {
    match applied {
        Applied::Done(standing) => standing,
        Applied::Stale => panic!("the step was stale"),
    }
}

async fn opened(world: &World) -> Standing {
    let (account, user) = world.signed_up("ada").await;
    world.opened(&account, &user).await
}

/// Plain; invariants P3 and P15: what may move moves, everything else stays.
pub async fn a_rotation_moves_the_chain_and_nothing_else(world: World) {
    let before = opened(&world).await;
    world.clock.advance(Duration::from_secs(60));
    let step = world.rotation(&before);
    let after = done(rotate(&world, step.clone()).await);
    let session = Session {
        chain: step.next.clone(),
        idle_end: step.idle_end,
        last_ip: step.ip,
        last_user_agent: step.user_agent.clone(),
        ..before.session.clone()
    };
    assert_eq!(after, Standing { session, ..before });
    assert_eq!(world.standing(step.session).await.unwrap(), after);
    // From nowhere, with nothing: that, too, is kept.
    let step = Rotation { ip: None, user_agent: None, ..world.rotation(&after) };
    let after = done(rotate(&world, step).await);
    assert_eq!((after.session.last_ip, &after.session.last_user_agent), (None, &None));
    assert_eq!(world.standing(after.session.id).await.unwrap(), after);
}

/// Absent and stale: another generation, another secret, no such session.
pub async fn a_rotation_of_what_is_no_longer_so_writes_nothing(world: World) {
    let before = opened(&world).await;
    let step = world.rotation(&before);
    let absent = world.session(&before.account, &before.user).id;
    for stale in [
        Rotation { seen_generation: 2, ..step.clone() },
        Rotation { seen_generation: 0, ..step.clone() },
        Rotation { seen_current: world.secret_hash(), ..step.clone() },
        Rotation { session: absent, ..step.clone() },
    ] {
        assert_eq!(rotate(&world, stale).await, Applied::Stale);
    }
    assert_eq!(world.standing(step.session).await.unwrap(), before);
    done(rotate(&world, step.clone()).await);
    assert_eq!(rotate(&world, step).await, Applied::Stale);
}

/// Race.
pub async fn of_all_concurrent_rotations_of_a_generation_exactly_one_is_done(world: World) {
    let mut seen = opened(&world).await;
    for _ in 0..5 {
        let answers = world
            .race(|_, world| {
                let step = world.rotation(&seen);
                async move {
                    match rotate(&world, step.clone()).await {
                        Applied::Done(standing) => {
                            assert_eq!(standing.session.chain, step.next);
                            true
                        }
                        Applied::Stale => false,
                    }
                }
            })
            .await;
        assert_one(&answers, &true, &false);
        let now = world.standing(seen.session.id).await.unwrap();
        assert_eq!(now.session.chain.generation, seen.session.chain.generation + 1);
        seen = now;
    }
}

/// Stale: the current token was old when it was judged, and was handed out again since. Whoever just got it must not find it
/// replaced already.
pub async fn p6_a_rotation_that_was_judged_before_a_redelivery_is_not_done(world: World) {
    let before = opened(&world).await;
    world.clock.advance(Duration::from_secs(60));
    let rotated = done(rotate(&world, world.rotation(&before)).await);
    world.clock.advance(Duration::from_secs(60));
    // With a first redelivery, and with a later one; whatever it postpones, if it postpones.
    let mut seen = rotated;
    for postpone in [Postpone::Counted, Postpone::Free] {
        let judged_before = world.rotation(&seen);
        world.clock.advance(Duration::from_secs(1));
        let step = Redelivery { postpone, ..world.redelivery(&seen) };
        let redelivered = done(world.store.sessions.redeliver(step).await.unwrap());
        assert_eq!(rotate(&world, judged_before).await, Applied::Stale);
        assert_eq!(world.standing(seen.session.id).await.unwrap(), redelivered);
        seen = redelivered;
    }
    let judged_before = world.rotation(&seen);
    let step = Redelivery { postpone: Postpone::No, ..world.redelivery(&seen) };
    done(world.store.sessions.redeliver(step).await.unwrap());
    assert_eq!(done(rotate(&world, judged_before).await).session.chain.generation, 3);
}

/// Invariant P14: what is answered is of the rotating step, not of what its caller had read before.
pub async fn p14_a_rotation_tells_the_user_as_it_is_in_that_step(world: World) {
    let before = opened(&world).await;
    let profile = Profile { display_name: Some("changed".into()), ..before.user.profile.clone() };
    let change = UserChange { username: None, profile: Some((profile.clone(), before.user.profile.clone())) };
    let entry = world.entry(before.account.id, Act::UserChanged);
    let changed = world.store.users.change(before.user.id, change, entry).await.unwrap();
    let after = done(rotate(&world, world.rotation(&before)).await);
    assert_eq!(changed, ChangeUser::Done(after.user.clone()));
    assert_eq!(after.user.profile, profile);
}

/// Invariant P17: the rows of all other sessions stay as they are.
pub async fn p17_acting_on_a_session_changes_no_other(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let mut others = Vec::new();
    for _ in 0..5 {
        others.push(world.opened(&account, &user).await);
    }
    let acted = world.opened(&account, &user).await;
    let rotated = done(rotate(&world, world.rotation(&acted)).await);
    done(world.store.sessions.redeliver(world.redelivery(&rotated)).await.unwrap());
    let entry = world.entry(account.id, Act::StoreRollback);
    done(world.store.sessions.roll_forward(world.roll_forward(&rotated), entry).await.unwrap());
    let entry = world.entry(account.id, Act::LoggedOut);
    assert!(world.store.sessions.end(world.end(acted.session.id), entry).await.unwrap());
    for other in others {
        assert_eq!(world.standing(other.session.id).await.unwrap(), other);
    }
}

/// Plain: what each kind of redelivery moves.
pub async fn a_redelivery_moves_what_its_verdict_says(world: World) {
    let rotated = done(rotate(&world, world.rotation(&opened(&world).await)).await);
    let minted = rotated.session.chain.clone();
    world.clock.advance(Duration::from_secs(61));
    let first = Some(world.now());
    let counted = done(world.store.sessions.redeliver(world.redelivery(&rotated)).await.unwrap());
    let chain = Chain { redelivered_at: first, redeliveries: 1, ..minted.clone() };
    assert_eq!(counted.session, Session { chain: chain.clone(), ..rotated.session.clone() });

    world.clock.advance(Duration::from_secs(1));
    let free = Redelivery { postpone: Postpone::Free, ..world.redelivery(&counted) };
    let free = done(world.store.sessions.redeliver(free).await.unwrap());
    let chain = Chain { redelivered_at: Some(world.now()), ..chain };
    assert_eq!(free.session.chain, chain);

    world.clock.advance(Duration::from_secs(1));
    let no = Redelivery { postpone: Postpone::No, retry_key: KeyFate::Forget, ..world.redelivery(&free) };
    let no = done(world.store.sessions.redeliver(no).await.unwrap());
    assert_eq!(no.session.chain, Chain { retry_key: None, ..chain });
    assert_eq!(world.standing(no.session.id).await.unwrap(), no);
}

/// Absent and stale.
pub async fn a_redelivery_of_what_is_no_longer_so_writes_nothing(world: World) {
    let rotated = done(rotate(&world, world.rotation(&opened(&world).await)).await);
    let step = world.redelivery(&rotated);
    let absent = world.session(&rotated.account, &rotated.user).id;
    for stale in [
        Redelivery { seen_generation: 1, ..step.clone() },
        Redelivery { seen_current: world.secret_hash(), ..step.clone() },
        Redelivery { session: absent, ..step.clone() },
        Redelivery { seen_redelivered_at: Some(world.now()), ..step.clone() },
        Redelivery { seen_generation: 1, postpone: Postpone::Free, ..step.clone() },
        Redelivery { seen_generation: 1, postpone: Postpone::No, ..step.clone() },
    ] {
        assert_eq!(world.store.sessions.redeliver(stale).await.unwrap(), Applied::Stale);
    }
    assert_eq!(world.standing(step.session).await.unwrap(), rotated);
}

/// Race; invariant P6: a burst of retries costs one of the sixteen that a client has.
pub async fn p6_of_concurrent_redeliveries_that_saw_the_same_one_counts(world: World) {
    let rotated = done(rotate(&world, world.rotation(&opened(&world).await)).await);
    world.clock.advance(Duration::from_secs(61));
    let answers = world
        .race(|_, world| {
            let step = world.redelivery(&rotated);
            async move { world.store.sessions.redeliver(step).await.unwrap() != Applied::Stale }
        })
        .await;
    assert_one(&answers, &true, &false);
    assert_eq!(world.standing(rotated.session.id).await.unwrap().session.chain.redeliveries, 1);
}

/// Race; P19: a redelivery that comes late moves nothing back.
pub async fn concurrent_free_redeliveries_are_all_done_and_the_latest_moment_stays(world: World) {
    let rotated = done(rotate(&world, world.rotation(&opened(&world).await)).await);
    let now = world.now();
    let answers = world
        .race(|number, world| {
            let at = now.plus(Duration::from_secs(u64::try_from(number).unwrap()));
            let step = Redelivery { at, postpone: Postpone::Free, ..world.redelivery(&rotated) };
            async move { world.store.sessions.redeliver(step).await.unwrap() != Applied::Stale }
        })
        .await;
    assert!(answers.into_iter().all(|done| done));
    let chain = world.standing(rotated.session.id).await.unwrap().session.chain;
    assert_eq!((chain.redelivered_at, chain.redeliveries), (Some(now.plus(Duration::from_secs(15))), 0));
}

/// Plain and activity.
pub async fn a_roll_forward_takes_the_generation_of_the_lost_token(world: World) {
    let before = opened(&world).await;
    world.clock.advance(Duration::from_secs(5));
    let step = world.roll_forward(&before);
    let entry = world.entry(before.account.id, Act::StoreRollback);
    let after = done(world.store.sessions.roll_forward(step.clone(), entry.clone()).await.unwrap());
    let session = Session { chain: step.next, ..before.session.clone() };
    assert_eq!(after, Standing { session, ..before });
    assert_eq!(world.standing(after.session.id).await.unwrap(), after);
    world.assert_logged_exactly_if(true, &entry).await;
}

/// Absent and stale.
pub async fn a_roll_forward_of_what_is_no_longer_so_writes_nothing(world: World) {
    let before = opened(&world).await;
    let entry = world.entry(before.account.id, Act::StoreRollback);
    let good = world.roll_forward(&before);
    let mut stale = vec![good.clone(), good.clone(), good];
    stale[0].seen_generation = 2;
    stale[1].seen_next = world.secret_hash();
    stale[2].session = world.session(&before.account, &before.user).id;
    for step in stale {
        assert_eq!(world.store.sessions.roll_forward(step, entry.clone()).await.unwrap(), Applied::Stale);
    }
    assert_eq!(world.standing(before.session.id).await.unwrap(), before);
    world.assert_logged_exactly_if(false, &entry).await;
}

/// Race.
pub async fn of_all_concurrent_roll_forwards_of_a_generation_exactly_one_is_done(world: World) {
    let before = opened(&world).await;
    let answers = world
        .race(|_, world| {
            let step = world.roll_forward(&before);
            let entry = world.entry(before.account.id, Act::StoreRollback);
            async move {
                let answer = world.store.sessions.roll_forward(step, entry.clone()).await.unwrap();
                world.assert_logged_exactly_if(answer != Applied::Stale, &entry).await;
                answer != Applied::Stale
            }
        })
        .await;
    assert_one(&answers, &true, &false);
}

/// A step whose time is up changes nothing; in its last moment it is done.
pub async fn a_step_that_comes_too_late_is_not_done(world: World) {
    let before = opened(&world).await;
    let (rotation, redelivery, forward) =
        (world.rotation(&before), world.redelivery(&before), world.roll_forward(&before));
    let entry = world.entry(before.account.id, Act::StoreRollback);
    world.clock.advance(crate::sample::PATIENCE + Duration::from_micros(1));
    let sessions = &world.store.sessions;
    assert!(matches!(sessions.rotate(rotation.clone()).await, Err(StoreError::TooLate)));
    assert!(matches!(sessions.redeliver(redelivery).await, Err(StoreError::TooLate)));
    assert!(matches!(sessions.roll_forward(forward, entry.clone()).await, Err(StoreError::TooLate)));
    assert_eq!(world.standing(before.session.id).await.unwrap(), before);
    world.assert_logged_exactly_if(false, &entry).await;
    world.clock.set(rotation.not_after);
    done(rotate(&world, rotation).await);
}
