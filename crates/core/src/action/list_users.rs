//! Who is on the account.

use crate::{
    Caller, Error, Gatewright,
    model::{Metadata, Rank, User},
};

impl Gatewright {
    /// The users of the caller's account, oldest first. A member sees of the others what a picker shows, not what the app
    /// keeps about them.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn list_users(&self, caller: &Caller) -> Result<Vec<User>, Error> {
        let viewer = &caller.standing().user;
        let mut users = self.ports().users.users(viewer.account_id).await?;
        for user in users.iter_mut().filter(|user| viewer.rank == Rank::Member && user.id != viewer.id) {
            user.app_metadata = Metadata::new();
            user.profile.metadata = Metadata::new();
        }
        Ok(users)
    }
}
