//! A database of a server, and the ways to it.

use super::{PASSWORD, ROLE};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering};

/// Unique in the process, so that a name means one database on a server and on its replicas.
static FRESH: AtomicU32 = AtomicU32::new(1);

/// How a server is reached.
#[derive(Debug)]
pub(super) struct Access {
    psql: PathBuf,
    socket_folder: PathBuf,
    pub(super) port: AtomicU16,
}

impl Access {
    pub(super) fn new(psql: PathBuf, socket_folder: PathBuf) -> Self {
        Self { psql, socket_folder, port: AtomicU16::new(0) }
    }

    pub(super) fn port(&self) -> u16 {
        self.port.load(Ordering::Relaxed)
    }

    pub(super) fn url(&self, name: &str) -> String {
        format!("postgres://{ROLE}:{PASSWORD}@127.0.0.1:{}/{name}", self.port())
    }

    /// True when the server lets somebody in, by the port and by the socket.
    pub(super) fn lets_in(&self, pg_isready: &Path) -> bool {
        let socket_folder = self.socket_folder.display().to_string();
        ["127.0.0.1", &socket_folder].iter().all(|host| is_ready(pg_isready, host, self.port()))
    }
}

/// Asks by a real connection; also a PgBouncer answers.
pub(in crate::servers) fn is_ready(pg_isready: &Path, host: &str, port: u16) -> bool {
    let mut command = Command::new(pg_isready);
    command.args(["--quiet", "--timeout=5", "--dbname=postgres", "--host", host, "--port", &port.to_string()]);
    command.stdin(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// One database. It is not dropped with this value; it goes with its server.
#[derive(Clone, Debug)]
pub struct Database {
    name: String,
    access: Arc<Access>,
}

impl Database {
    pub(super) fn fresh(access: &Arc<Access>) -> Self {
        let name = format!("fresh_{}", FRESH.fetch_add(1, Ordering::Relaxed));
        Self::existing(access, "postgres")
            .superuser_sql(&format!("CREATE DATABASE {name} OWNER {ROLE} TEMPLATE template0"));
        Self::existing(access, &name)
    }

    pub(super) fn existing(access: &Arc<Access>, name: &str) -> Self {
        Self { name: name.to_owned(), access: Arc::clone(access) }
    }

    /// Its name on the server.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The way of [`ROLE`] by the port, with the password.
    pub fn url(&self) -> String {
        self.access.url(&self.name)
    }

    /// The way of [`ROLE`] by the socket, without a password.
    pub fn socket_url(&self) -> String {
        let folder = self.access.socket_folder.display().to_string().replace('/', "%2F");
        format!("postgres://{ROLE}@{folder}:{}/{}", self.access.port(), self.name)
    }

    /// Runs statements as superuser; the answer is what `psql -At` writes, one row a line, `|` between the columns.
    ///
    /// # Panics
    ///
    /// When a statement fails, with what the server says.
    pub fn superuser_sql(&self, sql: &str) -> String {
        self.try_superuser_sql(sql).unwrap_or_else(|said| panic!("`{sql}` failed: {said}"))
    }

    /// As [`Self::superuser_sql`]; the error is what `psql` says.
    ///
    /// # Errors
    ///
    /// When there is no connection, or at the first statement that fails.
    pub fn try_superuser_sql(&self, sql: &str) -> Result<String, String> {
        let mut psql = Command::new(&self.access.psql);
        psql.args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1"]);
        psql.args(["--username=postgres", "--dbname", &self.name, "--port", &self.access.port().to_string()]);
        psql.arg("--host").arg(&self.access.socket_folder);
        psql.env("PGCONNECT_TIMEOUT", "10").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = psql.spawn().map_err(|error| error.to_string())?;
        let mut stdin = child.stdin.take().expect("stdin was piped two lines above");
        // A psql that found no server reads nothing; its status says so.
        let _ = stdin.write_all(sql.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().map_err(|error| error.to_string())?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).trim_end().to_owned())
        }
    }
}
