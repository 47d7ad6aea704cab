//! No copy of the server's memory: neither a core when it is stopped, nor a look into it by a neighbour.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::{CommandExt, ExitStatusExt},
    },
    path::Path,
    process::{Command, Stdio},
};

use crate::child::{Place, Server};

/// Starts `command` with as large cores allowed as the machine does.
fn with_cores(place: &Place, arguments: &[&str]) -> Server {
    let direct = place.command(arguments);
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "ulimit -S -c $(ulimit -H -c); exec \"$0\" \"$@\""]);
    command.arg(direct.get_program()).args(direct.get_args()).current_dir(place.path()).env_clear();
    command.envs(direct.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Server::start(command)
}

/// docs/attacks.md#memory-dumps
#[test]
fn lg2_whatever_stops_the_server_leaves_no_core() {
    let cores = |place: &Place| {
        let names = fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().starts_with("core")).count()
    };
    // Both signals end a process with a core where the machine writes any.
    for command in [&["serve"][..], &["dev", "--without-history"]] {
        for signal in ["ABRT", "QUIT"] {
            let place = Place::new();
            let mut server = with_cores(&place, command);
            let limits = fs::read_to_string(format!("/proc/{}/limits", server.id())).unwrap();
            let limit = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
            assert_eq!(limit.split_whitespace().skip(4).collect::<Vec<_>>(), ["0", "0", "bytes"], "{command:?}");
            let owner = fs::metadata(format!("/proc/{}/mem", server.id())).unwrap().uid();
            assert_eq!(owner, 0, "what belongs to root is closed to everybody else");
            server.signal(signal);
            let status = server.wait();
            assert!(status.signal().is_some() && !status.core_dumped(), "{command:?} {signal}: {status:?}");
            assert_eq!(cores(&place), 0);
        }
    }
}

/// Who runs the server and its neighbour below: nobody, when the tests are root.
const NOBODY: u32 = 65534;

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Reads the first bytes as the server's own user.
fn neighbour_reads(path: &str) -> bool {
    let mut command = Command::new("/usr/bin/head");
    command.args(["--bytes=1", path]).stdout(Stdio::null()).stderr(Stdio::null());
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.status().unwrap().success()
}

/// docs/attacks.md#memory-dumps
#[test]
fn lg2_another_process_of_the_same_user_reads_neither_memory_nor_environment() {
    let place = Place::new();
    let mut command = place.command(&["serve"]);
    let mut control = Command::new("/bin/sleep");
    control.arg("60");
    if is_root() {
        // Nobody may not walk to where the tests are built.
        let copy = place.path().join("gatewright");
        fs::copy(command.get_program(), &copy).unwrap();
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
        command = place.command_of(&copy, &["serve"]);
        chown(place.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        for command in [&mut command, &mut control] {
            command.uid(NOBODY).gid(NOBODY);
        }
    }
    let server = Server::start(command);
    let mut control = control.spawn().unwrap();
    let environment = |id: u32| format!("/proc/{id}/environ");
    let control_is_read = neighbour_reads(&environment(control.id()));
    control.kill().unwrap();
    control.wait().unwrap();
    assert!(control_is_read, "a process that does not protect itself is open to its user");
    assert!(!neighbour_reads(&environment(server.id())));
    for file in ["mem", "maps", "auxv"] {
        let path = format!("/proc/{}/{file}", server.id());
        assert!(Path::new(&path).exists() && !neighbour_reads(&path), "{path}");
    }
}
