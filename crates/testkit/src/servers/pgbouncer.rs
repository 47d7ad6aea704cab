//! PgBouncer in transaction mode in front of a [`Postgres`]: two statements of one client may meet two sessions, which
//! is what the product has to stand.

use super::account::Account;
use super::folder::Folder;
use super::patience::PATIENCE;
use super::postgres::{PASSWORD, Postgres, ROLE, is_ready};
use super::process::{Failed, Process, Whom};
use super::{PORTS_TO_TRY, port, programs};
use rustix::process::Signal;
use std::path::PathBuf;

/// A running pooler; it ends and its folder vanishes when it is dropped, or when the process ends.
#[derive(Debug)]
pub struct PgBouncer {
    process: Process,
    program: PathBuf,
    pg_isready: PathBuf,
    port: u16,
    folder: Folder,
}

impl PgBouncer {
    /// A pooler in front of `server`, for each of its databases. `settings` are lines of `pgbouncer.ini` that win over
    /// ours: `default_pool_size = 2`. The server may restart meanwhile; it may not move to another port.
    ///
    /// # Panics
    ///
    /// With what has to be installed, or with the end of the pooler's log.
    pub fn in_front_of(server: &Postgres, settings: &[&str]) -> Self {
        let folder = Folder::new("pgbouncer", Account::without_root());
        folder.write("users.txt", &format!("\"{ROLE}\" \"{PASSWORD}\"\n"));
        let process = Process::new(&folder);
        let (program, pg_isready) = (programs::pgbouncer(), programs::postgres().join("pg_isready"));
        let mut pooler = Self { process, program, pg_isready, port: 0, folder };
        for _ in 0..PORTS_TO_TRY {
            pooler.port = port::free();
            pooler.folder.write("pgbouncer.ini", &pooler.configuration(server.port(), settings));
            match pooler.try_run() {
                Ok(()) => return pooler,
                Err(Failed::PortTaken) => {}
                Err(failed) => panic!("PgBouncer did not start: {failed}"),
            }
        }
        panic!("ten free ports were all taken before PgBouncer could have them");
    }

    fn configuration(&self, server: u16, settings: &[&str]) -> String {
        let Self { port, folder, .. } = self;
        let (folder, settings) = (folder.path().display(), settings.join("\n"));
        format!(
            "[databases]\n\
             * = host=127.0.0.1 port={server}\n\
             [pgbouncer]\n\
             listen_addr = 127.0.0.1\n\
             listen_port = {port}\n\
             unix_socket_dir = {folder}\n\
             auth_type = scram-sha-256\n\
             auth_file = {folder}/users.txt\n\
             pool_mode = transaction\n\
             max_client_conn = 500\n\
             default_pool_size = 20\n\
             {settings}\n"
        )
    }

    fn try_run(&self) -> Result<(), Failed> {
        let mut command = self.process.command(&self.folder, &self.program);
        command.arg("pgbouncer.ini");
        self.process.start(&mut command, |_| {
            let socket_folder = self.folder.path().display().to_string();
            ["127.0.0.1", &socket_folder].iter().all(|host| is_ready(&self.pg_isready, host, self.port))
        })
    }

    /// Its port on the loopback; the same for all its life.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where the tests' role reaches the database `name` through the pooler.
    pub fn url(&self, name: &str) -> String {
        format!("postgres://{ROLE}:{PASSWORD}@127.0.0.1:{}/{name}", self.port)
    }

    /// Closes every connection at once.
    pub fn stop(&self) {
        self.process.kill();
    }

    /// Starts after [`Self::stop`], on the same port.
    ///
    /// # Panics
    ///
    /// When it still runs, or does not start.
    pub fn start_again(&self) {
        if let Err(failed) = self.try_run() {
            panic!("PgBouncer did not start again within {} s: {failed}", PATIENCE.as_secs());
        }
    }

    /// Nothing moves until [`Self::resume`].
    pub fn pause(&self) {
        self.process.signal(Signal::STOP, Whom::Family);
    }

    /// Goes on after [`Self::pause`].
    pub fn resume(&self) {
        self.process.signal(Signal::CONT, Whom::Family);
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

impl Drop for PgBouncer {
    fn drop(&mut self) {
        self.process.kill();
    }
}
