//! Rotation under load, simulated: several nodes that learn of changes late, services that cache the published keys as
//! long as they may, rotations by time, by hand and by a change of algorithm. No token that is alive may ever be refused
//! (SECURITY.md JW16).

use crate::forge::{AUDIENCE, ISSUER, claims};
use gatewright_token::{
    AccessClaims, Algorithm, KeySet, RotationPolicy, SigningKey, Transition, Urgency, Verifier, VerifyingKeys,
};
use proptest::prelude::*;

/// The issuer's key set over time. A node sees it as it was `lag` seconds ago.
struct History(Vec<(i64, KeySet)>);

impl History {
    fn at(&self, time: i64) -> &KeySet {
        &self.0.iter().rev().find(|(since, _)| *since <= time).unwrap_or(&self.0[0]).1
    }

    fn latest(&self) -> &KeySet {
        &self.0.last().expect("never empty").1
    }

    fn carry_out(&mut self, plan: &[Transition], now: i64) {
        for step in plan {
            let set = match step {
                Transition::Create { algorithm } | Transition::CreateSigning { algorithm } => {
                    let key = SigningKey::generate(*algorithm).expect("generated");
                    self.latest().with_created(step, key, now)
                }
                Transition::Promote { .. } | Transition::Remove { .. } => self.latest().apply(step, now),
            };
            self.0.push((now, set.expect("a fresh plan")));
        }
    }
}

/// A service with its copy of the published keys.
struct Service {
    fetched_at: i64,
    verifier: Verifier,
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Nothing,
    RotateByHand,
    ChangeAlgorithm,
}

#[derive(Clone, Debug)]
struct World {
    policy: RotationPolicy,
    node_lags: Vec<i64>,
    /// How much of its permitted caching time each service uses, in percent.
    patience: Vec<i64>,
    steps: Vec<(i64, Act)>,
}

fn world() -> impl Strategy<Value = World> {
    let policy = (1_i64..4_000, 1_i64..400, 1_i64..700, 0_i64..30, 0_i64..90).prop_map(
        |(rotate_every_secs, jwks_cache_secs, token_ttl_secs, leeway_secs, propagation_secs)| RotationPolicy {
            algorithm: Algorithm::EdDsa,
            rotate_every_secs,
            jwks_cache_secs,
            token_ttl_secs,
            leeway_secs,
            propagation_secs,
        },
    );
    let act = prop_oneof![8 => Just(Act::Nothing), 2 => Just(Act::RotateByHand), 1 => Just(Act::ChangeAlgorithm)];
    let lags = prop::collection::vec(0_i64..=100, 2..4);
    let patience = prop::collection::vec(prop_oneof![Just(100), 0_i64..=100], 2..4);
    (policy, lags, patience, prop::collection::vec((1_i64..120, act), 40..120)).prop_map(
        |(policy, lags, patience, steps)| {
            let node_lags = lags.into_iter().map(|percent| policy.propagation_secs * percent / 100).collect();
            World { policy, node_lags, patience, steps }
        },
    )
}

fn published(history: &History, seen_at: i64) -> VerifyingKeys {
    VerifyingKeys::from_jwks(history.at(seen_at).jwks().to_json().as_bytes()).expect("our own document")
}

fn service(policy: &RotationPolicy, keys: VerifyingKeys, now: i64) -> Service {
    let builder = Verifier::builder().issuer(ISSUER).audience(AUDIENCE).leeway_secs(policy.leeway_secs).keys(keys);
    Service { fetched_at: now, verifier: builder.build().expect("a good verifier") }
}

/// Runs the world and gives the number of verifications, or the first token that was refused.
fn run(world: &World) -> Result<usize, String> {
    let mut policy = world.policy;
    let start = 1_000_000;
    let mut history = History(vec![(start, KeySet::default())]);
    history.carry_out(&KeySet::default().plan(start, &policy), start);
    // The nodes begin to answer once they all know the first key.
    let mut now = start + policy.propagation_secs;
    let mut services: Vec<_> = world.patience.iter().map(|_| service(&policy, published(&history, now), now)).collect();
    let mut tokens: Vec<(i64, String)> = Vec::new();
    let mut verified = 0;
    for (index, (pause, act)) in world.steps.iter().enumerate() {
        now += pause;
        let plan = history.latest().plan(now, &policy);
        history.carry_out(&plan, now);
        match act {
            Act::Nothing => {}
            Act::RotateByHand => {
                if let Ok(plan) = history.latest().plan_by_hand(now, &policy, Urgency::Orderly) {
                    history.carry_out(&plan, now);
                }
            }
            Act::ChangeAlgorithm => {
                let other = if policy.algorithm == Algorithm::EdDsa { Algorithm::Es256 } else { Algorithm::EdDsa };
                policy.algorithm = other;
            }
        }
        for (service, patience) in services.iter_mut().zip(&world.patience) {
            if now >= service.fetched_at + policy.jwks_cache_secs * patience / 100 {
                let lag = world.node_lags[index % world.node_lags.len()];
                // It asked at the last moment at which it had to.
                service.verifier = service.verifier.with_keys(published(&history, now - lag));
                service.fetched_at = now;
            }
        }
        for lag in &world.node_lags {
            let expires_at = now + policy.token_ttl_secs;
            let claims = AccessClaims { auth_time: now, issued_at: now, expires_at, ..claims() };
            tokens.push((expires_at, history.at(now - lag).sign_access(&claims).map_err(|error| error.to_string())?));
        }
        tokens.retain(|(expires_at, _)| *expires_at + policy.leeway_secs > now);
        for service in &services {
            for (_, token) in &tokens {
                let verdict = service.verifier.verify_access(token, now);
                verdict.map_err(|reason| format!("at {}: {reason}", now - start))?;
                verified += 1;
            }
        }
    }
    Ok(verified)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn jw16_no_living_token_is_ever_refused_while_keys_rotate(world in world()) {
        let verified = run(&world);
        prop_assert!(verified.as_ref().is_ok_and(|count| *count > 0), "{verified:?}");
    }
}

/// The simulation can fail: an issuer that signs with a key which services cannot know yet is caught.
#[test]
fn the_simulation_notices_an_issuer_that_does_not_wait() {
    let honest = RotationPolicy {
        algorithm: Algorithm::EdDsa,
        rotate_every_secs: 100,
        jwks_cache_secs: 300,
        token_ttl_secs: 60,
        leeway_secs: 0,
        propagation_secs: 0,
    };
    let steps = vec![(20, Act::Nothing); 60];
    let world = World { policy: honest, node_lags: vec![0], patience: vec![100], steps };
    assert!(run(&world).is_ok());
    // The services keep keys for 300 seconds, but the issuer believes it is 30.
    let mut history = History(vec![(0, KeySet::default())]);
    let hasty = RotationPolicy { jwks_cache_secs: 30, ..honest };
    history.carry_out(&KeySet::default().plan(0, &hasty), 0);
    history.carry_out(&history.latest().plan(0, &hasty), 0);
    let service = service(&honest, published(&history, 0), 0);
    history.carry_out(&history.latest().plan(100, &hasty), 100);
    history.carry_out(&history.latest().plan(200, &hasty), 200);
    let claims = AccessClaims { auth_time: 200, issued_at: 200, expires_at: 260, ..claims() };
    let token = history.latest().sign_access(&claims).expect("signed");
    assert!(service.verifier.verify_access(&token, 200).is_err());
}
