//! What happens to a log in the ordinary course of things is no tampering.

use std::{
    fs,
    time::{Duration, Instant},
};

use gatewright_testkit::servers::Postgres;
use serde_json::json;

use super::{Bench, log_in, stop};
use crate::{
    child::PATIENCE,
    client::{post, request, sign_up},
};

fn both() -> [Bench; 2] {
    [Bench::on_sqlite(), Bench::on_postgres()]
}

#[test]
fn lg6_a_log_that_is_written_while_it_is_verified_is_clean() {
    for bench in both() {
        let server = bench.place.serve();
        sign_up(server.api, "ada@example.test");
        std::thread::scope(|scope| {
            let writing = scope.spawn(|| (0..40).for_each(|_| drop(log_in(&server, "ada@example.test"))));
            while !writing.is_finished() {
                bench.is_clean();
            }
        });
        stop(server);
        let clean = bench.is_clean();
        assert_eq!(clean["not_yet_signed"], json!(null), "the end was signed: {clean}");
        assert!(clean["entries"].as_u64().unwrap() > 40, "{clean}");
    }
}

#[test]
fn lg6_the_log_of_a_deleted_account_is_clean_and_holds_nothing_personal() {
    for bench in both() {
        bench.write();
        let server = bench.place.serve();
        let ada = log_in(&server, "ada@example.test");
        let bearer = format!("Bearer {}", ada.text("access_token"));
        request(server.api, "DELETE", "/auth/account", &[("Authorization", &bearer)], "").unwrap().expect(204);
        bench.is_clean();
        stop(server);
        bench.is_clean();
        let account = ada.json()["account"]["id"].as_str().unwrap().to_owned();
        let lines = bench.place.run(&["activity", "export", "--account", &account]).well().out();
        assert!(lines.lines().count() >= 5 && lines.contains("account_deleted"), "{lines}");
        for line in lines.lines() {
            let entry: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(entry["ip"].is_null() && entry["user_agent"].is_null(), "{line}");
        }
        assert!(!lines.contains("ada@example.test"));
        // The same of an account that was not deleted is found.
        bench.sql("UPDATE activity SET ip = NULL, user_agent = NULL, salt = NULL WHERE act = 'signed_up'");
        let ran = bench.verify(&bench.public_key(), &[]);
        assert!(ran.code() == 1 && ran.out().contains("its account was not deleted"), "{}", ran.out());
    }
}

#[test]
fn lg6_a_log_is_clean_after_a_kill_and_its_end_is_signed_by_the_next_start() {
    for bench in both() {
        let mut server = bench.place.serve();
        sign_up(server.api, "ada@example.test");
        server.wait_for_line("activity log signed");
        for _ in 0..3 {
            log_in(&server, "ada@example.test");
        }
        server.kill();
        bench.is_clean();
        let mut server = bench.place.serve();
        server.wait_for_line("serving");
        log_in(&server, "ada@example.test");
        stop(server);
        let clean = bench.is_clean();
        assert!(clean["entries"].as_u64().unwrap() >= 5, "{clean}");
        assert_eq!(clean["not_yet_signed"], json!(null), "{clean}");
    }
}

#[test]
fn lg6_a_restored_backup_is_clean_and_is_known_for_an_older_copy_by_who_kept_a_checkpoint() {
    let bench = Bench::on_sqlite();
    bench.write();
    let backup = bench.place.path().join("backup.db");
    bench.place.run(&["backup", backup.to_str().unwrap()]).well();
    let server = bench.place.serve();
    log_in(&server, "ada@example.test");
    stop(server);
    let kept = bench.place.run(&["activity", "checkpoint"]).well().out();
    bench.place.write("kept", &kept);
    fs::copy(&backup, bench.file()).unwrap();
    bench.is_clean();
    let older = bench.verify(&bench.public_key(), &["--checkpoint", "kept"]);
    assert!(older.code() == 1 && older.out().contains("it is an older copy"), "{}", older.out());
    let server = bench.place.serve();
    log_in(&server, "ada@example.test");
    stop(server);
    bench.is_clean();
}

#[test]
fn lg6_a_log_that_was_moved_from_a_file_to_a_server_is_clean_and_goes_on_there() {
    let bench = Bench::on_sqlite();
    bench.write();
    let before = bench.is_clean();
    let kept = bench.place.run(&["activity", "checkpoint"]).well().out();
    let file = format!("sqlite://{}", bench.file().display());
    let database = Postgres::shared().fresh_database();
    bench.place.write("to", &database.url());
    bench.place.run(&["copy", "--from", &file, "--to-file", "to"]).well();
    let there = Bench { place: super::place().with("STORE", &database.url()), database: Some(database) };
    assert_eq!(there.is_clean()["entries"], before["entries"]);
    let server = there.place.serve();
    log_in(&server, "ada@example.test");
    stop(server);
    there.place.write("kept", &kept);
    there.verify(&there.public_key(), &["--checkpoint", "kept"]).well();
    let after = there.is_clean();
    assert!(after["entries"].as_u64() > before["entries"].as_u64(), "{after}");
    assert_eq!(after["not_yet_signed"], json!(null), "{after}");
    let wrong = json!({ "login": "ada@example.test", "password": "wrong", "transport": "body" });
    let server = there.place.serve();
    post(server.api, "/auth/login", &wrong).expect(401);
    drop(server);
    there.is_clean();
}

/// The settings reach the instance: seconds instead of months, and the log stays clean.
#[test]
fn lg6_the_settings_say_how_long_entries_and_addresses_are_kept() {
    let [mut files, mut servers] = both();
    files.place = files.place.with("ACTIVITY_KEEP", "forever").with("ACTIVITY_KEEP_PERSONAL", "1s");
    servers.place = servers.place.with("ACTIVITY_KEEP", "1s").with("ACTIVITY_KEEP_PERSONAL", "0");
    let lines = |bench: &Bench| bench.place.run(&["activity", "export"]).well().out();
    for bench in [&files, &servers] {
        let mut server = bench.place.serve();
        sign_up(server.api, "ada@example.test");
        server.wait_for_line("activity log signed");
        std::thread::sleep(Duration::from_millis(2100));
        log_in(&server, "ada@example.test");
        // What is old is announced by the last checkpoint, and gone soon after the next start.
        stop(server);
        assert!(lines(bench).lines().next().is_some_and(|first| first.contains("127.0.0.1")), "{}", lines(bench));
        let server = bench.place.serve();
        let begun = Instant::now();
        while lines(bench)
            .lines()
            .next()
            .is_some_and(|first| first.contains("127.0.0.1") && first.contains(r#""seq":1,"#))
        {
            assert!(begun.elapsed() < PATIENCE, "nothing goes: {}", lines(bench));
        }
        bench.is_clean();
        stop(server);
        bench.is_clean();
    }
    assert!(lines(&files).contains(r#""seq":1,"#), "{}", lines(&files));
    assert!(!lines(&servers).contains(r#""seq":1,"#), "{}", lines(&servers));
}
