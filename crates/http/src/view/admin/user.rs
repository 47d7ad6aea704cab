//! Users, as admins see and change them.

use gatewright_core::{
    Openness, Paged, UserAdministration, UsersWanted,
    model::{self, RoleName},
};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    Problem,
    extract::cursor_text,
    view::{profile::present, user},
};

/// A user, as an admin sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AdminUser)]
pub(crate) struct User {
    #[serde(flatten)]
    user: user::User,
    #[schema(format = Uuid)]
    account_id: String,
    /// Whether nobody can sign in as it.
    disabled: bool,
    #[schema(format = DateTime)]
    disabled_at: Option<String>,
}

impl From<&model::User> for User {
    fn from(user: &model::User) -> Self {
        Self {
            user: user.into(),
            account_id: user.account_id.to_string(),
            disabled: user.disabled_at.is_some(),
            disabled_at: user.disabled_at.map(|at| at.to_string()),
        }
    }
}

/// A page of users: newest first, or by name if they were searched for; the admins oldest first, all on one page.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AdminUsers)]
pub(crate) struct Users {
    users: Vec<User>,
    /// What `cursor` has to be for the next page; null when there is none.
    next_cursor: Option<String>,
}

impl From<Paged<model::User, UsersWanted>> for Users {
    fn from(page: Paged<model::User, UsersWanted>) -> Self {
        Self {
            users: page.items.iter().map(Into::into).collect(),
            next_cursor: page.next.as_ref().and_then(cursor_text),
        }
    }
}

impl From<Vec<model::User>> for Users {
    fn from(admins: Vec<model::User>) -> Self {
        Self { users: admins.iter().map(Into::into).collect(), next_cursor: None }
    }
}

/// A change of a user. What is absent stays; at least one member is there.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AdminChangeUserRequest, example = json!({"roles": ["support"], "app_metadata": {"plan": "gold"}}))]
pub(crate) struct ChangeUserRequest {
    /// Exactly these roles from now on. They may be names that are not defined here, for apps to act on.
    #[serde(default, deserialize_with = "present")]
    #[schema(max_items = 32)]
    roles: Option<Vec<String>>,
    /// Whether nobody can sign in as it any more.
    #[serde(default, deserialize_with = "present")]
    disabled: Option<bool>,
    /// A JSON merge patch (RFC 7396) of what admins note about it.
    #[serde(default, deserialize_with = "object")]
    #[schema(value_type = Option<Object>)]
    app_metadata: Option<Map<String, Value>>,
}

/// An object and nothing else: a reader of maps takes `null` for an empty one.
fn object<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Map<String, Value>>, D::Error> {
    let members = Option::<Map<String, Value>>::deserialize(deserializer)?;
    members.map(Some).ok_or_else(|| de::Error::custom("null is no patch of an object"))
}

impl TryFrom<ChangeUserRequest> for UserAdministration {
    type Error = Problem;

    fn try_from(body: ChangeUserRequest) -> Result<Self, Problem> {
        if body.roles.is_none() && body.disabled.is_none() && body.app_metadata.is_none() {
            return Err(Problem::malformed("The request body changes nothing."));
        }
        let names = |texts: Vec<String>| texts.iter().map(|text| text.parse::<RoleName>()).collect::<Result<_, _>>();
        let roles = body.roles.map(names).transpose();
        let roles = roles.map_err(|error| Problem::invalid("roles", error.to_string()))?;
        let openness = body.disabled.map(|is_to_be| if is_to_be { Openness::Disabled } else { Openness::Enabled });
        Ok(Self { roles: roles.map(model::Roles::new), openness, app_metadata: body.app_metadata })
    }
}
