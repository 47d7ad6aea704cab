//! PostgreSQL with the sessions in Redis: also what Redis keeps, shows to whoever watches it, and notes as slow.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::PathBuf,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use gatewright_testkit::servers::{REDIS_PASSWORD, Redis, RedisSetup, SmtpServer};

use super::{
    MASTER,
    around::look_around,
    calls::{Api, CHANGED},
    misuse::Breadth,
    postgres::{add_keys, look_into_database, place, talkative},
};

/// What `MONITOR` shows until the test ends.
struct Watch {
    shown: Arc<Mutex<Vec<u8>>>,
    stream: TcpStream,
}

impl Watch {
    fn over(redis: &Redis) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", redis.port())).unwrap();
        write!(stream, "AUTH {REDIS_PASSWORD}\r\nMONITOR\r\n").unwrap();
        let shown = Arc::new(Mutex::new(Vec::new()));
        let (kept, mut read) = (Arc::clone(&shown), stream.try_clone().unwrap());
        thread::spawn(move || {
            let mut part = [0; 16 * 1024];
            while let Ok(length @ 1..) = read.read(&mut part) {
                kept.lock().unwrap().extend_from_slice(&part[..length]);
            }
        });
        while !shown.lock().unwrap().starts_with(b"+OK\r\n+OK\r\n") {
            thread::sleep(Duration::from_millis(5));
        }
        Self { shown, stream }
    }

    fn end(&self) -> Vec<u8> {
        self.stream.shutdown(std::net::Shutdown::Both).unwrap();
        self.shown.lock().unwrap().clone()
    }
}

/// docs/attacks.md#stolen-backup
#[test]
fn lg2_p13_with_redis_no_secret_is_found_anywhere_and_what_is_found_makes_no_token() {
    let every_command_is_slow = ["slowlog-log-slower-than 0", "slowlog-max-len 100000"].map(str::to_owned).to_vec();
    let redis = Redis::start(&RedisSetup { settings: every_command_is_slow });
    let postgres = talkative();
    let database = postgres.fresh_database();
    let place = place(&database);
    let sessions = place.write("sessions", &redis.url()).display().to_string();
    let place = place.with("SESSIONS_FILE", &sessions);
    let watch = Watch::over(&redis);
    let smtp = SmtpServer::start();
    let place = place.with("SMTP_URL", &smtp.url()).with("MAIL_FROM", "no-reply@example.test");
    let mut server = place.serve();
    let mut api = Api::at(server.api, smtp);
    add_keys(&mut api.canaries, &database);
    api.canaries.add("the password of Redis", REDIS_PASSWORD);
    let ada = api.flow(&place);
    api.misplace(&ada, CHANGED);
    api.misuse_all(Breadth::Some);
    api.assert_complete();

    let mut search = api.canaries.search();
    look_around(&mut search, &place, &server);
    search.look("what webhooks were told", &api.told());
    look_into_database(&mut search, &postgres, &database);
    let shown = watch.end();
    assert!(String::from_utf8_lossy(&shown).contains("generation"), "what is kept of a session was shown");
    search.look("what MONITOR shows", &shown);
    let slow = redis.ask(0, &["SLOWLOG", "GET", "-1"]).unwrap();
    assert!(slow.contains("EVALSHA"), "{}", &slow[..slow.len().min(500)]);
    search.look("the slow log", slow.as_bytes());
    redis.snapshot();
    let seen = search.look_into(redis.folder(), &["redis.conf"]);
    for part in ["dump.rdb", "appendonly"] {
        assert!(seen.iter().any(|path| path.to_string_lossy().contains(part)), "{part} is not among {seen:?}");
    }
    api.forge_of(&values_in(&seen), &ada, MASTER);
    server.signal("TERM");
    server.wait();
    search.look("the log to its end", server.printed().as_bytes());
}

/// Everything that was ever written and is as long as a hash or a salt, from the append-only file.
fn values_in(files: &[PathBuf]) -> Vec<Vec<u8>> {
    let mut values = Vec::new();
    for file in files.iter().filter(|path| path.to_string_lossy().ends_with(".aof")) {
        let bytes = fs::read(file).unwrap();
        for length in [16, 32] {
            let head = format!("\r\n${length}\r\n").into_bytes();
            let begins = bytes.windows(head.len()).enumerate().filter(|(_, window)| *window == head);
            values.extend(begins.map(|(at, _)| bytes[at + head.len()..][..length].to_vec()));
        }
    }
    values.sort();
    values.dedup();
    assert!(values.len() > 10, "Redis was given hashes: {}", values.len());
    values
}
