//! Which database, from one URL: SQLite's file, or PostgreSQL's address.
//!
//! What must stay true: a password in the URL stands in no problem, no `Debug` and nothing that is shown (SECURITY LG2).

use std::{
    fmt,
    path::{Path, PathBuf},
};

use gatewright_store::postgres::Address;

/// Where everything is kept.
#[derive(Clone, Debug)]
pub(crate) enum Database {
    /// A SQLite file, which belongs to this machine.
    File(PathBuf),
    /// A PostgreSQL database, which several nodes may share.
    Postgres(Box<Address>),
}

/// The database's name in the data directory.
const FILE_NAME: &str = "gatewright.db";

const FORMS: &str = "write `sqlite:///path` or `postgres://user:password@host:5432/database`";

/// Why a URL is none of a database, and what mends it. Neither repeats any of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unusable {
    pub(crate) says: String,
    pub(crate) remedy: &'static str,
}

impl Database {
    /// The file that is used where nothing is said.
    pub(crate) fn in_folder(data_dir: &Path) -> Self {
        Self::File(data_dir.join(FILE_NAME))
    }

    /// Reads `sqlite://…` or `postgres://…`.
    pub(crate) fn parse(url: &str) -> Result<Self, Unusable> {
        if let Some(path) = url.strip_prefix("sqlite://").filter(|path| !path.is_empty() && !path.ends_with('/')) {
            return Ok(Self::File(path.into()));
        }
        match url.split_once("://") {
            Some(("postgres" | "postgresql", rest)) => Self::parse_postgres(url, rest),
            Some(_) | None => Err(Unusable { says: "names no database that this version knows".into(), remedy: FORMS }),
        }
    }

    fn parse_postgres(url: &str, rest: &str) -> Result<Self, Unusable> {
        // Behind a bare question mark or number sign a part of a password would be taken for the name of a parameter,
        // and what is wrong with that would be told by its name.
        // And the driver ends the password at the first at sign, so that the rest of it would be shown as a host.
        let is_twice = rest.matches('@').count() > 1;
        if is_twice || rest.split_once(['?', '#']).is_some_and(|(_, behind)| behind.contains('@')) {
            let says = "has a bare `?`, `#` or `@` where none can be".into();
            return Err(Unusable { says, remedy: "write them as %3F, %23 and %40 in a user's name or password" });
        }
        let address = Address::parse(url).map_err(|error| Unusable { says: error.to_string(), remedy: FORMS })?;
        Ok(Self::Postgres(Box::new(address)))
    }

    /// The URL without its secrets.
    pub(crate) fn to_url(&self) -> String {
        match self {
            Self::File(path) => format!("sqlite://{}", path.display()),
            Self::Postgres(address) => address.to_string(),
        }
    }

    /// The file, if it is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }
}

/// The file, or hosts and database without the user and the password.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Postgres(address) => address.fmt(f),
        }
    }
}

/// Whether a URL can hold a password: one behind the user's name, or one among the parameters.
pub(crate) fn may_hold_password(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else { return false };
    let user = rest.rsplit_once('@').map_or("", |(user, _)| user);
    user.contains(':') || rest.contains("pass")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_a_file_or_an_address() {
        for (url, shown) in [
            ("sqlite:///var/lib/gate.db", "/var/lib/gate.db"),
            ("sqlite://gate.db", "gate.db"),
            ("postgres://gate:canary@db.example.test/gate", "postgres://db.example.test:5432/gate"),
            ("postgresql://gate:canary@db1,db2:6432/gate?sslmode=disable", "postgres://db1:5432,db2:6432/gate"),
        ] {
            let database = Database::parse(url).unwrap();
            assert_eq!(database.to_string(), shown, "{url}");
            assert!(!format!("{database:?}").contains("canary"), "{database:?}");
        }
    }

    #[test]
    fn lg2_what_is_no_database_is_refused_without_being_repeated() {
        for url in [
            "canary",
            "sqlite://",
            "sqlite:///canary/",
            "mysql://root:canary@db/gate",
            "postgres://gate:canary@db",
            "postgres://gate:canary@db/gate?sslmode=prefer",
            "postgres://gate:x?canary=1@db/gate",
            "postgres://gate:x#canary@db/gate",
            "postgres://gate:x@canary@db/gate",
            "postgres://gate:x@canary@db/gate?sslmode=disable",
            "postgres://gate:canary@db:canary/gate",
        ] {
            let refused = Database::parse(url).unwrap_err();
            assert!(!format!("{refused:?}").contains("canary"), "{url}: {refused:?}");
        }
    }

    #[test]
    fn a_file_with_a_password_in_a_url_is_one_with_a_secret() {
        for (url, expected) in [
            ("postgres://gate:x@db/gate", true),
            ("postgres://gate@db/gate?password=x", true),
            ("postgres://gate@db:5432/gate", false),
            ("postgres://gate@%2Frun%2Fpostgresql/gate", false),
            ("sqlite:///var/lib/gate.db", false),
            ("redis://:x@redis.example.test/0", true),
            ("redis+unix:///run/redis.sock?pass=x", true),
        ] {
            assert_eq!(may_hold_password(url), expected, "{url}");
        }
    }
}
