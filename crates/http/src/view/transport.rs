//! How a session's tokens travel.

use gatewright_core::model;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a session's tokens travel: `hybrid`, the access token in JSON and the refresh token in an `HttpOnly` cookie; `cookie`,
/// both in `HttpOnly` cookies; `body`, both in JSON.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Transport {
    Hybrid,
    Cookie,
    Body,
}

impl From<model::Transport> for Transport {
    fn from(transport: model::Transport) -> Self {
        match transport {
            model::Transport::Hybrid => Self::Hybrid,
            model::Transport::Cookie => Self::Cookie,
            model::Transport::Body => Self::Body,
        }
    }
}

impl From<Transport> for model::Transport {
    fn from(transport: Transport) -> Self {
        match transport {
            Transport::Hybrid => Self::Hybrid,
            Transport::Cookie => Self::Cookie,
            Transport::Body => Self::Body,
        }
    }
}
