//! The rule `left-behind`: what says "later" is not left in a source. Later has an issue.

use super::rust_text::words;
use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule =
    Rule { name: "left-behind", holds: "no note to do something later, no hole in the code, no ignored test", check };

const SOURCES: &[&str] =
    &[".rs", ".ts", ".tsx", ".js", ".mjs", ".py", ".sql", ".sh", ".lua", ".toml", ".yml", ".yaml", ".html", ".css"];

// In pieces, so that this file passes its own rule.
const WORDS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
const CALLS: [&str; 3] = [concat!("todo", "!("), concat!("unimplemented", "!("), concat!("#[", "ignore")];

fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.files() {
        if !SOURCES.iter().any(|end| path.ends_with(end)) {
            continue;
        }
        for (index, line) in text.lines().enumerate() {
            let word = words(line).map(|(_, word)| word).find(|word| WORDS.contains(word));
            if let Some(left) = word.or_else(|| CALLS.into_iter().find(|call| line.contains(call))) {
                findings.push(Finding::line(path, index + 1, format!("`{left}` is left behind")));
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
    fn what_says_later_is_found() {
        for left in WORDS.into_iter().chain(CALLS) {
            let text = format!("fn x() {{}}\n// {left} later");
            assert_eq!(found(&RULE, &[("a.rs", &text)]), [format!("a.rs:2: `{left}` is left behind")]);
        }
    }

    #[test]
    fn a_word_that_holds_one_is_another_word() {
        assert!(found(&RULE, &[("a.rs", concat!("let METHO", "DOLOGY = \"mktemp -t XX", "XX\";"))]).is_empty());
        assert!(found(&RULE, &[("a.md", concat!("A TO", "DO is not left behind."))]).is_empty());
    }
}
