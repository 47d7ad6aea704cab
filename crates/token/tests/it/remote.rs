//! Keys from an issuer elsewhere: a real HTTP server on loopback that counts what it is asked, and a clock that the
//! tests move by hand.

use crate::forge::{Forge, NOW, claims, good_claims, verifier};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use gatewright_token::{
    Jwks, KeyRefusal, Rejection, VerifyingKeys,
    remote::{AddressError, FetchFailure, RemoteRejection, RemoteVerifier},
};
use serde_json::json;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

/// How the issuer answers.
#[derive(Clone)]
enum Mood {
    Well,
    Broken,
    Says(String),
    Redirects,
}

struct World {
    document: Mutex<String>,
    mood: Mutex<Mood>,
    asked: AtomicUsize,
    not_modified: AtomicUsize,
    cache_control: Mutex<&'static str>,
}

impl World {
    fn asked(&self) -> usize {
        self.asked.load(SeqCst)
    }

    fn publish(&self, forges: &[&Forge]) {
        *self.document.lock().expect("not poisoned") = document(forges);
    }

    fn feel(&self, mood: Mood) {
        *self.mood.lock().expect("not poisoned") = mood;
    }
}

fn document(forges: &[&Forge]) -> String {
    let keys = forges.iter().map(|forge| forge.key.public_jwk().expect("asymmetric").clone()).collect();
    Jwks { keys }.to_json()
}

async fn jwks(State(world): State<Arc<World>>, headers: HeaderMap) -> Response {
    world.asked.fetch_add(1, SeqCst);
    // Long enough that callers who come together are all here before the answer.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let mood = world.mood.lock().expect("not poisoned").clone();
    match mood {
        Mood::Broken => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Mood::Says(text) => return text.into_response(),
        Mood::Redirects => return (StatusCode::FOUND, [(header::LOCATION, "/elsewhere")]).into_response(),
        Mood::Well => {}
    }
    let document = world.document.lock().expect("not poisoned").clone();
    let tag = format!("\"{}\"", document.len() + usize::from(document.as_bytes()[document.len() / 2]));
    let cache_control = *world.cache_control.lock().expect("not poisoned");
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known == tag.as_str()) {
        world.not_modified.fetch_add(1, SeqCst);
        return (StatusCode::NOT_MODIFIED, [(header::CACHE_CONTROL, cache_control)]).into_response();
    }
    ([(header::ETAG, tag.as_str()), (header::CACHE_CONTROL, cache_control)], document).into_response()
}

/// The issuer, a verifier of it without any key yet, and the clock.
struct Scene {
    world: Arc<World>,
    remote: RemoteVerifier,
    clock: Arc<AtomicI64>,
    address: String,
}

#[expect(clippy::disallowed_methods, reason = "the one place where these tests start a task: the issuer's server")]
async fn scene(forges: &[&Forge]) -> Scene {
    let world = Arc::new(World {
        document: Mutex::new(document(forges)),
        mood: Mutex::new(Mood::Well),
        asked: AtomicUsize::new(0),
        not_modified: AtomicUsize::new(0),
        cache_control: Mutex::new("public, max-age=300"),
    });
    let router = Router::new().route("/jwks", get(jwks)).route("/elsewhere", get(jwks)).with_state(Arc::clone(&world));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}/jwks", listener.local_addr().expect("bound"));
    tokio::spawn(async move { axum::serve(listener, router).await.expect("serves") });
    let clock = Arc::new(AtomicI64::new(NOW));
    let hands = Arc::clone(&clock);
    let plain = verifier(VerifyingKeys::default());
    let remote = RemoteVerifier::with_clock(plain, &address, move || hands.load(SeqCst));
    Scene { world, remote: remote.expect("a loopback address"), clock, address }
}

impl Scene {
    fn advance(&self, secs: i64) {
        self.clock.fetch_add(secs, SeqCst);
    }

    /// A token that is good at the time of the clock.
    fn token(&self, forge: &Forge) -> String {
        let now = self.clock.load(SeqCst);
        let mut claims = good_claims();
        claims["iat"] = json!(now);
        claims["exp"] = json!(now + 600);
        forge.sign_claims(&claims)
    }

    /// Sixteen callers at once, each with this token.
    async fn sixteen(&self, token: &str) -> Vec<Result<(), RemoteRejection>> {
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let (remote, token) = (self.remote.clone(), token.to_owned());
            callers.spawn(async move { remote.verify_access(&token).await.map(|_| ()) });
        }
        callers.join_all().await
    }
}

const UNKNOWN: RemoteRejection = RemoteRejection::Refused(Rejection::UnknownKey);

