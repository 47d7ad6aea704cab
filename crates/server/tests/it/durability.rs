//! What the kernel is asked to do, and in which order: seen with `strace`. Nobody is told "done" before what was done is on
//! the disk (SECURITY LG10, invariant P11).

use std::{
    collections::HashMap,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use gatewright_testkit::servers::{Postgres, PostgresSetup};
use serde_json::json;

use crate::{
    child::{PATIENCE, Place, Server},
    client::{self, PASSWORD, post, request},
};

/// A call of the kernel: when it began and when it ended, in lines of the trace.
#[derive(Debug)]
struct Call {
    name: String,
    /// Everything that is said of it: the file, the beginning of the bytes, what came back.
    says: String,
    thread: String,
    begun: usize,
    ended: usize,
}

/// Reads what `strace -f -y` wrote. A call that others interrupt stands in two lines.
fn calls(trace: &Path) -> Vec<Call> {
    let text = fs::read_to_string(trace).expect("strace is there: apt-get install strace");
    let mut unfinished: HashMap<String, Call> = HashMap::new();
    let mut calls = Vec::new();
    for (line, text) in text.lines().enumerate() {
        let Some((thread, rest)) = text.split_once(' ') else { continue };
        let rest = rest.trim_start();
        if let Some((_, end)) = rest.split_once(" resumed>") {
            if let Some(mut call) = unfinished.remove(thread) {
                call.says.push_str(end);
                call.ended = line;
                calls.push(call);
            }
        } else if let Some((name, says)) = rest.split_once('(') {
            let call = Call {
                name: name.to_owned(),
                says: says.to_owned(),
                thread: thread.to_owned(),
                begun: line,
                ended: line,
            };
            match rest.contains("<unfinished ...>") {
                true => drop(unfinished.insert(thread.to_owned(), call)),
                false => calls.push(call),
            }
        }
    }
    calls.sort_by_key(|call| call.ended);
    calls
}

const MASTER: &str = "5eed5eed456789aabbccddeeff00112233445566778899aabbccddeefe42170f";

const TRACED: &str = "trace=prctl,recvfrom,read,pwrite64,fdatasync,fsync,writev,sendto,write";

/// `serve` of this place with a tracer that writes into the file.
fn traced(place: &Place, trace: &Path) -> Server {
    let serve = place.command(&["serve"]);
    let mut command = Command::new("strace");
    // `-D`: the server is our child and the tracer is not, so that killing the child ends both.
    command.args(["-D", "-f", "-qq", "-yy", "-s", "4000", "-e", TRACED]);
    // The server closes its memory to whoever is not root (`core_dumps.rs`), and what it reads and writes lies there.
    command.args(["-e", "inject=prctl:retval=0", "-o"]);
    command.arg(trace).arg(serve.get_program()).args(serve.get_args()).current_dir(place.path()).env_clear();
    command.envs(serve.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Server::start(command)
}

/// Everything that is answered after it was written down, one request after the other: its first line and the answer's status.
const ACKNOWLEDGED: [(&str, u16); 8] = [
    ("POST /auth/signup", 201),
    ("POST /auth/users", 201),
    ("POST /auth/login", 200),
    ("POST /auth/select", 200),
    ("POST /auth/refresh", 200),
    ("POST /auth/switch", 200),
    ("PUT /auth/password", 204),
    ("POST /auth/logout", 204),
];

fn do_everything(to: SocketAddr) {
    let ada = client::sign_up(to, "ada@example.test").json();
    let access = |signed_in: &serde_json::Value| format!("Bearer {}", signed_in["access_token"].as_str().unwrap());
    let with = |signed_in: &serde_json::Value, method: &str, path: &str, body: serde_json::Value, status| {
        let answer = request(to, method, path, &[("Authorization", &access(signed_in))], &body.to_string());
        answer.unwrap().expect(status)
    };
    let login = json!({ "login": "ada@example.test", "password": PASSWORD, "transport": "body" });
    post(to, "/auth/login", &login).expect(200);
    let child = with(&ada, "POST", "/auth/users", json!({ "username": "kid" }), 201).json();
    let choice = post(to, "/auth/login", &login).expect(200).json();
    let chosen =
        json!({ "selection_token": choice["selection_token"], "user_id": ada["user"]["id"], "transport": "body" });
    let second = post(to, "/auth/select", &chosen).expect(200).json();
    let renewed = client::refresh(to, second["refresh_token"].as_str().unwrap()).expect(200).json();
    assert_eq!(renewed["session"]["generation"], 2);
    let kid = with(&renewed, "POST", "/auth/switch", json!({ "user_id": child["id"] }), 200).json();
    assert_eq!(kid["user"]["username"], "kid");
    let change = json!({ "current_password": PASSWORD, "new_password": "another quartz lamp, and a stair" });
    with(&ada, "PUT", "/auth/password", change, 204);
    with(&ada, "POST", "/auth/logout", json!({}), 204);
}

fn place() -> Place {
    let place = Place::new().with("REFRESH_MIN_AGE", "0s").with("RATE_LIMITS", "off");
    place.with("PUBLIC_URL", "http://127.0.0.1:8080").with_foreign("PATH", "/usr/bin:/bin")
}

/// From where a request came in until its answer went out.
fn between(calls: &[Call], asked: &str, status: u16) -> (usize, usize) {
    let begun = calls.iter().find(|call| call.says.contains(&format!("\"{asked} HTTP")));
    let begun = begun.unwrap_or_else(|| panic!("no {asked}")).ended;
    let answer = format!("HTTP/1.1 {status}");
    let answered = calls.iter().filter(|call| call.begun > begun && call.says.contains(&answer));
    (begun, answered.map(|call| call.begun).min().unwrap_or_else(|| panic!("no answer to {asked}")))
}

/// docs/attacks.md#power-loss
#[test]
fn lg10_what_is_acknowledged_is_on_the_disk_before_its_answer_leaves() {
    let place = place();
    let trace = place.path().join("trace.txt");
    let mut server = traced(&place, &trace);
    do_everything(server.api);
    server.signal("TERM");
    server.wait();
    let calls = calls(&trace);
    for (asked, status) in ACKNOWLEDGED {
        let (begun, answered) = between(&calls, asked, status);
        let of_log = |call: &&Call| call.says.contains("gatewright.db-wal>") && call.begun > begun;
        let written = calls.iter().filter(of_log).filter(|call| call.name == "pwrite64" && call.ended < answered);
        let last = written.map(|call| call.ended).max().unwrap_or_else(|| panic!("{asked} writes nothing"));
        let synced = calls.iter().filter(of_log).find(|call| {
            call.name == "fdatasync" && call.begun > last && call.ended < answered && call.says.ends_with("= 0")
        });
        assert!(synced.is_some(), "{asked}: written at {last}, answered at {answered}, and not synced between");
    }
}

/// A tracer of a process that runs already, and of those that it will start.
struct Tracer(Child);

impl Tracer {
    fn of(process: u32, trace: &Path) -> Self {
        let mut command = Command::new("strace");
        command.args(["-f", "-q", "-yy", "-s", "4000", "-e", TRACED, "-o"]).arg(trace);
        let errors = trace.with_extension("said");
        let said = fs::File::create(&errors).unwrap();
        let child = command.args(["-p", &process.to_string()]).stderr(said).stdout(Stdio::null()).spawn();
        let child = child.expect("strace is there: apt-get install strace");
        let begun = Instant::now();
        let status = PathBuf::from(format!("/proc/{process}/status"));
        let is_traced = || fs::read_to_string(&status).is_ok_and(|it| !it.contains("TracerPid:\t0\n"));
        while !is_traced() {
            assert!(begun.elapsed() < PATIENCE, "{}", fs::read_to_string(&errors).unwrap());
            thread::sleep(Duration::from_millis(5));
        }
        Self(child)
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        // Asked to end, it lets go of what it traces; killed, it would take that along.
        let asked = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status();
        assert!(asked.is_ok_and(|status| status.success()) && self.0.wait().is_ok());
    }
}

/// Two orders, each seen in one process: PostgreSQL syncs its log before it says that the statement is done; and we have
/// heard that before we answer.
#[test]
fn lg10_on_postgres_our_answer_waits_for_the_servers_word_and_that_for_its_disk() {
    let postgres = Postgres::start(&PostgresSetup::default());
    let place = place().with("STORE", &postgres.fresh_database().url()).with("MASTER_KEY", MASTER);
    let (of_server, of_node) = (place.path().join("server.txt"), place.path().join("node.txt"));
    let tracer = Tracer::of(postgres.process_id().unwrap(), &of_server);
    let mut node = traced(&place, &of_node);
    do_everything(node.api);
    node.signal("TERM");
    node.wait();
    drop(tracer);

    let calls_of_node = calls(&of_node);
    // What PostgreSQL says when a statement was done and nothing is open: `ReadyForQuery`, idle.
    let is_done = r"Z\0\0\0\5I";
    let server = format!(":{}]", postgres.port());
    for (asked, status) in ACKNOWLEDGED {
        let (begun, answered) = between(&calls_of_node, asked, status);
        let with_server = |call: &&Call| call.says.contains(&server) && call.begun > begun && call.begun < answered;
        let sent = calls_of_node
            .iter()
            .filter(with_server)
            .filter(|call| ["sendto", "write", "writev"].contains(&&*call.name));
        let last = sent.map(|call| call.begun).max().unwrap_or_else(|| panic!("{asked} asks PostgreSQL nothing"));
        let heard = calls_of_node.iter().filter(with_server).any(|call| {
            ["recvfrom", "read"].contains(&&*call.name)
                && call.ended > last
                && call.ended < answered
                && call.says.contains(is_done)
        });
        assert!(heard, "{asked}: PostgreSQL was asked at {last}, and we answered at {answered} without its word");
    }

    // Of each process of the server: whatever it wrote to its log is synced before it says that something is done.
    let mut unsynced: HashMap<&str, &Call> = HashMap::new();
    let (mut syncs, mut words) = (0, 0);
    let calls_of_server = calls(&of_server);
    for call in &calls_of_server {
        let is_log = call.says.contains("/pg_wal/");
        match &*call.name {
            "pwrite64" | "write" if is_log => drop(unsynced.insert(&call.thread, call)),
            "fdatasync" | "fsync" if is_log && call.says.ends_with("= 0") => {
                unsynced.remove(&*call.thread);
                syncs += 1;
            }
            "sendto" if call.says.contains(is_done) => {
                words += 1;
                let early = unsynced.get(&*call.thread);
                assert!(early.is_none(), "it said that it is done, and had not synced {early:?}");
            }
            _ => {}
        }
    }
    assert!(syncs >= ACKNOWLEDGED.len() && words > syncs, "{syncs} syncs, {words} answers");
}
