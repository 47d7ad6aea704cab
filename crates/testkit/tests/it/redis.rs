//! Redis: what tests may do to a server.

use gatewright_testkit::servers::{Redis, RedisSetup};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

fn set(server: &Redis, value: &str) {
    assert_eq!(server.ask(0, &["SET", "key", value]).unwrap(), "OK");
}

fn value(server: &Redis) -> String {
    server.ask(0, &["GET", "key"]).unwrap()
}

#[test]
fn the_shared_server_gives_each_test_a_database_and_asks_for_the_password() {
    let server = Redis::shared();
    let (first, second) = (server.fresh_database_url(), server.fresh_database_url());
    assert_ne!(first, second);
    server.ask(1000, &["SET", "only", "here"]).unwrap();
    assert_eq!(server.ask(1000, &["GET", "only"]).unwrap(), "here");
    assert_eq!(server.ask(1001, &["GET", "only"]).unwrap(), "");
    let mut without = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    without.write_all(b"PING\r\n").unwrap();
    let mut answer = String::new();
    BufReader::new(without).read_line(&mut answer).unwrap();
    assert!(answer.starts_with("-NOAUTH"), "{answer}");
}

#[test]
fn what_was_acknowledged_outlives_a_stop_and_a_kill_on_the_same_port() {
    let server = Redis::start(&RedisSetup::default());
    let port = server.port();
    set(&server, "1");
    server.stop();
    assert!(!server.is_running());
    assert!(server.ask(0, &["PING"]).is_err());
    server.start_again();
    assert_eq!(value(&server), "1");
    set(&server, "2");
    server.kill();
    assert!(server.ask(0, &["PING"]).is_err());
    server.start_again();
    assert_eq!((value(&server).as_str(), server.port()), ("2", port));
    let folder = server.folder().to_path_buf();
    drop(server);
    assert!(!folder.exists());
}

#[test]
fn a_snapshot_brings_back_its_moment_and_a_flush_forgets_all() {
    let server = Redis::start(&RedisSetup { settings: vec!["maxmemory-policy noeviction".to_owned()] });
    set(&server, "old");
    let old = server.snapshot();
    set(&server, "new");
    let new = server.snapshot();
    server.flush_all();
    assert_eq!(value(&server), "");
    server.restore(&old);
    assert_eq!(value(&server), "old");
    server.stop();
    server.restore(&new);
    assert_eq!(value(&server), "new");
}

#[test]
fn a_server_without_an_append_only_file_is_restored_from_its_dump() {
    let server = Redis::start(&RedisSetup { settings: vec!["appendonly no".to_owned()] });
    set(&server, "old");
    let old = server.snapshot();
    set(&server, "new");
    server.restore(&old);
    assert_eq!(value(&server), "old");
}

#[test]
fn a_paused_server_answers_nobody_until_it_is_resumed() {
    let server = Redis::start(&RedisSetup::default());
    server.pause();
    std::thread::scope(|scope| {
        let late = scope.spawn(|| server.ask(0, &["PING"]));
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert!(!late.is_finished(), "a stopped server has answered");
        server.resume();
        assert_eq!(late.join().unwrap().unwrap(), "PONG");
    });
}
