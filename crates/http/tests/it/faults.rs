//! Panics, slow clients, proxies: what is wrong around a request stays with that request.

use std::{net::IpAddr, sync::Arc, time::Duration};

use async_trait::async_trait;
use gatewright::core::{
    model::{AccountId, Device, Session, SessionId, Standing, Timestamp, UserId},
    port::{Applied, End, EndAll, Entry, Opened, Opening, Redelivery, RollForward, Rotation, Sessions, StoreError},
};
use gatewright_testkit::app::{Setup, mins, secs};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::family::EMAIL;

#[tokio::test]
async fn lg4_a_panic_is_one_requests_500_and_tells_nothing() {
    let app = Setup::default().sessions(|inner| Arc::new(Broken { inner, how: Fault::Panic })).start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let answer = ada.get("/auth/sessions").await.expect_problem(500, "internal_error");
    assert!(!answer.text().contains("swordfish"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    ada.get("/auth/me").await.expect_status(200);
}

#[tokio::test]
async fn a_request_that_the_store_never_answers_is_given_up() {
    let short = |options: &mut gatewright::HttpOptions| options.request_deadline = Duration::from_secs(2);
    let app = Setup::default().http(short).sessions(|inner| Arc::new(Broken { inner, how: Fault::Hang })).start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    ada.get("/auth/sessions").await.expect_problem(503, "store_unavailable");
    ada.get("/auth/me").await.expect_status(200);
}

#[tokio::test]
async fn a_refresh_that_waited_longer_than_ten_seconds_changes_nothing() {
    // The clock moves on while the request is under way, between its arrival and the judgement.
    let app = Setup::default().start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    app.clock.advance(mins(2));
    let client = gatewright::core::model::ClientInfo { ip: None, user_agent: None, received_at: app.gate.now() };
    app.clock.advance(secs(11));
    let refused = app.gate.refresh(&ada.refresh_token(), None, &client).await;
    assert!(matches!(refused, Err(gatewright::core::Error::Unavailable(StoreError::TooLate))));
    assert_eq!(ada.refresh().await.json()["session"]["generation"], 2);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let short = |options: &mut gatewright::HttpOptions| options.body_deadline = Duration::from_millis(50);
    let app = Setup::default().http(short).start().await;
    let served = app.serve().await;
    let mut socket = TcpStream::connect(served.address).await.unwrap();
    let head =
        "POST /auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n{\"";
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 32];
    socket.read_exact(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 408 "), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_whatever_it_announces() {
    let app = Setup::default().start().await;
    let nobody = app.browser();
    let long = vec![b' '; 16 * 1024 + 1];
    nobody.post("/auth/login").raw("application/json", long.clone()).await.expect_problem(413, "payload_too_large");
    nobody.post("/auth/refresh").raw("application/json", long).await.expect_problem(413, "payload_too_large");
    let announced = nobody.post("/auth/login").raw("application/json", "{}").header("content-length", "20000");
    announced.await.expect_problem(413, "payload_too_large");
    let served = app.serve().await;
    let mut socket = TcpStream::connect(served.address).await.unwrap();
    let mut request = b"POST /auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n".to_vec();
    request.extend_from_slice(b"transfer-encoding: chunked\r\n\r\n8000\r\n");
    request.extend(vec![b' '; 0x8000]);
    request.extend_from_slice(b"\r\n0\r\n\r\n");
    socket.write_all(&request).await.unwrap();
    let mut answer = [0; 32];
    socket.read_exact(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 413 "), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn oa10_the_senders_address_is_taken_from_configured_proxies_only() {
    let behind = |options: &mut gatewright::HttpOptions| options.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
    let app = Setup::default().http(behind).start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    for (peer, forwarded, expected) in
        [("203.0.113.5", "198.51.100.1", "203.0.113.5"), ("10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1")]
    {
        app.clock.advance(mins(2));
        let call = ada.refresh().from(peer).header("x-forwarded-for", forwarded).header("forwarded", "for=9.9.9.9");
        call.await.expect_status(200);
        assert_eq!(ada.get("/auth/sessions").await.json()["sessions"][0]["ip"], expected);
    }
}

/// Sessions whose list never comes.
struct Broken {
    inner: Arc<dyn Sessions>,
    how: Fault,
}

#[derive(Clone, Copy)]
enum Fault {
    Panic,
    Hang,
}

#[async_trait]
impl Sessions for Broken {
    async fn open(&self, opening: Opening, entry: Entry) -> Result<Opened, StoreError> {
        self.inner.open(opening, entry).await
    }

    async fn standing(&self, id: SessionId) -> Result<Option<Standing>, StoreError> {
        self.inner.standing(id).await
    }

    async fn rotate(&self, step: Rotation) -> Result<Applied, StoreError> {
        self.inner.rotate(step).await
    }

    async fn redeliver(&self, step: Redelivery) -> Result<Applied, StoreError> {
        self.inner.redeliver(step).await
    }

    async fn roll_forward(&self, step: RollForward, entry: Entry) -> Result<Applied, StoreError> {
        self.inner.roll_forward(step, entry).await
    }

    async fn end(&self, end: End, entry: Entry) -> Result<bool, StoreError> {
        self.inner.end(end, entry).await
    }

    async fn end_all(&self, end: EndAll, entry: Entry) -> Result<bool, StoreError> {
        self.inner.end_all(end, entry).await
    }

    async fn of_user(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.inner.of_user(user, now).await
    }

    async fn of_account(&self, _: AccountId, _: Timestamp) -> Result<Vec<Session>, StoreError> {
        match self.how {
            Fault::Panic => panic!("the password is swordfish"),
            Fault::Hang => std::future::pending().await,
        }
    }

    async fn knows_source(&self, account: AccountId, ip: IpAddr) -> Result<bool, StoreError> {
        self.inner.knows_source(account, ip).await
    }

    async fn knows_device(&self, account: AccountId, device: &Device) -> Result<bool, StoreError> {
        self.inner.knows_device(account, device).await
    }
}
