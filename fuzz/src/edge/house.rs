//! The system that requests are sent to: one for each thread, with an account whose owner is signed in.

use std::{cell::RefCell, net::SocketAddr};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Method, Request},
};
use gatewright::core::model::Limits;
use gatewright_testkit::{
    TestApp,
    app::{Browser, Setup},
};
use http_body_util::BodyExt;
use tokio::runtime::Runtime;
use tower::ServiceExt;

use super::answer::Answer;

/// A page of this origin may call us.
pub(super) const FRIEND: &str = "https://app.example.test";
/// Whoever connects from here is a proxy of ours.
pub(super) const PROXIES: [&str; 2] = ["10.0.0.0/8", "fd00::/8"];

pub(super) struct House {
    // In this order: the system ends before what its futures run on.
    router: Router,
    app: TestApp,
    runtime: Runtime,
    accounts: u64,
    /// A session in the transport `cookie`, and one of the same user in `body`.
    pub(super) cookies: Browser,
    pub(super) body: Browser,
}

thread_local! {
    static HOUSE: RefCell<Option<House>> = const { RefCell::new(None) };
}

/// Does something in the house of this thread, which is built where there is none.
pub(super) fn within<T>(act: impl FnOnce(&mut House) -> T) -> T {
    HOUSE.with_borrow_mut(|house| act(house.get_or_insert_with(House::build)))
}

/// Takes the house of this thread down, and its temporary folder with it. The next request would build another one.
pub fn close() {
    HOUSE.set(None);
}

impl House {
    fn build() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let setup = Setup::default().policy(|policy| policy.limits = Limits::Off).http(|options| {
            options.cors_origins = vec![FRIEND.parse().unwrap()];
            options.trusted_proxies = PROXIES.map(|net| net.parse().unwrap()).to_vec();
        });
        let app = runtime.block_on(setup.start());
        let [cookies, body] = sign_up(&runtime, &app, 0);
        Self { router: app.edge.router(), app, runtime, accounts: 1, cookies, body }
    }

    /// Another account with another owner: what an input did to the last one concerns nobody any more.
    pub(super) fn renew(&mut self) {
        [self.cookies, self.body] = sign_up(&self.runtime, &self.app, self.accounts);
        self.accounts += 1;
    }

    /// Sends a request from an address, and checks what holds for every answer.
    pub(super) fn send_from(&self, peer: &str, mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 50_000)));
        let method = request.method().clone();
        let router = self.router.clone();
        self.runtime.block_on(async {
            let Ok(response) = router.oneshot(request).await;
            let (parts, body) = response.into_parts();
            let body = body.collect().await.expect("a body that can be read").to_bytes();
            Answer::checked(&method, parts, &body)
        })
    }

    pub(super) fn send(&self, request: Request<Body>) -> Answer {
        self.send_from("203.0.113.7", request)
    }

    /// A request with headers, if such a one can exist.
    pub(super) fn request(
        method: Method,
        path: &str,
        headers: &[(&str, &[u8])],
        body: Vec<u8>,
    ) -> Option<Request<Body>> {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::from(body)).ok()
    }
}

fn sign_up(runtime: &Runtime, app: &TestApp, number: u64) -> [Browser; 2] {
    runtime.block_on(async {
        let email = format!("ada{number}@example.test");
        let cookies = app.sign_up_in("cookie", &email).await;
        let body = app.log_in(&email, None, "body").await;
        [cookies, body]
    })
}
