//! Definitions of roles in the store. Which user has which is in the user's row.

use async_trait::async_trait;

use super::{Entry, StoreError};
use crate::model::{Role, RoleName};

/// The definitions of roles.
#[async_trait]
pub trait RoleDefinitions: Send + Sync {
    /// Reads all, sorted by name. They are few: every decision about an admin reads them.
    async fn roles(&self) -> Result<Vec<Role>, StoreError>;

    /// Makes a role, or replaces its permissions. Of concurrent calls for one name the last one stays. A role that would be
    /// more than `max` is not made: `false`.
    async fn put_role(&self, role: Role, max: usize, entry: Entry) -> Result<bool, StoreError>;

    /// Removes a role; users keep its name, which gives them nothing any more. Of all concurrent calls exactly one answers
    /// `true`.
    async fn remove_role(&self, name: RoleName, entry: Entry) -> Result<bool, StoreError>;
}
