//! Removing a user from the account.

use crate::{
    Earned, Error, Fresh, Gatewright, Owner, Refusal,
    model::{Act, Activity, ClientInfo, UserId},
    port::RemoveUser,
};

impl Gatewright {
    /// Removes a user with its PIN; its sessions end. Needs a fresh session: it cannot be undone.
    ///
    /// # Errors
    /// [`Refusal::UserNotFound`], [`Refusal::LastOwner`], [`Refusal::LastAdmin`].
    pub async fn remove_user(&self, owner: &Fresh<Owner>, id: UserId, client: &ClientInfo) -> Result<(), Error> {
        let user = self.user_of(owner.caller(), id).await?;
        let now = self.now();
        let entry = Activity::new(self.new_entry(now), now, user.account_id, Act::UserRemoved, client);
        match self.ports().users.remove(id, entry.of_user(id).into()).await? {
            RemoveUser::Done => Ok(()),
            RemoveUser::LastOwner => Err(Refusal::LastOwner.into()),
            RemoveUser::LastAdmin => Err(Refusal::LastAdmin.into()),
            RemoveUser::Gone => Err(Refusal::UserNotFound.into()),
        }
    }
}
