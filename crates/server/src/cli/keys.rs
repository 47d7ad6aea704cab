//! `gatewright keys`.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Output, print_json, visit};
use crate::{
    config::Sources,
    failure::Failure,
    gate::{
        RotateError,
        model::Timestamp,
        token::{KeyRecord, RotationError, Urgency},
    },
    terminal,
};

/// List or rotate the signing keys.
#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// List the keys: the next one, the one that signs, and those that only verify any more.
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Have the next key sign from now on. A running server takes over within twenty seconds.
    ///
    /// Refused while verifiers may not know the next key yet, because their users would be turned away.
    Rotate {
        /// Do not wait for verifiers: for a key that was stolen.
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        output: Output,
    },
}

impl Keys {
    pub(super) async fn run(self, sources: &Sources) -> Result<(), Failure> {
        let house = visit(sources).await?;
        let (records, output) = match self {
            Self::List { output } => (house.gate.key_records(), output),
            Self::Rotate { force, output } => {
                let urgency = if force { Urgency::Forced } else { Urgency::Orderly };
                (house.gate.rotate_keys(urgency).await.map_err(|error| refused(&error))?, output)
            }
        };
        if output.json {
            print_json(&json!({ "keys": records.iter().map(shown).collect::<Vec<_>>() }));
        } else {
            records.iter().for_each(|record| terminal::say(line(record)));
        }
        Ok(())
    }
}

fn refused(error: &RotateError) -> Failure {
    if let RotateError::Refused(RotationError::NotYet { at }) = error {
        let at = Timestamp::from_secs(*at);
        return Failure::other(format!(
            "verifiers may not know the next key before {at}; try again then, or use --force if the present key was stolen"
        ));
    }
    Failure::because("the keys were not rotated", error)
}

fn line(record: &KeyRecord) -> String {
    let since = match (record.signing_since, record.retiring_since) {
        (_, Some(at)) => format!("retired {}", Timestamp::from_secs(at)),
        (Some(at), None) => format!("signs since {}", Timestamp::from_secs(at)),
        (None, None) => format!("published {}", Timestamp::from_secs(record.published_at)),
    };
    format!("{:<9} {:<6} {}  {since}", record.state.as_str(), record.algorithm.as_str(), record.kid)
}

fn shown(record: &KeyRecord) -> Value {
    let time = |at: Option<i64>| at.map(|at| Timestamp::from_secs(at).to_string());
    json!({
        "kid": record.kid,
        "algorithm": record.algorithm.as_str(),
        "state": record.state.as_str(),
        "created_at": time(Some(record.created_at)),
        "published_at": time(Some(record.published_at)),
        "signing_since": time(record.signing_since),
        "retiring_since": time(record.retiring_since),
    })
}
