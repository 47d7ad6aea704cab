//! What says who may do what: rows of roles and service keys, and what admins change of a user.

use gatewright_core::{
    model::{ADMIN, Epoch, Permissions, Role, Roles, SecretHash, ServiceKey, ServiceKeyId, User},
    port::Administration,
};

use super::{Columns, Cursor, list, listed};

/// Reads a role: `name, permissions, changed_at`.
pub(crate) fn role<R: Columns>(row: &R) -> Result<Role, R::Failure> {
    let mut cursor = Cursor::new(row, "roles", 0);
    Ok(Role {
        name: cursor.named(|text| text.parse().ok())?,
        permissions: cursor.named(permissions)?,
        changed_at: cursor.moment()?,
    })
}

/// Reads a service key: `id, name, permissions, hash, created_at, ends_at, used_at`.
pub(crate) fn service_key<R: Columns>(row: &R) -> Result<ServiceKey, R::Failure> {
    let mut cursor = Cursor::new(row, "service_keys", 0);
    Ok(ServiceKey {
        id: ServiceKeyId::from_bytes(cursor.bytes()?),
        name: cursor.text()?,
        permissions: cursor.named(permissions)?,
        hash: SecretHash::from_bytes(cursor.bytes()?),
        created_at: cursor.moment()?,
        ends_at: cursor.optional_moment()?,
        used_at: cursor.optional_moment()?,
    })
}

fn permissions(text: &str) -> Option<Permissions> {
    listed(text).map(|name| name.parse().ok()).collect::<Option<_>>().map(Permissions::new)
}

/// A set of permissions as it is kept.
pub(crate) fn permission_names(permissions: &Permissions) -> String {
    list(permissions.iter().map(|permission| permission.as_str()))
}

/// A user's roles as they are kept.
pub(crate) fn role_names(roles: &Roles) -> String {
    list(roles.names().iter().map(|name| name.as_str()))
}

/// Whether the user is still as whoever asks for the change has seen it.
pub(crate) fn is_as_seen(user: &User, change: &Administration) -> bool {
    user.roles == change.seen_roles && user.app_metadata == change.seen_app_metadata
}

/// The user after the change. Disabling raises its epoch (SECURITY SE7).
pub(crate) fn administered(mut user: User, change: Administration) -> User {
    match (user.disabled_at, change.disabled_at) {
        (None, Some(Some(since))) => {
            user.disabled_at = Some(since);
            user.epoch = Epoch::new(user.epoch.number() + 1);
        }
        (Some(_), Some(None)) => user.disabled_at = None,
        (_, None) | (Some(_), Some(Some(_))) | (None, Some(None)) => {}
    }
    user.roles = change.roles.unwrap_or(user.roles);
    user.app_metadata = change.app_metadata.unwrap_or(user.app_metadata);
    user
}

/// Whether the user is an admin that can sign in, if its account can.
pub(crate) fn is_enabled_admin(user: &User) -> bool {
    user.disabled_at.is_none() && user.roles.names().iter().any(|name| name.as_str() == ADMIN)
}
