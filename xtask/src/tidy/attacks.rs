//! The rule `attacks`: each attack of `docs/attacks.md` names a test that exists, and each test that names an attack
//! finds it there.

use super::links::{anchors, is_fence};
use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "attacks",
    holds: "each attack of docs/attacks.md has a line `test: path::function` that leads to a test, and back",
    check,
};

const PAGE: &str = "docs/attacks.md";

fn check(tree: &Tree) -> Vec<Finding> {
    let page = tree.text(PAGE).unwrap_or_default();
    let mut findings = check_page(tree, page);
    let anchors = anchors(page);
    for (path, text) in tree.files().filter(|(path, _)| path.ends_with(".rs") && !path.starts_with("xtask/")) {
        for (index, line) in text.lines().enumerate() {
            let Some((_, rest)) = line.split_once("docs/attacks.md#") else { continue };
            let anchor: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '-' || *c == '_').collect();
            if !anchors.contains(&anchor) {
                findings.push(Finding::line(path, index + 1, format!("{PAGE} has no attack `#{anchor}`")));
            }
        }
    }
    findings
}

/// Attacks are the sections of the second level; what stands before the first one tells about the page.
fn check_page(tree: &Tree, page: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut open: Option<(usize, &str)> = None;
    let mut in_fence = false;
    for (index, line) in page.lines().enumerate() {
        in_fence ^= is_fence(line);
        if in_fence {
            continue;
        }
        if let Some(title) = line.strip_prefix("## ") {
            findings.extend(open.replace((index + 1, title)).map(without_test));
        } else if let Some(test) = named_test(line) {
            open = None;
            findings.extend(check_test(tree, test).map(|says| Finding::line(PAGE, index + 1, says)));
        }
    }
    findings.extend(open.map(without_test));
    findings
}

fn without_test((line, title): (usize, &str)) -> Finding {
    Finding::line(PAGE, line, format!("`{title}` names no test"))
}

/// `path::function` of a line ``- test: `path::function` ``, with or without the bullet and the backticks.
fn named_test(line: &str) -> Option<&str> {
    let line = line.trim().trim_start_matches("- ");
    Some(line.strip_prefix("test:")?.trim().trim_matches('`'))
}

/// What is wrong with the test, if anything is.
fn check_test(tree: &Tree, test: &str) -> Option<String> {
    let Some((path, function)) = test.rsplit_once("::") else {
        return Some(format!("`{test}` is not `path::function`"));
    };
    let Some(text) = tree.text(path) else { return Some(format!("there is no file {path}")) };
    let lines: Vec<_> = text.lines().collect();
    let Some(at) = lines.iter().position(|line| line.contains(&format!("fn {function}("))) else {
        return Some(format!("there is no function `{function}` in {path}"));
    };
    let attributes = lines[..at].iter().rev().take_while(|line| !line.trim().is_empty() && line.trim() != "}");
    let is_test = attributes.into_iter().any(|line| line.contains("test]") || line.contains("test("));
    // A function of a `proptest!` block or of the conformance suite carries no attribute of its own.
    let is_suite = text.contains("proptest!") || path.starts_with("crates/testkit/");
    (!is_test && !is_suite).then(|| format!("`{function}` in {path} is no test"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    const TEST: (&str, &str) =
        ("t/x5.rs", "fn other() {}\n\n/// docs/attacks.md#replay\n#[tokio::test]\nasync fn a_token_ends() {\n}\n");

    #[test]
    fn an_attack_leads_to_its_test_and_back() {
        let page = (PAGE, "# Attacks\n\ntext\n\n## Replay\n\nWhat.\n\n- test: `t/x5.rs::a_token_ends`\n");
        assert_eq!(found(&RULE, &[page, TEST]), Vec::<String>::new());
    }

    #[test]
    fn an_attack_without_a_test_is_found() {
        let page = (PAGE, "## Replay\n\n## Theft\n\n- test: t/x5.rs::a_token_ends\n");
        assert_eq!(found(&RULE, &[page, TEST]), ["docs/attacks.md:1: `Replay` names no test"]);
    }

    #[test]
    fn a_test_that_does_not_exist_is_found() {
        let page = |test: &str| format!("## Replay\n- test: {test}\n");
        for (test, says) in [
            ("t/x5.rs::gone", "there is no function `gone` in t/x5.rs"),
            ("t/x5.rs::other", "`other` in t/x5.rs is no test"),
            ("t/x6.rs::gone", "there is no file t/x6.rs"),
            ("a_token_ends", "`a_token_ends` is not `path::function`"),
        ] {
            assert_eq!(found(&RULE, &[(PAGE, &page(test)), TEST]), [format!("docs/attacks.md:2: {says}")]);
        }
    }

    #[test]
    fn a_test_that_names_an_unknown_attack_is_found() {
        assert_eq!(found(&RULE, &[TEST]), ["t/x5.rs:3: docs/attacks.md has no attack `#replay`"]);
    }
}
