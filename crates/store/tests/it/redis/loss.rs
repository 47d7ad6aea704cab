//! A Redis that forgets, or remembers what is no longer so: that costs logins, and revives nothing (DESIGN 4.5).

use std::time::Duration;

use gatewright_core::{
    model::{Account, Act, Presentation, Standing, User, Verdict, Windows, judge},
    port::{Applied, StoreError},
};
use gatewright_testkit::conformance::World;

use super::backend::Lab;

const SECOND: Duration = Duration::from_secs(1);

async fn ada(world: &World) -> (Account, User, Standing) {
    let (account, user) = world.signed_up("ada").await;
    let standing = world.opened(&account, &user).await;
    (account, user, standing)
}

async fn rotated(world: &World, seen: &Standing) -> Standing {
    match world.store.sessions.rotate(world.rotation(seen)).await.unwrap() {
        Applied::Done(standing) => standing,
        Applied::Stale => panic!("the rotation was stale"),
    }
}

async fn ended(world: &World, seen: &Standing) {
    let entry = world.entry(seen.account.id, Act::LoggedOut);
    assert!(world.store.sessions.end(world.end(seen.session.id), entry).await.unwrap());
}

/// The reading that succeeds once a connection that broke was noticed.
async fn standing(world: &World, seen: &Standing) -> Option<Standing> {
    for _ in 0..100 {
        match world.store.sessions.standing(seen.session.id).await {
            Ok(standing) => return standing,
            Err(StoreError::Unavailable { .. }) => tokio::time::sleep(Duration::from_millis(100)).await,
            Err(error) => panic!("{error:?}"),
        }
    }
    panic!("Redis did not come back");
}

fn verdict(standing: &Standing, token: &Standing, world: &World) -> Verdict {
    let chain = &token.session.chain;
    let presented = Presentation { generation: chain.generation, secret: chain.current, retry_key: None };
    judge(standing, &presented, world.now(), &Windows::DEFAULT)
}

#[tokio::test]
async fn p5_a_redis_that_was_emptied_costs_logins_and_revives_nothing() {
    let lab = Lab::start().await;
    let world = &lab.world;
    let (account, user, gone) = ada(world).await;
    let dead = world.opened(&account, &user).await;
    ended(world, &dead).await;
    lab.server.flush_all();
    // Whoever comes first finds out, and writing is not tried on what is empty.
    let applied = world.store.sessions.rotate(world.rotation(&gone)).await.unwrap();
    assert_eq!(applied, Applied::Stale);
    assert_eq!(standing(world, &gone).await, None);
    assert_eq!(standing(world, &dead).await, None);
    assert_eq!(world.store.sessions.of_account(account.id, world.now()).await.unwrap(), []);
    let fresh = world.opened(&account, &user).await;
    let fresh = rotated(world, &fresh).await;
    assert_eq!(standing(world, &fresh).await, Some(fresh.clone()));
    assert_eq!(fresh.store_promoted_at, None, "nothing is left that could have been set back");
    assert!(!world.lives(gone.session.id).await && !world.lives(dead.session.id).await);
}

#[tokio::test]
async fn a_login_is_the_first_to_notice_that_redis_is_empty() {
    let lab = Lab::start().await;
    let (account, user, _) = ada(&lab.world).await;
    lab.server.flush_all();
    let fresh = lab.world.opened(&account, &user).await;
    assert_eq!(standing(&lab.world, &fresh).await, Some(fresh.clone()));
    assert_eq!(lab.database.superuser_sql("SELECT number FROM session_space"), "2");
}

#[tokio::test]
async fn p8_a_redis_that_was_set_back_a_little_revokes_nobody_and_rotates_nothing_for_a_while() {
    let lab = Lab::start().await;
    let world = &lab.world;
    let (account, user, before) = ada(world).await;
    let dead = world.opened(&account, &user).await;
    world.clock.advance(30 * SECOND);
    let snapshot = lab.server.snapshot();
    world.clock.advance(10 * SECOND);
    let ahead = rotated(world, &before).await;
    ended(world, &dead).await;
    lab.server.restore(&snapshot);

    let back = standing(world, &before).await.unwrap();
    assert_eq!((back.session.chain.generation, back.store_promoted_at), (1, Some(world.now())));
    assert_eq!(verdict(&back, &before, world), Verdict::Young, "a thief who has the spent token gets no successor");
    assert_eq!(verdict(&back, &ahead, world), Verdict::RollForward, "and the honest client goes on");
    let entry = world.entry(account.id, Act::StoreRollback);
    let applied = world.store.sessions.roll_forward(world.roll_forward(&back), entry).await.unwrap();
    let Applied::Done(forward) = applied else { panic!("the roll-forward was stale") };
    assert_eq!(forward.session.chain.current, ahead.session.chain.current);
    assert!(!world.lives(dead.session.id).await, "its chain is back, and it is dead");
    assert_eq!(standing(world, &dead).await.unwrap().session.chain, dead.session.chain);
    // It is noticed once.
    world.clock.advance(61 * SECOND);
    let later = standing(world, &before).await.unwrap();
    assert_eq!(later.store_promoted_at, back.store_promoted_at);
    assert_eq!(verdict(&later, &forward, world), Verdict::Rotate);
}

