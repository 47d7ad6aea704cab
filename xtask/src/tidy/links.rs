//! The rule `links`: a relative link of a page leads to a file of this repository, and its `#anchor` to a heading.

use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule =
    Rule { name: "links", holds: "relative links of Markdown pages lead to a file, their anchors to a heading", check };

fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| path.ends_with(".md") && !path.contains("/vectors/")) {
        for (line, target) in targets(text) {
            if let Some(says) = judge(tree, path, text, &target) {
                findings.push(Finding::line(path, line, says));
            }
        }
    }
    findings
}

/// What is wrong with a link, if anything is.
fn judge(tree: &Tree, path: &str, text: &str, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
    let resolved = if file.is_empty() { Some(path.to_owned()) } else { resolve(path, file) };
    let Some(resolved) = resolved.filter(|resolved| tree.has(resolved)) else {
        return Some(format!("`{target}` leads nowhere"));
    };
    let page = if resolved == path { Some(text) } else { tree.text(&resolved) };
    let anchor = anchor.filter(|_| resolved.ends_with(".md"))?;
    let is_there = page.is_some_and(|page| anchors(page).iter().any(|one| one == anchor));
    (!is_there).then(|| format!("`{target}`: {resolved} has no heading `#{anchor}`"))
}

/// The path from the root that `link` on the page `from` means; `None` when it leaves the repository.
fn resolve(from: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = if link.starts_with('/') { Vec::new() } else { from.split('/').collect() };
    parts.pop();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The targets of inline links and of reference definitions, with their lines; code is left out.
fn targets(text: &str) -> Vec<(usize, String)> {
    let mut targets = Vec::new();
    for (index, line) in prose(text) {
        if let Some((_, target)) = line.strip_prefix('[').and_then(|rest| rest.split_once("]: ")) {
            targets.push((index + 1, first_word(target)));
        }
        let mut rest = line.as_str();
        while let Some((_, after)) = rest.split_once("](") {
            let end = closing(after);
            targets.push((index + 1, first_word(&after[..end])));
            rest = &after[end..];
        }
    }
    targets
}

/// A target without its title and its angle brackets.
fn first_word(target: &str) -> String {
    target.split_whitespace().next().unwrap_or_default().trim_matches(['<', '>']).to_owned()
}

fn closing(after: &str) -> usize {
    let mut depth = 1_usize;
    for (at, c) in after.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    after.len()
}

/// The lines outside of fenced blocks, with the insides of backticks blanked.
fn prose(text: &str) -> Vec<(usize, String)> {
    let mut in_fence = false;
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if is_fence(line) {
            in_fence = !in_fence;
        } else if !in_fence {
            let parts = line.split('`').enumerate();
            lines.push((index, parts.map(|(number, part)| if number % 2 == 0 { part } else { " " }).collect()));
        }
    }
    lines
}

/// True for a line that opens or closes a fenced block.
pub(super) fn is_fence(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("```") || line.starts_with("~~~")
}

/// The anchors of a page: its headings as GitHub writes them, and every `id` and `name` it sets by hand.
pub(super) fn anchors(page: &str) -> Vec<String> {
    let mut anchors: Vec<String> = Vec::new();
    let mut in_fence = false;
    for line in page.lines() {
        in_fence ^= is_fence(line);
        if in_fence {
            continue;
        }
        for mark in ["id=\"", "name=\""] {
            anchors
                .extend(line.split(mark).skip(1).filter_map(|rest| rest.split_once('"')).map(|(id, _)| id.to_owned()));
        }
        let title = line.trim_start_matches('#');
        if title.len() < line.len() && title.starts_with(' ') {
            let slug = slug(title.trim());
            let twins = anchors.iter().filter(|one| **one == slug || is_numbered(one, &slug)).count();
            anchors.push(if twins == 0 { slug } else { format!("{slug}-{twins}") });
        }
    }
    anchors
}

fn is_numbered(anchor: &str, slug: &str) -> bool {
    let number = anchor.strip_prefix(slug).and_then(|rest| rest.strip_prefix('-'));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn slug(title: &str) -> String {
    let mut shown = String::new();
    let mut rest = title;
    // `[text](target)` shows its text only.
    while let Some((before, after)) = rest.split_once("](") {
        shown.push_str(before);
        rest = &after[(closing(after) + 1).min(after.len())..];
    }
    shown.push_str(rest);
    let kept = shown.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        let page = "[a](b.md) [c](../LICENSE-MIT \"title\") [d](gone.md)\n[e]: gone/too.md\n![f](../../out.png)";
        let files = [("docs/a.md", page), ("docs/b.md", ""), ("LICENSE-MIT", "")];
        let expected = [
            "docs/a.md:1: `gone.md` leads nowhere",
            "docs/a.md:2: `gone/too.md` leads nowhere",
            "docs/a.md:3: `../../out.png` leads nowhere",
        ];
        assert_eq!(found(&RULE, &files), expected);
    }

    #[test]
    fn an_anchor_without_a_heading_is_found() {
        let page = "# The `first` step: go!\n[a](#the-first-step-go) [b](b.md#two) [c](b.md#two-1) [d](#gone)";
        let files = [("a.md", page), ("b.md", "## Two\n## Two\n```\n# not a heading\n```")];
        assert_eq!(found(&RULE, &files), ["a.md:2: `#gone`: a.md has no heading `#gone`"]);
    }

    #[test]
    fn code_and_addresses_are_no_relative_links() {
        let page = "`[a](gone.md)` [b](https://example.test/x#y)\n```\n[c](gone.md)\n```\n[d](.)";
        assert_eq!(found(&RULE, &[("docs/a.md", page)]), Vec::<String>::new());
    }
}
