//! The rule `decisions`: each page of `docs/decisions` has its number, its three sections and its line in the index.

use super::tree::Tree;
use super::{Finding, Rule};
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    name: "decisions",
    holds: "each decision is docs/decisions/NNNN-name.md, says question, choice and cost, and is in the index",
    check,
};

const FOLDER: &str = "docs/decisions/";
const INDEX: &str = "docs/decisions/README.md";
const SECTIONS: [&str; 3] = ["## Question", "## Choice", "## Cost"];

fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut numbers: BTreeMap<&str, &str> = BTreeMap::new();
    let index = tree.text(INDEX).unwrap_or_default();
    for (path, text) in tree.files() {
        let Some(file) = path.strip_prefix(FOLDER).filter(|_| path != INDEX) else { continue };
        let Some(number) = number(file) else {
            findings.push(Finding::file(path, "is not named NNNN-what-was-decided.md"));
            continue;
        };
        if let Some(other) = numbers.insert(number, path) {
            findings.push(Finding::file(path, format!("has the number of {other}")));
        }
        if !index.contains(&format!("]({file})")) {
            findings.push(Finding::file(path, format!("is not in the index {INDEX}")));
        }
        for section in SECTIONS {
            if !text.lines().any(|line| line == section) {
                findings.push(Finding::file(path, format!("has no section `{section}`")));
            }
        }
    }
    findings
}

fn number(file: &str) -> Option<&str> {
    let (number, _) = file.strip_suffix(".md")?.split_once('-')?;
    (number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    const PAGE: &str = "# 1\n\n## Question\n\n## Choice\n\n## Cost\n";

    #[test]
    fn a_decision_is_numbered_complete_and_in_the_index() {
        let good = [(INDEX, "- [one](0001-one.md)"), ("docs/decisions/0001-one.md", PAGE)];
        assert_eq!(found(&RULE, &good), Vec::<String>::new());
    }

    #[test]
    fn what_is_missing_from_a_decision_is_found() {
        let expected = [
            "docs/decisions/0001-one.md: is not in the index docs/decisions/README.md",
            "docs/decisions/0001-one.md: has no section `## Cost`",
            "docs/decisions/0001-two.md: has the number of docs/decisions/0001-one.md",
            "docs/decisions/three.md: is not named NNNN-what-was-decided.md",
        ];
        let bad = [
            (INDEX, "[two](0001-two.md)"),
            ("docs/decisions/0001-one.md", "## Question\n## Choice\n"),
            ("docs/decisions/0001-two.md", PAGE),
            ("docs/decisions/three.md", PAGE),
        ];
        assert_eq!(found(&RULE, &bad), expected);
    }
}
