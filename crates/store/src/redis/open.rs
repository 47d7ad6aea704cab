//! How Redis is opened: what runs there, whether it keeps what it is told.

use std::{collections::HashMap, error::Error, path::PathBuf};

use gatewright_core::port::StoreError;

use super::{failure::Failure, wire::Wire};

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

impl OpenError {
    /// Whether it may help to try again in a moment: Redis or the database could not be reached, or is just starting. One that
    /// has refused, or cannot be used, refuses the next time, too.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        let Self::Redis(error) = self else { return false };
        match error.source().and_then(|cause| cause.downcast_ref::<Failure>()) {
            Some(Failure::Unfit(_)) => false,
            Some(Failure::Redis(error)) => {
                error.kind() != ::redis::ErrorKind::AuthenticationFailed
                    && !matches!(error.code(), Some("NOAUTH" | "WRONGPASS" | "NOPERM"))
            }
            Some(Failure::Connect(_) | Failure::NoAnswer | Failure::Away | Failure::Impossible(_)) | None => true,
        }
    }
}

/// What a Redis that keeps sessions should not be set to. Whoever runs it may forbid asking: then nothing is said.
pub(super) async fn warnings(wire: &Wire) -> Vec<String> {
    let setting = async |name: &str| {
        let mut asking = ::redis::cmd("CONFIG");
        asking.arg("GET").arg(name);
        let told: HashMap<String, String> = wire.ask(&asking).await.ok()?;
        told.get(name).cloned()
    };
    let mut warnings = Vec::new();
    if let Some(policy) = setting("maxmemory-policy").await
        && policy != "noeviction"
    {
        warnings.push(format!(
            "Redis signs people out when its memory is full (maxmemory-policy {policy}); set `maxmemory-policy noeviction`"
        ));
    }
    if setting("appendonly").await.as_deref() == Some("no") && setting("save").await.as_deref() == Some("") {
        let says = "Redis keeps nothing on its disk: when it restarts, everybody signs in again; set `appendonly yes`";
        warnings.push(says.to_owned());
    }
    warnings
}