#[tokio::test]
async fn sixteen_callers_without_keys_cause_one_fetch() {
    let forge = Forge::new();
    let scene = scene(&[&forge]).await;
    let token = forge.sign_claims(&good_claims());
    assert_eq!(scene.remote.verify_access(&token).await, Ok(claims()));
    assert_eq!(scene.world.asked(), 1);

    let second = self::scene(&[&forge]).await;
    assert_eq!(second.sixteen(&second.token(&forge)).await, vec![Ok(()); 16]);
    assert_eq!(second.world.asked(), 1);
}

#[tokio::test]
async fn jw16_keys_are_asked_for_again_when_they_are_old_and_304_keeps_them() {
    let forge = Forge::new();
    let scene = scene(&[&forge]).await;
    scene.remote.warm_up().await.expect("fetched");
    scene.advance(299);
    scene.remote.verify_access(&scene.token(&forge)).await.expect("good");
    assert_eq!(scene.world.asked(), 1);
    scene.advance(1);
    scene.remote.verify_access(&scene.token(&forge)).await.expect("good");
    assert_eq!((scene.world.asked(), scene.world.not_modified.load(SeqCst)), (2, 1));
    scene.advance(299);
    scene.remote.verify_access(&scene.token(&forge)).await.expect("good");
    assert_eq!(scene.world.asked(), 2, "the 304 made them fresh again");
}

#[tokio::test]
async fn the_issuer_may_shorten_the_time_but_not_lengthen_it() {
    let forge = Forge::new();
    for (directive, due) in [("max-age=60", 60), ("max-age=86400", 300), ("max-age=0", 10), ("no-cache", 300)] {
        let scene = scene(&[&forge]).await;
        *scene.world.cache_control.lock().expect("not poisoned") = directive;
        scene.remote.warm_up().await.expect("fetched");
        scene.advance(due - 1);
        scene.remote.warm_up().await.expect("fresh");
        assert_eq!(scene.world.asked(), 1, "{directive}");
        scene.advance(1);
        scene.remote.warm_up().await.expect("fetched");
        assert_eq!(scene.world.asked(), 2, "{directive}");
    }
}

#[tokio::test]
async fn a_new_key_is_found_by_the_first_token_that_names_it() {
    let (old, new) = (Forge::new(), Forge::new());
    let scene = scene(&[&old]).await;
    scene.remote.warm_up().await.expect("fetched");
    scene.world.publish(&[&old, &new]);
    assert_eq!(scene.sixteen(&scene.token(&new)).await, vec![Ok(()); 16]);
    assert_eq!(scene.world.asked(), 2, "one fetch for all sixteen");
    scene.remote.verify_access(&scene.token(&old)).await.expect("the old one is still there");
}

#[tokio::test]
async fn jw2_a_flood_of_unknown_keys_causes_one_fetch_a_minute() {
    let (known, stranger) = (Forge::new(), Forge::new());
    let scene = scene(&[&known]).await;
    scene.remote.warm_up().await.expect("fetched");
    for minute in 1..=3 {
        for _ in 0..4 {
            assert_eq!(scene.sixteen(&scene.token(&stranger)).await, vec![Err(UNKNOWN); 16]);
        }
        assert_eq!(scene.world.asked(), 1 + minute);
        scene.advance(59);
        assert_eq!(scene.remote.verify_access(&scene.token(&stranger)).await.err(), Some(UNKNOWN));
        assert_eq!(scene.world.asked(), 1 + minute, "the minute is not over");
        scene.advance(1);
    }
}

#[tokio::test]
async fn jw2_a_token_that_names_an_address_makes_nobody_ask_there() {
    let forge = Forge::new();
    let (scene, trap) = (scene(&[&forge]).await, scene(&[&forge]).await);
    let mut header = forge.header();
    header["jku"] = json!(trap.address);
    let token = forge.sign_header(&header);
    let verdict = scene.remote.verify_access(&token).await;
    assert_eq!(verdict.err(), Some(RemoteRejection::Refused(Rejection::HeaderMember("jku"))));
    assert_eq!((scene.world.asked(), trap.world.asked()), (1, 0), "only the own set, only once");
}

