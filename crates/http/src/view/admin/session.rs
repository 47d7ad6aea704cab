//! Sessions, as admins see them.

use gatewright_core::model;
use serde::Serialize;
use utoipa::ToSchema;

use crate::view::Transport;

/// A living session of anybody.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AdminSession)]
pub(crate) struct Session {
    #[schema(format = Uuid)]
    id: String,
    #[schema(format = Uuid)]
    account_id: String,
    #[schema(format = Uuid)]
    user_id: String,
    transport: Transport,
    /// How somebody proved who it is (RFC 8176); `impersonation` where nobody did, because somebody else acts as the user.
    #[schema(example = json!(["pwd"]))]
    amr: Vec<&'static str>,
    /// What the client called its device; of an impersonation, the reason for it.
    client: Option<String>,
    ip: Option<String>,
    user_agent: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    /// The day only: the hour would tell a thief when its victim refreshes.
    #[schema(format = Date)]
    last_refreshed_on: String,
    /// The absolute end.
    #[schema(format = DateTime)]
    expires_at: String,
}

impl From<&model::Session> for Session {
    fn from(session: &model::Session) -> Self {
        Self {
            id: session.id.to_string(),
            account_id: session.account_id.to_string(),
            user_id: session.user_id.to_string(),
            transport: session.transport.into(),
            amr: session.amr.iter().map(|method| method.name()).collect(),
            client: session.label.as_ref().map(|label| label.as_str().to_owned()),
            ip: session.last_ip.map(|ip| ip.to_string()),
            user_agent: session.last_user_agent.as_ref().map(|agent| agent.as_str().to_owned()),
            created_at: session.created_at.to_string(),
            last_refreshed_on: session.chain.rotated_at.date(),
            expires_at: session.absolute_end.to_string(),
        }
    }
}

/// Living sessions, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AdminSessions)]
pub(crate) struct Sessions {
    sessions: Vec<Session>,
}

impl From<Vec<model::Session>> for Sessions {
    fn from(sessions: Vec<model::Session>) -> Self {
        Self { sessions: sessions.iter().map(Into::into).collect() }
    }
}
