//! A server for the length of a stage. What must stay true: it listens on loopback only, works in a folder of its own under
//! `target/`, and ends when its value is dropped, whatever happened.

use crate::Failure;
use std::fs;
use std::io::{ErrorKind, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// A running server.
pub(crate) struct Serving {
    child: Child,
    output: PathBuf,
}

impl Serving {
    /// Starts `command` in `folder`, which is made anew, and waits until it accepts connections on `address`; a minute at
    /// most. What it prints goes into a file.
    pub(crate) fn start(mut command: Command, folder: &Path, address: SocketAddr) -> Result<Self, Failure> {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed("clearing its folder", &error)),
            Ok(()) | Err(_) => {}
        }
        fs::create_dir_all(folder).map_err(|error| failed("making its folder", &error))?;
        let output = folder.join("output.txt");
        let file = fs::File::create(&output).map_err(|error| failed("making a file for its output", &error))?;
        let errors = file.try_clone().map_err(|error| failed("sharing the file for its output", &error))?;
        command.current_dir(folder).stdin(Stdio::null()).stdout(file).stderr(errors);
        let child = command.spawn().map_err(|error| failed("starting it", &error))?;
        let mut serving = Self { child, output };
        for _ in 0..600 {
            if TcpStream::connect(address).is_ok() {
                return Ok(serving);
            }
            if let Ok(Some(status)) = serving.child.try_wait() {
                return Err(Failure(format!("the server ended at once ({status}):\n{}", serving.output())));
            }
            sleep(Duration::from_millis(100));
        }
        Err(Failure(format!("the server did not listen on {address} within a minute:\n{}", serving.output())))
    }

    /// What it has printed once `words` are among it; ten seconds at most.
    pub(crate) fn output_once(&self, words: &str) -> String {
        for _ in 0..100 {
            let output = self.output();
            if output.contains(words) {
                return output;
            }
            sleep(Duration::from_millis(100));
        }
        self.output()
    }

    /// What it has printed so far.
    pub(crate) fn output(&self) -> String {
        let mut text = String::new();
        let read = fs::File::open(&self.output).and_then(|mut file| file.read_to_string(&mut text));
        read.map_or_else(|error| format!("(its output could not be read: {error})"), |_| text)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Both fail only if it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A loopback address that nobody listens on at the moment.
pub(crate) fn free_address() -> Result<SocketAddr, Failure> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| failed("finding a free port", &error))?;
    listener.local_addr().map_err(|error| failed("finding a free port", &error))
}

fn failed(what: &str, error: &std::io::Error) -> Failure {
    Failure(format!("a server for this stage: {what}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_ends_at_once_is_reported_with_what_it_said() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo no such key; exit 3"]);
        let Err(Failure(told)) = Serving::start(command, &folder.path().join("x"), free_address().unwrap()) else {
            panic!("it does not listen");
        };
        assert!(told.contains("no such key") && told.contains('3'), "{told}");
    }
}
