//! Two and three nodes: a session, a logout and a key belong to all of them.

use std::{thread, time::Duration};

use gatewright_testkit::servers::Postgres;

use super::{Cluster, Device, Keeping, Load, Outcome, clients::Keys};
use crate::client::{get, post, refresh};

/// As short as the proportions allow: lost_window + the life of an answer < min_age.
const QUICK: &[(&str, &str)] = &[("REFRESH_MIN_AGE", "2"), ("REFRESH_LOST_WINDOW", "1")];
const YOUTH: Duration = Duration::from_millis(2_100);

fn parallel_refreshes_over_all_nodes_are_one_rotation(keeping: Keeping) {
    let cluster = Cluster::start(3, keeping, QUICK);
    let to = cluster.balancer.address();
    let mut browsers: Vec<Device> = (0..8).map(|_| Device::signed_up(to, Keys::Sent)).collect();
    for round in 1..=3 {
        thread::sleep(YOUTH);
        for browser in &mut browsers {
            let before = browser.clone();
            let tabs = browser.refresh_in_tabs(to, 12);
            for (outcome, tab) in &tabs {
                assert_eq!(*outcome, Outcome::Renewed);
                assert_eq!(tab.generation, round + 1, "one rotation for all tabs");
                assert_eq!(tab.token, tabs[0].1.token, "all tabs hold the same successor");
                assert_ne!(tab.token, before.token);
            }
            *browser = tabs[0].1.clone();
        }
    }
}

#[test]
fn p2_parallel_refreshes_of_one_browser_spread_over_nodes_are_one_rotation() {
    parallel_refreshes_over_all_nodes_are_one_rotation(Keeping::InSql);
}

#[test]
fn p2_parallel_refreshes_spread_over_nodes_are_one_rotation_in_redis_too() {
    parallel_refreshes_over_all_nodes_are_one_rotation(Keeping::InRedis);
}

fn a_logout_is_final_on_all_nodes_at_the_next_request(keeping: Keeping) {
    let cluster = Cluster::start(3, keeping, &[]);
    for round in 0..30 {
        let [here, there, elsewhere] = [0, 1, 2].map(|node| cluster.api((round + node) % 3));
        let device = Device::signed_up(here, Keys::Sent);
        assert_eq!(device.me(there), 200);
        assert_eq!(refresh(elsewhere, &device.token).status, 200);
        assert!(device.log_out(here));
        assert_eq!(device.me(there), 401, "round {round}: the access token of an ended session");
        assert_eq!(refresh(elsewhere, &device.token).status, 401, "round {round}");
        assert_eq!(device.me(elsewhere), 401);
    }
}

#[test]
fn p5_a_logout_on_one_node_is_final_on_all_at_the_next_request() {
    a_logout_is_final_on_all_nodes_at_the_next_request(Keeping::InSql);
}

#[test]
fn p5_a_logout_is_final_on_all_nodes_with_sessions_in_redis_too() {
    a_logout_is_final_on_all_nodes_at_the_next_request(Keeping::InRedis);
}

/// A stolen signing key is replaced at once, by a command that is no node at all; and the one after it, too, which no node
/// has ever seen.
#[test]
fn a_key_that_was_replaced_in_an_emergency_is_seen_by_all_nodes() {
    let mut cluster = Cluster::start(3, Keeping::InSql, &[]);
    let to = cluster.balancer.address();
    let old: Vec<Device> = (0..4).map(|_| Device::signed_up(to, Keys::Sent)).collect();
    let before = kids(&cluster, 0);
    assert_eq!(before, kids(&cluster, 1));
    assert_eq!(before, kids(&cluster, 2));
    cluster.place(0).run(&["keys", "rotate", "--force"]).well();
    let rotated = cluster.place(0).run(&["keys", "rotate", "--force", "--json"]).well().json();
    let signing = rotated["keys"].as_array().expect("a list").iter().find(|key| key["state"] == "signing");
    let signing = signing.expect("one signs")["kid"].as_str().expect("a kid").to_owned();
    assert!(!before.contains(&signing), "the nodes know it already");
    // One node signs with it, and the others have not looked yet.
    cluster.stop(2);
    cluster.start_again(2);
    assert_eq!(signs_with(&cluster, 2), signing);
    // Tending comes every twenty seconds, and nobody is turned away until then or while it happens.
    for _ in 0..50 {
        for device in &old {
            for node in 0..3 {
                assert_eq!(device.me(cluster.api(node)), 200, "a token of the old key");
            }
        }
        let new = Device::signed_up(to, Keys::Sent);
        for node in 0..3 {
            assert_eq!(new.me(cluster.api(node)), 200, "a token that another node has just signed");
        }
        if (0..3).all(|node| kids(&cluster, node).contains(&signing) && signs_with(&cluster, node) == signing) {
            return;
        }
        thread::sleep(Duration::from_millis(500));
    }
    panic!("not every node signs with {signing} after 25 s");
}

