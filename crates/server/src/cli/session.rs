//! `gatewright session`.

use clap::Subcommand;
use serde_json::json;

use super::{Output, print_json, visit};
use crate::{
    config::Sources,
    failure::Failure,
    gate::{Error, Refusal, model::SessionId},
    terminal,
};

/// End a session.
#[derive(Debug, Subcommand)]
pub(super) enum Session {
    /// End a session: its refresh token is dead at once, its access token at our own endpoints, too.
    End {
        /// The session's id, as `gatewright account show` lists it.
        id: String,
        #[command(flatten)]
        output: Output,
    },
}

impl Session {
    pub(super) async fn run(self, sources: &Sources) -> Result<(), Failure> {
        let Self::End { id, output } = self;
        let id: SessionId = id.parse().map_err(|_| Failure::other(format!("`{id}` is no session id; it is a UUID")))?;
        let house = visit(sources).await?;
        let has_ended = match house.gate.operator().end_session(id).await {
            Ok(has_ended) => has_ended,
            Err(Error::Refused(Refusal::NotFound)) => return Err(Failure::other(format!("there is no session {id}"))),
            Err(error) => return Err(Failure::because("the session was not ended", &error)),
        };
        if output.json {
            print_json(&json!({ "session_id": id.to_string(), "ended_now": has_ended }));
        } else if has_ended {
            terminal::say(format_args!("Session {id} has ended."));
        } else {
            terminal::say(format_args!("Session {id} had ended before."));
        }
        Ok(())
    }
}
