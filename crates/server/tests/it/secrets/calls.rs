//! Every call of the API with secrets in it, done well and refused. What must stay true: an operation that is new in the
//! OpenAPI document and not called here fails the tests.

use std::{collections::BTreeSet, net::SocketAddr};

use gatewright_testkit::servers::SmtpServer;
use serde_json::{Value, json};

use super::{canaries::Canaries, receiver::Receiver};
use crate::{
    child::Place,
    client::{Answer, get, post_form, request},
};

/// With what a password may hold and what changes when it is written somewhere.
pub(super) const PASSWORD: &str = "canary of a password: \"7319\" 'ü' \\ %2F+";
const WRONG: &str = "canary of a wrong password 7319 \"ß\"";
pub(super) const CHANGED: &str = "canary of a changed password 7319 é";
const PIN: &str = "73197319";
const NEW_PIN: &str = "91739173";
const WRONG_PIN: &str = "37193719";
const NO_PIN: &str = "canary of what is no PIN 7319";
/// Keys of clients' own, as `Idempotency-Key`.
const RETRY_KEYS: [&str; 2] = ["canary-of-a-retry-key-7319-one", "canary-of-a-retry-key-7319-two"];

pub(super) const EMAIL: &str = "ada@example.test";
pub(super) const EVE: &str = "eve@example.test";

/// One server, what was called there, and what must be found nowhere.
pub(super) struct Api {
    pub(super) to: SocketAddr,
    pub(super) canaries: Canaries,
    /// Where its mails go.
    pub(super) smtp: SmtpServer,
    /// What its webhooks call.
    pub(super) receiver: Receiver,
    done: BTreeSet<(String, String)>,
    refused: BTreeSet<(String, String)>,
}

/// Somebody who is signed in, in the body transport.
#[derive(Clone)]
pub(super) struct Tokens {
    pub(super) access: String,
    pub(super) refresh: String,
}

impl Tokens {
    pub(super) fn of(answer: &Answer) -> Self {
        Self { access: answer.text("access_token"), refresh: answer.text("refresh_token") }
    }
}

impl Api {
    pub(super) fn at(to: SocketAddr, smtp: SmtpServer) -> Self {
        let mut canaries = Canaries::default();
        let of_people = [("a password", PASSWORD), ("a wrong password", WRONG), ("a changed password", CHANGED)];
        let pins = [("a PIN", PIN), ("a new PIN", NEW_PIN), ("a wrong PIN", WRONG_PIN), ("no PIN", NO_PIN)];
        for (what, secret) in of_people.into_iter().chain(pins).chain(RETRY_KEYS.map(|key| ("a retry key", key))) {
            canaries.add(what, secret);
        }
        Self { to, canaries, smtp, receiver: Receiver::start(), done: BTreeSet::new(), refused: BTreeSet::new() }
    }

    /// Calls an operation of the document; what stands in braces in its path stands for `id`.
    fn call(&mut self, method: &str, path: &str, id: &str, headers: &[(&str, &str)], body: Option<Value>) -> Answer {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let answer = request(self.to, method, &filled(path, id), headers, &body).unwrap();
        self.noted(method, path, answer)
    }

    fn noted(&mut self, method: &str, path: &str, answer: Answer) -> Answer {
        self.canaries.add_tokens(&answer.head, &answer.body);
        let which = if answer.status < 300 { &mut self.done } else { &mut self.refused };
        which.insert((method.to_owned(), path.to_owned()));
        answer
    }

    /// As a service that asks about a token.
    pub(super) fn form(&mut self, key: &str, path: &str, token: &str) -> Answer {
        let answer = post_form(self.to, path, key, &format!("token={token}"));
        self.noted("POST", path, answer)
    }

    /// As somebody who is signed in, with a query.
    pub(super) fn query(&mut self, by: &Tokens, path: &str, query: &str) -> Answer {
        let bearer = format!("Bearer {}", by.access);
        let answer = request(self.to, "GET", &format!("{path}?{query}"), &[("Authorization", &bearer)], "").unwrap();
        self.noted("GET", path, answer)
    }

    pub(super) fn post(&mut self, path: &str, body: Value) -> Answer {
        self.call("POST", path, "", &[], Some(body))
    }

    /// As somebody who is signed in.
    pub(super) fn signed(&mut self, by: &Tokens, method: &str, path: &str, id: &str, body: Option<Value>) -> Answer {
        let bearer = format!("Bearer {}", by.access);
        self.call(method, path, id, &[("Authorization", &bearer)], body)
    }

    fn refresh(&mut self, token: &str, key: &str) -> Answer {
        let body = json!({ "refresh_token": token });
        self.call("POST", "/auth/refresh", "", &[("Idempotency-Key", key)], Some(body))
    }

