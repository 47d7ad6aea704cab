//! The rule `workspace-edges`: which of our crates may depend on which. `deny.toml` says the same with `wrappers` for
//! the whole graph; this rule also knows development dependencies from the others.

use super::tree::{Dependency, Kind, Package, Tree};
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "workspace-edges",
    holds: "our crates depend on each other only as the design says; edges know the core, never each other",
    check,
};

/// A package and those of ours that it may name. A crate that is not here has no place in the design yet.
const EDGES: &[(&str, &[&str])] = &[
    ("gatewright-token", &[]),
    ("gatewright-core", &["gatewright-token"]),
    ("gatewright-hooks", &["gatewright-core"]),
    ("gatewright-mail", &["gatewright-core"]),
    ("gatewright-password", &["gatewright-core"]),
    ("gatewright-store", &["gatewright-core"]),
    ("gatewright", &["gatewright-core"]),
    (
        "gatewright-server",
        &["gatewright", "gatewright-store", "gatewright-hooks", "gatewright-mail", "gatewright-password"],
    ),
    (
        TESTKIT,
        &[
            "gatewright-core",
            "gatewright-store",
            "gatewright-hooks",
            "gatewright-mail",
            "gatewright-password",
            "gatewright",
        ],
    ),
    ("gatewright-bench", &[]),
    ("gatewright-proof", &["gatewright-core"]),
    // It starts the servers that the test kit knows how to start, and speaks HTTP to the binary like everybody else.
    ("gatewright-faults", &[TESTKIT]),
    // Requests go through the whole system as the test kit builds it.
    (
        "gatewright-fuzz",
        &[
            "gatewright-token",
            "gatewright-core",
            "gatewright-hooks",
            "gatewright",
            "gatewright-password",
            "gatewright-server",
            TESTKIT,
        ],
    ),
    // A workspace of its own, for another compiler.
    ("gatewright-libfuzzer", &["gatewright-fuzz"]),
    ("xtask", &[]),
];

/// What stands under `examples/` is somebody else's application: it verifies, or it embeds.
const EXAMPLES: &[&str] = &["gatewright-token", "gatewright", "gatewright-store", "gatewright-password"];

/// The test kit is the normal dependency of nothing that ships.
const TESTKIT: &str = "gatewright-testkit";

fn check(tree: &Tree) -> Vec<Finding> {
    let packages = tree.packages();
    let is_ours = |name: &str| packages.iter().any(|package| package.name == name);
    packages.iter().flat_map(|package| check_package(package, is_ours)).collect()
}

fn check_package(package: &Package, is_ours: impl Fn(&str) -> bool) -> Vec<Finding> {
    let manifest = format!("{}/Cargo.toml", package.folder);
    let Some(allowed) = allowed(package) else {
        let says = format!("`{}` has no line in EDGES of xtask/src/tidy/workspace_edges.rs", package.name);
        return vec![Finding::file(&manifest, says)];
    };
    let is_wrong = |dependency: &&Dependency| {
        // A crate that names itself turns on its own features for its tests.
        let is_for_tests = dependency.kind == Kind::Development
            && (dependency.package == TESTKIT || dependency.package == package.name);
        is_ours(&dependency.package) && !allowed.contains(&dependency.package.as_str()) && !is_for_tests
    };
    let wrong = package.dependencies.iter().filter(is_wrong);
    wrong
        .map(|one| Finding::file(&manifest, format!("`{}` may not depend on `{}`", package.name, one.package)))
        .collect()
}

fn allowed(package: &Package) -> Option<&'static [&'static str]> {
    if package.folder.starts_with("examples/") {
        return Some(EXAMPLES);
    }
    EDGES.iter().find(|(name, _)| *name == package.name).map(|(_, allowed)| *allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    const TOKEN: (&str, &str) = ("crates/token/Cargo.toml", "[package]\nname = \"gatewright-token\"");
    const KIT: (&str, &str) = ("crates/testkit/Cargo.toml", "[package]\nname = \"gatewright-testkit\"");

    #[test]
    fn an_edge_against_the_design_is_found() {
        let bad = (
            "crates/store/Cargo.toml",
            "[package]\nname = \"gatewright-store\"\n[dependencies]\ngatewright-token = \"0\"",
        );
        let expected = ["crates/store/Cargo.toml: `gatewright-store` may not depend on `gatewright-token`"];
        assert_eq!(found(&RULE, &[TOKEN, bad]), expected);
    }

    #[test]
    fn the_test_kit_is_for_tests_only() {
        let store =
            |table: &str| format!("[package]\nname = \"gatewright-store\"\n[{table}]\ngatewright-testkit = \"0\"");
        let path = "crates/store/Cargo.toml";
        assert!(found(&RULE, &[KIT, (path, &store("dev-dependencies"))]).is_empty());
        assert_eq!(found(&RULE, &[KIT, (path, &store("dependencies"))]).len(), 1);
        assert_eq!(found(&RULE, &[KIT, (path, &store("build-dependencies"))]).len(), 1);
    }

    #[test]
    fn a_crate_without_a_place_in_the_design_is_found() {
        let expected = ["crates/x/Cargo.toml: `x` has no line in EDGES of xtask/src/tidy/workspace_edges.rs"];
        assert_eq!(found(&RULE, &[("crates/x/Cargo.toml", "[package]\nname = \"x\"")]), expected);
    }

    #[test]
    fn examples_may_embed_and_verify_but_not_reach_inside() {
        let example = |on: &str| format!("[package]\nname = \"e\"\n[dependencies]\n{on} = \"0\"");
        let core = ("crates/core/Cargo.toml", "[package]\nname = \"gatewright-core\"");
        assert!(found(&RULE, &[TOKEN, ("examples/e/Cargo.toml", &example("gatewright-token"))]).is_empty());
        assert_eq!(found(&RULE, &[core, ("examples/e/Cargo.toml", &example("gatewright-core"))]).len(), 1);
    }
}