#[tokio::test]
async fn p9_a_redis_that_was_set_back_far_is_not_believed_at_all() {
    let lab = Lab::start().await;
    let world = &lab.world;
    let (account, user, mut seen) = ada(world).await;
    let spent = seen.clone();
    let dead = world.opened(&account, &user).await;
    ended(world, &dead).await;
    let snapshot = lab.server.snapshot();
    for _ in 0..3 {
        world.clock.advance(61 * SECOND);
        seen = rotated(world, &seen).await;
    }
    lab.server.restore(&snapshot);
    assert_eq!(standing(world, &spent).await, None, "the token that was spent long ago would be current again");
    assert_eq!(standing(world, &dead).await, None);
    assert_eq!(world.store.sessions.rotate(world.rotation(&spent)).await.unwrap(), Applied::Stale);
    let fresh = world.opened(&account, &user).await;
    assert!(world.lives(fresh.session.id).await);
}

#[tokio::test]
async fn a_restart_that_loses_nothing_only_puts_rotations_off() {
    let lab = Lab::start().await;
    let world = &lab.world;
    let (_, _, seen) = ada(world).await;
    let seen = rotated(world, &seen).await;
    lab.server.stop();
    lab.server.start_again();
    let back = standing(world, &seen).await.unwrap();
    assert_eq!(back, Standing { store_promoted_at: Some(world.now()), ..seen.clone() });
    let promoted_at = back.store_promoted_at;
    world.clock.advance(SECOND);
    assert_eq!(standing(world, &seen).await.unwrap().store_promoted_at, promoted_at);
}

#[tokio::test]
async fn of_two_nodes_that_notice_a_loss_one_draws_the_consequence() {
    let lab = Lab::start().await;
    let (here, there) = (&lab.world, lab.another_node().await);
    let (account, user, _) = ada(here).await;
    for round in 2..5 {
        lab.server.flush_all();
        let (one, other) = (here.session(&account, &user), here.session(&account, &user));
        let ids = [one.id, other.id];
        tokio::join!(here.open(here.opening(one)), there.open(there.opening(other)));
        for id in ids {
            assert!(here.lives(id).await && there.lives(id).await, "both logins hold");
        }
        assert_eq!(lab.database.superuser_sql("SELECT number FROM session_space"), round.to_string());
    }
}

#[tokio::test]
async fn p5_whatever_redis_forgets_under_load_no_ended_session_lives_again() {
    let lab = Lab::start().await;
    let (world, there) = (&lab.world, lab.another_node().await);
    let (account, user) = world.signed_up("ada").await;
    let mut dead = Vec::new();
    for round in 0..4 {
        let mut living = Vec::new();
        for _ in 0..4 {
            living.push(world.opened(&account, &user).await);
        }
        let snapshot = lab.server.snapshot();
        world.clock.advance(Duration::from_secs(15 * (round + 1)));
        for seen in living.drain(..2) {
            ended(&there, &seen).await;
            dead.push(seen);
        }
        for seen in &mut living {
            *seen = rotated(world, seen).await;
        }
        if round % 2 == 0 {
            lab.server.restore(&snapshot);
        } else {
            lab.server.flush_all();
        }
        for seen in &dead {
            for node in [world, &there] {
                let row = standing(node, seen).await;
                assert!(row.is_none_or(|row| row.dead(node.now()).is_some()), "round {round}");
                assert_eq!(node.store.sessions.rotate(node.rotation(seen)).await.unwrap(), Applied::Stale);
            }
        }
        for seen in &living {
            // Gone, or as it is, or behind by the one write that was lost.
            if let Some(row) = standing(world, seen).await {
                assert!(row.session.chain.generation + 1 >= seen.session.chain.generation);
                assert_eq!(row.store_promoted_at, Some(world.now()));
            }
        }
    }
}
