//! What the kernel is asked to do, and in which order: seen with `strace`.

use std::{fs, process::Command};

use crate::{
    child::{Place, Server},
    client,
};

/// docs/attacks.md#power-loss
#[test]
fn lg10_a_rotation_is_on_the_disk_before_its_answer_leaves() {
    let place = Place::new().with("REFRESH_MIN_AGE", "0s").with_foreign("PATH", "/usr/bin:/bin");
    let trace = place.path().join("trace.txt");
    let serve = place.command(&["serve"]);
    let mut command = Command::new("strace");
    // `-D`: the server is our child and the tracer is not, so that killing the child ends both.
    command.args(["-D", "-f", "-qq", "-s", "24", "-e", "trace=prctl,recvfrom,read,fdatasync,writev,sendto,write"]);
    // The server closes its memory to whoever is not root (`core_dumps.rs`), and what it reads and writes lies there.
    command.args(["-e", "inject=prctl:retval=0", "-o"]);
    command.arg(&trace).arg(serve.get_program()).args(serve.get_args()).current_dir(place.path()).env_clear();
    command.envs(serve.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut server = Server::start(command);
    let signed_up = client::sign_up(server.api, "ada@example.test").expect(201).json();
    let renewed = client::refresh(server.api, signed_up["refresh_token"].as_str().unwrap()).expect(200).json();
    assert_eq!(renewed["session"]["generation"], 2);
    server.signal("TERM");
    server.wait();

    let trace = fs::read_to_string(&trace).expect("strace is there: apt-get install strace");
    let lines: Vec<&str> = trace.lines().collect();
    let position =
        |text: &str| lines.iter().position(|line| line.contains(text)).unwrap_or_else(|| panic!("no {text}"));
    let asked = position("POST /auth/refresh");
    let answered = position("HTTP/1.1 200");
    let synced = |line: &&str| line.contains("fdatasync") && line.ends_with("= 0");
    assert!(asked < answered);
    assert!(lines[asked..answered].iter().any(synced), "{}", lines[asked..=answered].join("\n"));
}
