//! What an operator and an auditor type.

use serde_json::Value;

use super::{Bench, log_in, place, stop};
use crate::child::Place;

#[test]
fn lg6_the_public_key_is_the_same_for_ever_and_shows_nothing_of_the_master_key() {
    let bench = Bench::on_sqlite();
    bench.write();
    let key = bench.public_key();
    assert_eq!(key, bench.public_key());
    assert_eq!(key.len(), 43, "32 bytes in base64url");
    // It belongs to the master key, not to a database.
    let other = Bench::on_postgres();
    other.write();
    assert_eq!(other.public_key(), key);
    let rotated = bench.place.with(
        "MASTER_KEY",
        &format!("2:ffee5eed456789aabbccddeeff00112233445566778899aabbccddeefe42170f,1:{}", super::MASTER),
    );
    let keys = rotated.run(&["activity", "key", "--json"]).well().json()["keys"].clone();
    assert_eq!((keys.as_array().unwrap().len(), keys[1].as_str()), (2, Some(key.as_str())));
}

#[test]
fn lg6_a_log_is_clean_across_a_rotation_of_the_master_key_with_both_public_keys() {
    let mut bench = Bench::on_sqlite();
    bench.write();
    bench.place = bench.place.with(
        "MASTER_KEY",
        &format!("2:ffee5eed456789aabbccddeeff00112233445566778899aabbccddeefe42170f,1:{}", super::MASTER),
    );
    let server = bench.place.serve();
    log_in(&server, "ada@example.test");
    stop(server);
    bench.place.run(&["activity", "verify"]).well();
    let keys = bench.public_key();
    let [new, old] = keys.lines().collect::<Vec<_>>()[..] else { panic!("{keys}") };
    bench.verify(new, &["--public-key", old]).well();
    assert_eq!(bench.verify(old, &[]).code(), 1);
}

#[test]
fn lg6_what_could_not_be_verified_is_neither_clean_nor_altered() {
    let bench = Bench::on_sqlite();
    bench.write();
    let key = bench.public_key();
    let undecided = |ran: crate::child::Ran, says: &str| {
        assert_eq!(ran.code(), 2, "{}{}", ran.out(), ran.err());
        assert!(ran.err().contains(says), "{}", ran.err());
    };
    undecided(bench.verify("AAAA", &[]), "a public key is 32 bytes in base64url");
    undecided(bench.verify(&key, &["--checkpoint", "nowhere"]), "nowhere");
    bench.place.write("empty", "\n");
    undecided(bench.verify(&key, &["--checkpoint", "empty"]), "there is no checkpoint in it");
    bench.place.write("forged", "eyJhbGciOiJub25lIn0.e30.\n");
    undecided(bench.verify(&key, &["--checkpoint", "forged"]), "no checkpoint that this key has signed");
    undecided(Place::new().run(&["activity", "verify", "--public-key", &key]), "there is no database");
    let away = place().with("STORE", "postgres://gatewright@127.0.0.1:1/gatewright?sslmode=disable");
    undecided(away.run(&["activity", "verify", "--public-key", &key]), "cannot be opened");
}

#[test]
fn an_export_is_the_whole_log_in_lines_and_can_be_narrowed() {
    for bench in [Bench::on_sqlite(), Bench::on_postgres()] {
        bench.write();
        let lines = |arguments: &[&str]| -> Vec<Value> {
            let mut all = vec!["activity", "export"];
            all.extend(arguments);
            let out = bench.place.run(&all).well().out();
            out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        };
        let all = lines(&[]);
        let numbers: Vec<u64> = all.iter().map(|entry| entry["seq"].as_u64().unwrap()).collect();
        assert_eq!(numbers, (1..=all.len() as u64).collect::<Vec<_>>());
        assert_eq!((&all[0]["act"], &all[0]["actor"]["kind"]), (&"signed_up".into(), &"account".into()));
        assert_eq!(all[0]["ip"], "127.0.0.1");
        let bobs = lines(&["--account", "bob@example.test"]);
        assert!(!bobs.is_empty() && bobs.len() < all.len());
        assert!(bobs.iter().all(|entry| entry["account_id"] == bobs[0]["account_id"]));
        assert_eq!(lines(&["--account", bobs[0]["account_id"].as_str().unwrap()]), bobs);
        assert_eq!(lines(&["--since", "2999-01-01"]), Vec::<Value>::new());
        assert_eq!(lines(&["--until", "2999-01-01", "--since", "2020-01-01T00:00:00Z"]), all);
        assert_eq!(bench.place.run(&["activity", "export", "--since", "yesterday"]).code(), 2);
        assert_eq!(bench.place.run(&["activity", "export", "--account", "nobody"]).code(), 1);
        bench.is_clean();
    }
}

#[test]
fn lg6_verifying_changes_nothing_and_a_checkpoint_is_signed_once() {
    for bench in [Bench::on_sqlite(), Bench::on_postgres()] {
        bench.write();
        let first = bench.place.run(&["activity", "checkpoint", "--json"]).well().json();
        bench.is_clean();
        assert_eq!(bench.place.run(&["activity", "checkpoint", "--json"]).well().json(), first);
        let server = bench.place.serve();
        log_in(&server, "ada@example.test");
        let while_it_runs = bench.place.run(&["activity", "checkpoint", "--json"]).well().json();
        assert!(while_it_runs["seq"].as_u64() > first["seq"].as_u64(), "{while_it_runs}");
        bench.is_clean();
        log_in(&server, "ada@example.test");
        stop(server);
        bench.is_clean();
    }
}

#[test]
fn lg6_the_doctor_says_whether_the_log_is_signed() {
    let bench = Bench::on_sqlite();
    bench.write();
    let out = bench.place.run(&["doctor"]).well().out();
    assert!(out.contains("✓ activity log  signed up to entry"), "{out}");
    bench.sql("DELETE FROM activity_checkpoints");
    let out = bench.place.run(&["doctor"]).well().out();
    assert!(out.contains("· activity log  not signed yet"), "{out}");
}
