//! How Redis is opened: what runs there, whether it keeps what it is told.

use std::{collections::HashMap, path::PathBuf};

use gatewright_core::port::StoreError;

use super::wire::Wire;

/// Why Redis could not be opened. The texts say what to do, and hold no password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL cannot be used.
    #[error("the URL of Redis cannot be used: {says}")]
    Address {
        /// What is wrong with it.
        says: String,
    },
    /// No certificates to verify the server with.
    #[error("no certificates to verify Redis with{}", .file.as_ref().map_or_else(
        || "; install the system's (ca-certificates), or name a file with sslrootcert".to_owned(),
        |file| format!(" in {}", file.display()),
    ))]
    Certificates {
        /// The file that was named.
        file: Option<PathBuf>,
    },
    /// Redis or the database refused, or cannot be reached. The cause says why, also if what runs there is too old, a replica
    /// or a cluster.
    #[error("Redis cannot be opened")]
    Redis(#[source] StoreError),
}

/// Says what a Redis that keeps sessions should not be set to. Whoever runs it may forbid asking: then nothing is said.
pub(super) async fn warn_of_settings(wire: &Wire) {
    let mut asking = ::redis::cmd("CONFIG");
    asking.arg("GET").arg("maxmemory-policy");
    let policy: Result<HashMap<String, String>, _> = wire.ask(&asking).await;
    if let Ok(told) = policy
        && let Some(policy) = told.get("maxmemory-policy")
        && policy != "noeviction"
    {
        tracing::warn!(%policy, "Redis removes keys when its memory is full, and people are signed out: set \
                                 `maxmemory-policy noeviction`");
    }
    let setting = async |name: &str| {
        let mut asking = ::redis::cmd("CONFIG");
        asking.arg("GET").arg(name);
        let told: HashMap<String, String> = wire.ask(&asking).await.ok()?;
        told.get(name).cloned()
    };
    if setting("appendonly").await.as_deref() == Some("no") && setting("save").await.as_deref() == Some("") {
        tracing::warn!(
            "Redis keeps nothing on its disk: when it restarts, everybody has to sign in again; set \
                        `appendonly yes`"
        );
    }
}
