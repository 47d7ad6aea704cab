//! Everything about an account.

use gatewright_core::{Caller, model::Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Account, ActivityEntry, Device, User};

/// Everything we know of an account, but its credentials.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountExport {
    #[schema(format = DateTime)]
    exported_at: String,
    account: Account,
    users: Vec<User>,
    sessions: Vec<Device>,
    /// Newest first, at most 10,000 entries.
    activity: Vec<ActivityEntry>,
}

impl AccountExport {
    pub(crate) fn new(export: &gatewright_core::AccountExport, caller: &Caller, now: Timestamp) -> Self {
        let own = caller.standing().session.id;
        Self {
            exported_at: now.to_string(),
            account: (&export.account).into(),
            users: export.users.iter().map(Into::into).collect(),
            sessions: export.sessions.iter().map(|session| Device::new(session, own)).collect(),
            activity: export.activity.iter().map(Into::into).collect(),
        }
    }
}
