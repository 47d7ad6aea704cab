//! Deleting the account.

use crate::{
    Earned, Error, Fresh, Gatewright, Owner, Refusal,
    model::{Act, Activity, ClientInfo},
    port::DeleteAccount,
};

impl Gatewright {
    /// Deletes the account with everything that belongs to it. Cannot be undone.
    ///
    /// # Errors
    /// [`Refusal::SessionGone`] when somebody else was faster, [`Refusal::LastAdmin`].
    pub async fn delete_account(&self, owner: &Fresh<Owner>, client: &ClientInfo) -> Result<(), Error> {
        let account = owner.caller().standing().account.id;
        let now = self.now();
        // The one entry that outlives the account says when, and nothing about whom.
        let nobody = ClientInfo { ip: None, user_agent: None, received_at: client.received_at };
        let entry = Activity::new(self.new_entry(now), now, account, Act::AccountDeleted, &nobody);
        match self.ports().accounts.delete(account, entry.into()).await? {
            DeleteAccount::Done => {
                tracing::info!(%account, "account deleted");
                Ok(())
            }
            DeleteAccount::LastAdmin => Err(Refusal::LastAdmin.into()),
            DeleteAccount::Gone => Err(Refusal::SessionGone.into()),
        }
    }
}
