//! What is refused, what goes over from SQL, and what is there of a session.

use std::time::Duration;

use gatewright_core::{
    model::{Act, Session, UserAgent},
    port::{Applied, StoreError},
};
use gatewright_store::redis::{Address, Options, RedisStore};
use gatewright_testkit::{
    Sample,
    conformance::{World, ids},
    servers::{Postgres, PostgresSetup, REDIS_PASSWORD, Redis, RedisSetup, Tls},
};

use super::backend::{Lab, open, patient, ports};
use crate::postgres::backend as postgres;

/// Why this Redis is refused, down to the last cause.
async fn refused(url: &str) -> String {
    let sql = postgres::open(&postgres::database(), Sample::default().clock).await;
    let error = RedisStore::open(sql, &Address::parse(url).unwrap(), Options::default()).await.unwrap_err();
    let mut text = error.to_string();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    assert!(!text.contains(REDIS_PASSWORD), "{text}");
    text
}

#[tokio::test]
async fn a_replica_is_refused() {
    let setup = RedisSetup { settings: vec!["replicaof 127.0.0.1 9".into()] };
    let server = Redis::start(&setup);
    let says = refused(&server.url()).await;
    assert!(says.contains("a replica that nothing can be written to"), "{says}");
}

#[tokio::test]
async fn a_wrong_password_is_told_without_the_password() {
    let url = Redis::shared().url().replace(REDIS_PASSWORD, "hunter2");
    let says = refused(&url).await;
    assert!(says.to_lowercase().contains("password") && !says.contains("hunter2"), "{says}");
}

#[tokio::test]
async fn nobody_there_is_told() {
    let says = refused("redis://127.0.0.1:9").await;
    assert!(says.contains("no connection to Redis"), "{says}");
}

#[tokio::test]
async fn a_socket_is_as_good_as_a_port() {
    let server = Redis::shared();
    let url = format!("redis+unix://{}?db=0&pass={REDIS_PASSWORD}", server.socket().display());
    let sql = postgres::open(&postgres::database(), Sample::default().clock).await;
    let store = open(&sql, &url, patient()).await;
    assert!(store.condition().await.unwrap().used_memory > 0);
}

#[tokio::test]
async fn sessions_from_before_redis_go_on_where_they_were_made() {
    let sample = Sample::default();
    let sql = postgres::open(&postgres::database(), sample.clock.clone()).await;
    let before = World { store: gatewright_testkit::conformance::Ports::of(sql.clone(), ()), sample };
    let (account, user) = before.signed_up("ada").await;
    let [one, two] = [before.opened(&account, &user).await, before.opened(&account, &user).await];
    let redis = open(&sql, &Redis::shared().url(), patient()).await;
    let world = World { store: ports(sql, redis), sample: before.sample.clone() };
    world.clock.advance(Duration::from_secs(60));
    let new = world.opened(&account, &user).await;
    assert_eq!(world.standing(one.session.id).await, Some(one.clone()));
    let applied = world.store.sessions.rotate(world.rotation(&one)).await.unwrap();
    assert!(matches!(applied, Applied::Done(_)));
    let listed = world.store.sessions.of_user(user.id, world.now()).await.unwrap();
    assert_eq!(ids(&listed)[0], new.session.id);
    assert_eq!(listed.len(), 3);
    // One too many ends the oldest, wherever it is.
    let opening = gatewright_core::port::Opening { max_sessions: 3, ..world.opening(world.session(&account, &user)) };
    world.open(opening).await;
    let mut older = [one.session.id, two.session.id];
    older.sort_unstable();
    assert!(!world.lives(older[0]).await && world.lives(older[1]).await && world.lives(new.session.id).await);
    let entry = world.entry(account.id, Act::LoggedOut);
    assert!(world.store.sessions.end(world.end(older[1]), entry).await.unwrap());
    assert!(!world.lives(older[1]).await);
}

