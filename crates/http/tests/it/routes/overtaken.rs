//! What is answered when the world changes between the reading and the writing: the account was disabled, or the session
//! ended, or the request waited for too long. The changes happen exactly there, behind the port.

use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

use async_trait::async_trait;
use gatewright::core::{
    model::{AccountId, Device, Session, SessionId, Standing, Timestamp, UserId},
    port::{Applied, End, EndAll, Entry, Opened, Opening, Redelivery, RollForward, Rotation, Sessions, StoreError},
};
use gatewright_testkit::{
    FrozenClock, TestApp,
    app::{PASSWORD, Setup, mins, secs},
};
use serde_json::json;

use crate::{
    family::{EMAIL, family},
    routes::shown,
};

/// What happens meanwhile.
#[derive(Default)]
struct Meanwhile {
    /// What a new session would stand on has changed.
    changed: AtomicBool,
    /// Reading a session takes so long.
    slow: Mutex<Option<(Arc<FrozenClock>, Duration)>>,
}

async fn app(meanwhile: &Arc<Meanwhile>) -> TestApp {
    let meanwhile = Arc::clone(meanwhile);
    let wrap = move |inner| -> Arc<dyn Sessions> { Arc::new(Overtaken(inner, Arc::clone(&meanwhile))) };
    Setup::default().sessions(wrap).start().await
}

#[tokio::test]
async fn no_session_is_opened_on_what_is_not_so_any_more() {
    let meanwhile = Arc::default();
    let app = app(&meanwhile).await;
    let ada = family(&app, "cookie").await;
    let login = app.browser();
    login.post("/auth/login").json(json!({"login": EMAIL, "password": PASSWORD})).await.expect_status(200);
    let select = json!({"selection_token": login.selection_token(), "username": "grace"});
    let signup = json!({"email": "eve@example.test", "password": PASSWORD});
    let named = json!({"login": EMAIL, "password": PASSWORD, "user": "grace"});
    meanwhile.changed.store(true, SeqCst);
    for (answer, code) in [
        (login.post("/auth/signup").json(signup.clone()).await, "invalid_credentials"),
        (login.post("/auth/login").json(named).await, "invalid_credentials"),
        (login.post("/auth/select").json(select.clone()).await, "selection_token_invalid"),
        (ada.post("/auth/switch").json(json!({"username": "grace"})).await, "access_token_invalid"),
        (ada.post("/auth/reauthenticate").json(json!({"password": PASSWORD})).await, "access_token_invalid"),
    ] {
        let answer = answer.expect_problem(401, code);
        assert!(answer.set_cookies().is_empty(), "what the browser has may still be good");
    }
    // It was not so after all: nothing is spent and nobody is out, and the account of the sign-up is there.
    meanwhile.changed.store(false, SeqCst);
    login.post("/auth/select").json(select).await.expect_status(200);
    ada.get("/auth/me").await.expect_status(200);
    login.post("/auth/signup").json(signup).await.expect_problem(409, "email_taken");
}

#[tokio::test]
async fn a_refresh_that_has_waited_for_ten_seconds_is_put_off_and_changes_nothing() {
    let meanwhile: Arc<Meanwhile> = Arc::default();
    let app = app(&meanwhile).await;
    let ada = app.sign_up(EMAIL).await;
    let first = ada.refresh_token();
    app.clock.advance(mins(2));
    *meanwhile.slow.lock().unwrap() = Some((Arc::clone(&app.clock), secs(11)));
    let late = ada.refresh().await.expect_problem(503, "store_unavailable");
    insta::assert_snapshot!(shown(&late), @r#"
    503 Service Unavailable
    {
      "code": "store_unavailable",
      "detail": "Something that is needed is unavailable at the moment.",
      "request_id": "[id]",
      "retry_after": 1,
      "status": 503,
      "title": "The store is unavailable",
      "type": "https://github.com/gatewright/gatewright/blob/main/docs/errors.md#store_unavailable"
    }
    "#);
    assert_eq!(late.header("retry-after"), Some("1"));
    *meanwhile.slow.lock().unwrap() = Some((Arc::clone(&app.clock), secs(10)));
    assert_eq!(ada.refresh_token(), first);
    assert_eq!(ada.refresh().await.expect_status(200).json()["session"]["generation"], 2);
}

struct Overtaken(Arc<dyn Sessions>, Arc<Meanwhile>);

#[async_trait]
impl Sessions for Overtaken {
    async fn open(&self, opening: Opening, entry: Entry) -> Result<Opened, StoreError> {
        if self.1.changed.load(SeqCst) { Ok(Opened::Stale) } else { self.0.open(opening, entry).await }
    }

    async fn standing(&self, id: SessionId) -> Result<Option<Standing>, StoreError> {
        if let Some((clock, wait)) = &*self.1.slow.lock().unwrap() {
            clock.advance(*wait);
        }
        self.0.standing(id).await
    }

    async fn rotate(&self, step: Rotation) -> Result<Applied, StoreError> {
        self.0.rotate(step).await
    }

    async fn redeliver(&self, step: Redelivery) -> Result<Applied, StoreError> {
        self.0.redeliver(step).await
    }

    async fn roll_forward(&self, step: RollForward, entry: Entry) -> Result<Applied, StoreError> {
        self.0.roll_forward(step, entry).await
    }

    async fn end(&self, end: End, entry: Entry) -> Result<bool, StoreError> {
        self.0.end(end, entry).await
    }

    async fn end_all(&self, end: EndAll, entry: Entry) -> Result<bool, StoreError> {
        self.0.end_all(end, entry).await
    }

    async fn of_user(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.0.of_user(user, now).await
    }

    async fn of_account(&self, account: AccountId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.0.of_account(account, now).await
    }

    async fn knows_source(&self, account: AccountId, ip: IpAddr) -> Result<bool, StoreError> {
        self.0.knows_source(account, ip).await
    }

    async fn knows_device(&self, account: AccountId, device: &Device) -> Result<bool, StoreError> {
        self.0.knows_device(account, device).await
    }
}
