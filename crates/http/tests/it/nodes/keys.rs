//! A key that one node has just made, at the others: known at once, and no way to make them read the store at will.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering::SeqCst},
};

use async_trait::async_trait;
use gatewright::core::{
    Tended,
    port::{Keys, StoreError, StoredKey, StoredKeys},
    token::Urgency,
};
use gatewright_testkit::{
    TestApp,
    app::{Answer, PASSWORD, Setup, secs},
};
use serde_json::json;
use tokio::{sync::Notify, task::JoinSet};

use super::{nodes_apart, pass, two_nodes};
use crate::family::{EMAIL, family, grace};

/// The token with another `kid` in its header.
fn forged(token: &str, number: usize) -> String {
    let rest = token.split_once('.').unwrap().1;
    let header = json!({"alg": "ES256", "typ": "at+jwt", "kid": format!("forged-{number}")}).to_string();
    format!("{}.{rest}", data_encoding::BASE64URL_NOPAD.encode(header.as_bytes()))
}

/// Rotates twice: the first time the next key signs, which every node knows, the second time one that none knows but this one.
async fn make_unknown_key(node: &TestApp) {
    for _ in 0..2 {
        node.gate.rotate_keys(Urgency::Forced).await.unwrap();
    }
}

async fn me(node: &TestApp, token: &str) -> Answer {
    node.browser().get("/auth/me").bearer(token).await
}

#[tokio::test]
async fn a_token_of_a_key_that_another_node_has_just_made_is_good_at_once() {
    let nodes = two_nodes().await;
    let [first, second] = &nodes;
    family(first, "body").await;
    make_unknown_key(second).await;
    let token = grace(second, "body").await.access_token();
    first.fuse.mend();
    for _ in 0..10 {
        me(first, &token).await.expect_status(200);
    }
    assert_eq!(first.fuse.count("keys"), 1, "it was read once and is known");
    assert_eq!(first.gate.key_records(), second.gate.key_records());

    // The same for a selection token, and for logging out.
    pass(&nodes, secs(1));
    make_unknown_key(second).await;
    let chooser = second.browser();
    chooser.post("/auth/login").json(json!({"login": EMAIL, "password": PASSWORD})).await.expect_status(200);
    let choice = json!({"username": "grace", "transport": "body"});
    let chosen = chooser.at(first).post("/auth/select").bearer(chooser.selection_token()).json(choice).await;
    chosen.expect_status(200);
    pass(&nodes, secs(1));
    make_unknown_key(second).await;
    let token = grace(second, "body").await.access_token();
    first.browser().post("/auth/logout").bearer(&token).await.expect_status(204);
    me(second, &token).await.expect_problem(401, "access_token_invalid");
}

