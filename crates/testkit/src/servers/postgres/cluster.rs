//! Making a cluster. What must stay true: it is durable (`fsync` and `synchronous_commit` are on), because the store
//! refuses one that is not, and because a test of a crash would otherwise prove nothing.

use super::{PostgresSetup, Tls, tls};
use crate::servers::account::Account;
use crate::servers::folder::Folder;
use std::fmt::Write as _;
use std::path::Path;

/// Small, but with room for the connections of several nodes and for replicas.
///
/// Shared memory is kept in files of the cluster, so that a killed server leaves nothing behind outside of its folder.
const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
password_encryption = 'scram-sha-256'
fsync = on
full_page_writes = on
synchronous_commit = on
shared_buffers = 64MB
dynamic_shared_memory_type = mmap
max_connections = 200
wal_level = replica
max_wal_senders = 10
wal_keep_size = 256MB
hot_standby = on
logging_collector = off
log_destination = 'stderr'
log_line_prefix = '%m [%p] %q%u@%d '
";

/// Root of the tests and the server's own account may come in through the socket's folder; nobody else can reach it.
const LOCAL: &str = "
local all all trust
local replication all trust
";

/// A folder with a cluster in `data`.
pub(super) fn create(programs: &Path, setup: &PostgresSetup) -> Folder {
    let folder = Folder::new("postgres", Account::without_root());
    let data = folder.path().join("data");
    let data_argument = format!("--pgdata={}", data.display());
    let arguments = [
        data_argument.as_str(),
        "--username=postgres",
        "--encoding=UTF8",
        "--locale=C",
        "--auth=trust",
        "--no-sync",
        "--data-checksums",
        "--no-instructions",
    ];
    folder.run("initdb", &programs.join("initdb"), &arguments);
    let mut settings = SETTINGS.to_owned();
    if !matches!(setup.tls, Tls::Off) {
        settings.push_str(tls::SETTINGS);
        tls::make_certificates(&folder);
    }
    for line in &setup.settings {
        writeln!(settings, "{line}").expect("a string takes everything");
    }
    let host = match setup.tls {
        Tls::Off | Tls::Offered => "host",
        Tls::Required => "hostssl",
    };
    folder.write("data/pg_hba.conf", &format!("{LOCAL}{host} all all 127.0.0.1/32 scram-sha-256\n"));
    folder.write("data/postgresql.conf", &settings);
    folder
}
