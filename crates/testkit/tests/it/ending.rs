//! The servers end with the process that started them, however it ends. Each test starts itself once more as a process
//! of its own, with a folder for temporary files in which everything that it leaves behind must be.

use gatewright_testkit::servers::{PgBouncer, Postgres, PostgresSetup, Redis};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// Set for the process that a test starts; the test then plays the other part.
const IS_INNER: &str = "GATEWRIGHT_TEST_INNER";
/// What the inner process writes when its servers run.
const READY: &str = "ready";

#[expect(clippy::disallowed_methods, reason = "how a test tells its inner process from itself")]
fn is_inner() -> bool {
    std::env::var_os(IS_INNER).is_some()
}

/// A test as a process of its own, with its own folder for temporary files.
struct Inner {
    child: Child,
    folder: TempDir,
}

impl Inner {
    fn start(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", name, "--nocapture"]).env(IS_INNER, "1").env("TMPDIR", folder.path());
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self { child, folder }
    }

    fn wait_until_ready(&self) {
        until("all servers run", || names(self.folder.path()).iter().any(|name| name == READY));
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A test that failed leaves nobody behind.
impl Drop for Inner {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The inner process has its servers, and waits to be killed.
fn ready() {
    std::fs::write(std::env::temp_dir().join(READY), "").unwrap();
    std::thread::sleep(Duration::from_secs(60));
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..2000 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("not within twenty seconds: {what}");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// The running processes whose command line or working folder lies in the folder, also after it is gone. Redis rewrites
/// the one, the watchman stands in the root of all.
fn processes(folder: &Path) -> Vec<String> {
    let all = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let texts = all.filter_map(|process| {
        let line = std::fs::read(process.join("cmdline")).ok()?;
        let working_folder = std::fs::read_link(process.join("cwd")).ok()?;
        Some(format!("{} in {}", String::from_utf8_lossy(&line).replace('\0', " "), working_folder.display()))
    });
    texts.filter(|text| text.contains(folder.to_str().unwrap())).collect()
}

fn assert_nothing_is_left(folder: &Path) {
    let _ = std::fs::remove_file(folder.join(READY));
    until("an empty folder and no process", || names(folder).is_empty() && processes(folder).is_empty());
}

#[test]
fn servers_end_with_a_process_that_is_killed() {
    if is_inner() {
        let shared = Postgres::shared();
        let (_redis, _pooler) = (Redis::shared(), PgBouncer::in_front_of(shared, &[]));
        let paused = Postgres::start(&PostgresSetup::default());
        paused.pause();
        return ready();
    }
    let mut inner = Inner::start("ending::servers_end_with_a_process_that_is_killed");
    inner.wait_until_ready();
    for program in ["postgres", "redis", "pgbouncer", "watchman"] {
        assert!(processes(inner.folder.path()).iter().any(|text| text.contains(program)), "{program}");
    }
    inner.kill();
    assert_nothing_is_left(inner.folder.path());
}

#[test]
fn servers_end_with_a_process_that_is_killed_while_it_makes_one() {
    if is_inner() {
        Postgres::shared();
        return;
    }
    let mut inner = Inner::start("ending::servers_end_with_a_process_that_is_killed_while_it_makes_one");
    until("a cluster is being made", || processes(inner.folder.path()).iter().any(|line| line.contains("initdb")));
    inner.kill();
    assert_nothing_is_left(inner.folder.path());
}

#[test]
fn servers_end_with_a_process_that_ends_in_order() {
    if is_inner() {
        // A static is never dropped.
        Postgres::shared();
        Redis::shared();
        return;
    }
    let mut inner = Inner::start("ending::servers_end_with_a_process_that_ends_in_order");
    assert!(inner.child.wait().unwrap().success());
    assert_nothing_is_left(inner.folder.path());
}

#[test]
fn servers_end_although_somebody_has_removed_their_folders() {
    if is_inner() {
        Redis::shared();
        return ready();
    }
    let mut inner = Inner::start("ending::servers_end_although_somebody_has_removed_their_folders");
    inner.wait_until_ready();
    for name in names(inner.folder.path()).iter().filter(|name| *name != READY) {
        std::fs::remove_dir_all(inner.folder.path().join(name)).unwrap();
    }
    assert!(!processes(inner.folder.path()).is_empty());
    inner.kill();
    assert_nothing_is_left(inner.folder.path());
}
