//! What an application that embeds an instance asks of a caller in its own handlers: a role, a permission, or that something is
//! its own. Roles and permissions are those of this moment, not of the token's: a role that was taken away is gone at once.

use crate::{
    Caller, Error, Gatewright, Refusal,
    model::{AccountId, UserId},
};

impl Caller {
    /// Whether the user has this role.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.standing().user.roles.names().iter().any(|name| name.as_str() == role)
    }

    /// Goes on only for a user with this role.
    ///
    /// # Errors
    /// [`Refusal::PermissionDenied`].
    pub fn require_role(&self, role: &str) -> Result<&Self, Error> {
        self.require_any_role(&[role])
    }

    /// Goes on only for a user with at least one of these roles.
    ///
    /// # Errors
    /// [`Refusal::PermissionDenied`].
    pub fn require_any_role(&self, roles: &[&str]) -> Result<&Self, Error> {
        roles.iter().any(|role| self.has_role(role)).then_some(self).ok_or_else(denied)
    }

    /// Goes on only if the caller is this user: for a resource that belongs to one person.
    ///
    /// # Errors
    /// [`Refusal::PermissionDenied`]. Where others are not to learn that the resource exists, answer as if it did not.
    pub fn require_user(&self, owner: UserId) -> Result<&Self, Error> {
        (self.standing().user.id == owner).then_some(self).ok_or_else(denied)
    }

    /// Goes on only if the caller belongs to this account: for a resource that its users share.
    ///
    /// # Errors
    /// As [`Caller::require_user`].
    pub fn require_account(&self, owner: AccountId) -> Result<&Self, Error> {
        (self.standing().account.id == owner).then_some(self).ok_or_else(denied)
    }
}

impl Gatewright {
    /// Goes on only for a user whom one of its roles lets do this.
    ///
    /// # Errors
    /// [`Refusal::PermissionDenied`]; or the store is away, and nobody is let through.
    pub async fn require_permission<'c>(&self, caller: &'c Caller, permission: &str) -> Result<&'c Caller, Error> {
        let granted = self.permissions_of(&caller.standing().user.roles).await?;
        granted.contains(permission).then_some(caller).ok_or_else(denied)
    }
}

fn denied() -> Error {
    Refusal::PermissionDenied.into()
}
