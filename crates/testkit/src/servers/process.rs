//! A server's process: started, signalled, waited for. What must stay true: a process id is signalled only while the
//! process is our child and not yet waited for, so that it cannot be somebody else's by then.

use super::folder::Folder;
use super::patience::{PATIENCE, within};
use rustix::process::{Pid, Signal, kill_process};
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How much of a server's log an error shows.
const TAIL: usize = 4096;
/// What each of the servers says then. PgBouncer says it and runs on without the port.
const PORT_TAKEN: &str = "Address already in use";

/// At most one process at a time, known to the watchman as `server`.
#[derive(Debug)]
pub(super) struct Process {
    log: PathBuf,
    pid_file: PathBuf,
    child: Mutex<Option<Child>>,
}

impl Process {
    /// Nothing runs yet.
    pub(super) fn new(folder: &Folder) -> Self {
        Self { log: folder.path().join("server.log"), pid_file: folder.pid_file("server"), child: Mutex::new(None) }
    }

    /// What the server needs to run; its output goes to the log.
    pub(super) fn command(&self, folder: &Folder, program: &Path) -> Command {
        let log = File::options().append(true).create(true).open(&self.log).expect("the folder is ours");
        let mut command = folder.command("server", program);
        command.stdout(log.try_clone().expect("a file can be shared")).stderr(log);
        command
    }

    /// Starts and waits until the server `answers`, which is asked with its process id: on a port that was taken,
    /// somebody else may answer.
    pub(super) fn start(&self, command: &mut Command, answers: impl Fn(u32) -> bool) -> Result<(), Failed> {
        let mut child = self.child();
        assert!(child.is_none(), "the server runs already");
        let said_before = self.log().len();
        let says_taken = || self.log()[said_before..].contains(PORT_TAKEN);
        let mut started = command.spawn().expect("`sh` belongs to every system");
        let mut has_ended = false;
        let is_up = within(PATIENCE, || {
            has_ended = says_taken() || !matches!(started.try_wait(), Ok(None));
            has_ended || answers(started.id())
        });
        if is_up && !has_ended {
            *child = Some(started);
            return Ok(());
        }
        let _ = started.kill();
        let _ = started.wait();
        let _ = std::fs::remove_file(&self.pid_file);
        let log = self.log();
        let said = &log[said_before..];
        Err(if said.contains(PORT_TAKEN) { Failed::PortTaken } else { Failed::Otherwise(tail(said)) })
    }

    /// Signals the server, then its children when `whom` says so: the server first, so that it makes no more of them.
    pub(super) fn signal(&self, signal: Signal, whom: Whom) {
        let child = self.child();
        let leader = child.as_ref().map(pid).expect("the server runs");
        send(leader, signal);
        if let Whom::Family = whom {
            children(leader).into_iter().for_each(|one| send(one, signal));
        }
    }

    /// Waits for the end that a signal has brought about; kills when it does not come.
    pub(super) fn wait(&self) {
        let Some(mut child) = self.child().take() else { return };
        let leader = pid(&child);
        let family = children(leader);
        if !within(PATIENCE, || !matches!(child.try_wait(), Ok(None))) {
            family.into_iter().for_each(|one| send(one, Signal::KILL));
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = std::fs::remove_file(&self.pid_file);
    }

    /// Kills the server and its children: to the data it is as if the power had gone.
    pub(super) fn kill(&self) {
        let Some(mut child) = self.child().take() else { return };
        let leader = pid(&child);
        send(leader, Signal::STOP);
        let family = children(leader);
        send(leader, Signal::KILL);
        family.iter().for_each(|one| send(*one, Signal::KILL));
        let _ = child.wait();
        within(PATIENCE, || !family.iter().any(|one| is_alive(*one)));
        let _ = std::fs::remove_file(&self.pid_file);
    }

    pub(super) fn is_running(&self) -> bool {
        self.child().as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    pub(super) fn id(&self) -> Option<u32> {
        self.child().as_ref().map(Child::id)
    }

    pub(super) fn log_tail(&self) -> String {
        tail(&self.log())
    }

    /// In ASCII, so that it may be cut anywhere.
    fn log(&self) -> String {
        let bytes = std::fs::read(&self.log).unwrap_or_default();
        bytes.into_iter().map(|byte| if byte.is_ascii() { char::from(byte) } else { '?' }).collect()
    }

    fn child(&self) -> MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a server did not start.
#[derive(Debug)]
pub(super) enum Failed {
    /// Somebody else listens on its port.
    PortTaken,
    /// The end of what it said.
    Otherwise(String),
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PortTaken => f.write_str("its port is taken"),
            Self::Otherwise(said) => f.write_str(said),
        }
    }
}

fn tail(log: &str) -> String {
    log[log.len().saturating_sub(TAIL)..].to_owned()
}

/// Who gets a signal.
#[derive(Clone, Copy)]
pub(super) enum Whom {
    Leader,
    /// The children, too. PostgreSQL puts each into a session of its own, so a process group does not reach them.
    Family,
}

fn pid(child: &Child) -> Pid {
    let id = i32::try_from(child.id()).expect("the kernel counts processes in an i32");
    Pid::from_raw(id).expect("a child's id is not zero")
}

/// To a process that is gone already, nothing.
fn send(pid: Pid, signal: Signal) {
    let _ = kill_process(pid, signal);
}

/// The processes whose parent is `leader`.
fn children(leader: Pid) -> Vec<Pid> {
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok().and_then(Pid::from_raw));
    ids.filter(|pid| stat(*pid).is_some_and(|(_, parent)| parent == leader.as_raw_nonzero().get())).collect()
}

/// False as soon as it is a zombie: it does nothing any more.
fn is_alive(pid: Pid) -> bool {
    stat(pid).is_some_and(|(state, _)| state != 'Z' && state != 'X')
}

/// State and parent of a process: the two fields after the name, which stands in parentheses and may hold anything.
fn stat(pid: Pid) -> Option<(char, i32)> {
    let text = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}
