//! A client like a page in a browser: keeps cookies and the access token, sends both, and says where it comes from.

use std::{
    future::IntoFuture,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Method, Request, header},
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{Answer, TestApp, jar::Jar};
use crate::FrozenClock;

/// What a browser reaches: the running system, also after it was restarted.
pub(super) type Line = Arc<Mutex<Router>>;

/// A client of a [`TestApp`].
pub struct Browser {
    line: Line,
    clock: Arc<FrozenClock>,
    state: Arc<Mutex<State>>,
}

#[derive(Clone, Default)]
struct State {
    jar: Jar,
    access_token: Option<String>,
    refresh_token: Option<String>,
    selection_token: Option<String>,
    kind: Kind,
    last: Value,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    /// Says of each request that a page of ours is behind it.
    #[default]
    Browser,
    /// Says nothing of the kind.
    Program,
}

impl Browser {
    pub(super) fn new(line: Line, clock: Arc<FrozenClock>) -> Self {
        Self { line, clock, state: Arc::default() }
    }

    /// No browser any more, but a program that shows this as its bearer token.
    pub(super) fn into_program(self, key: String) -> Self {
        *self.state() = State { kind: Kind::Program, access_token: Some(key), ..State::default() };
        self
    }

    /// A second tab: shares nothing from now on, but has what this one has.
    #[must_use]
    pub fn copy(&self) -> Self {
        let state = Arc::new(Mutex::new(self.state().clone()));
        Self { line: Arc::clone(&self.line), clock: Arc::clone(&self.clock), state }
    }

    /// The same browser, with what it has and what it will have, sent to another node by a balancer.
    #[must_use]
    pub fn at(&self, node: &TestApp) -> Self {
        Self { line: Arc::clone(&node.line), clock: Arc::clone(&node.clock), state: Arc::clone(&self.state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The refresh token, from the cookie or the body.
    ///
    /// # Panics
    /// There is none, or there are several.
    #[must_use]
    #[track_caller]
    pub fn refresh_token(&self) -> String {
        let state = self.state();
        state.refresh_token.clone().or_else(|| state.jar.value("gw_rt_")).expect("one refresh token")
    }

    /// The access token, from the cookie or the body.
    ///
    /// # Panics
    /// There is none, or there are several.
    #[must_use]
    #[track_caller]
    pub fn access_token(&self) -> String {
        let state = self.state();
        state.access_token.clone().or_else(|| state.jar.value("gw_at_")).expect("one access token")
    }

    /// The selection token of the last login.
    ///
    /// # Panics
    /// There is none.
    #[must_use]
    #[track_caller]
    pub fn selection_token(&self) -> String {
        self.state().selection_token.clone().expect("a selection token")
    }

    /// The names of the cookies.
    #[must_use]
    pub fn cookie_names(&self) -> Vec<String> {
        self.state().jar.names()
    }

    /// The cookies as they would be sent.
    #[must_use]
    pub fn cookie_header(&self) -> Option<String> {
        self.state().jar.header(&*self.clock)
    }

    /// What the last answer that signed in said.
    #[must_use]
    pub fn signed_in(&self) -> Value {
        self.state().last.clone()
    }

    /// The id of the session.
    #[must_use]
    pub fn session_id(&self) -> String {
        self.signed_in()["session"]["id"].as_str().unwrap_or_default().to_owned()
    }

    /// The id of the user.
    #[must_use]
    pub fn user_id(&self) -> String {
        self.signed_in()["user"]["id"].as_str().unwrap_or_default().to_owned()
    }

    /// The session's tag, as the names of its cookies end.
    #[must_use]
    pub fn tag(&self) -> String {
        self.session_id().chars().rev().take(8).collect::<Vec<_>>().into_iter().rev().collect()
    }

    /// Prepares a request.
    #[must_use]
    pub fn request(&self, method: Method, path: &str) -> Call<'_> {
        let state = self.state();
        Call {
            browser: self,
            method,
            path: path.to_owned(),
            headers: Vec::new(),
            bearer: state.access_token.clone(),
            cookies: state.jar.header(&*self.clock),
            fetch_site: (state.kind == Kind::Browser).then(|| "same-origin".to_owned()),
            peer: SocketAddr::from(([203, 0, 113, 7], 50_000)),
            body: None,
        }
    }

    /// `GET`.
    #[must_use]
    pub fn get(&self, path: &str) -> Call<'_> {
        self.request(Method::GET, path)
    }

    /// `POST`.
    #[must_use]
    pub fn post(&self, path: &str) -> Call<'_> {
        self.request(Method::POST, path)
    }

