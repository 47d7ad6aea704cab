//! Secrets where they do not belong: what people, scripts and proxies get wrong.

use data_encoding::BASE64;
use serde_json::json;

use super::calls::{Api, EMAIL, Tokens, filled, operations};
use crate::client::request;

/// How much is tried.
#[derive(Clone, Copy)]
pub(super) enum Breadth {
    /// Every kind of secret at every call.
    All,
    /// Two kinds at every call.
    Some,
}

impl Api {
    /// Every secret at every call in every wrong place.
    pub(super) fn misuse_all(&mut self, breadth: Breadth) {
        let tokens = ["access_token", "refresh_token", "selection_token"].map(|what| self.canaries.one(what));
        let others = ["a password", "a PIN", "a retry key", "a service key", "a bootstrap secret"]
            .map(|what| self.canaries.one(what));
        let all: Vec<String> = tokens.into_iter().chain(others).collect();
        let tried = match breadth {
            Breadth::All => &all[..],
            Breadth::Some => &all[1..3],
        };
        for (method, path) in operations(self.to) {
            for secret in tried {
                self.misuse_one(&method, &path, secret);
            }
        }
    }

    fn misuse_one(&mut self, method: &str, path: &str, secret: &str) {
        let in_url = form(secret);
        let filled = filled(path, &in_url);
        let line: String = secret.chars().filter(char::is_ascii).collect();
        let is_token = ["gwr_", "gwk_", "eyJ"].iter().any(|beginning| line.starts_with(beginning));
        let asked = format!("{path} {filled}?access_token={in_url}&token={in_url}#{in_url}");
        let basic = format!("Basic {}", BASE64.encode(format!("ada:{secret}").as_bytes()));
        let mut headers = vec![
            ("Authorization", basic.as_str()),
            ("Referer", line.as_str()),
            ("X-Forwarded-For", line.as_str()),
            ("X-Request-Id", line.as_str()),
            ("Accept-Language", line.as_str()),
            ("Traceparent", line.as_str()),
        ];
        if is_token {
            headers.push(("User-Agent", &line));
        }
        self.misuse(method, &asked, &headers, "");
        let scheme = format!("Token {line}");
        let cookie = format!("session={line}; __Host-gw_rt_00000000={line}; gw_at_00000000={line}");
        let cookie = cookie.replace(['"', ' '], "");
        for header in [("Authorization", scheme.as_str()), ("Authorization", &line), ("Cookie", &cookie)] {
            let retry_key = line.replace(' ', "").repeat(2);
            self.misuse(method, &format!("{path} {filled}"), &[header, ("Idempotency-Key", &retry_key)], "");
        }
        let whole = json!({ secret: 1, "password": [secret], "login": { "a": secret } }).to_string();
        let unknown = json!({ "login": secret, "email": secret, "pasword": secret, "password": secret }).to_string();
        for body in [&whole, &unknown, &whole[..whole.len() - 2], &json!(secret).to_string(), secret] {
            self.misuse(method, &format!("{path} {filled}"), &[("Authorization", "Bearer x")], body);
        }
        // A stranger's method and a path that is nothing.
        self.misuse("PROPFIND", &format!("- /{in_url}"), &[], "");
    }

    /// Tokens that their own clients send where they do not belong, in calls that are done.
    pub(super) fn misplace(&mut self, ada: &Tokens, password: &str) {
        for secret in [&ada.access, &ada.refresh] {
            let login = json!({ "login": EMAIL, "password": password, "user": "ada", "transport": "body" });
            let agent = format!("app/1 {secret}");
            let headers = [("User-Agent", agent.as_str()), ("Referer", secret.as_str()), ("X-Request-Id", secret)];
            let path = format!("/auth/login?access_token={secret}");
            let answer = request(self.to, "POST", &path, &headers, &login.to_string()).unwrap().expect(200);
            self.canaries.add_tokens(&answer.head, &answer.body);
            let refresh = json!({ "refresh_token": answer.text("refresh_token") }).to_string();
            let answer = request(self.to, "POST", "/auth/refresh", &headers, &refresh).unwrap().expect(200);
            self.canaries.add_tokens(&answer.head, &answer.body);
        }
    }
}

/// As a browser writes it into an address.
fn form(secret: &str) -> String {
    secret
        .bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