/// docs/attacks.md#made-up-key-names
#[tokio::test]
async fn forged_kids_make_an_instance_read_the_keys_once_a_second_at_most() {
    let app = TestApp::start().await;
    let token = app.sign_up_in("body", EMAIL).await.access_token();
    app.clock.advance(secs(60));
    app.fuse.mend();
    for second in 1..=3 {
        for number in 0..334 {
            me(&app, &forged(&token, number)).await.expect_problem(401, "access_token_invalid");
        }
        assert_eq!(app.fuse.steps(), vec!["keys"; second], "no other step either");
        app.clock.advance(secs(1));
    }
    me(&app, &token).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn requests_in_parallel_share_one_reading() {
    let [first, second] = two_nodes().await;
    let ada = first.sign_up_in("body", EMAIL).await;
    make_unknown_key(&second).await;
    let token = second.log_in(EMAIL, None, "body").await.access_token();
    let forged = forged(&ada.access_token(), 0);
    first.fuse.mend();
    let first = Arc::new(first);
    let mut requests = JoinSet::new();
    for number in 0..64 {
        let (first, good) = (Arc::clone(&first), number % 2 == 0);
        let token = if good { token.clone() } else { forged.clone() };
        requests.spawn(async move { (good, me(&first, &token).await.status.as_u16()) });
    }
    for (good, status) in requests.join_all().await {
        assert_eq!(status, if good { 200 } else { 401 });
    }
    assert_eq!(first.fuse.count("keys"), 1);
}

#[tokio::test]
async fn while_the_keys_cannot_be_read_an_unknown_key_is_no_verdict() {
    let [first, second] = two_nodes().await;
    let ada = first.sign_up_in("body", EMAIL).await;
    make_unknown_key(&second).await;
    let token = second.log_in(EMAIL, None, "body").await.access_token();
    first.fuse.refuse("keys");
    for _ in 0..10 {
        me(&first, &token).await.expect_problem(503, "store_unavailable");
    }
    assert_eq!(first.fuse.count("keys"), 1, "an outage is not asked after more often either");
    me(&first, &ada.access_token()).await.expect_status(200);
    first.fuse.mend();
    first.clock.advance(secs(1));
    me(&first, &token).await.expect_status(200);
}

#[tokio::test]
async fn a_reading_that_comes_late_does_not_put_back_what_a_newer_one_brought() {
    let late = Arc::new(Late::default());
    let setup = {
        let late = Arc::clone(&late);
        Setup::default().keys(move |inner| Arc::new(LateKeys { inner, late: Arc::clone(&late) }))
    };
    let [first, second] = nodes_apart(setup, 0).await;
    // So that the first only takes over what it reads.
    second.gate.tend().await.unwrap();
    // Something to take over, and while that is on its way something newer still.
    let older = second.gate.rotate_keys(Urgency::Forced).await.unwrap();
    late.armed.store(true, SeqCst);
    let rotating = async {
        late.has_read.notified().await;
        let rotated = first.gate.rotate_keys(Urgency::Forced).await.unwrap();
        late.may_answer.notify_one();
        rotated
    };
    let (tended, rotated) = tokio::join!(first.gate.tend(), rotating);
    assert_eq!(tended.unwrap(), Tended::Elsewhere);
    assert_ne!(rotated, older);
    assert_eq!(first.gate.key_records(), rotated);
}

#[tokio::test]
async fn a_store_that_lost_its_last_write_in_a_failover_is_believed() {
    let late = Arc::new(Late::default());
    let setup = {
        let late = Arc::clone(&late);
        Setup::default().keys(move |inner| Arc::new(LateKeys { inner, late: Arc::clone(&late) }))
    };
    let [first, second] = nodes_apart(setup, 0).await;
    second.gate.tend().await.unwrap();
    let (before, kept) = (first.gate.key_records(), late.last.lock().unwrap().clone());
    first.gate.rotate_keys(Urgency::Forced).await.unwrap();
    assert_ne!(first.gate.key_records(), before);
    *late.rolled_back.lock().unwrap() = kept;
    assert_eq!(first.gate.tend().await.unwrap(), Tended::Elsewhere);
    assert_eq!(first.gate.key_records(), before);
}

/// Keys of which one reading takes its time to arrive, once it is armed; and that can go back to what they were.
struct LateKeys {
    inner: Arc<dyn Keys>,
    late: Arc<Late>,
}

#[derive(Default)]
struct Late {
    armed: AtomicBool,
    has_read: Notify,
    may_answer: Notify,
    last: Mutex<Option<StoredKeys>>,
    rolled_back: Mutex<Option<StoredKeys>>,
}

#[async_trait]
impl Keys for LateKeys {
    async fn keys(&self) -> Result<StoredKeys, StoreError> {
        let keys = self.inner.keys().await;
        if self.late.armed.swap(false, SeqCst) {
            self.late.has_read.notify_one();
            self.late.may_answer.notified().await;
        }
        if let Some(rolled_back) = self.late.rolled_back.lock().unwrap().clone() {
            return Ok(rolled_back);
        }
        *self.late.last.lock().unwrap() = keys.as_ref().ok().cloned();
        keys
    }

    async fn replace(&self, seen: i64, keys: Vec<StoredKey>) -> Result<bool, StoreError> {
        self.inner.replace(seen, keys).await
    }
}