    fn log_in(&mut self, password: &str, user: &str) -> Answer {
        let body = json!({ "login": EMAIL, "password": password, "user": user, "transport": "body" });
        self.post("/auth/login", body)
    }

    /// Everything that people do. Answers somebody who is signed in at the end.
    pub(super) fn flow(&mut self, place: &Place) -> Tokens {
        let sign_up = json!({ "email": EMAIL, "password": PASSWORD, "username": "ada", "transport": "body" });
        let ada = Tokens::of(&self.post("/auth/signup", sign_up.clone()).expect(201));
        self.post("/auth/signup", sign_up).expect(409);
        let eve = json!({ "email": EVE, "password": WRONG, "transport": "body" });
        self.post("/auth/signup", eve).expect(201);
        self.prove_address();
        self.rotate(&ada);
        let ada = Tokens::of(&self.log_in(PASSWORD, "ada").expect(200));
        let ben = self.users(&ada);
        self.two_phases(&ada, &ben);
        let ada = self.credentials(&ada);
        self.devices(&ada);
        // Whoever has proved an address by mail starts anew: what was made before is gone.
        let eve = self.mails(&ada);
        self.signed(&eve, "DELETE", "/auth/account", "", None).expect(204);
        for path in PUBLIC {
            self.call("GET", path, "", &[], None).expect(200);
        }
        self.administer(place);
        Tokens::of(&self.log_in(CHANGED, "ada").expect(200))
    }

    /// A chain with retries, until a spent token ends it.
    fn rotate(&mut self, first: &Tokens) {
        let [one, two] = RETRY_KEYS;
        let second = self.refresh(&first.refresh, one).expect(200).text("refresh_token");
        assert_eq!(self.refresh(&first.refresh, one).expect(200).text("refresh_token"), second, "redelivered");
        self.refresh(&second, two).expect(200);
        self.refresh(&first.refresh, one).expect_problem(401, "refresh_token_reused");
    }

    fn users(&mut self, ada: &Tokens) -> String {
        let users = "/auth/users";
        let ben = json!({ "username": "ben", "pin": PIN });
        let ben = self.signed(ada, "POST", users, "", Some(ben.clone())).expect(201).text("id");
        self.signed(ada, "POST", users, "", Some(json!({ "username": "ben", "pin": PIN }))).expect(409);
        let cleo = self.signed(ada, "POST", users, "", Some(json!({ "username": "cleo" }))).expect(201).text("id");
        let (one, pin) = ("/auth/users/{id}", "/auth/users/{id}/pin");
        self.signed(ada, "PATCH", one, &cleo, Some(json!({ "username": "clio" }))).expect(200);
        self.signed(ada, "PUT", pin, &cleo, Some(json!({ "pin": PIN }))).expect(204);
        self.signed(ada, "DELETE", pin, &cleo, None).expect(204);
        self.signed(ada, "PUT", pin, &cleo, Some(json!({ "pin": NO_PIN }))).expect(422);
        self.signed(ada, "DELETE", one, &cleo, None).expect(204);
        self.signed(ada, "PUT", pin, &ben, Some(json!({ "pin": NEW_PIN }))).expect(204);
        self.signed(ada, "GET", users, "", None).expect(200);
        ben
    }

    /// A login that has to choose, and a switch; both take a PIN.
    fn two_phases(&mut self, ada: &Tokens, ben: &str) {
        self.log_in(WRONG, "ada").expect(401);
        let login = json!({ "login": EMAIL, "password": PASSWORD });
        let choice = self.post("/auth/login", login).expect(200).text("selection_token");
        let select =
            |pin: &str| json!({ "selection_token": choice, "user_id": ben, "pin": pin, "transport": "cookie" });
        self.post("/auth/select", select(WRONG_PIN)).expect(403);
        let cookies = self.post("/auth/select", select(NEW_PIN)).expect(200);
        self.post("/auth/select", select(NEW_PIN)).expect(401);
        let cookies: Vec<&str> = cookies.head.lines().filter_map(|line| line.strip_prefix("set-cookie: ")).collect();
        let cookies: Vec<&str> = cookies.iter().filter_map(|cookie| cookie.split(';').next()).collect();
        let headers = [("Cookie", &*cookies.join("; ")), ("Sec-Fetch-Site", "same-origin")];
        self.call("POST", "/auth/refresh", "", &headers, None).expect(200);
        self.call("GET", "/auth/verify", "", &headers, None).expect(200);
        self.call("GET", "/auth/verify", "", &[("Cookie", &cookies[0].replace("_rt_", "_at_"))], None).expect(401);
        let switch = |pin: &str| Some(json!({ "username": "ben", "pin": pin }));
        let at_ada = Tokens::of(&self.log_in(PASSWORD, "ada").expect(200));
        self.signed(&at_ada, "POST", "/auth/switch", "", switch(WRONG_PIN)).expect(403);
        let at_ben = Tokens::of(&self.signed(&at_ada, "POST", "/auth/switch", "", switch(NEW_PIN)).expect(200));
        self.post("/auth/logout", json!({ "refresh_token": at_ben.refresh })).expect(204);
        self.signed(ada, "POST", "/auth/logout", "", Some(json!({ "scope": "others" }))).expect(204);
    }

