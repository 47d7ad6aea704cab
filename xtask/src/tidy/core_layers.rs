//! The rule `core-layers`: inside the core, actions know ports and the model, ports know the model, the model knows
//! itself. It reads paths in the code, not in comments: a link in a sentence binds nothing.

use super::rust_text::words;
use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "core-layers",
    holds: "inside crates/core: action → model, port; port → model; model → nothing but itself",
    check,
};

const SRC: &str = "crates/core/src/";

/// A layer, and the layers that its code may not name.
const LAYERS: &[(&str, &[&str])] = &[("model", &["action", "port"]), ("port", &["action"])];

fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, code) in tree.rust() {
        let Some(inner) = path.strip_prefix(SRC) else { continue };
        let Some((layer, banned)) = LAYERS.iter().find(|(layer, _)| is_in(inner, layer)) else { continue };
        for (line, name) in named_from_root(code, depth(inner)) {
            if banned.contains(&name) {
                findings.push(Finding::line(path, line, format!("`{layer}` names `crate::{name}`")));
            } else if name.starts_with(char::is_uppercase) {
                let says = format!("`crate::{name}` hides its layer: name it by its module");
                findings.push(Finding::line(path, line, says));
            }
        }
    }
    findings
}

fn is_in(inner: &str, layer: &str) -> bool {
    inner.strip_prefix(layer).is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
}

/// How many `super` lead from this file's module to the crate's root.
fn depth(inner: &str) -> usize {
    let module = inner.trim_end_matches(".rs").trim_end_matches("/mod");
    module.split('/').count()
}

/// Everything that the code names directly under the crate's root, with its line.
fn named_from_root(code: &str, depth: usize) -> Vec<(usize, &str)> {
    let mut named = Vec::new();
    let up = ["super"].repeat(depth).join("::");
    for root in ["crate", up.as_str()] {
        for (at, _) in code.match_indices(&format!("{root}::")) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$' || c == ':') {
                continue;
            }
            let rest = &code[at + root.len() + 2..];
            let start = at + root.len() + 2;
            for (offset, name) in first_names(rest) {
                named.push((1 + code[..start + offset].matches('\n').count(), name));
            }
        }
    }
    named
}

/// `a` of `a::b`; `a` and `c` of `{a::b, c}`.
fn first_names(path: &str) -> Vec<(usize, &str)> {
    if !path.starts_with('{') {
        return words(path).take(1).filter(|(at, _)| *at == 0).collect();
    }
    let (mut depth, mut start, mut pieces) = (0_usize, 1, Vec::new());
    for (at, c) in path.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => {
                pieces.push((start, &path[start..at]));
                start = at + 1;
            }
            _ => {}
        }
        if depth == 0 {
            pieces.push((start, &path[start..at]));
            break;
        }
    }
    pieces.iter().filter_map(|(start, piece)| words(piece).next().map(|(at, word)| (start + at, word))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    #[test]
    fn the_model_names_neither_actions_nor_ports() {
        let bad = "//! A session.\nuse crate::{model::id, port::clock::Clock};\nfn f() { super::super::action::go() }";
        let expected = [
            "crates/core/src/model/session.rs:2: `model` names `crate::port`",
            "crates/core/src/model/session.rs:3: `model` names `crate::action`",
        ];
        assert_eq!(found(&RULE, &[("crates/core/src/model/session.rs", bad)]), expected);
    }

    #[test]
    fn a_port_names_the_model_but_no_action() {
        let good = "//! Of [`crate::action`].\nuse crate::model::id;\nuse super::clock::Clock;";
        assert!(found(&RULE, &[("crates/core/src/port/sessions.rs", good)]).is_empty());
        let bad = ("crates/core/src/port/mod.rs", "use super::action::Go;");
        assert_eq!(found(&RULE, &[bad]), ["crates/core/src/port/mod.rs:1: `port` names `crate::action`"]);
    }

    #[test]
    fn the_roots_own_names_are_no_way_around() {
        let bad = ("crates/core/src/model/id.rs", "use crate::Gatewright;");
        let expected = ["crates/core/src/model/id.rs:1: `crate::Gatewright` hides its layer: name it by its module"];
        assert_eq!(found(&RULE, &[bad]), expected);
    }

    #[test]
    fn actions_may_name_everything_below_them() {
        let good = ("crates/core/src/action/refresh.rs", "use crate::{model::id, port::clock::Clock};");
        assert!(found(&RULE, &[good]).is_empty());
    }
}
