//! What happened to an account.

use gatewright_core::model;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// One thing that happened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActivityEntry {
    #[schema(format = Uuid)]
    id: String,
    #[schema(format = DateTime)]
    at: String,
    /// What happened: `signed_up`, `logged_in`, `login_failed` and so on.
    #[schema(example = "logged_in")]
    act: &'static str,
    #[schema(format = Uuid)]
    user_id: Option<String>,
    #[schema(format = Uuid)]
    session_id: Option<String>,
    actor: Actor,
    ip: Option<String>,
    user_agent: Option<String>,
    /// What more there is to say: `reason` for example, or what was changed.
    #[schema(value_type = Object)]
    detail: Map<String, Value>,
}

/// Who did it: `account`, somebody on the account, or who tried to be; `admin`, this user, and `service_key`, a program with this
/// key, through the admin API; `impersonator` and `impersonating_key`, the same acting as the user that the entry names;
/// `operator`, by the command line; `system`, by itself.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Actor {
    #[schema(example = "account")]
    kind: &'static str,
    #[schema(format = Uuid)]
    id: Option<String>,
}

impl From<model::Actor> for Actor {
    fn from(actor: model::Actor) -> Self {
        Self { kind: actor.kind(), id: actor.id().map(|id| uuid::Uuid::from_bytes(*id).to_string()) }
    }
}

impl From<&model::Activity> for ActivityEntry {
    fn from(entry: &model::Activity) -> Self {
        let reason = entry.reason.map(|reason| ("reason".to_owned(), Value::from(reason.name())));
        Self {
            id: entry.id.to_string(),
            at: entry.at.to_string(),
            act: entry.act.name(),
            user_id: entry.user_id.map(|id| id.to_string()),
            session_id: entry.session_id.map(|id| id.to_string()),
            actor: entry.actor.into(),
            ip: entry.ip.map(|ip| ip.to_string()),
            user_agent: entry.user_agent.as_ref().map(|agent| agent.as_str().to_owned()),
            detail: reason.into_iter().chain(entry.detail.clone()).collect(),
        }
    }
}

/// A page of the activity log, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActivityPage {
    activity: Vec<ActivityEntry>,
    /// What `cursor` has to be for the next page; null when there is none.
    next_cursor: Option<String>,
}

impl From<gatewright_core::ActivityPage> for ActivityPage {
    fn from(page: gatewright_core::ActivityPage) -> Self {
        Self {
            activity: page.entries.iter().map(Into::into).collect(),
            next_cursor: page.next.map(|id| id.to_string()),
        }
    }
}
