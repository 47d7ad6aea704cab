//! The port `Passwords`, which is SQL's. What must stay true: a session that is kept when the password changes may have its
//! chain in Redis; whether it lives is asked of both.

use async_trait::async_trait;
use gatewright_core::{
    model::{AccountId, PasswordHash},
    port::{Entry, PasswordChange, Passwords, StoreError},
};

use super::RedisStore;

#[async_trait]
impl Passwords for RedisStore {
    async fn password(&self, account: AccountId) -> Result<Option<PasswordHash>, StoreError> {
        self.0.sql.password(account).await
    }

    async fn change(&self, change: PasswordChange, entry: Entry) -> Result<bool, StoreError> {
        let Some(keep) = self.0.register.look(change.keep).await? else {
            return self.0.sql.change(change, entry).await;
        };
        Ok(self.lives(*keep, change.at).await? && self.0.register.change_password(&change, &entry).await?)
    }

    async fn rehash(
        &self,
        account: AccountId,
        seen: &PasswordHash,
        stronger: PasswordHash,
    ) -> Result<bool, StoreError> {
        self.0.sql.rehash(account, seen, stronger).await
    }
}
