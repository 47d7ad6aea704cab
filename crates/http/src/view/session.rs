//! Sessions: the own one in an answer, and the list of devices.

use gatewright_core::model;
use serde::Serialize;
use utoipa::ToSchema;

use super::Transport;

/// The session that was just signed in or renewed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Session {
    #[schema(format = Uuid)]
    id: String,
    #[schema(format = DateTime)]
    created_at: String,
    /// The absolute end. It never moves.
    #[schema(format = DateTime)]
    expires_at: String,
    transport: Transport,
    /// The number of the refresh token. When it rises, a client forgets its retry key.
    #[schema(example = 1)]
    generation: u64,
}

impl From<&model::Session> for Session {
    fn from(session: &model::Session) -> Self {
        Self {
            id: session.id.to_string(),
            created_at: session.created_at.to_string(),
            expires_at: session.absolute_end.to_string(),
            transport: session.transport.into(),
            generation: session.chain.generation,
        }
    }
}

/// The session that asks. The number of its refresh token is told to whoever renews it, and to nobody else: with a copied
/// access token one could watch it rise, and follow each renewal in time (docs/attacks.md#lockstep).
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "The session that asks.")]
pub(crate) struct CurrentSession {
    #[schema(format = Uuid)]
    id: String,
    #[schema(format = DateTime)]
    created_at: String,
    /// The absolute end. It never moves.
    #[schema(format = DateTime)]
    expires_at: String,
    transport: Transport,
}

impl From<&model::Session> for CurrentSession {
    fn from(session: &model::Session) -> Self {
        Self {
            id: session.id.to_string(),
            created_at: session.created_at.to_string(),
            expires_at: session.absolute_end.to_string(),
            transport: session.transport.into(),
        }
    }
}

/// A signed-in device.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Device {
    #[schema(format = Uuid)]
    id: String,
    #[schema(format = Uuid)]
    user_id: String,
    /// What the client called its device.
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
    /// Whether it is the session that asks.
    current: bool,
    /// Whether nobody on the account signed in: somebody who runs this acts as the user for a while, for the reason that `client`
    /// gives. It can be ended like any other.
    impersonated: bool,
}

impl Device {
    pub(crate) fn new(session: &model::Session, own: model::SessionId) -> Self {
        Self {
            id: session.id.to_string(),
            user_id: session.user_id.to_string(),
            client: session.label.as_ref().map(|label| label.as_str().to_owned()),
            ip: session.last_ip.map(|ip| ip.to_string()),
            user_agent: session.last_user_agent.as_ref().map(|agent| agent.as_str().to_owned()),
            created_at: session.created_at.to_string(),
            last_refreshed_on: session.chain.rotated_at.date(),
            expires_at: session.absolute_end.to_string(),
            current: session.id == own,
            impersonated: session.amr.contains(&model::AuthMethod::Impersonation),
        }
    }
}

/// The signed-in devices, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Devices {
    sessions: Vec<Device>,
}

impl Devices {
    pub(crate) fn new(sessions: &[model::Session], own: model::SessionId) -> Self {
        Self { sessions: sessions.iter().map(|session| Device::new(session, own)).collect() }
    }
}
