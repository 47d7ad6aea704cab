//! The database restarts, stands still, is slow, and fails over to a replica that lacks the last commits, all under load.

use std::{
    thread,
    time::{Duration, Instant},
};

use gatewright_testkit::servers::{Postgres, PostgresSetup};

use super::{Cluster, Device, Load, Outcome, clients::Keys};
use crate::client::{get, request};

const REST: Duration = Duration::from_millis(10);
/// A request that was not done in so long is not done at all (DESIGN 4.3), and its answer needs a moment.
const LONGEST_ANSWER: Duration = Duration::from_secs(12);

/// Half of them send retry keys, half do not.
fn devices(cluster: &Cluster, count: usize) -> Vec<Device> {
    let to = cluster.balancer.address();
    let keys = |number: usize| if number.is_multiple_of(2) { Keys::Sent } else { Keys::None };
    (0..count).map(|number| Device::signed_up(to, keys(number))).collect()
}

/// Waits until a node says that it is ready, or is not.
fn wait_until_ready(cluster: &Cluster, node: usize, status: u16) {
    let begun = Instant::now();
    while request(cluster.ops(node), "GET", "/readyz", &[], "").map_or(0, |answer| answer.status) != status {
        assert!(begun.elapsed() < Duration::from_secs(20), "node {node} does not answer {status}");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn lg7_a_database_that_restarts_under_load_costs_a_pause_and_nothing_else() {
    let server = Postgres::start(&PostgresSetup::default());
    let cluster = Cluster::on(&server.fresh_database().url(), "", 2, &[("REFRESH_MIN_AGE", "0")]);
    let to = cluster.balancer.address();
    let gone: Vec<Device> = devices(&cluster, 4);
    assert!(gone.iter().all(|device| device.log_out(to)));
    let load = Load::of(devices(&cluster, 8), to, REST);
    load.go_on_for(100);
    server.stop_fast();
    wait_until_ready(&cluster, 0, 503);
    server.restart();
    load.go_on_for(100);
    server.kill();
    server.restart();
    load.go_on_for(100);
    wait_until_ready(&cluster, 0, 200);
    wait_until_ready(&cluster, 1, 200);
    let (devices, found) = load.stop();
    assert_eq!(found.signed_out, Vec::<String>::new(), "{found:?}");
    assert!(!found.unanswered.is_empty(), "nobody noticed, so nothing was proven");
    assert!(found.unanswered.iter().all(|what| what == "503"), "an outage is 503: {:?}", found.unanswered);
    assert!(found.longest < LONGEST_ANSWER, "{:?}", found.longest);
    assert!(devices.iter().all(|device| device.me(to) == 200));
    assert!(gone.iter().all(|device| device.me(to) == 401), "an acknowledged logout was undone");
}

/// What the server had received when it stopped is not done when it goes on: by then everybody has given it up. What it had judged
/// and was just writing nobody can take back; that is a matter of microseconds, so it does not happen each time.
#[test]
fn lg7_a_database_that_stands_still_is_answered_for_with_503_and_does_nothing_late() {
    let late: Vec<String> =
        (0..3).map(|_| done_late_by_a_database_that_stood_still()).take_while(|late| late != "0").collect();
    assert!(late.len() < 3, "rotations were done after everybody had given them up: {late:?}");
}

fn done_late_by_a_database_that_stood_still() -> String {
    let settings = vec!["track_commit_timestamp = on".to_owned()];
    let server = Postgres::start(&PostgresSetup { settings, ..PostgresSetup::default() });
    let database = server.fresh_database();
    let cluster = Cluster::on(&database.url(), "", 2, &[("REFRESH_MIN_AGE", "0")]);
    let to = cluster.balancer.address();
    // So many and without a rest, so that rotations are under way when it stops.
    let load = Load::of(devices(&cluster, 24), to, Duration::ZERO);
    load.go_on_for(400);
    let begun: f64 = server.superuser_sql("SELECT extract(epoch FROM clock_timestamp())").parse().unwrap();
    server.pause();
    // Longer than any request waits.
    thread::sleep(LONGEST_ANSWER + Duration::from_secs(4));
    assert_eq!(get(cluster.api(0), "/.well-known/jwks.json").status, 200, "what needs no database goes on");
    let (mut devices, found) = load.stop();
    assert!(!found.unanswered.is_empty(), "nobody noticed, so nothing was proven");
    assert!(found.unanswered.iter().all(|what| what == "503"), "an outage is 503: {:?}", found.unanswered);
    assert!(found.longest < LONGEST_ANSWER, "{:?}", found.longest);
    server.resume();
    wait_until_ready(&cluster, 0, 200);
    thread::sleep(Duration::from_secs(1));
    let late = database.superuser_sql(&format!(
        "SELECT count(*) FROM sessions WHERE pg_xact_commit_timestamp(xmin) > to_timestamp({})",
        begun + 5.0
    ));
    // Who has no retry key may have lost an answer for longer than lost_window; the others lose nothing.
    for device in devices.iter_mut().step_by(2) {
        assert_eq!(device.refresh(to), Outcome::Renewed);
    }
    late
}

#[test]
fn lg7_a_slow_database_piles_nothing_up() {
    let server = Postgres::start(&PostgresSetup::default());
    let database = server.fresh_database();
    let cluster = Cluster::on(&database.url(), "", 1, &[("REFRESH_MIN_AGE", "0")]);
    let to = cluster.balancer.address();
    let load = Load::of(devices(&cluster, 32), to, Duration::ZERO);
    load.go_on_for(200);
    // Every statement that needs the sessions waits behind this one.
    let name = database.name().to_owned();
    thread::scope(|scope| {
        scope.spawn(|| {
            server
                .database(&name)
                .superuser_sql("BEGIN; LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(14); COMMIT")
        });
        thread::sleep(Duration::from_secs(10));
        let metrics = get(cluster.ops(0), "/metrics").body;
        let value = |name: &str| {
            let line =
                metrics.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {metrics}"));
            line.rsplit(' ').next().and_then(|text| text.parse::<f64>().ok()).expect("it is a number")
        };
        assert!(value("gatewright_http_requests_in_flight ") <= 40.0, "{metrics}");
        assert_eq!(get(cluster.ops(0), "/healthz").status, 200);
    });
    load.go_on_for(200);
    let (_, found) = load.stop();
    assert!(found.unanswered.iter().all(|what| what == "503"), "{:?}", found.unanswered);
    assert!(!found.unanswered.is_empty(), "nobody noticed, so nothing was proven");
    assert!(found.longest < LONGEST_ANSWER, "{:?}", found.longest);
    assert_eq!(found.signed_out, Vec::<String>::new(), "{found:?}");
    let backends = server.superuser_sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'gatewright'");
    assert!(backends.parse::<u32>().is_ok_and(|count| count <= 8 + 2), "{backends} connections");
}

/// A replica that lacks the last commits takes over. Each client has rotated once in what was lost, at most.
#[test]
fn p8_a_failover_that_loses_the_last_commits_is_no_theft_and_undoes_no_earlier_logout() {
    let primary = Postgres::start(&PostgresSetup::default());
    let database = primary.fresh_database();
    let replica = primary.replica();
    let url = database.url().replace(
        &format!("127.0.0.1:{}", primary.port()),
        &format!("127.0.0.1:{},127.0.0.1:{}", primary.port(), replica.port()),
    );
    let settings = [("REFRESH_MIN_AGE", "4"), ("REFRESH_LOST_WINDOW", "2")];
    let cluster = Cluster::on(&url, "", 2, &settings);
    let to = cluster.balancer.address();
    let gone = devices(&cluster, 4);
    assert!(gone.iter().all(|device| device.log_out(to)));
    let load = Load::of(devices(&cluster, 8), to, Duration::from_millis(50));
    // Past the first rotation of everybody.
    thread::sleep(Duration::from_millis(4_500));
    replica.catch_up_with(&primary);
    replica.stop_following();
    // Everybody rotates once more, and that is what the replica will not know.
    thread::sleep(Duration::from_millis(4_200));
    primary.kill();
    let promoted = Instant::now();
    replica.promote();
    load.go_on_for(300);
    let recovered = promoted.elapsed();
    thread::sleep(Duration::from_secs(9));
    let (devices, found) = load.stop();
    assert_eq!(found.signed_out, Vec::<String>::new(), "{found:?}");
    assert!(recovered < Duration::from_secs(25), "{recovered:?}");
    assert!(gone.iter().all(|device| device.me(to) == 401), "a logout that the replica had was undone");
    assert!(devices.iter().all(|device| device.me(to) == 200));
    assert!(devices.iter().all(|device| device.generation >= 4), "they rotate again: {devices:?}");
    let name = database.name();
    let rolled = replica.database(name).superuser_sql("SELECT count(*) FROM activity WHERE act = 'store_rollback'");
    assert!(rolled.parse::<u32>().is_ok_and(|count| count >= 4), "{rolled} tokens were ahead of the store");
    let thefts = replica.database(name).superuser_sql("SELECT count(*) FROM activity WHERE act = 'refresh_reuse'");
    assert_eq!(thefts, "0");
}
