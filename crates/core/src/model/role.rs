//! Roles: named sets of permissions, given to users.

use super::{Permissions, RoleName, Timestamp};

/// The name of the built-in role that may do everything here. It is always there, cannot be changed, and one enabled user
/// always has it once one has.
pub const ADMIN: &str = "admin";

/// A role as it stands. A user may have roles that are not defined: they are names for an app to act on, and give no
/// permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: RoleName,
    /// What it lets its users do.
    pub permissions: Permissions,
    /// When it was last changed.
    pub changed_at: Timestamp,
}

/// What users with these roles may do, of all roles that are defined.
#[must_use]
pub fn granted(names: &[RoleName], defined: &[Role]) -> Permissions {
    let mut granted = Permissions::default();
    for name in names {
        if name.as_str() == ADMIN {
            granted = granted.and(&Permissions::all_rights());
        } else if let Some(role) = defined.iter().find(|role| role.name == *name) {
            granted = granted.and(&role.permissions);
        }
    }
    granted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_may_do_what_any_of_its_defined_roles_lets_it_do() {
        let name = |text: &str| text.parse::<RoleName>().unwrap();
        let role = |text: &str, permission: &str| Role {
            name: name(text),
            permissions: Permissions::new(vec![permission.parse().unwrap()]),
            changed_at: Timestamp::from_secs(0),
        };
        let defined = [role("editor", "pages:write"), role("support", "users:read"), role(ADMIN, "pages:write")];
        let granted = |names: &[&str]| granted(&names.iter().map(|text| name(text)).collect::<Vec<_>>(), &defined);
        assert_eq!(granted(&[]), Permissions::default());
        assert_eq!(granted(&["unknown"]), Permissions::default());
        assert_eq!(granted(&["editor", "support"]).iter().count(), 2);
        // Whatever somebody wrote into the table: the built-in role is what it is.
        assert_eq!(granted(&[ADMIN]), Permissions::all_rights());
    }
}