    fn credentials(&mut self, ada: &Tokens) -> Tokens {
        let proof = |password: &str| Some(json!({ "password": password }));
        self.signed(ada, "POST", "/auth/reauthenticate", "", proof(WRONG)).expect(401);
        let ada = Tokens::of(&self.signed(ada, "POST", "/auth/reauthenticate", "", proof(PASSWORD)).expect(200));
        let change = |current: &str| Some(json!({ "current_password": current, "new_password": CHANGED }));
        self.signed(&ada, "PUT", "/auth/password", "", change(WRONG)).expect(401);
        self.signed(&ada, "PUT", "/auth/password", "", change(PASSWORD)).expect(204);
        ada
    }

    fn devices(&mut self, ada: &Tokens) {
        let profile = json!({ "profile": { "display_name": "Ada", "metadata": { "colour": "green" } } });
        self.signed(ada, "PATCH", "/auth/me", "", Some(profile)).expect(200);
        for path in ["/auth/me", "/auth/activity", "/auth/account/export", "/auth/sessions"] {
            self.signed(ada, "GET", path, "", None).expect(200);
        }
        let other = self.log_in(CHANGED, "ada").expect(200);
        let other = other.json()["session"]["id"].as_str().unwrap().to_owned();
        self.signed(ada, "DELETE", "/auth/sessions/{id}", &other, None).expect(204);
    }

    /// All that webhooks were sent.
    pub(super) fn told(&self) -> Vec<u8> {
        let calls = self.receiver.calls();
        let text = String::from_utf8_lossy(&calls);
        for kind in ["before_sign_up", "before_token", "test", "signed_up"] {
            assert!(text.contains(&format!("\"type\":\"{kind}\"")), "nobody was called with {kind}");
        }
        calls
    }

    /// Fails if an operation of the document was never done, or never refused.
    pub(super) fn assert_complete(&self) {
        for operation in &operations(self.to) {
            // Keys that were made just now are too young to be rotated, and those of an operator are not ours to rotate.
            // And the mails of this system all arrive, so that none waits to be tried again.
            let can_be_done = !["/admin/v1/keys/rotate", "/admin/v1/mails/{id}/retry"].contains(&operation.1.as_str());
            assert!(self.done.contains(operation) || !can_be_done, "{operation:?} was never done");
            let can_refuse = !PUBLIC.contains(&operation.1.as_str());
            assert!(self.refused.contains(operation) || !can_refuse, "{operation:?} was never refused");
        }
    }

    /// As [`Self::call`], for what is refused: nothing but the statuses of refusals may come.
    pub(super) fn misuse(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) {
        let (pattern, path) = path.split_once(' ').unwrap_or((path, path));
        let answer = request(self.to, method, path, headers, body).unwrap();
        self.canaries.add_tokens(&answer.head, &answer.body);
        assert!(answer.status < 500 || answer.status == 503, "{method} {path}: {}", answer.status);
        if answer.status >= 400 {
            self.refused.insert((method.to_owned(), pattern.to_owned()));
        }
    }
}

/// What anybody may see at any time.
const PUBLIC: [&str; 3] = ["/auth/openapi.json", "/.well-known/jwks.json", "/.well-known/oauth-authorization-server"];

/// A path of the document with something in the place of what stands in braces.
pub(super) fn filled(path: &str, id: &str) -> String {
    match path.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?.1))) {
        Some((before, after)) => format!("{before}{id}{after}"),
        None => path.to_owned(),
    }
}

/// Every method and path of the document.
pub(super) fn operations(to: SocketAddr) -> BTreeSet<(String, String)> {
    let document = get(to, "/auth/openapi.json").expect(200).json();
    let paths = document["paths"].as_object().unwrap().clone();
    let of = |(path, methods): (String, Value)| {
        let methods: Vec<String> = methods.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
        methods.into_iter().map(move |method| (method, path.clone()))
    };
    paths.into_iter().flat_map(of).collect()
}
