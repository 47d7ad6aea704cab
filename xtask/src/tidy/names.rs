//! The rule `names`: names that say nothing. A noun that could hold everything soon does, and `get_` repeats what the
//! call already shows.

use super::rust_text::words;
use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule =
    Rule { name: "names", holds: "no `Manager`, no `utils`, no `helpers`, no function that starts with `get_`", check };

/// Words that a module may not be called.
const MODULES: &[&str] = &["util", "utils", "helper", "helpers", "common", "misc", "manager", "managers"];
/// What the name of a type may not hold.
const TYPES: &[&str] = &["Manager", "Helper", "Utils", "Util"];
const TYPE_KEYWORDS: &[&str] = &["struct", "enum", "trait", "type", "union"];

fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, code) in tree.rust() {
        let parts = path.trim_end_matches(".rs").split('/');
        for part in parts.filter(|part| MODULES.contains(part)) {
            findings.push(Finding::file(path, format!("`{part}` says nothing about what lives here")));
        }
        for (index, line) in code.lines().enumerate() {
            let names: Vec<_> = words(line).map(|(_, word)| word).collect();
            for pair in names.windows(2) {
                if let Some(says) = judge(pair[0], pair[1]) {
                    findings.push(Finding::line(path, index + 1, says));
                }
            }
        }
    }
    findings
}

fn judge(keyword: &str, name: &str) -> Option<String> {
    if keyword == "fn" && name.starts_with("get_") {
        return Some(format!("`{name}`: a function that gives something is named by what it gives"));
    }
    let is_module = keyword == "mod" && MODULES.contains(&name);
    let is_type = TYPE_KEYWORDS.contains(&keyword) && TYPES.iter().any(|banned| name.contains(banned));
    (is_module || is_type).then(|| format!("`{name}` says nothing about what it is"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    #[test]
    fn names_that_say_nothing_are_found() {
        let bad = "//! A Manager of utils.\npub struct SessionManager;\nmod helpers;\nfn get_user() {}\nfn target() {}";
        let expected = [
            "crates/a/src/b.rs:2: `SessionManager` says nothing about what it is",
            "crates/a/src/b.rs:3: `helpers` says nothing about what it is",
            "crates/a/src/b.rs:4: `get_user`: a function that gives something is named by what it gives",
        ];
        assert_eq!(found(&RULE, &[("crates/a/src/b.rs", bad)]), expected);
        assert_eq!(found(&RULE, &[("crates/a/tests/it/common/x.rs", "")]).len(), 1);
    }

    #[test]
    fn calling_what_others_named_is_free() {
        assert!(found(&RULE, &[("crates/a/src/b.rs", "fn x(m: &ConnectionManager) { m.get_ref(); }")]).is_empty());
    }
}
