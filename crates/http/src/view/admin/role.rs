//! Roles and what they let their users do.

use gatewright_core::{
    KnownRole, RoleSource,
    model::{self, Permission, Timestamp},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Problem;

/// A role.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Role {
    #[schema(example = "support")]
    name: String,
    #[schema(example = json!(["accounts:read", "sessions:write"]))]
    permissions: Vec<String>,
    source: Source,
    /// Null for what cannot be changed here.
    #[schema(format = DateTime)]
    changed_at: Option<String>,
}

/// Who has defined a role: nobody (`built_in`), the operator (`settings`), or somebody by this API (`stored`).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RoleSource)]
enum Source {
    BuiltIn,
    Settings,
    Stored,
}

/// All roles that are defined.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Roles {
    roles: Vec<Role>,
}

impl Role {
    fn new(role: &model::RoleName, may: &model::Permissions, source: RoleSource, at: Option<Timestamp>) -> Self {
        Self {
            name: role.to_string(),
            permissions: may.iter().map(ToString::to_string).collect(),
            source: match source {
                RoleSource::BuiltIn => Source::BuiltIn,
                RoleSource::Settings => Source::Settings,
                RoleSource::Stored => Source::Stored,
            },
            changed_at: at.map(|at| at.to_string()),
        }
    }
}

impl From<&model::Role> for Role {
    fn from(role: &model::Role) -> Self {
        Self::new(&role.name, &role.permissions, RoleSource::Stored, Some(role.changed_at))
    }
}

impl From<Vec<KnownRole>> for Roles {
    fn from(roles: Vec<KnownRole>) -> Self {
        let view = |role: &KnownRole| Role::new(&role.name, &role.permissions, role.source, role.changed_at);
        Self { roles: roles.iter().map(view).collect() }
    }
}

/// What a role lets its users do from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"permissions": ["accounts:read", "sessions:write"]}))]
pub(crate) struct PutRoleRequest {
    /// `noun:verb` each. Those of this API mean something here, all others to apps.
    #[schema(max_items = 200)]
    permissions: Vec<String>,
}

impl PutRoleRequest {
    pub(crate) fn parse(&self) -> Result<Vec<Permission>, Problem> {
        permissions(&self.permissions)
    }
}

/// # Errors
/// One of them is none.
pub(super) fn permissions(texts: &[String]) -> Result<Vec<Permission>, Problem> {
    let permissions = texts.iter().map(|text| text.parse()).collect::<Result<_, model::NotAPermission>>();
    permissions.map_err(|error| Problem::invalid("permissions", error.to_string()))
}
