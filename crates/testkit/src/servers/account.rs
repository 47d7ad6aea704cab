//! Whom a server runs as. PostgreSQL and PgBouncer refuse root, and tests in a container often are root.

use super::programs::Need;
use rustix::process::geteuid;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// The account of a server.
#[derive(Clone, Copy, Debug)]
pub(super) enum Account {
    /// Whoever runs the tests.
    Ourselves,
    /// Somebody with fewer rights, by user and group.
    Other(u32, u32),
}

impl Account {
    /// For servers that refuse root: the account `postgres` when we are root, otherwise ourselves.
    pub(super) fn without_root() -> Self {
        if !geteuid().is_root() {
            return Self::Ourselves;
        }
        Self::Other(id("-u"), id("-g"))
    }

    /// Lets `command` run as this account. The standard library also gives up root's other groups.
    pub(super) fn run(self, command: &mut Command) {
        if let Self::Other(user, group) = self {
            command.uid(user).gid(group);
        }
    }

    pub(super) fn own(self, path: &Path) {
        if let Self::Other(user, group) = self {
            chown(path, Some(user), Some(group)).expect("root may give a file away");
        }
    }
}

fn id(which: &str) -> u32 {
    let output = Command::new("id").args([which, "postgres"]).output().expect("`id` belongs to every system");
    let id = String::from_utf8_lossy(&output.stdout).trim().parse();
    id.unwrap_or_else(|_| panic!("PostgreSQL refuses root, and there is no account `postgres`. {}", Need::Postgres))
}
