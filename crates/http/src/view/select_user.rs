//! What phase one of a login answers when somebody has to say who is there.

use gatewright_core::{Selection, model};
use serde::Serialize;
use utoipa::ToSchema;

/// Who can be chosen.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SelectUser {
    status: SelectUserStatus,
    /// Good for exactly one `POST /auth/select`.
    selection_token: String,
    /// Seconds.
    #[schema(example = 300)]
    expires_in: u64,
    users: Vec<Choice>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SelectUserStatus {
    SelectUser,
}

/// A user as a picker shows it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Choice {
    #[schema(format = Uuid)]
    id: String,
    username: String,
    display_name: Option<String>,
    avatar_url: Option<String>,
    /// Whether choosing it takes its PIN.
    pin_required: bool,
}

impl From<Selection> for SelectUser {
    fn from(selection: Selection) -> Self {
        Self {
            status: SelectUserStatus::SelectUser,
            selection_token: selection.token,
            expires_in: selection.expires_in.as_secs(),
            users: selection.users.iter().map(Into::into).collect(),
        }
    }
}

impl From<&model::User> for Choice {
    fn from(user: &model::User) -> Self {
        Self {
            id: user.id.to_string(),
            username: user.username.to_string(),
            display_name: user.profile.display_name.clone(),
            avatar_url: user.profile.avatar_url.clone(),
            pin_required: user.lock == model::Lock::Pin,
        }
    }
}