#[tokio::test]
async fn old_keys_serve_while_the_issuer_is_broken() {
    let forge = Forge::new();
    for (mood, failure) in [
        (Mood::Broken, FetchFailure::Status(500)),
        (Mood::Redirects, FetchFailure::Status(302)),
        (Mood::Says("<html>".to_owned()), FetchFailure::Keys(KeyRefusal::NotStrictJson)),
        (Mood::Says(r#"{"keys":[]}"#.to_owned()), FetchFailure::Keys(KeyRefusal::NoUsableKey)),
        (Mood::Says("x".repeat(70_000)), FetchFailure::Body),
    ] {
        let scene = scene(&[&forge]).await;
        scene.remote.warm_up().await.expect("fetched");
        scene.world.feel(mood);
        scene.advance(3600);
        scene.remote.verify_access(&scene.token(&forge)).await.expect("the old keys serve");
        assert_eq!(scene.remote.last_failure(), Some(failure));
        // And the broken issuer is not asked at every request.
        for _ in 0..5 {
            assert_eq!(scene.sixteen(&scene.token(&forge)).await, vec![Ok(()); 16]);
        }
        assert_eq!(scene.world.asked(), 2);
        scene.world.feel(Mood::Well);
        scene.advance(5);
        scene.remote.verify_access(&scene.token(&forge)).await.expect("good");
        assert_eq!((scene.world.asked(), scene.remote.last_failure()), (3, None));
    }
}

#[tokio::test]
async fn keys_do_not_serve_for_ever() {
    let forge = Forge::new();
    let scene = scene(&[&forge]).await;
    scene.remote.warm_up().await.expect("fetched");
    scene.world.feel(Mood::Broken);
    scene.advance(86_399);
    scene.remote.verify_access(&scene.token(&forge)).await.expect("the old keys serve");
    scene.advance(10);
    assert_eq!(scene.remote.verify_access(&scene.token(&forge)).await.err(), Some(RemoteRejection::Unavailable));
}

#[tokio::test]
async fn without_any_key_the_answer_is_unavailable_not_refused() {
    let forge = Forge::new();
    let scene = scene(&[&forge]).await;
    scene.world.feel(Mood::Broken);
    assert_eq!(scene.sixteen(&scene.token(&forge)).await, vec![Err(RemoteRejection::Unavailable); 16]);
    assert_eq!(scene.world.asked(), 1);
    scene.world.feel(Mood::Well);
    scene.advance(5);
    scene.remote.verify_access(&scene.token(&forge)).await.expect("good");
}

#[tokio::test]
async fn an_issuer_that_is_not_there_is_unavailable() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = gone.local_addr().expect("bound");
    drop(gone);
    let remote = RemoteVerifier::with_clock(verifier(VerifyingKeys::default()), &format!("http://{address}/"), || NOW);
    let remote = remote.expect("a loopback address");
    assert_eq!(remote.warm_up().await, Err(RemoteRejection::Unavailable));
    assert_eq!(remote.last_failure(), Some(FetchFailure::Connection));
}

/// Otherwise whoever forges a token and hangs up could keep a service from learning a new key.
#[tokio::test]
async fn a_caller_that_hangs_up_does_not_take_the_fetch_with_it() {
    let (old, new) = (Forge::new(), Forge::new());
    let scene = scene(&[&old]).await;
    scene.remote.warm_up().await.expect("fetched");
    scene.world.publish(&[&old, &new]);
    let token = scene.token(&new);
    let hung_up = tokio::time::timeout(Duration::from_millis(10), scene.remote.verify_access(&token)).await;
    assert!(hung_up.is_err(), "the issuer takes 50 ms");
    assert_eq!(scene.remote.verify_access(&token).await.map(|_| ()), Ok(()));
    assert_eq!(scene.world.asked(), 2);
}

#[cfg(feature = "remote-tls")]
#[tokio::test]
async fn over_tls_a_server_that_speaks_none_is_not_believed() {
    let forge = Forge::new();
    let scene = scene(&[&forge]).await;
    let address = scene.address.replace("http://", "https://");
    let remote = RemoteVerifier::with_clock(verifier(VerifyingKeys::default()), &address, || NOW).expect("https");
    assert_eq!(remote.warm_up().await, Err(RemoteRejection::Unavailable));
    assert_eq!((remote.last_failure(), scene.world.asked()), (Some(FetchFailure::Connection), 0));
}

#[tokio::test]
async fn a_withdrawn_key_stops_verifying_at_the_next_fetch() {
    let (stolen, new) = (Forge::new(), Forge::new());
    let scene = scene(&[&stolen, &new]).await;
    scene.remote.verify_access(&scene.token(&stolen)).await.expect("still published");
    scene.world.publish(&[&new]);
    scene.advance(300);
    assert_eq!(scene.remote.verify_access(&scene.token(&stolen)).await.err(), Some(UNKNOWN));
}

#[test]
fn keys_come_over_tls_or_from_this_machine() {
    let plain = verifier(VerifyingKeys::default());
    let refused = |address| RemoteVerifier::new(plain.clone(), address).err();
    assert_eq!(refused("http://auth.example.test/jwks"), Some(AddressError::Insecure));
    assert_eq!(refused("http://localhost:8080/jwks"), Some(AddressError::Insecure));
    assert_eq!(refused("/jwks"), Some(AddressError::Malformed));
}
