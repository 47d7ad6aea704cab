//! A browser's cookies: what is set is sent again, until it is deleted or its time is up. As strict as a browser about
//! `__Host-` and `Secure`.

use gatewright_core::{model::Timestamp, port::Clock};
use std::time::Duration;

/// The cookies of one browser at one origin.
#[derive(Clone, Debug, Default)]
pub(super) struct Jar(Vec<Cookie>);

#[derive(Clone, Debug)]
struct Cookie {
    name: String,
    value: String,
    expires: Option<Timestamp>,
}

impl Jar {
    /// Takes a `Set-Cookie` line.
    ///
    /// # Panics
    /// A browser would have dropped it.
    #[track_caller]
    pub(super) fn take(&mut self, line: &str, clock: &dyn Clock) {
        let mut parts = line.split("; ");
        let (name, value) =
            parts.next().and_then(|pair| pair.split_once('=')).expect("a cookie has a name and a value");
        let attributes: Vec<&str> = parts.collect();
        let has = |name: &str| attributes.contains(&name);
        assert!(has("Path=/") && has("HttpOnly"), "{line}");
        assert!(!attributes.iter().any(|one| one.starts_with("Domain")), "{line}");
        assert_eq!(name.starts_with("__Host-"), has("Secure"), "a browser drops {line}");
        assert!(name.len() + value.len() <= 4096, "a browser drops {line}");
        let max_age = attributes.iter().find_map(|one| one.strip_prefix("Max-Age=")?.parse::<u64>().ok());
        self.0.retain(|cookie| cookie.name != name);
        if max_age != Some(0) {
            let expires = max_age.map(|secs| clock.now().plus(Duration::from_secs(secs)));
            self.0.push(Cookie { name: name.to_owned(), value: value.to_owned(), expires });
        }
    }

    /// The `Cookie` header, if there is anything to send.
    pub(super) fn header(&self, clock: &dyn Clock) -> Option<String> {
        let living = self.0.iter().filter(|cookie| cookie.expires.is_none_or(|expires| clock.now() < expires));
        let pairs: Vec<_> = living.map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// The value of the only cookie whose name has this in it.
    pub(super) fn value(&self, part: &str) -> Option<String> {
        let mut found = self.0.iter().filter(|cookie| cookie.name.contains(part));
        found.next().filter(|_| found.next().is_none()).map(|cookie| cookie.value.clone())
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.0.iter().map(|cookie| cookie.name.clone()).collect()
    }
}
