//! Nodes are replaced one after the other while everybody goes on: an upgrade as it is done.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use gatewright_testkit::servers::Postgres;

use super::{Cluster, Device, Keeping, Load, MASTER_KEY, clients::Keys};
use crate::client::refresh;

const REST: Duration = Duration::from_millis(10);

fn devices(cluster: &Cluster, count: usize) -> Vec<Device> {
    let to = cluster.balancer.address();
    (0..count).map(|_| Device::signed_up(to, Keys::Sent)).collect()
}

fn replace_every_node_under_load(keeping: Keeping) {
    let mut cluster = Cluster::start(3, keeping, &[("REFRESH_MIN_AGE", "0")]);
    let to = cluster.balancer.address();
    let load = Load::of(devices(&cluster, 8), to, REST);
    for _ in 0..2 {
        for node in 0..3 {
            load.go_on_for(60);
            cluster.stop(node);
            load.go_on_for(60);
            cluster.start_again(node);
        }
    }
    load.go_on_for(60);
    let (devices, found) = load.stop();
    assert_eq!(found.signed_out, Vec::<String>::new(), "somebody was signed out");
    assert_eq!(found.unanswered, Vec::<String>::new(), "a refresh failed while nodes were replaced");
    assert!(cluster.balancer.passed_over() > 0, "no node was ever missing, so nothing was proven");
    for device in devices {
        assert_eq!(device.me(to), 200);
    }
}

#[test]
fn a_rolling_restart_under_load_fails_no_refresh() {
    replace_every_node_under_load(Keeping::InSql);
}

#[test]
fn a_rolling_restart_under_load_with_sessions_in_redis_fails_no_refresh() {
    replace_every_node_under_load(Keeping::InRedis);
}

#[test]
fn p6_a_node_that_is_killed_under_load_signs_nobody_out() {
    let mut cluster = Cluster::start(2, Keeping::InSql, &[("REFRESH_MIN_AGE", "0")]);
    let to = cluster.balancer.address();
    let load = Load::of(devices(&cluster, 8), to, REST);
    for round in 0..4 {
        load.go_on_for(60);
        cluster.node(round % 2).kill();
        load.go_on_for(60);
        cluster.start_again(round % 2);
    }
    let (_, found) = load.stop();
    assert_eq!(found.signed_out, Vec::<String>::new());
    assert_eq!(found.unanswered, Vec::<String>::new(), "a retry key makes a refresh safe to repeat elsewhere");
}

/// First every node learns to honour the new key, then every node begins to make tokens with it.
#[test]
fn p6_a_master_key_that_is_replaced_in_two_steps_signs_nobody_out() {
    const NEW: &str = "b7e151628aed2a6abf7158809cf4f3c762e7160f38b4da56a784d9045190cfef";
    let mut cluster = Cluster::start(2, Keeping::InSql, &[("REFRESH_MIN_AGE", "0")]);
    let load = Load::of(devices(&cluster, 8), cluster.balancer.address(), REST);
    for keys in [format!("1:{MASTER_KEY},2:{NEW}"), format!("2:{NEW},1:{MASTER_KEY}")] {
        for node in 0..2 {
            load.go_on_for(60);
            cluster.stop(node);
            cluster.set(node, "MASTER_KEY", &keys);
            cluster.start_again(node);
        }
    }
    load.go_on_for(100);
    let (devices, found) = load.stop();
    assert_eq!(found.signed_out, Vec::<String>::new());
    assert_eq!(found.unanswered, Vec::<String>::new());
    // The new key is in use: without it nobody's token is known.
    cluster.stop(0);
    cluster.set(0, "MASTER_KEY", MASTER_KEY);
    cluster.start_again(0);
    assert_eq!(refresh(cluster.api(0), &devices[0].token).status, 401);
    assert_eq!(refresh(cluster.api(1), &devices[0].token).status, 200, "and nothing came of that");
}

/// The next version widens the schema while this one serves: expand first, contract when nobody of the old ones is left.
#[test]
fn nodes_of_this_version_go_on_while_the_next_one_widens_the_schema() {
    let database = Postgres::shared().fresh_database();
    let cluster = Cluster::on(&database.url(), "", 2, &[("REFRESH_MIN_AGE", "0")]);
    let to = cluster.balancer.address();
    let load = Load::of(devices(&cluster, 8), to, REST);
    load.go_on_for(100);
    database.superuser_sql(
        "ALTER TABLE sessions ADD COLUMN of_the_next_version BIGINT;
         ALTER TABLE users ADD COLUMN of_the_next_version TEXT NOT NULL DEFAULT '';
         CREATE TABLE of_the_next_version (id UUID PRIMARY KEY);
         INSERT INTO migrations (number, name, sha256) VALUES (9999, 'of the next version', '\\x00')",
    );
    load.go_on_for(200);
    let newcomer = Device::signed_up(to, Keys::Sent);
    assert_eq!(newcomer.me(to), 200);
    let (_, found) = load.stop();
    assert_eq!(found.signed_out, Vec::<String>::new());
    assert_eq!(found.unanswered, Vec::<String>::new());
    // One that starts anew says what is the matter instead of guessing.
    let mut newcomer = cluster.place(0).command(&["serve"]);
    let ran = newcomer.env("GATEWRIGHT_LISTEN", "127.0.0.1:0").env("GATEWRIGHT_OPS_LISTEN", "off").output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(!ran.status.success() && said.contains("schema 9999"), "{said}");
}

/// Two programs: this one, and one that was compiled as the next version and widens the schema when it starts.
#[test]
fn two_versions_side_by_side_under_load_fail_no_refresh() {
    let next = next_version();
    let database = Postgres::shared().fresh_database();
    let mut cluster = Cluster::on(&database.url(), "", 3, &[("REFRESH_MIN_AGE", "0")]);
    let to = cluster.balancer.address();
    let load = Load::of(devices(&cluster, 8), to, REST);
    let schema = || database.superuser_sql("SELECT max(number) FROM migrations");
    assert_ne!(schema(), "9999");
    for node in 0..3 {
        load.go_on_for(60);
        cluster.stop(node);
        cluster.replace_program(node, next.clone());
        cluster.start_again(node);
        assert_eq!(schema(), "9999", "the first of the new ones widens the schema");
        // Old and new side by side: what one begins, the other goes on with.
        load.go_on_for(200);
        for (here, there) in [(0, 2), (2, 0)] {
            let device = Device::signed_up(cluster.api(here), Keys::Sent);
            assert_eq!(device.me(cluster.api(there)), 200);
            assert!(device.log_out(cluster.api(there)));
            assert_eq!(device.me(cluster.api(here)), 401);
        }
    }
    let (_, found) = load.stop();
    assert_eq!(found.signed_out, Vec::<String>::new());
    assert_eq!(found.unanswered, Vec::<String>::new(), "a refresh failed while versions were mixed");
}

/// The program of the next version. `cargo xtask test` has built it; a bare `cargo test` builds it here, which takes minutes.
fn next_version() -> PathBuf {
    if let Ok(program) = std::env::var("GATEWRIGHT_TEST_NEXT_VERSION") {
        return program.into();
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("next-version");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "-p", "gatewright-server", "--bin", "gatewright", "--target-dir"]).arg(&folder);
    build.env("GATEWRIGHT_COMPILE_AS_NEXT_VERSION", "1");
    assert!(build.status().expect("cargo can be run").success(), "the next version cannot be built");
    folder.join("debug/gatewright")
}
