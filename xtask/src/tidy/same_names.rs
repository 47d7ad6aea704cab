//! The rule `same-names`: what implements a port has the name of the port's file, in every backend, so that whoever
//! knows `port/sessions.rs` finds `sqlite/sessions.rs` and `postgres/sessions.rs` beside it.

use super::rust_text::words;
use super::tree::Tree;
use super::{Finding, Rule};
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    name: "same-names",
    holds: "a store's file that implements a port has the name of the port's file; PostgreSQL has every file SQLite has",
    check,
};

const PORTS: &str = "crates/core/src/port/";
const STORES: &str = "crates/store/src/";
const BACKENDS: [&str; 3] = ["sqlite", "postgres", "redis"];

fn check(tree: &Tree) -> Vec<Finding> {
    let mut ports = BTreeMap::new();
    for (path, code) in tree.rust() {
        if let Some(file) = path.strip_prefix(PORTS) {
            ports.extend(declared_traits(code).map(|name| (name.to_owned(), noun(file).to_owned())));
        }
    }
    let mut findings = Vec::new();
    let mut implemented = BTreeMap::new();
    for (path, code) in tree.rust() {
        let Some((backend, file)) = path.strip_prefix(STORES).and_then(|rest| rest.split_once('/')) else { continue };
        // What a test needs of the world (a clock that stands still) is no part of a store.
        if !BACKENDS.contains(&backend) || file.ends_with("tests.rs") {
            continue;
        }
        for name in implemented_traits(code) {
            let Some(port) = ports.get(name) else { continue };
            implemented.insert((backend.to_owned(), port.clone()), path.to_owned());
            if noun(file) != port {
                let says = format!("implements `{name}` of {PORTS}{port}.rs, so it belongs into {backend}/{port}.rs");
                findings.push(Finding::file(path, says));
            }
        }
    }
    findings.extend(missing_twins(tree, &implemented));
    findings
}

/// Ports that SQLite has and PostgreSQL has not, once there is a PostgreSQL. Redis is an option for some of them.
fn missing_twins(tree: &Tree, implemented: &BTreeMap<(String, String), String>) -> Vec<Finding> {
    if !tree.has(&format!("{STORES}postgres")) {
        return Vec::new();
    }
    let ours = implemented.iter().filter(|((backend, _), _)| backend == "sqlite");
    let missing = ours.filter(|((_, port), _)| !implemented.contains_key(&("postgres".to_owned(), port.clone())));
    missing.map(|((_, port), path)| Finding::file(path, format!("has no twin postgres/{port}.rs"))).collect()
}

/// `sessions` of `sessions.rs`, `sessions/mod.rs` and `sessions/rotate.rs`.
fn noun(file: &str) -> &str {
    file.split_once('/').map_or(file, |(folder, _)| folder).trim_end_matches(".rs")
}

fn declared_traits(code: &str) -> impl Iterator<Item = &str> {
    code.lines().filter_map(|line| {
        let rest = line.trim_start().strip_prefix("pub trait ")?;
        words(rest).next().map(|(_, name)| name)
    })
}

/// `Sessions` of `impl Sessions for SqliteStore` and `impl<T> port::Sessions for T`.
fn implemented_traits(code: &str) -> impl Iterator<Item = &str> {
    code.lines().filter_map(|line| {
        let rest = line.trim_start().strip_prefix("impl")?;
        let (head, _) = rest.split_once(" for ")?;
        let path = head.split_once('>').filter(|_| head.starts_with('<')).map_or(head, |(_, path)| path);
        let path = path.split('<').next()?;
        path.trim().rsplit("::").next()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    const PORT: (&str, &str) = ("crates/core/src/port/sessions.rs", "pub trait Sessions: Send {}");

    #[test]
    fn a_test_may_bring_its_own_world() {
        let good = ("crates/store/src/sqlite/writer/tests.rs", "impl Sessions for Frozen {}");
        assert!(found(&RULE, &[PORT, good]).is_empty());
    }

    #[test]
    fn a_port_is_implemented_under_its_own_name() {
        let bad = ("crates/store/src/sqlite/rows.rs", "impl gatewright_core::port::Sessions for Store {}");
        let expected = [
            "crates/store/src/sqlite/rows.rs: implements `Sessions` of crates/core/src/port/sessions.rs, so it belongs into sqlite/sessions.rs",
        ];
        assert_eq!(found(&RULE, &[PORT, bad]), expected);
        let good = ("crates/store/src/sqlite/sessions.rs", "impl Sessions for Store {}\nimpl<T> Other<T> for T {}");
        assert!(found(&RULE, &[PORT, good]).is_empty());
    }

    #[test]
    fn postgres_has_every_file_that_sqlite_has() {
        let sqlite = ("crates/store/src/sqlite/sessions.rs", "impl<C: X> Sessions for Store<C> {}");
        let postgres = ("crates/store/src/postgres/mod.rs", "//! Empty.");
        let expected = ["crates/store/src/sqlite/sessions.rs: has no twin postgres/sessions.rs"];
        assert_eq!(found(&RULE, &[PORT, sqlite, postgres]), expected);
        let twin = ("crates/store/src/postgres/sessions.rs", "impl Sessions for Store {}");
        assert!(found(&RULE, &[PORT, sqlite, twin]).is_empty());
    }
}
