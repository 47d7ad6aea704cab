//! Where the programs of the servers are. What must stay true: what is missing is named with the package that brings it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest PostgreSQL that the product supports.
const OLDEST_POSTGRES: u32 = 15;
/// The oldest Redis that the product supports.
const OLDEST_REDIS: (u32, u32) = (6, 2);
/// Debian keeps one folder per version and only some of the programs on the search path.
const DEBIAN_POSTGRES: &str = "/usr/lib/postgresql";
/// Where Debian puts servers, which is not on everybody's search path.
const SYSTEM_FOLDERS: [&str; 2] = ["/usr/sbin", "/usr/local/sbin"];

/// What a test needs of the machine.
#[derive(Clone, Copy, Debug)]
pub(super) enum Need {
    Postgres,
    PgBouncer,
    Redis,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, package) = match self {
            Self::Postgres => ("PostgreSQL 15 or newer with its server programs", "postgresql"),
            Self::PgBouncer => ("PgBouncer", "pgbouncer"),
            Self::Redis => ("Redis 6.2 or newer, or Valkey", "redis-server"),
        };
        write!(f, "The tests need {what}: `apt-get install {package}` on Debian and Ubuntu")
    }
}

/// The folder of the newest PostgreSQL that has all programs: the one on the search path, or Debian's.
pub(super) fn postgres() -> PathBuf {
    let on_path = search_path().into_iter().filter_map(|folder| folder.join("initdb").canonicalize().ok());
    let on_path = on_path.filter_map(|initdb| initdb.parent().map(Path::to_path_buf));
    let debian = std::fs::read_dir(DEBIAN_POSTGRES).into_iter().flatten().flatten();
    let debian = debian.map(|version| version.path().join("bin"));
    let all = on_path.chain(debian).filter_map(|folder| Some((major_version(&folder)?, folder)));
    let newest = all.filter(|(version, _)| *version >= OLDEST_POSTGRES).max_by_key(|(version, _)| *version);
    newest.unwrap_or_else(|| panic!("{}", Need::Postgres)).1
}

pub(super) fn pgbouncer() -> PathBuf {
    on_search_path("pgbouncer").unwrap_or_else(|| panic!("{}", Need::PgBouncer))
}

/// Redis, otherwise Valkey, which speaks the same and counts its versions from 7.2 on.
pub(super) fn redis() -> PathBuf {
    let installed = ["redis-server", "valkey-server"].into_iter().filter_map(on_search_path);
    let mut new_enough = installed.filter(|program| redis_version(program).is_some_and(|v| v >= OLDEST_REDIS));
    new_enough.next().unwrap_or_else(|| panic!("{}", Need::Redis))
}

/// "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=..."
fn redis_version(program: &Path) -> Option<(u32, u32)> {
    let text = said_about_version(program)?;
    let mut numbers = text.split_once("v=")?.1.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn said_about_version(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    String::from_utf8(output.stdout).ok()
}

fn on_search_path(program: &str) -> Option<PathBuf> {
    search_path().into_iter().map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// `None` when one of the programs is missing.
fn major_version(folder: &Path) -> Option<u32> {
    if !["initdb", "pg_basebackup", "pg_isready", "postgres", "psql"].iter().all(|name| folder.join(name).is_file()) {
        return None;
    }
    // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"; a version before its release says "17beta1".
    let text = said_about_version(&folder.join("postgres"))?;
    let version = text.split(' ').nth(2)?;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[expect(clippy::disallowed_methods, reason = "the search path is the world's; no test depends on what it says")]
fn search_path() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).chain(SYSTEM_FOLDERS.map(PathBuf::from)).collect()
}
