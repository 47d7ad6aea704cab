//! Deleting the account.

use crate::{
    Earned, Error, Fresh, Gatewright, Owner, Refusal,
    model::{Act, Activity, ClientInfo},
};

impl Gatewright {
    /// Deletes the account with everything that belongs to it. Cannot be undone.
    ///
    /// # Errors
    /// [`Refusal::SessionGone`] when somebody else was faster.
    pub async fn delete_account(&self, owner: &Fresh<Owner>, client: &ClientInfo) -> Result<(), Error> {
        let account = owner.caller().standing().account.id;
        let now = self.now();
        // The one entry that outlives the account says when, and nothing about whom.
        let nobody = ClientInfo { ip: None, user_agent: None, received_at: client.received_at };
        let entry = Activity::new(self.new_activity_id(now), now, account, Act::AccountDeleted, &nobody);
        if self.ports().accounts.delete(account, entry.into()).await? {
            tracing::info!(%account, "account deleted");
            Ok(())
        } else {
            Err(Refusal::SessionGone.into())
        }
    }
}
