//! The devices that are signed in.

use crate::{
    Caller, Error, Gatewright,
    model::{Rank, Session},
};

impl Gatewright {
    /// The living sessions that the caller may see, newest first: a member its own, an owner the account's.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn list_sessions(&self, caller: &Caller) -> Result<Vec<Session>, Error> {
        let user = &caller.standing().user;
        let now = self.now();
        Ok(match user.rank {
            Rank::Owner => self.ports().sessions.of_account(user.account_id, now).await?,
            Rank::Member => self.ports().sessions.of_user(user.id, now).await?,
        })
    }
}
