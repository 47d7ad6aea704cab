//! The folder of a server, and the watchman who removes both.
//!
//! What must stay true: when this process ends, in whatever way, its servers end and their folders vanish. The watchman
//! is a shell that reads from a pipe whose other end is held by this process alone (the standard library opens it
//! close-on-exec); the kernel closes it at our end, even at a `kill -9`. He then takes the folder's name away, so that
//! nothing more can start in it, ends what wrote its process id there, and removes the folder.

use super::account::Account;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

/// `$1` is the folder. Whoever is paused is woken, or would not see that he has to end. PostgreSQL gets the chance of an
/// immediate shutdown and takes its shared memory along; the rest is killed at once. Where somebody has removed the folder
/// already, a server that lives on is known by its working folder.
const WATCHMAN: &str = r#"
trap '' HUP INT TERM
read -r _
gone="$1.gone"
if ! mv "$1" "$gone"; then
    for left in $(find /proc -maxdepth 2 -name cwd -lname "$1/*"); do
        left=${left#/proc/}
        kill -KILL "${left%/cwd}"
    done
    exit
fi
alive() { read -r _ _ state _ <"/proc/$1/stat" && [ "$state" != Z ] && [ "$state" != X ]; }
family() {
    echo "$1"
    for stat in /proc/[0-9]*/stat; do
        read -r pid _ _ parent _ <"$stat" && [ "$parent" = "$1" ] && echo "$pid"
    done
}
for file in "$gone"/*.pid; do
    read -r leader <"$file" || continue
    members=$(family "$leader")
    if [ -f "$gone/data/postmaster.pid" ]; then
        kill -QUIT "$leader" && kill -CONT $members
        tries=0
        while alive "$leader" && [ "$tries" -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
    fi
    kill -KILL $members
done
sed -n 7p "$gone/data/postmaster.pid" | { read -r _ segment && ipcrm -m "$segment"; }
tries=0
until rm -rf "$gone" || [ "$tries" -ge 50 ]; do sleep 0.1; tries=$((tries + 1)); done
"#;

/// `$0` is the file for the process id; what follows is the program. Without its folder nothing starts.
const STARTER: &str = r#"echo $$ >"$0" && exec "$@""#;

/// A temporary folder with a watchman.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    account: Account,
    watchman: Mutex<Child>,
}

impl Folder {
    /// Made for the account alone; `kind` is part of the name, for whoever looks at the list of temporary files.
    pub(super) fn new(kind: &str, account: Account) -> Self {
        let folder = tempfile::Builder::new().prefix(&format!("gatewright-{kind}-")).tempdir();
        let path = folder.expect("a temporary folder can be made").keep();
        account.own(&path);
        let mut shell = Command::new("sh");
        shell.args(["-c", WATCHMAN, "watchman"]).arg(&path);
        // In a group of his own: what ends the tests from a terminal must not end him.
        shell.current_dir("/").process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let watchman = Mutex::new(shell.spawn().expect("`sh` belongs to every system"));
        Self { path, account, watchman }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file that belongs to the account and that nobody else may read.
    pub(super) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path.join(name);
        std::fs::write(&path, text).expect("the folder is ours");
        self.own_alone(&path);
        path
    }

    /// Hands a file to the account, for it alone.
    pub(super) fn own_alone(&self, path: &Path) {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("the folder is ours");
        self.account.own(path);
    }

    pub(super) fn pid_file(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}.pid"))
    }

    /// `program`, run as the account and known to the watchman under `name`. Its id is that of what is spawned.
    pub(super) fn command(&self, name: &str, program: &Path) -> Command {
        let mut shell = Command::new("sh");
        shell.args(["-c", STARTER]).arg(self.pid_file(name)).arg(program);
        shell.current_dir(&self.path).process_group(0).stdin(Stdio::null()).env("LC_ALL", "C");
        self.account.run(&mut shell);
        shell
    }

    /// Runs a program to its end, which must be a good one.
    pub(super) fn run(&self, name: &str, program: &Path, arguments: &[&str]) {
        let output = self.command(name, program).args(arguments).output().expect("`sh` belongs to every system");
        let said = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{} failed: {}", program.display(), String::from_utf8_lossy(&said));
        std::fs::remove_file(self.pid_file(name)).expect("the starter wrote it");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let watchman = self.watchman.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        drop(watchman.stdin.take());
        // If he cannot be waited for, he still does his work.
        let _ = watchman.wait();
    }
}
