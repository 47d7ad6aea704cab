//! What roles let their users do.

use super::{Allowed, authority::permissions_within, rights};
use crate::{
    Error, Gatewright, Refusal,
    model::{ADMIN, Act, ClientInfo, Invalid, InvalidReason, Permission, Permissions, Role, RoleName, Timestamp},
};

/// The most roles of the store: every decision about an admin reads them all.
const MAX_ROLES: usize = 200;
/// The most permissions of one role.
const MAX_PERMISSIONS: usize = 200;

/// A role, and who has defined it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownRole {
    /// Its name.
    pub name: RoleName,
    /// What it lets its users do.
    pub permissions: Permissions,
    /// Who has defined it.
    pub source: RoleSource,
    /// When it was last changed, if it can be.
    pub changed_at: Option<Timestamp>,
}

/// Who has defined a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleSource {
    /// Nobody: it is always there.
    BuiltIn,
    /// The operator, by the settings.
    Settings,
    /// An admin or a program, through the API.
    Stored,
}

impl Gatewright {
    /// All roles that are defined: the built-in one, the operator's, and the stored ones that these do not hide.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn list_roles(&self, _: &Allowed<rights::RolesRead>) -> Result<Vec<KnownRole>, Error> {
        let admin = ADMIN.parse().expect("the built-in name is a role name");
        let built_in = KnownRole {
            name: admin,
            permissions: Permissions::all_rights(),
            source: RoleSource::BuiltIn,
            changed_at: None,
        };
        let defined = self.defined_roles().await?.into_iter().filter(|role| role.name.as_str() != ADMIN);
        let known = defined.map(|role| match self.is_fixed(&role.name) {
            true => KnownRole {
                name: role.name,
                permissions: role.permissions,
                source: RoleSource::Settings,
                changed_at: None,
            },
            false => KnownRole {
                name: role.name,
                permissions: role.permissions,
                source: RoleSource::Stored,
                changed_at: Some(role.changed_at),
            },
        });
        Ok(std::iter::once(built_in).chain(known).collect())
    }

    /// Defines a role, or defines it anew. Takes all permissions that it has and that it is to have.
    ///
    /// # Errors
    /// [`Refusal::RoleFixed`], [`Refusal::PermissionDenied`], [`Error::Invalid`] for too many roles or permissions.
    pub async fn put_role(
        &self,
        by: &Allowed<rights::RolesWrite>,
        name: RoleName,
        permissions: Vec<Permission>,
        client: &ClientInfo,
    ) -> Result<Role, Error> {
        self.check_role_change(by, &name).await?;
        if permissions.len() > MAX_PERMISSIONS {
            return Err(Invalid::new("permissions", InvalidReason::TooMany { max: MAX_PERMISSIONS }).into());
        }
        let now = self.now();
        let role = Role { permissions: permissions_within(by.admin(), permissions)?, name, changed_at: now };
        let texts: Vec<&str> = role.permissions.iter().map(Permission::as_str).collect();
        let entry = by.entry(self, now, None, Act::RoleChanged, client);
        let entry = entry.saying("role", role.name.as_str()).saying("permissions", texts);
        if !self.ports().roles.put_role(role.clone(), MAX_ROLES, entry.into()).await? {
            return Err(Invalid::new("name", InvalidReason::TooMany { max: MAX_ROLES }).into());
        }
        tracing::info!(role = %role.name, actor = ?by.admin().actor(), "role changed");
        Ok(role)
    }

    /// Removes a role. Users keep its name, which gives them nothing any more.
    ///
    /// # Errors
    /// [`Refusal::RoleFixed`], [`Refusal::PermissionDenied`], [`Refusal::NotFound`].
    pub async fn remove_role(
        &self,
        by: &Allowed<rights::RolesWrite>,
        name: &RoleName,
        client: &ClientInfo,
    ) -> Result<(), Error> {
        self.check_role_change(by, name).await?;
        let now = self.now();
        let entry = by.entry(self, now, None, Act::RoleRemoved, client).saying("role", name.as_str());
        if self.ports().roles.remove_role(name.clone(), entry.into()).await? {
            tracing::info!(role = %name, actor = ?by.admin().actor(), "role removed");
            Ok(())
        } else {
            Err(Refusal::NotFound.into())
        }
    }

    async fn check_role_change(&self, by: &Allowed<rights::RolesWrite>, name: &RoleName) -> Result<(), Error> {
        if self.is_fixed(name) {
            return Err(Refusal::RoleFixed.into());
        }
        let defined = self.ports().roles.roles().await?;
        match defined.iter().find(|role| role.name == *name) {
            Some(role) => by.admin().covers(&role.permissions),
            None => Ok(()),
        }
    }
}
