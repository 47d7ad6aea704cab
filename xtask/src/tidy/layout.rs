//! The rule `layout`: where tests live. One test binary per crate keeps the linker quick; a route's test lies where the
//! route lies, so that whoever knows the URL finds both.

use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "layout",
    holds: "a crate's integration tests are one binary, tests/it/main.rs; a route's test lies under the same path",
    check,
};

const ROUTES: &str = "crates/http/src/route/";
const ROUTE_TESTS: &str = "crates/http/tests/it/routes/";

fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, code) in tree.rust() {
        if let Some((krate, inner)) = path.split_once("/tests/")
            && !krate.contains("/src")
        {
            if !inner.starts_with("it/") {
                findings.push(Finding::file(path, "a second test binary: tests of a crate live under tests/it/"));
            } else if !tree.has(&format!("{krate}/tests/it/main.rs")) {
                findings.push(Finding::file(path, format!("is never run: {krate}/tests/it/main.rs is missing")));
            }
        }
        if let Some(route) = path.strip_prefix(ROUTES)
            && code.contains("#[utoipa::path(")
            && !tree.has(&format!("{ROUTE_TESTS}{route}"))
        {
            findings.push(Finding::file(path, format!("is a route without its test {ROUTE_TESTS}{route}")));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    #[test]
    fn a_second_test_binary_is_found() {
        let expected = ["crates/a/tests/b.rs: a second test binary: tests of a crate live under tests/it/"];
        assert_eq!(found(&RULE, &[("crates/a/tests/b.rs", "")]), expected);
        assert!(found(&RULE, &[("crates/a/tests/it/main.rs", ""), ("crates/a/tests/it/b.rs", "")]).is_empty());
    }

    #[test]
    fn tests_that_no_binary_runs_are_found() {
        let expected = ["crates/a/tests/it/b.rs: is never run: crates/a/tests/it/main.rs is missing"];
        assert_eq!(found(&RULE, &[("crates/a/tests/it/b.rs", "")]), expected);
    }

    #[test]
    fn a_route_has_its_test_under_the_same_path() {
        let route = ("crates/http/src/route/auth/refresh.rs", "#[utoipa::path(post)]\nfn x() {}");
        let main = ("crates/http/tests/it/main.rs", "");
        let expected = [
            "crates/http/src/route/auth/refresh.rs: is a route without its test crates/http/tests/it/routes/auth/refresh.rs",
        ];
        assert_eq!(found(&RULE, &[route, main]), expected);
        assert!(found(&RULE, &[route, main, ("crates/http/tests/it/routes/auth/refresh.rs", "")]).is_empty());
        assert!(found(&RULE, &[("crates/http/src/route/mod.rs", "pub mod auth;")]).is_empty());
    }
}
