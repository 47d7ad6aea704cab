//! The rule `model-purity`: the model is plain values and functions. It does no input or output, waits for nothing,
//! reads no clock, and has no wire format: the wire has its own types in the crate `gatewright`.

use super::rust_text::words;
use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "model-purity",
    holds: "crates/core/src/model has no IO, no clock, no async and no `Serialize`",
    check,
};

const WORDS: &[(&str, &str)] = &[
    ("Serialize", "the wire has its own types"),
    ("SystemTime", "time comes in as an argument"),
    ("Instant", "time comes in as an argument"),
    ("async", "the model waits for nothing"),
    ("await", "the model waits for nothing"),
    ("TcpStream", "the model speaks to nobody"),
    ("TcpListener", "the model speaks to nobody"),
    ("UdpSocket", "the model speaks to nobody"),
    ("ToSocketAddrs", "the model speaks to nobody"),
    ("tracing", "what happened is told by the action"),
];

// An `IpAddr` of `std::net` is a value; what opens a connection stands among the words.
const MODULES: &[&str] = &["std::env", "std::fs", "std::io", "std::process", "std::thread"];

fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, code) in tree.rust() {
        if !path.starts_with("crates/core/src/model") {
            continue;
        }
        for (index, line) in code.lines().enumerate() {
            let mut find = |name: &str, because: &str| {
                findings.push(Finding::line(path, index + 1, format!("`{name}` in the model: {because}")));
            };
            for (_, word) in words(line) {
                if let Some((name, because)) = WORDS.iter().find(|(banned, _)| *banned == word) {
                    find(name, because);
                }
            }
            for module in MODULES.iter().filter(|module| line.contains(*module)) {
                find(module, "the model does no input or output");
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    #[test]
    fn what_is_not_pure_is_found_in_the_model() {
        let bad = "//! A session, never Serialize.\nuse std::fs::File;\n#[derive(Debug, serde::Serialize)]\nstruct X;";
        let expected = [
            "crates/core/src/model/x.rs:2: `std::fs` in the model: the model does no input or output",
            "crates/core/src/model/x.rs:3: `Serialize` in the model: the wire has its own types",
        ];
        assert_eq!(found(&RULE, &[("crates/core/src/model/x.rs", bad)]), expected);
    }

    #[test]
    fn the_same_is_free_outside_of_it() {
        let action = ("crates/core/src/action/x.rs", "pub async fn f() {}");
        let model = ("crates/core/src/model/x.rs", "//! Async is for others.\nuse std::net::IpAddr;");
        assert!(found(&RULE, &[action, model]).is_empty());
    }
}
