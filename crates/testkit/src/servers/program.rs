//! Any program that serves, such as our own binary, with the same promise as the others: its folder and its process go when
//! the process of the tests ends, however it ends.

use super::account::Account;
use super::folder::Folder;
use super::port;
use super::process::{Process, Whom};
use rustix::process::Signal;
use std::path::{Path, PathBuf};

/// A program that is started, killed and started again.
#[derive(Debug)]
pub struct Program {
    process: Process,
    path: PathBuf,
    folder: Folder,
}

impl Program {
    /// Nothing runs yet. `kind` is part of the folder's name.
    pub fn new(kind: &str, path: &Path) -> Self {
        let folder = Folder::new(kind, Account::Ourselves);
        Self { process: Process::new(&folder), path: path.to_path_buf(), folder }
    }

    /// A port of the loopback that nobody listens on, below the range from which the kernel takes those of outgoing
    /// connections, so that a program that was killed can have it back.
    pub fn free_port() -> u16 {
        port::free()
    }

    /// Starts it with these variables and nothing else of the environment, in its folder, and waits until it `answers`.
    ///
    /// # Errors
    ///
    /// The end of what it said, when it ended or did not answer in time.
    pub fn start(
        &self,
        arguments: &[&str],
        variables: &[(String, String)],
        answers: impl Fn() -> bool,
    ) -> Result<(), String> {
        let mut command = self.process.command(&self.folder, &self.path);
        command.args(arguments).env_clear().envs(variables.iter().cloned());
        self.process.start(&mut command, |_| answers()).map_err(|failed| failed.to_string())
    }

    /// `kill -9`.
    pub fn kill(&self) {
        self.process.kill();
    }

    /// Ends it as an operator would, and waits for that.
    pub fn stop(&self) {
        if self.process.is_running() {
            self.process.signal(Signal::TERM, Whom::Leader);
        }
        self.process.wait();
    }

    /// Nothing moves until [`Self::resume`].
    pub fn pause(&self) {
        self.process.signal(Signal::STOP, Whom::Leader);
    }

    /// Goes on after [`Self::pause`].
    pub fn resume(&self) {
        self.process.signal(Signal::CONT, Whom::Leader);
    }

    /// False after it was stopped or killed, or ended by itself.
    pub fn is_running(&self) -> bool {
        self.process.is_running()
    }

    /// The folder that it runs in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The end of its log, for an error.
    pub fn log_tail(&self) -> String {
        self.process.log_tail()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.process.kill();
    }
}
