//! The binary as a child process, with nothing of the environment of the tests.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// How long anything may take before a test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A folder of its own, and variables for every child started in it.
pub(crate) struct Place {
    folder: Arc<TempDir>,
    variables: Vec<(String, String)>,
}

/// A server that is running. Dropping it kills it.
pub(crate) struct Server {
    child: Child,
    /// Where the API listens.
    pub(crate) api: SocketAddr,
    /// Where health and metrics listen.
    pub(crate) ops: SocketAddr,
    printed: Arc<Mutex<String>>,
    /// The folder stays as long as the server.
    folder: Option<Arc<TempDir>>,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a temporary folder can be made"));
        let place = Self { folder, variables: Vec::new() };
        place.with("LISTEN", "127.0.0.1:0").with("OPS_LISTEN", "127.0.0.1:0").with("LOG_FORMAT", "json")
    }

    /// Sets `GATEWRIGHT_<name>`.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        let name = format!("GATEWRIGHT_{name}");
        self.variables.retain(|(known, _)| *known != name);
        self.variables.push((name, value.to_owned()));
        self
    }

    /// Sets a variable that is not ours.
    pub(crate) fn with_foreign(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path().join("gatewright-data")
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, text).expect("the folder can be written");
        path
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(Path::new(env!("CARGO_BIN_EXE_gatewright")), arguments)
    }

    /// The same of another program.
    pub(crate) fn command_of(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).env_clear().envs(self.variables.iter().cloned()).current_dir(self.path());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with_input(arguments, "")
    }

    /// Runs a command that reads `input`.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Ran {
        finish(self.command(arguments), input)
    }

    /// Starts `serve` and waits until it serves.
    pub(crate) fn serve(&self) -> Server {
        let mut server = Server::start(self.command(&["serve"]));
        server.folder = Some(Arc::clone(&self.folder));
        server
    }
}

/// Runs a command that reads `input` to its end.
pub(crate) fn finish(mut command: Command, input: &str) -> Ran {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary can be started");
    // A child that reads nothing has closed it already.
    let _closed = child.stdin.take().expect("it is piped").write_all(input.as_bytes());
    let killer = Killer::after(PATIENCE, child.id());
    let output = child.wait_with_output().expect("a child can be waited for");
    killer.call_off();
    Ran(output)
}

/// A command that has ended.
pub(crate) struct Ran(Output);

impl Ran {
    pub(crate) fn code(&self) -> i32 {
        self.0.status.code().expect("it was not killed")
    }

    pub(crate) fn out(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    pub(crate) fn err(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.0.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", self.out(), self.err()))
    }

    #[track_caller]
    pub(crate) fn well(self) -> Self {
        assert_eq!(self.code(), 0, "{}{}", self.out(), self.err());
        self
    }
}

impl Server {
    /// Starts `command` and waits for the line that says where it serves.
    pub(crate) fn start(command: Command) -> Self {
        let nowhere: SocketAddr = "127.0.0.1:0".parse().expect("it is an address");
        let mut server = Self::start_at(command, nowhere, nowhere);
        let line = server.wait_for_line("\"serving\"");
        let line: serde_json::Value = serde_json::from_str(&line).expect("the log is JSON");
        let address = |name: &str| line[name].as_str().and_then(|text| text.parse().ok());
        server.api = address("address").expect("it says where");
        server.ops = address("ops").unwrap_or(nowhere);
        server
    }

    /// Starts `command`, which serves at known addresses, and waits until it says so.
    pub(crate) fn start_at(command: Command, api: SocketAddr, ops: SocketAddr) -> Self {
        let mut server = Self::launch(command, api, ops);
        server.wait_for_line("serving");
        server
    }

    /// Starts `command`, which will serve at known addresses, and waits for nothing.
    pub(crate) fn launch(mut command: Command, api: SocketAddr, ops: SocketAddr) -> Self {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary can be started");
        let printed = Arc::new(Mutex::new(String::new()));
        keep(child.stdout.take().expect("it is piped"), &printed);
        keep(child.stderr.take().expect("it is piped"), &printed);
        Self { child, api, ops, printed, folder: None }
    }

    /// Everything that it has printed and logged.
    pub(crate) fn printed(&self) -> String {
        self.printed.lock().expect("nobody panics with it").clone()
    }

    /// Waits for a whole line that contains `text`.
    pub(crate) fn wait_for_line(&mut self, text: &str) -> String {
        let begun = Instant::now();
        loop {
            if let Some(line) = self.printed().lines().find(|line| line.contains(text)) {
                return line.to_owned();
            }
            let ended = self.child.try_wait().expect("a child can be asked");
            assert!(ended.is_none(), "it has ended ({ended:?}): {}", self.printed());
            assert!(begun.elapsed() < PATIENCE, "no line with {text}: {}", self.printed());
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// The id of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("a child can be killed");
        self.child.wait().expect("a killed child ends");
    }

    /// Waits until it has ended by itself.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let killer = Killer::after(PATIENCE, self.child.id());
        let status = self.child.wait().expect("a child can be waited for");
        killer.call_off();
        status
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), pid.to_string()]).status();
    assert!(sent.expect("kill can be run").success());
}

/// Reads on: a pipe that nobody reads would stop the child.
fn keep(pipe: impl Read + Send + 'static, printed: &Arc<Mutex<String>>) {
    let printed = Arc::clone(printed);
    thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            let mut printed = printed.lock().expect("nobody panics with it");
            printed.push_str(&String::from_utf8_lossy(&line));
            printed.push('\n');
        }
    });
}

/// Kills a child that does not end.
struct Killer(std::sync::mpsc::SyncSender<()>);

impl Killer {
    fn after(patience: Duration, pid: u32) -> Self {
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        thread::spawn(move || {
            if receiver.recv_timeout(patience) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                signal(pid, "KILL");
            }
        });
        Self(sender)
    }

    fn call_off(self) {
        // The watcher may have acted already.
        let _acted = self.0.send(());
    }
}
