//! Users.

use gatewright_core::model;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Profile;

/// A person on an account; the `sub` of its access tokens.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct User {
    #[schema(format = Uuid)]
    id: String,
    #[schema(example = "ada")]
    username: String,
    roles: Vec<String>,
    /// Whether it may manage the account.
    owner: bool,
    /// Whether choosing it takes its PIN.
    pin_required: bool,
    profile: Profile,
    /// What admins note about it.
    #[schema(value_type = Object)]
    app_metadata: Map<String, Value>,
    #[schema(format = DateTime)]
    created_at: String,
}

impl From<&model::User> for User {
    fn from(user: &model::User) -> Self {
        Self {
            id: user.id.to_string(),
            username: user.username.to_string(),
            roles: user.roles.names().iter().map(ToString::to_string).collect(),
            owner: user.rank == model::Rank::Owner,
            pin_required: user.lock == model::Lock::Pin,
            profile: (&user.profile).into(),
            app_metadata: user.app_metadata.clone(),
            created_at: user.created_at.to_string(),
        }
    }
}

/// The users of an account, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Users {
    users: Vec<User>,
}

impl From<&[model::User]> for Users {
    fn from(users: &[model::User]) -> Self {
        Self { users: users.iter().map(Into::into).collect() }
    }
}
