//! What is measured: the real binary as a child process, and beside it the bare server. What must stay true: everything
//! listens on loopback, sees no environment but its own, and ends when its value is dropped, whatever happened.

use std::{
    fs::File,
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    clock,
    failure::{During, Failure},
};

/// How often a starting server is asked whether it answers.
const POLL: Duration = Duration::from_micros(200);
/// The longest that a start or a stop may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From just before its process was made until it had answered 200.
    pub(crate) started_in: Duration,
}

/// How a server ends.
#[derive(Clone, Copy)]
pub(crate) enum Ending {
    /// SIGTERM: it drains and closes its database.
    Orderly,
    /// SIGKILL: as if the power had failed, for the process.
    Sudden,
}

/// The binary under measurement and the folder that its data lives in.
pub(crate) struct Gatewright {
    pub(crate) binary: PathBuf,
    pub(crate) folder: PathBuf,
}

impl Gatewright {
    /// Starts it on its data.
    pub(crate) fn start(&self) -> Result<Server, Failure> {
        let (listen, ops) = (free_address()?, free_address()?);
        let mut command = Command::new(&self.binary);
        command
            .arg("serve")
            .env("GATEWRIGHT_LISTEN", listen.to_string())
            .env("GATEWRIGHT_OPS_LISTEN", ops.to_string())
            .env("GATEWRIGHT_DATA_DIR", self.folder.join("data"))
            .env("GATEWRIGHT_RATE_LIMITS", "off")
            // Every refresh rotates: that is what is measured. What is answered without writing would be quicker.
            .env("GATEWRIGHT_REFRESH_MIN_AGE", "0s")
            .env("GATEWRIGHT_REFRESH_LOST_WINDOW", "0s")
            // A login of the flood must not end a session that refreshes.
            .env("GATEWRIGHT_SESSION_MAX_PER_USER", "1000000");
        Server::start(command, listen, "/.well-known/jwks.json", &self.folder.join("server.log"))
    }
}

impl Server {
    /// Starts `command` and waits until it answers a GET of `path` at `address` with 200.
    pub(crate) fn start(mut command: Command, address: SocketAddr, path: &str, log: &Path) -> Result<Self, Failure> {
        let file = File::options().create(true).append(true).open(log).during("making a file for the server's log")?;
        let errors = file.try_clone().during("sharing the file for the server's log")?;
        // Only what was set for it here: the settings of whoever measures are not ours.
        let own: Vec<_> =
            command.get_envs().filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned()))).collect();
        command.env_clear().envs(own).stdin(Stdio::null()).stdout(file).stderr(errors);
        let begun = clock::now();
        let child = command.spawn().during("starting a server")?;
        let mut server = Self { child, address, started_in: Duration::ZERO };
        while begun.elapsed() < PATIENCE {
            if answers(address, path) {
                server.started_in = begun.elapsed();
                return Ok(server);
            }
            if let Some(status) = server.child.try_wait().during("watching a server start")? {
                let said = std::fs::read_to_string(log).unwrap_or_default();
                return Err(Failure::new(format!("a server ended at once ({status}):\n{said}")));
            }
            sleep(POLL);
        }
        Err(Failure::new("a server did not answer within 30 s"))
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it and waits until it has ended.
    pub(crate) fn stop(mut self, ending: Ending) -> Result<(), Failure> {
        match ending {
            Ending::Orderly => {
                let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
                let pid = pid.ok_or_else(|| Failure::new("a server without a process"))?;
                kill_process(pid, Signal::TERM).during("asking a server to end")?;
            }
            Ending::Sudden => self.child.kill().during("killing a server")?,
        }
        let begun = clock::now();
        while begun.elapsed() < PATIENCE {
            match (self.child.try_wait().during("waiting for a server to end")?, ending) {
                (Some(status), Ending::Orderly) if !status.success() => {
                    return Err(Failure::new(format!("a server did not end well: {status}")));
                }
                (Some(_), Ending::Orderly | Ending::Sudden) => return Ok(()),
                (None, Ending::Orderly | Ending::Sudden) => sleep(Duration::from_millis(2)),
            }
        }
        Err(Failure::new("a server did not end within 30 s of SIGTERM"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only if it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// True when a GET of `path` is answered with 200. Blocks; nothing else runs while a server starts.
fn answers(address: SocketAddr, path: &str) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        Ok(&status == b"HTTP/1.1 200")
    };
    ask().unwrap_or(false)
}

/// A loopback address that nobody listens on at the moment.
pub(crate) fn free_address() -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).during("finding a free port")?;
    listener.local_addr().during("finding a free port")
}
