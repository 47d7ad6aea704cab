//! PostgreSQL: a cluster of its own, as durable as in production, and small. It speaks on a port of the loopback, where
//! the role [`ROLE`] needs its password, and on a socket in its folder, where everybody who can reach it is trusted.

mod cluster;
mod database;
mod replica;
mod tls;

pub use self::database::Database;
pub(super) use self::database::is_ready;
pub use self::tls::Tls;

use self::database::Access;
use super::folder::Folder;
use super::patience::PATIENCE;
use super::process::{Failed, Process, Whom};
use super::{PORTS_TO_TRY, port, programs};
use rustix::process::Signal;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

/// The role of the tests: no superuser, but it may create databases.
pub const ROLE: &str = "gatewright";
/// The role's password: as long as one that was drawn, with characters that a URL may hold as they are.
pub const PASSWORD: &str = "Zq7vW2xK9mT4-bN8cR5_hJ3p";

/// What is special about a server of one's own.
#[derive(Clone, Debug, Default)]
pub struct PostgresSetup {
    /// Whether it speaks TLS.
    pub tls: Tls,
    /// Lines for `postgresql.conf`; they win over ours.
    pub settings: Vec<String>,
}

/// A running server; it ends and its folder vanishes when it is dropped, or when the process ends.
#[derive(Debug)]
pub struct Postgres {
    process: Process,
    access: Arc<Access>,
    programs: PathBuf,
    folder: Folder,
}

impl Postgres {
    /// The one server of this test process, started at the first use. Its databases are the tests' own; whoever
    /// stops it, stops it for all: [`Self::start`] is for that.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(&PostgresSetup::default()))
    }

    /// A server for one test.
    ///
    /// # Panics
    ///
    /// With what has to be installed, or with the end of the server's log.
    pub fn start(setup: &PostgresSetup) -> Self {
        let programs = programs::postgres();
        let folder = cluster::create(&programs, setup);
        let server = Self::launch(programs, folder);
        server.superuser_sql(&format!("CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{PASSWORD}'"));
        server
    }

    /// Starts what lies in the folder's `data`, on a free port.
    fn launch(programs: PathBuf, folder: Folder) -> Self {
        let access = Arc::new(Access::new(programs.join("psql"), folder.path().to_path_buf()));
        let server = Self { process: Process::new(&folder), access, programs, folder };
        for _ in 0..PORTS_TO_TRY {
            server.access.port.store(port::free(), Ordering::Relaxed);
            match server.try_run() {
                Ok(()) => return server,
                Err(Failed::PortTaken) => {}
                Err(failed) => panic!("PostgreSQL did not start: {failed}"),
            }
        }
        panic!("ten free ports were all taken before PostgreSQL could have them");
    }

    /// Starts the server on its port and waits until it lets somebody in.
    fn try_run(&self) -> Result<(), Failed> {
        let mut command = self.process.command(&self.folder, &self.programs.join("postgres"));
        command.arg("-D").arg(self.data());
        command.arg(format!("--port={}", self.port()));
        command.arg(format!("--unix_socket_directories={}", self.folder.path().display()));
        self.process.start(&mut command, |_| self.access.lets_in(&self.programs.join("pg_isready")))
    }

    fn run(&self) {
        if let Err(failed) = self.try_run() {
            panic!("PostgreSQL did not start again within {} s: {failed}", PATIENCE.as_secs());
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Its port on the loopback; the same for all its life, unless [`Self::move_to_port`] changes it.
    pub fn port(&self) -> u16 {
        self.access.port()
    }

    /// The folder of its socket.
    pub fn socket_folder(&self) -> &Path {
        self.folder.path()
    }

    /// The certificate of the authority that signed the server's, in PEM; only with TLS.
    pub fn authority(&self) -> PathBuf {
        self.data().join(tls::AUTHORITY)
    }

    /// Where [`ROLE`] reaches the database `name`.
    pub fn url(&self, name: &str) -> String {
        self.access.url(name)
    }

    /// A new, empty database that belongs to [`ROLE`].
    pub fn fresh_database(&self) -> Database {
        Database::fresh(&self.access)
    }

    /// The database `name` that exists already, here or on the server whose replica this is.
    pub fn database(&self, name: &str) -> Database {
        Database::existing(&self.access, name)
    }

    /// Runs statements as superuser in the database `postgres`; the answer is what `psql -At` writes.
    ///
    /// # Panics
    ///
    /// When a statement fails.
    pub fn superuser_sql(&self, sql: &str) -> String {
        self.database("postgres").superuser_sql(sql)
    }

    /// Ends every session and shuts down in order; what was committed is on the disk.
    pub fn stop_fast(&self) {
        if self.process.is_running() {
            self.process.signal(Signal::INT, Whom::Leader);
        }
        self.process.wait();
    }

    /// The server is gone at once with all its sessions, as when the power goes.
    pub fn kill(&self) {
        self.process.kill();
    }

    /// Starts again on the same port; stops before if it still runs.
    pub fn restart(&self) {
        self.stop_fast();
        self.run();
    }

    /// Restarts on another port: as the successor of a server that was stopped, on that one's port.
    pub fn move_to_port(&self, port: u16) {
        self.stop_fast();
        self.access.port.store(port, Ordering::Relaxed);
        self.run();
    }

    /// Nothing moves until [`Self::resume`]: connections stay open, and no one answers.
    pub fn pause(&self) {
        self.process.signal(Signal::STOP, Whom::Family);
    }

    /// Goes on after [`Self::pause`].
    pub fn resume(&self) {
        self.process.signal(Signal::CONT, Whom::Family);
    }

    /// False after it was stopped or killed, or ended by itself.
    pub fn is_running(&self) -> bool {
        self.process.is_running()
    }

    /// The id of its first process, while it runs.
    pub fn process_id(&self) -> Option<u32> {
        self.process.id()
    }

    /// The end of its log, for an error of a test.
    pub fn log_tail(&self) -> String {
        self.process.log_tail()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.process.is_running() {
            self.process.signal(Signal::QUIT, Whom::Leader);
            self.process.signal(Signal::CONT, Whom::Family);
        }
        self.process.wait();
    }
}