#[tokio::test]
async fn a_chain_is_one_piece_of_memory_and_goes_with_its_session() {
    let lab = Lab::start().await;
    let world = &lab.world;
    let (account, user) = world.signed_up("ada").await;
    let agent = UserAgent::from_header(&"Mozilla/5.0 ".repeat(30));
    let session = Session { last_user_agent: agent, ..world.session(&account, &user) };
    let opened = world.open(world.opening(session)).await;
    assert_eq!(world.standing(opened.session.id).await, Some(opened));
    let key = lab.server.ask(0, &["KEYS", "gw:*:s:*"]).unwrap();
    let encoding = lab.server.ask(0, &["OBJECT", "ENCODING", &key]).unwrap();
    assert!(["listpack", "ziplist"].contains(&encoding.as_str()), "{encoding}");
    let left: u64 = lab.server.ask(0, &["PTTL", &key]).unwrap().parse().unwrap();
    assert!(left > 80 * 24 * 3600 * 1000, "{left}");
}

#[tokio::test]
async fn a_chain_that_somebody_else_has_touched_is_named_and_nothing_panics() {
    let lab = Lab::start().await;
    let world = &lab.world;
    let (account, user) = world.signed_up("ada").await;
    let id = world.opened(&account, &user).await.session.id;
    let key = lab.server.ask(0, &["KEYS", "gw:*:s:*"]).unwrap();
    let fields = lab.server.ask(0, &["HKEYS", &key]).unwrap();
    assert!(fields.lines().count() > 15, "{fields}");
    for field in fields.lines() {
        let dump = lab.server.ask(0, &["COPY", &key, "kept", "REPLACE"]).unwrap();
        assert_eq!(dump, "1");
        lab.server.ask(0, &["HDEL", &key, field]).unwrap();
        let answer = world.store.sessions.standing(id).await;
        assert!(matches!(answer, Err(StoreError::Inconsistent { table: "redis", .. })), "{field}: {answer:?}");
        lab.server.ask(0, &["HSET", &key, field, "neither this nor that"]).unwrap();
        let answer = world.store.sessions.standing(id).await;
        let is_text = field.starts_with("agent") || field == "label";
        assert!(answer.is_ok() == is_text, "{field}: {answer:?}");
        lab.server.ask(0, &["COPY", "kept", &key, "REPLACE"]).unwrap();
    }
    assert!(world.lives(id).await);
}

#[tokio::test]
async fn what_is_left_of_a_deleted_account_is_removed() {
    let lab = Lab::start().await;
    let world = &lab.world;
    let (account, user) = world.signed_up("ada").await;
    let (other, other_user) = world.signed_up("grace").await;
    world.opened(&account, &user).await;
    world.opened(&account, &user).await;
    let stays = world.opened(&other, &other_user).await;
    let entry = world.entry(account.id, Act::AccountDeleted);
    world.store.accounts.delete(account.id, entry).await.unwrap();
    let count = || lab.server.ask(0, &["KEYS", "gw:*:s:*"]).unwrap().lines().count();
    world.store.maintenance.sweep(world.now(), 10).await.unwrap();
    assert_eq!(count(), 3, "young ones may be about to be opened");
    world.clock.advance(Duration::from_secs(11 * 60));
    world.store.maintenance.sweep(world.now(), 10).await.unwrap();
    assert_eq!(count(), 1);
    assert!(world.lives(stays.session.id).await);
}

#[tokio::test]
async fn lg9_inside_tls_only_a_redis_with_a_certificate_that_is_believed_is_spoken_to() {
    let other = Postgres::start(&PostgresSetup { tls: Tls::Offered, ..PostgresSetup::default() });
    let (authority, data) = (other.authority(), other.authority().parent().unwrap().to_owned());
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let settings = vec![
        format!("tls-port {port}"),
        format!("tls-cert-file {}", data.join("server.crt").display()),
        format!("tls-key-file {}", data.join("server.key").display()),
        format!("tls-ca-cert-file {}", authority.display()),
        "tls-auth-clients no".into(),
    ];
    let _server = Redis::start(&RedisSetup { settings });
    let url = format!("rediss://:{REDIS_PASSWORD}@127.0.0.1:{port}/0");
    let sql = postgres::open(&postgres::database(), Sample::default().clock).await;
    let store = open(&sql, &format!("{url}?sslrootcert={}", authority.display()), patient()).await;
    assert!(store.condition().await.unwrap().used_memory > 0);
    let says = refused(&url).await;
    assert!(says.contains("certificate"), "{says}");
}
