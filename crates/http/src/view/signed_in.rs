//! Signed in: tokens, and who one is now. Which token is in the JSON depends on the session's transport.

use gatewright_core::{RefreshDelivery, model};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Account, SelectUser, Session, User};

/// Signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignedIn {
    status: SignedInStatus,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// A JWT. Absent in the transport `cookie`, where it is in a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    /// Life of the access token in seconds.
    #[schema(example = 600)]
    expires_in: u64,
    /// Opaque and for one use. Only in the transport `body`; elsewhere it is in a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "gwr_…")]
    refresh_token: Option<String>,
    session: Session,
    user: User,
    account: Account,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SignedInStatus {
    SignedIn,
}

impl SignedIn {
    /// `presented` is the refresh token that was presented, for when it stays current.
    pub(crate) fn new(signed_in: &gatewright_core::SignedIn, presented: Option<&str>) -> Self {
        let standing = &signed_in.standing;
        let transport = standing.session.transport;
        let refresh_token = match &signed_in.refresh {
            RefreshDelivery::Set(text) => Some(text.expose()),
            RefreshDelivery::Keep => presented,
        };
        Self {
            status: SignedInStatus::SignedIn,
            token_type: "Bearer",
            access_token: (transport != model::Transport::Cookie).then(|| signed_in.access_token.clone()),
            expires_in: signed_in.expires_in.as_secs(),
            refresh_token: refresh_token.filter(|_| transport == model::Transport::Body).map(str::to_owned),
            session: (&standing.session).into(),
            user: (&standing.user).into(),
            account: (&standing.account).into(),
        }
    }
}

/// What a login answers: `status` tells which.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(clippy::large_enum_variant, reason = "made once per login and written at once")]
pub(crate) enum LoginAnswer {
    SignedIn(SignedIn),
    SelectUser(SelectUser),
}
