//! The stage `preflight`: the programs that the other stages call. What must stay true: where the machine is Debian and
//! we may install, what is missing is installed; everywhere else the answer says exactly what to install, and why.
//!
//! A stage that needs one more program adds a line to [`PROGRAMS`].

use crate::process::{capture, command, is_installed, run as run_command};
use crate::tally::Tally;
use crate::{Ended, Failure, terminal};
use std::path::{Path, PathBuf};

/// A program that a stage calls.
struct Program {
    name: &'static str,
    /// A program that does as well.
    or: Option<&'static str>,
    packages: &'static [&'static str],
    needed_for: &'static str,
}

/// In alphabetical order of the programs.
const PROGRAMS: &[Program] = &[
    Program { name: "cc", or: None, packages: &["gcc", "libc6-dev"], needed_for: "compiling SQLite and AWS-LC" },
    Program {
        name: "chromium",
        or: Some("google-chrome"),
        packages: &["chromium"],
        needed_for: "pages and links of mails in a real browser",
    },
    Program { name: "curl", or: None, packages: &["curl"], needed_for: "the lines of the README" },
    Program { name: "git", or: None, packages: &["git"], needed_for: "the list of files that `tidy` reads" },
    Program { name: "initdb", or: None, packages: &["postgresql"], needed_for: "tests on a PostgreSQL of their own" },
    Program { name: "jq", or: None, packages: &["jq"], needed_for: "the lines of the README" },
    Program { name: "nginx", or: None, packages: &["nginx"], needed_for: "the proxy's file of deploy/, which runs" },
    Program { name: "node", or: None, packages: &["nodejs"], needed_for: "the tests in a browser" },
    Program { name: "npm", or: None, packages: &["npm"], needed_for: "the packages of the tests in a browser" },
    Program { name: "openssl", or: None, packages: &["openssl"], needed_for: "the lines of the README" },
    Program { name: "pgbouncer", or: None, packages: &["pgbouncer"], needed_for: "tests behind a pooler" },
    Program { name: "python3", or: None, packages: &["python3", "python3-venv"], needed_for: "schemathesis" },
    Program {
        name: "redis-server",
        or: Some("valkey-server"),
        packages: &["redis-server"],
        needed_for: "tests on a Redis of their own",
    },
    Program {
        name: "strace",
        or: None,
        packages: &["strace"],
        needed_for: "the test that a commit is synced before its answer",
    },
    Program {
        name: "systemd-analyze",
        or: None,
        packages: &["systemd"],
        needed_for: "the units of deploy/, which it reads",
    },
];

/// Where Debian keeps each version of PostgreSQL.
const POSTGRES_VERSIONS: &str = "/usr/lib/postgresql";
/// The oldest that the product supports.
const OLDEST_POSTGRES: u32 = 15;

/// Free room on the disk without which the other stages run out of it half-way, in KiB: what a first build and the servers of the
/// tests take is about 9 GiB, what is built anew later about half of that.
const LEAST_ROOM_KIB: u64 = 5 * 1024 * 1024;

impl Program {
    fn is_there(&self, is_there: impl Fn(&str) -> bool) -> bool {
        is_there(self.name) || self.or.is_some_and(is_there)
    }
}

pub(super) fn run(root: &Path) -> Result<Tally, Failure> {
    let mut tally = room(root)?;
    let missing = missing(is_there);
    if missing.is_empty() {
        tally.add(Tally::passed(PROGRAMS.len() as u64));
        return Ok(tally);
    }
    let packages = packages(&missing);
    if let Some(installer) = Installer::of_this_machine(root)? {
        terminal::line(&format!("installing {}", packages.join(" ")));
        installer.install(root, &packages)?;
    }
    for program in PROGRAMS {
        tally.add(if program.is_there(is_there) { Tally::passed(1) } else { reported(program) });
    }
    Ok(tally)
}

/// Whether the disk has room for what is built and tried.
fn room(root: &Path) -> Result<Tally, Failure> {
    let told = capture(&mut command(root, "df", &["-Pk", "."]))?.stdout;
    let Some(free) = free_kib(&told).filter(|free| *free < LEAST_ROOM_KIB) else { return Ok(Tally::passed(1)) };
    terminal::bad(&format!(
        "the disk has {} MiB left here; a first run needs 9 GiB, a later one 5. `cargo clean` gives back what was built before",
        free / 1024
    ));
    Ok(Tally::failed(1))
}

/// What `df -Pk` says is available on the one file system that it was asked for.
fn free_kib(told: &str) -> Option<u64> {
    told.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}

