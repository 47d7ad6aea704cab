//! Redis is emptied, put back to an older state, and away, all under load: that costs logins at most. No session that has
//! ended comes back, nobody is taken for a thief, and attempts stay limited.

use std::{thread, time::Duration};

use gatewright_testkit::servers::{Postgres, Redis, RedisSetup};
use serde_json::json;

use super::{Cluster, Device, Load, clients::Keys};
use crate::client::{post, refresh, sign_up};

const REST: Duration = Duration::from_millis(10);

fn cluster(redis: &Redis, settings: &[(&str, &str)]) -> Cluster {
    Cluster::on(&Postgres::shared().fresh_database().url(), &redis.url(), 2, settings)
}

fn devices(cluster: &Cluster, count: usize) -> Vec<Device> {
    let to = cluster.balancer.address();
    (0..count).map(|_| Device::signed_up(to, Keys::Sent)).collect()
}

/// Sessions that have ended, each with a token that was good until then.
fn ended(cluster: &Cluster, count: usize) -> Vec<Device> {
    let to = cluster.balancer.address();
    let devices = devices(cluster, count);
    assert!(devices.iter().all(|device| device.log_out(to)));
    devices
}

fn assert_dead(cluster: &Cluster, ended: &[Device]) {
    for device in ended {
        for node in 0..2 {
            assert_eq!(device.me(cluster.api(node)), 401, "an ended session lives");
            assert_eq!(refresh(cluster.api(node), &device.token).status, 401, "an ended session lives");
        }
    }
}

#[test]
fn p5_a_redis_that_is_emptied_under_load_costs_logins_and_revives_nothing() {
    let redis = Redis::start(&RedisSetup::default());
    let cluster = cluster(&redis, &[("REFRESH_MIN_AGE", "0")]);
    let to = cluster.balancer.address();
    let ended = ended(&cluster, 4);
    let load = Load::of(devices(&cluster, 8), to, REST);
    load.go_on_for(100);
    redis.flush_all();
    thread::sleep(Duration::from_secs(3));
    let (devices, found) = load.stop();
    assert_eq!(found.signed_out, vec!["refresh_token_invalid"; 8], "everybody signs in again, and nobody is a thief");
    assert_dead(&cluster, &ended);
    let again: Vec<Device> = devices.iter().map(|device| device.logged_in_again(to)).collect();
    let load = Load::of(again, to, REST);
    load.go_on_for(100);
    let (_, found) = load.stop();
    assert_eq!((found.signed_out.len(), found.unanswered.len()), (0, 0), "{found:?}");
    assert_dead(&cluster, &ended);
    assert_dead(&cluster, &devices);
}

#[test]
fn p8_a_redis_put_back_to_an_older_state_under_load_is_no_theft_and_revives_nothing() {
    let redis = Redis::start(&RedisSetup::default());
    let settings = [("REFRESH_MIN_AGE", "4"), ("REFRESH_LOST_WINDOW", "2")];
    let cluster = cluster(&redis, &settings);
    let to = cluster.balancer.address();
    let mut ended = ended(&cluster, 2);
    let ending = devices(&cluster, 4);
    let load = Load::of(devices(&cluster, 8), to, Duration::from_millis(50));
    // Past everybody's first rotation, and the next is four seconds off.
    thread::sleep(Duration::from_millis(4_500));
    let snapshot = redis.snapshot();
    assert!(ending.iter().all(|device| device.log_out(to)));
    ended.extend(ending);
    // Everybody rotates once more: Redis will have forgotten that.
    thread::sleep(Duration::from_millis(4_200));
    redis.restore(&snapshot);
    load.go_on_for(200);
    assert_dead(&cluster, &ended);
    thread::sleep(Duration::from_secs(9));
    let (devices, found) = load.stop();
    assert_eq!(found.signed_out, Vec::<String>::new(), "{found:?}");
    assert_dead(&cluster, &ended);
    assert!(devices.iter().all(|device| device.me(to) == 200));
    assert!(devices.iter().all(|device| device.generation >= 4), "they rotate again: {devices:?}");
}

#[test]
fn lg7_a_redis_that_is_away_is_answered_for_with_503_and_goes_on_when_it_is_back() {
    let redis = Redis::start(&RedisSetup::default());
    let cluster = cluster(&redis, &[("REFRESH_MIN_AGE", "0")]);
    let to = cluster.balancer.address();
    let ended = ended(&cluster, 4);
    let load = Load::of(devices(&cluster, 8), to, REST);
    load.go_on_for(100);
    redis.stop();
    thread::sleep(Duration::from_secs(2));
    redis.start_again();
    load.go_on_for(100);
    redis.pause();
    thread::sleep(Duration::from_secs(4));
    redis.resume();
    load.go_on_for(100);
    let (devices, found) = load.stop();
    assert_eq!(found.signed_out, Vec::<String>::new(), "{found:?}");
    assert!(!found.unanswered.is_empty(), "nobody noticed, so nothing was proven");
    assert!(found.unanswered.iter().all(|what| what == "503"), "an outage is 503: {:?}", found.unanswered);
    assert!(found.longest < Duration::from_secs(12), "{:?}", found.longest);
    assert!(devices.iter().all(|device| device.me(to) == 200));
    assert_dead(&cluster, &ended);
}

#[test]
fn au1_without_redis_each_node_limits_by_itself() {
    let redis = Redis::start(&RedisSetup::default());
    let cluster = cluster(&redis, &[("RATE_LIMITS", "default")]);
    let email = "limited@example.test";
    sign_up(cluster.api(0), email);
    redis.stop();
    for node in 0..2 {
        let statuses: Vec<u16> = (0..12)
            .map(|_| {
                let body = json!({ "login": email, "password": "not the right one at all" });
                post(cluster.api(node), "/auth/login", &body).status
            })
            .collect();
        let refused = statuses.iter().filter(|status| **status == 429).count();
        assert!(refused >= 5, "node {node} refused {refused} of 12: {statuses:?}");
    }
}
