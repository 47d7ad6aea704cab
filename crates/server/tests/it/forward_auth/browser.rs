//! A browser, as far as cookies go, that says exactly what a test says.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};

use super::{HOST, application::Seen};
use crate::client::{PASSWORD, connect, raw};

/// A client with cookies.
#[derive(Clone)]
pub(super) struct Browser {
    at: SocketAddr,
    /// Name and value; copies share them.
    jar: Arc<Mutex<BTreeMap<String, String>>>,
}

/// What it was answered.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Reply {
    fn parse(bytes: &[u8]) -> io::Result<Self> {
        let text = String::from_utf8_lossy(bytes);
        let cut = || io::Error::new(io::ErrorKind::UnexpectedEof, format!("no whole answer: {text:?}"));
        let (head, body) = text.split_once("\r\n\r\n").ok_or_else(cut)?;
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).ok_or_else(cut)?;
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        Ok(Self { status, headers, body: body.to_owned() })
    }

    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(own, _)| own == name).map(|(_, value)| value.as_str()).collect()
    }

    /// The names of the cookies of ours that it sets.
    pub(super) fn tokens_set(&self) -> Vec<&str> {
        let names = self.all("set-cookie").into_iter().filter_map(|line| line.split('=').next());
        names.filter(|name| name.starts_with("__Host-gw_")).collect()
    }

    #[track_caller]
    pub(super) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{:?}\n{}", self.headers, self.body);
        self
    }

    /// It went through: what the application has seen.
    #[track_caller]
    pub(super) fn seen(self) -> Seen {
        Seen::parse(&self.expect(200).body)
    }
}

impl Browser {
    pub(super) fn at(at: SocketAddr) -> Self {
        Self { at, jar: Arc::default() }
    }

    /// Signs up, with the username `name`.
    pub(super) fn sign_up(&self, name: &str, transport: &str) -> Value {
        let body = json!({ "email": format!("{name}@example.test"), "password": PASSWORD, "username": name, "transport": transport });
        serde_json::from_str(&self.api("/auth/signup", &body).expect(201).body).expect("it is JSON")
    }

    /// Calls Gatewright through the proxy, from a page of its own.
    pub(super) fn api(&self, path: &str, body: &Value) -> Reply {
        let headers = [("Content-Type", "application/json"), ("Sec-Fetch-Site", "same-origin")];
        self.send("POST", path, &headers, &body.to_string())
    }

    pub(super) fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], "")
    }

    /// As for the address bar.
    pub(super) fn visit(&self, path: &str) -> Reply {
        self.send("GET", path, &[("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Site", "none")], "")
    }

    /// Sends it with its cookies, unless the headers have their own, and keeps what is set.
    pub(super) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        self.try_send(method, path, headers, body).expect("nginx answers")
    }

    pub(super) fn try_send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> io::Result<Reply> {
        let reply = Reply::parse(&raw(self.at, self.request(method, path, headers, body).as_bytes())?)?;
        for line in reply.all("set-cookie") {
            self.take(line);
        }
        Ok(reply)
    }

    /// Sends it and hangs up: whatever is answered is lost.
    pub(super) fn send_and_leave(&self, path: &str, wait: std::time::Duration) {
        let mut stream = connect(self.at).expect("nginx listens");
        stream.write_all(self.request("GET", path, &[], "").as_bytes()).expect("nginx reads");
        std::thread::sleep(wait);
    }

    fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
        let has = |name: &str| headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
        let mut text = format!("{method} {path} HTTP/1.1\r\n");
        if !has("host") {
            text += &format!("Host: {HOST}\r\n");
        }
        if !has("connection") {
            text += "Connection: close\r\n";
        }
        let cookies = self.cookies();
        if !has("cookie") && !cookies.is_empty() {
            text += &format!("Cookie: {cookies}\r\n");
        }
        for (name, value) in headers {
            text += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() && !has("transfer-encoding") {
            text += &format!("Content-Length: {}\r\n", body.len());
        }
        text + "\r\n" + body
    }

    /// As the `Cookie` header has them.
    pub(super) fn cookies(&self) -> String {
        let jar = self.jar.lock().expect("nobody panics with it");
        jar.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// The value of the only cookie whose name begins so.
    #[track_caller]
    pub(super) fn cookie(&self, prefix: &str) -> String {
        let jar = self.jar.lock().expect("nobody panics with it");
        let found: Vec<_> = jar.iter().filter(|(name, _)| name.starts_with(prefix)).collect();
        assert_eq!(found.len(), 1, "{:?}", jar.keys());
        found[0].1.clone()
    }

    /// The cookie's time is up, as it is together with that of the access token.
    pub(super) fn forget_access(&self) {
        self.jar.lock().expect("nobody panics with it").retain(|name, _| !name.starts_with("__Host-gw_at_"));
    }

    /// A browser with the same cookies, which goes its own way from now on.
    pub(super) fn copy(&self) -> Self {
        let jar = self.jar.lock().expect("nobody panics with it").clone();
        Self { at: self.at, jar: Arc::new(Mutex::new(jar)) }
    }

    fn take(&self, line: &str) {
        let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
        let (name, value) = pair.split_once('=').expect("a cookie has a name");
        assert!(
            !name.starts_with("__Host-") || attributes.contains("Path=/; ") && attributes.contains("; Secure"),
            "{line}"
        );
        assert!(!line.contains(", "), "two cookies in one line: {line}");
        let mut jar = self.jar.lock().expect("nobody panics with it");
        if attributes.contains("Max-Age=0;") {
            jar.remove(name);
        } else {
            jar.insert(name.to_owned(), value.to_owned());
        }
    }

    /// The generation that the session is in, asked with its refresh token, which is young.
    pub(super) fn generation(&self) -> u64 {
        let reply = self.copy().api("/auth/refresh", &json!({})).expect(200);
        let json: Value = serde_json::from_str(&reply.body).expect("it is JSON");
        json["session"]["generation"].as_u64().expect("it is a number")
    }
}
