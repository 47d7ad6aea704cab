//! Acting as a user.

use std::time::Duration;

use gatewright_core::{
    Impersonation,
    model::{ClientLabel, UserId},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Problem,
    view::{Account, CurrentSession, user::User},
};

/// How long, unless something shorter is asked for or set.
const USUAL: Duration = Duration::from_secs(900);

/// Why, and for how long.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "ticket 4711", "expires_in": 300}))]
pub(crate) struct ImpersonateRequest {
    /// 1 to 100 printable characters. The owner of the account reads it, in the list of sessions and in the activity.
    #[schema(min_length = 1, max_length = 100)]
    reason: String,
    /// Seconds; 900 without it, and at most what the settings allow.
    #[schema(minimum = 1)]
    expires_in: Option<u64>,
}

impl ImpersonateRequest {
    /// # Errors
    /// The reason is not as it should be.
    pub(crate) fn of(self, user: UserId, longest: Duration) -> Result<Impersonation, Problem> {
        let reason = ClientLabel::parse("reason", &self.reason)?;
        let expires_in = self.expires_in.map_or(USUAL.min(longest), Duration::from_secs);
        Ok(Impersonation { user, reason, expires_in })
    }
}

/// A token to act with. It cannot be renewed, and changes nothing.
#[derive(Serialize, ToSchema)]
pub(crate) struct Impersonated {
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// A JWT whose claim `act` (RFC 8693 section 4.1) names who acts.
    access_token: String,
    /// Its life in seconds.
    expires_in: u64,
    session: CurrentSession,
    user: User,
    account: Account,
}

impl From<&gatewright_core::Impersonated> for Impersonated {
    fn from(acting: &gatewright_core::Impersonated) -> Self {
        Self {
            token_type: "Bearer",
            access_token: acting.access_token.clone(),
            expires_in: acting.expires_in.as_secs(),
            session: (&acting.standing.session).into(),
            user: (&acting.standing.user).into(),
            account: (&acting.standing.account).into(),
        }
    }
}