fn missing(is_there: impl Fn(&str) -> bool) -> Vec<&'static Program> {
    PROGRAMS.iter().filter(|program| !program.is_there(&is_there)).collect()
}

/// On the search path, or where Debian puts servers, which a user's search path does not name.
fn is_there(name: &str) -> bool {
    is_installed(name) || server_folders().iter().any(|folder| folder.join(name).is_file())
}

/// The folders of system servers, and those of PostgreSQL: one per version.
fn server_folders() -> Vec<PathBuf> {
    let versions = std::fs::read_dir(POSTGRES_VERSIONS).into_iter().flatten().flatten();
    let versions = versions.filter(|version| is_new_enough(&version.file_name().to_string_lossy()));
    let mut folders: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    folders.extend(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from));
    folders
}

fn is_new_enough(version: &str) -> bool {
    version.parse::<u32>().is_ok_and(|version| version >= OLDEST_POSTGRES)
}

fn packages(programs: &[&Program]) -> Vec<&'static str> {
    let mut packages: Vec<_> = programs.iter().flat_map(|program| program.packages).copied().collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

fn reported(program: &Program) -> Tally {
    terminal::bad(&format!(
        "`{}` is missing; it is needed for {}. On Debian and Ubuntu: apt-get install {}",
        program.name,
        program.needed_for,
        program.packages.join(" "),
    ));
    Tally::failed(1)
}

/// How this machine lets us install: as root, or through a `sudo` that asks for no password.
enum Installer {
    Root,
    Sudo,
}

impl Installer {
    fn of_this_machine(root: &Path) -> Result<Option<Self>, Failure> {
        if !Path::new("/etc/debian_version").exists() || !is_installed("apt-get") {
            return Ok(None);
        }
        if capture(&mut command(root, "id", &["-u"]))?.stdout.trim() == "0" {
            return Ok(Some(Self::Root));
        }
        if is_installed("sudo") && capture(&mut command(root, "sudo", &["-n", "true"]))?.succeeded {
            return Ok(Some(Self::Sudo));
        }
        Ok(None)
    }

    /// Runs both steps to their end; whether it helped is seen by looking for the programs again.
    fn install(&self, root: &Path, packages: &[&str]) -> Result<(), Failure> {
        let mut install = vec!["install", "-y", "--no-install-recommends"];
        install.extend(packages);
        for step in [&["update", "-q"], install.as_slice()] {
            if run_command(&mut self.apt_get(root, step))? == Ended::Badly {
                terminal::bad(&format!("`apt-get {}` failed", step.join(" ")));
            }
        }
        Ok(())
    }

    fn apt_get(&self, root: &Path, arguments: &[&str]) -> std::process::Command {
        let quiet = ["DEBIAN_FRONTEND=noninteractive", "apt-get"];
        match self {
            Self::Root => command(root, "env", &[&quiet, arguments].concat()),
            Self::Sudo => command(root, "sudo", &[&["-n", "env"], &quiet[..], arguments].concat()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_its_packages_once() {
        let missing = missing(|name| name != "cc");
        assert_eq!(missing.iter().map(|program| program.name).collect::<Vec<_>>(), ["cc"]);
        assert_eq!(packages(&missing), ["gcc", "libc6-dev"]);
        assert_eq!(packages(&[missing[0], missing[0]]), ["gcc", "libc6-dev"]);
    }

    #[test]
    fn the_room_that_is_left_is_the_fourth_number() {
        let told =
            "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda 263174212 14680064 4242424 14% /\n";
        assert_eq!(free_kib(told), Some(4_242_424));
        assert_eq!(free_kib("df: no such file\n"), None);
    }

    #[test]
    fn what_does_as_well_is_not_missing() {
        let names = |there: &'static [&'static str]| {
            missing(|name| there.contains(&name) || !name.ends_with("-server"))
                .iter()
                .map(|one| one.name)
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&[]), ["redis-server"]);
        assert!(names(&["valkey-server"]).is_empty());
    }

    #[test]
    fn an_old_postgres_is_not_enough() {
        assert!(is_new_enough("15") && is_new_enough("18") && !is_new_enough("13") && !is_new_enough("9.6"));
    }

    #[test]
    fn apt_get_never_asks_a_question() {
        let root = Installer::Root.apt_get(Path::new("."), &["update"]);
        assert_eq!(format!("{root:?}").matches("DEBIAN_FRONTEND=noninteractive").count(), 1);
        let sudo = Installer::Sudo.apt_get(Path::new("."), &["update"]);
        assert!(
            format!("{sudo:?}").contains(r#""sudo" "-n" "env" "DEBIAN_FRONTEND=noninteractive" "apt-get" "update""#)
        );
    }
}
