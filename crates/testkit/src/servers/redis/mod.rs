//! Redis, or Valkey where that is what the machine has: a server of its own on a port of the loopback, with a password.
//! What must stay true: what it acknowledged is in its file (`appendfsync always`), unless the setup says otherwise, as
//! the product asks of a Redis that keeps sessions.

mod snapshot;
mod wire;

pub use self::snapshot::RedisSnapshot;

use super::account::Account;
use super::folder::Folder;
use super::patience::PATIENCE;
use super::process::{Failed, Process, Whom};
use super::{PORTS_TO_TRY, port, programs};
use rustix::process::Signal;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering};

/// The password of every server.
pub const PASSWORD: &str = "u3Yt-9cLw6Xf_k2QsVbN7eRg";
/// How many databases a server has: the tests of one process share one and take a fresh one each.
const DATABASES: u32 = 1024;

/// What is special about a server of one's own.
#[derive(Clone, Debug, Default)]
pub struct RedisSetup {
    /// Lines for `redis.conf`; they win over ours.
    pub settings: Vec<String>,
}

/// A running server; it ends and its folder vanishes when it is dropped, or when the process ends.
#[derive(Debug)]
pub struct Redis {
    process: Process,
    program: PathBuf,
    port: AtomicU16,
    next_database: AtomicU32,
    next_snapshot: AtomicU32,
    settings: Vec<String>,
    folder: Folder,
}

impl Redis {
    /// The one server of this test process, started at the first use. A test takes [`Self::fresh_database_url`] of it;
    /// whoever flushes, stops or restores, does so to a server of his own.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Redis> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(&RedisSetup::default()))
    }

    /// A server for one test.
    ///
    /// # Panics
    ///
    /// With what has to be installed, or with the end of the server's log.
    pub fn start(setup: &RedisSetup) -> Self {
        let program = programs::redis();
        let folder = Folder::new("redis", Account::Ourselves);
        std::fs::create_dir(folder.path().join("data")).expect("the folder is ours");
        let server = Self {
            process: Process::new(&folder),
            program,
            port: AtomicU16::new(0),
            next_database: AtomicU32::new(1),
            next_snapshot: AtomicU32::new(1),
            settings: setup.settings.clone(),
            folder,
        };
        for _ in 0..PORTS_TO_TRY {
            server.port.store(port::free(), Ordering::Relaxed);
            match server.try_run() {
                Ok(()) => return server,
                Err(Failed::PortTaken) => {}
                Err(failed) => panic!("Redis did not start: {failed}"),
            }
        }
        panic!("ten free ports were all taken before Redis could have them");
    }

    fn try_run(&self) -> Result<(), Failed> {
        let configuration = self.folder.write("redis.conf", &self.configuration());
        let mut command = self.process.command(&self.folder, &self.program);
        command.arg(configuration);
        // While it reads its file it answers with an error.
        self.process.start(&mut command, |id| {
            self.ask(0, &["INFO", "server"]).is_ok_and(|info| info.contains(&format!("process_id:{id}\r\n")))
                && self.ask(0, &["PING"]).as_deref() == Ok("PONG")
        })
    }

    fn configuration(&self) -> String {
        let mut lines = vec![
            "bind 127.0.0.1".to_owned(),
            format!("port {}", self.port()),
            format!("unixsocket {}", self.socket().display()),
            "unixsocketperm 700".to_owned(),
            format!("requirepass {PASSWORD}"),
            format!("databases {DATABASES}"),
            format!("dir {}", self.data().display()),
            "daemonize no".to_owned(),
            "appendonly yes".to_owned(),
            "appendfsync always".to_owned(),
            "save \"\"".to_owned(),
        ];
        lines.extend(self.settings.iter().cloned());
        lines.join("\n") + "\n"
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Its port on the loopback; the same for all its life.
    pub fn port(&self) -> u16 {
        self.port.load(Ordering::Relaxed)
    }

    /// Its socket; the password is asked for there, too.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    /// The folder that holds all of it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where database 0 is reached.
    pub fn url(&self) -> String {
        self.url_of_database(0)
    }

    /// Where database `number` is reached.
    pub fn url_of_database(&self, number: u32) -> String {
        format!("redis://:{PASSWORD}@127.0.0.1:{}/{number}", self.port())
    }

    /// A database that no other test of this process has.
    ///
    /// # Panics
    ///
    /// After a thousand of them; numbers are not given back.
    pub fn fresh_database_url(&self) -> String {
        let number = self.next_database.fetch_add(1, Ordering::Relaxed);
        assert!(number < DATABASES, "all {DATABASES} databases are taken");
        self.url_of_database(number)
    }

    /// Runs one command in database `number`. The answer is a text: an integer in digits, nothing as "", the parts of
    /// an array one a line.
    ///
    /// # Errors
    ///
    /// What the server or the connection says.
    pub fn ask(&self, number: u32, command: &[&str]) -> Result<String, String> {
        wire::ask(self.port(), PASSWORD, number, command)
    }

    /// Forgets everything, in all databases.
    ///
    /// # Panics
    ///
    /// When the server does not answer.
    pub fn flush_all(&self) {
        let answer = self.ask(0, &["FLUSHALL"]).unwrap_or_else(|said| panic!("FLUSHALL failed: {said}"));
        assert_eq!(answer, "OK");
    }

    /// Shuts down in order.
    pub fn stop(&self) {
        if self.process.is_running() {
            self.process.signal(Signal::TERM, Whom::Leader);
        }
        self.process.wait();
    }

    /// The server is gone at once.
    pub fn kill(&self) {
        self.process.kill();
    }

    /// Starts after [`Self::stop`] or [`Self::kill`], on the same port, with what its file holds.
    ///
    /// # Panics
    ///
    /// When it still runs, or does not start.
    pub fn start_again(&self) {
        if let Err(failed) = self.try_run() {
            panic!("Redis did not start again within {} s: {failed}", PATIENCE.as_secs());
        }
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

    /// The id of its process, while it runs.
    pub fn process_id(&self) -> Option<u32> {
        self.process.id()
    }

    /// The end of its log, for an error of a test.
    pub fn log_tail(&self) -> String {
        self.process.log_tail()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.process.kill();
    }
}
