//! The fault bench itself, in short: every store, and the proof that it can fail. What must stay true: each run has a node that was
//! killed, thieves and losses; and a run in which something is wrong on purpose is seen to be wrong.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "tests: they fail loudly, run beside each other, and what a run found is read when it fails"
)]

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
    thread::{self, JoinHandle},
};

use gatewright_faults::{
    Progress, Report,
    profile::{Discipline, Policy, Profile, Store},
    run,
};

/// All runs at once: they mostly wait.
static RUNS: LazyLock<Runs> = LazyLock::new(Runs::start);

struct Runs {
    reports: Vec<(&'static str, std::sync::Mutex<Option<JoinHandle<Report>>>)>,
}

const SEED: u64 = 20_261_122;

impl Runs {
    fn start() -> Self {
        let shipped = |store| Profile::quick(store, Policy::Shipped, SEED);
        let few = |policy| Profile { clients: 50, ..Profile::quick(Store::Sqlite, policy, SEED) };
        let forgetful =
            Profile { discipline: Discipline::KeyForgottenEarly, crashes: 0.7, clients: 100, ..few(Policy::Shipped) };
        let runs = [
            ("sqlite", shipped(Store::Sqlite)),
            ("postgres", shipped(Store::Postgres)),
            ("redis", shipped(Store::Redis)),
            ("strict", few(Policy::Strict)),
            ("previous_always", few(Policy::PreviousAlways)),
            ("forgetful", forgetful),
        ];
        let reports = runs.map(|(name, profile)| {
            let thread = thread::spawn(move || {
                let program = program(profile.policy);
                let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
                runtime
                    .unwrap()
                    .block_on(run(&program, &profile, Progress::Silent))
                    .unwrap_or_else(|error| panic!("{error}"))
            });
            (name, std::sync::Mutex::new(Some(thread)))
        });
        Self { reports: reports.into() }
    }

    fn report(name: &str) -> Report {
        let (_, thread) = RUNS.reports.iter().find(|(known, _)| *known == name).unwrap();
        let thread = thread.lock().unwrap().take().unwrap();
        let report = thread.join().unwrap_or_else(|_| panic!("the run {name} failed"));
        println!("{report}");
        report
    }
}

/// The program that knows a policy. `cargo xtask test` has built one that knows all of them, beside the tests; who builds it
/// elsewhere names it; a bare `cargo test` builds what is missing here, which takes minutes.
fn program(policy: Policy) -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let beside = own.parent().and_then(Path::parent).unwrap().join("gatewright");
    let named = std::env::var_os("GATEWRIGHT_TEST_ALTERNATIVES").map(PathBuf::from);
    let is_fit = |program: &PathBuf| match policy.is_alternative() {
        true => knows_other_policies(program),
        false => program.is_file(),
    };
    if let Some(found) = [Some(beside), named].into_iter().flatten().find(is_fit) {
        return found;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("alternatives");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--package", "gatewright-server", "--features", "alternatives", "--target-dir"]).arg(&folder);
    assert!(build.status().unwrap().success(), "the server with other policies cannot be built");
    folder.join("debug/gatewright")
}

/// Without them the variable is a setting that nobody knows, and nothing starts.
fn knows_other_policies(program: &Path) -> bool {
    let mut check = Command::new(program);
    check.args(["config", "check"]).env_clear().env("GATEWRIGHT_ROTATION_POLICY", "previous_always");
    check.output().is_ok_and(|output| output.status.success())
}

fn is_well(store: Store, servers: &[&str]) {
    let report = Runs::report(store.name());
    assert_eq!(report.faults(), Vec::<String>::new());
    assert!(report.renewed() > 50 && report.thefts() > 4, "too little was tried: {report}");
    for server in servers {
        assert!(report.blows(server) > 0, "{server} was never hurt");
    }
}

#[test]
fn p6_p9_p11_one_node_on_a_file_that_is_killed() {
    is_well(Store::Sqlite, &["kill -9 of a node"]);
}

#[test]
fn p6_p9_p11_two_nodes_on_postgresql_that_is_killed() {
    is_well(Store::Postgres, &["kill -9 of a node", "PostgreSQL is killed"]);
}

#[test]
fn p6_p9_p11_two_nodes_with_redis_that_is_killed() {
    is_well(Store::Redis, &["kill -9 of a node", "Redis is killed", "PostgreSQL is killed"]);
}

#[test]
fn a_policy_without_tolerance_is_seen_to_log_honest_clients_out() {
    let report = Runs::report("strict");
    assert!(report.false_logouts() > 0, "the bench sees nothing: {report}");
    assert!(!report.is_well());
}

#[test]
fn a_policy_that_always_takes_the_previous_token_is_seen_to_keep_thieves() {
    let report = Runs::report("previous_always");
    assert!(report.thieves_in() > 0, "the bench sees nothing: {report}");
    assert!(!report.is_well());
}

#[test]
fn clients_that_forget_their_key_before_they_store_the_token_are_seen_to_be_logged_out() {
    let report = Runs::report("forgetful");
    assert!(report.false_logouts() > 0, "the bench sees nothing: {report}");
    assert!(!report.is_well());
}