    /// `PUT`.
    #[must_use]
    pub fn put(&self, path: &str) -> Call<'_> {
        self.request(Method::PUT, path)
    }

    /// `PATCH`.
    #[must_use]
    pub fn patch(&self, path: &str) -> Call<'_> {
        self.request(Method::PATCH, path)
    }

    /// `DELETE`.
    #[must_use]
    pub fn delete(&self, path: &str) -> Call<'_> {
        self.request(Method::DELETE, path)
    }

    /// Presents the own refresh token, as the session's transport does.
    #[must_use]
    pub fn refresh(&self) -> Call<'_> {
        let in_body = self.state().refresh_token.clone();
        let call = self.post("/auth/refresh").without_bearer();
        match in_body {
            Some(token) => call.without_cookies().json(json!({"refresh_token": token})),
            None => call,
        }
    }

    fn learn(&self, answer: &Answer) {
        let mut state = self.state();
        for line in answer.set_cookies() {
            state.jar.take(&line, &*self.clock);
        }
        let json = answer.json();
        let text = |name: &str| json.get(name).and_then(Value::as_str).map(str::to_owned);
        match json.get("status").and_then(Value::as_str) {
            Some("signed_in") => {
                state.access_token = text("access_token");
                state.refresh_token = text("refresh_token");
                state.last = json;
            }
            Some("select_user") => state.selection_token = text("selection_token"),
            _ => {}
        }
    }
}

/// A request in the making. Awaiting it sends it.
pub struct Call<'b> {
    browser: &'b Browser,
    method: Method,
    path: String,
    headers: Vec<(String, Vec<u8>)>,
    bearer: Option<String>,
    cookies: Option<String>,
    fetch_site: Option<String>,
    peer: SocketAddr,
    body: Option<Vec<u8>>,
}

impl Call<'_> {
    /// With this JSON body, declared as such.
    #[must_use]
    pub fn json(self, body: impl Into<Value>) -> Self {
        self.raw("application/json", body.into().to_string())
    }

    /// With this body, declared as this.
    #[must_use]
    pub fn raw(self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { body: Some(body.into()), ..self.header("content-type", content_type) }
    }

    /// With this body, not declared as anything.
    #[must_use]
    pub fn undeclared(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: Some(body.into()), ..self }
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// With this bearer token instead of the own one.
    #[must_use]
    pub fn bearer(self, token: impl Into<String>) -> Self {
        Self { bearer: Some(token.into()), ..self }
    }

    /// Without a bearer token.
    #[must_use]
    pub fn without_bearer(self) -> Self {
        Self { bearer: None, ..self }
    }

    /// With exactly these cookies.
    #[must_use]
    pub fn cookies(self, cookies: impl Into<String>) -> Self {
        Self { cookies: Some(cookies.into()), ..self }
    }

    /// Without cookies.
    #[must_use]
    pub fn without_cookies(self) -> Self {
        Self { cookies: None, ..self }
    }

    /// As a page of another site has the browser send it, or, with `None`, as no browser does.
    #[must_use]
    pub fn fetch_site(self, site: Option<&str>) -> Self {
        Self { fetch_site: site.map(str::to_owned), ..self }
    }

    /// From this address.
    ///
    /// # Panics
    /// It is none.
    #[must_use]
    pub fn from(self, address: &str) -> Self {
        Self { peer: SocketAddr::new(address.parse().expect("an address"), 50_000), ..self }
    }

    async fn send(self) -> Answer {
        let mut request = Request::builder().method(self.method).uri(&self.path);
        for (name, value) in &self.headers {
            request = request.header(name, value.as_slice());
        }
        if let Some(token) = &self.bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(cookies) = &self.cookies {
            request = request.header(header::COOKIE, cookies);
        }
        if let Some(site) = &self.fetch_site {
            request = request.header("sec-fetch-site", site);
        }
        let body = self.body.map_or_else(Body::empty, Body::from);
        let mut request = request.body(body).expect("a request that can be sent");
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let router = self.browser.line.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let response = router.oneshot(request).await.expect("a router always answers");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body that can be read").to_bytes();
        let answer = Answer { status: parts.status, headers: parts.headers, body };
        self.browser.learn(&answer);
        answer
    }
}

impl<'b> IntoFuture for Call<'b> {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send + 'b>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
