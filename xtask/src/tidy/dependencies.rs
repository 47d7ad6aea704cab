//! The rule `dependencies`: which third-party crates are kept out of which of ours. Development dependencies are free:
//! a test looks from outside.

use super::tree::{Kind, Package, Tree};
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "dependencies",
    holds: "no HTTP in the core and the stores, no SQL outside the stores, no runtime in the core",
    check,
};

/// Crates that may be used in some places only.
struct Ban {
    crates: &'static [&'static str],
    place: Place,
    because: &'static str,
}

enum Place {
    OnlyIn(&'static [&'static str]),
    NotIn(&'static [&'static str]),
}

const BANS: &[Ban] = &[
    Ban {
        crates: &["rusqlite", "libsqlite3-sys", "tokio-postgres", "deadpool-postgres", "redis"],
        place: Place::OnlyIn(&["gatewright-store"]),
        because: "only the store speaks to a database",
    },
    Ban {
        crates: &[
            "axum",
            "axum-core",
            "axum-extra",
            "http",
            "http-body",
            "hyper",
            "hyper-util",
            "tower",
            "tower-http",
            "utoipa",
        ],
        place: Place::NotIn(&["gatewright-core", "gatewright-store", "gatewright-password"]),
        because: "HTTP ends at the crates `gatewright` and `gatewright-token`",
    },
    Ban {
        crates: &["tokio", "async-std", "smol", "futures-executor"],
        place: Place::NotIn(&["gatewright-core"]),
        because: "the core has no runtime",
    },
    Ban {
        crates: &["argon2", "bcrypt", "scrypt", "libsodium-sys", "libsodium-sys-stable", "argon2-rust"],
        place: Place::OnlyIn(&["gatewright-password"]),
        because: "passwords are hashed in one crate, docs/decisions/0001-a-crate-for-password-hashing.md",
    },
    Ban {
        crates: &["shuttle", "loom"],
        place: Place::OnlyIn(&[]),
        because: "what ships waits on the real locks, docs/decisions/0013-interleavings.md",
    },
    Ban {
        crates: &["lettre", "quoted_printable"],
        place: Place::OnlyIn(&["gatewright-mail"]),
        because: "mails are written and sent in one crate, docs/decisions/0017-mail-rendering-and-transport.md",
    },
    Ban {
        crates: &["minijinja"],
        place: Place::OnlyIn(&["gatewright", "gatewright-mail"]),
        because: "mails and pages are what has templates",
    },
    Ban {
        crates: &["clap", "confique", "mimalloc", "prometheus-client", "sd-notify", "tracing-subscriber"],
        place: Place::OnlyIn(&["gatewright-server"]),
        because: "the process belongs to the binary; a library must fit into somebody else's",
    },
];

fn check(tree: &Tree) -> Vec<Finding> {
    let ours = tree.packages().into_iter().filter(|package| package.folder.starts_with("crates/"));
    ours.flat_map(|package| check_package(&package)).collect()
}

fn check_package(package: &Package) -> Vec<Finding> {
    let manifest = format!("{}/Cargo.toml", package.folder);
    let used = package.dependencies.iter().filter(|one| one.kind != Kind::Development);
    let wrong = used.flat_map(|one| {
        let bans =
            BANS.iter().filter(|ban| ban.crates.contains(&one.package.as_str()) && ban.place.forbids(&package.name));
        bans.map(|ban| format!("`{}` may not depend on `{}`: {}", package.name, one.package, ban.because))
    });
    wrong.map(|says| Finding::file(&manifest, says)).collect()
}

impl Place {
    fn forbids(&self, package: &str) -> bool {
        match self {
            Self::OnlyIn(packages) => !packages.contains(&package),
            Self::NotIn(packages) => packages.contains(&package),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    fn uses(folder: &str, name: &str, table: &str, on: &str) -> Vec<String> {
        let manifest = format!("[package]\nname = \"{name}\"\n[{table}]\n{on} = \"1\"");
        found(&RULE, &[(&format!("{folder}/Cargo.toml"), &manifest)])
    }

    #[test]
    fn what_is_only_for_the_store_is_found_elsewhere() {
        let expected =
            ["crates/http/Cargo.toml: `gatewright` may not depend on `rusqlite`: only the store speaks to a database"];
        assert_eq!(uses("crates/http", "gatewright", "dependencies", "rusqlite"), expected);
        assert!(uses("crates/store", "gatewright-store", "dependencies", "rusqlite").is_empty());
    }

    #[test]
    fn a_scheduler_for_tests_is_only_for_tests() {
        assert_eq!(uses("crates/core", "gatewright-core", "dependencies", "shuttle").len(), 1);
        assert!(uses("crates/core", "gatewright-core", "dev-dependencies", "shuttle").is_empty());
    }

    #[test]
    fn the_core_has_neither_http_nor_a_runtime() {
        for crate_name in ["axum", "http", "tokio"] {
            assert_eq!(uses("crates/core", "gatewright-core", "dependencies", crate_name).len(), 1, "{crate_name}");
        }
        assert!(uses("crates/core", "gatewright-core", "dev-dependencies", "tokio").is_empty());
        assert!(uses("crates/http", "gatewright", "dependencies", "axum").is_empty());
    }
}
