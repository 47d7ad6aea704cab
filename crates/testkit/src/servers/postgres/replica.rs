//! Streaming replicas. What must stay true: a replica that was told to stop following has everything that it had
//! received, and will receive nothing more, so that a test can say which commits it lacks.

use super::Postgres;
use crate::servers::account::Account;
use crate::servers::folder::Folder;
use crate::servers::patience::{PATIENCE, within};

impl Postgres {
    /// A replica that follows this server, asynchronously. It answers reads; see [`Self::catch_up_with`].
    pub fn replica(&self) -> Self {
        let folder = Folder::new("postgres", Account::without_root());
        let data = format!("--pgdata={}", folder.path().join("data").display());
        let host = format!("--host={}", self.socket_folder().display());
        let port = format!("--port={}", self.port());
        let arguments = [
            data.as_str(),
            &host,
            &port,
            "--username=postgres",
            "--wal-method=stream",
            "--checkpoint=fast",
            "--write-recovery-conf",
            "--no-sync",
        ];
        folder.run("pg_basebackup", &self.programs.join("pg_basebackup"), &arguments);
        Self::launch(self.programs.clone(), folder)
    }

    /// Waits until this replica shows everything that `primary` has committed by now.
    ///
    /// # Panics
    ///
    /// When it does not, within the patience of the tests.
    pub fn catch_up_with(&self, primary: &Self) {
        let written = primary.superuser_sql("SELECT pg_current_wal_flush_lsn()");
        self.wait_for("catch up", &format!("SELECT pg_last_wal_replay_lsn() >= '{written}'"));
    }

    /// From now on this replica receives nothing; what it had received by then, it shows.
    ///
    /// # Panics
    ///
    /// When it still receives after the patience of the tests.
    pub fn stop_following(&self) {
        self.superuser_sql("ALTER SYSTEM SET primary_conninfo = ''; SELECT pg_reload_conf()");
        self.wait_for("stop following", "SELECT count(*) = 0 FROM pg_stat_wal_receiver");
        self.wait_for("show all", "SELECT pg_last_wal_replay_lsn() >= pg_last_wal_receive_lsn()");
    }

    /// Makes this replica a server of its own that accepts writes.
    ///
    /// # Panics
    ///
    /// When it does not within the patience of the tests.
    pub fn promote(&self) {
        let answer = self.superuser_sql(&format!("SELECT pg_promote(true, {})", PATIENCE.as_secs()));
        assert_eq!(answer, "t", "the replica was not promoted: {}", self.log_tail());
        self.wait_for("accept writes", "SELECT NOT pg_is_in_recovery()");
    }

    /// Waits until `question` is answered with true.
    fn wait_for(&self, what: &str, question: &str) {
        let is_so = within(PATIENCE, || self.superuser_sql(question) == "t");
        assert!(is_so, "the replica did not {what}: {}", self.log_tail());
    }
}