/// The keys that a node publishes.
fn kids(cluster: &Cluster, node: usize) -> Vec<String> {
    let keys = get(cluster.api(node), "/.well-known/jwks.json").expect(200).json();
    let keys = keys["keys"].as_array().expect("it is a list");
    keys.iter().map(|key| key["kid"].as_str().expect("a kid").to_owned()).collect()
}

/// The key that a node's new access tokens name.
fn signs_with(cluster: &Cluster, node: usize) -> String {
    let device = Device::signed_up(cluster.api(node), Keys::Sent);
    let header = device.access.split('.').next().expect("a token has parts").to_owned();
    let bytes = data_encoding::BASE64URL_NOPAD.decode(header.as_bytes()).expect("it is base64url");
    let header: serde_json::Value = serde_json::from_slice(&bytes).expect("it is JSON");
    header["kid"].as_str().expect("it names a key").to_owned()
}

#[test]
fn au1_wrong_passwords_at_several_nodes_are_counted_together() {
    wrong_passwords_are_counted_together(Keeping::InSql);
}

#[test]
fn au1_wrong_passwords_at_several_nodes_are_counted_together_in_redis_too() {
    wrong_passwords_are_counted_together(Keeping::InRedis);
}

/// Rate limits are one count over all nodes.
fn wrong_passwords_are_counted_together(keeping: Keeping) {
    let cluster = Cluster::start(2, keeping, &[("RATE_LIMITS", "default")]);
    let email = "limited@example.test";
    crate::client::sign_up(cluster.api(0), email);
    let mut refused = 0;
    for attempt in 0..12 {
        let body = serde_json::json!({ "login": email, "password": "not the right one at all" });
        let answer = post(cluster.api(attempt % 2), "/auth/login", &body);
        if answer.status == 429 {
            refused += 1;
        }
    }
    // Five are free, and the sixth may still come before the first delay begins.
    assert!(refused >= 5, "{refused} of 12 attempts were refused; five are free for each account, not for each node");
}

/// What goes on beside the requests is done by one node, and by another when that has gone.
#[test]
fn the_lease_on_tending_has_one_holder_and_goes_on_when_it_stops() {
    let database = Postgres::shared().fresh_database();
    let mut cluster = Cluster::on(&database.url(), "", 2, &[]);
    let holder = || database.superuser_sql("SELECT holder FROM leases WHERE work = 'tending'");
    let until = |is_so: &dyn Fn(&str) -> bool| {
        for _ in 0..300 {
            let now = holder();
            if is_so(&now) {
                return now;
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("the lease is held by {:?} after 30 s", holder());
    };
    let first = until(&|holder| !holder.is_empty());
    assert_eq!(first.lines().count(), 1, "{first}");
    // Whoever it is: after both have been replaced once, it is another.
    for node in 0..2 {
        cluster.stop(node);
        cluster.start_again(node);
    }
    let second = until(&|holder| !holder.is_empty() && holder != first);
    assert_eq!(second.lines().count(), 1, "{second}");
}

#[test]
fn p6_a_load_over_three_nodes_signs_nobody_out() {
    nothing_gets_in_anybodys_way(Keeping::InSql);
}

#[test]
fn p6_a_load_over_three_nodes_with_sessions_in_redis_signs_nobody_out() {
    nothing_gets_in_anybodys_way(Keeping::InRedis);
}

fn nothing_gets_in_anybodys_way(keeping: Keeping) {
    let cluster = Cluster::start(3, keeping, &[("REFRESH_MIN_AGE", "0")]);
    let to = cluster.balancer.address();
    let devices = (0..12).map(|number| {
        let keys = if number % 3 == 0 { Keys::None } else { Keys::Sent };
        Device::signed_up(to, keys)
    });
    let load = Load::of(devices.collect(), to, Duration::ZERO);
    load.go_on_for(1500);
    let (devices, found) = load.stop();
    assert_eq!((found.signed_out.len(), found.unanswered.len()), (0, 0), "{found:?}");
    let rotations: u64 = devices.iter().map(|device| device.generation - 1).sum();
    assert_eq!(rotations, found.renewed as u64, "each answer was one rotation");
}
