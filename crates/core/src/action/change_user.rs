//! Changing a user's name or profile.

use crate::{
    Caller, Error, Gatewright, Refusal,
    model::{Act, Activity, ClientInfo, ProfilePatch, Rank, User, UserId, Username},
    port::{ChangeUser, UserChange},
};

/// How often a change may lose the race for the profile before it is told to come back.
const MAX_RACES: usize = 16;

impl Gatewright {
    /// Changes a user of the caller's account: an owner changes anybody, everybody its own profile.
    ///
    /// # Errors
    /// [`Refusal::UserNotFound`] for a user of another account, [`Refusal::PermissionDenied`], [`Refusal::UsernameTaken`].
    pub async fn change_user(
        &self,
        caller: &Caller,
        id: UserId,
        username: Option<Username>,
        profile: &ProfilePatch,
        client: &ClientInfo,
    ) -> Result<User, Error> {
        let actor = &caller.itself()?.standing().user;
        for _ in 0..MAX_RACES {
            let user = self.user_of(caller, id).await?;
            let may = match actor.rank {
                Rank::Owner => true,
                Rank::Member => actor.id == id && username.is_none(),
            };
            if !may {
                return Err(Refusal::PermissionDenied.into());
            }
            let patched = user.profile.patched(profile.clone())?;
            let change = UserChange { username: username.clone(), profile: Some((patched, user.profile)) };
            let now = self.now();
            let entry = Activity::new(self.new_entry(now), now, user.account_id, Act::UserChanged, client);
            match self.ports().users.change(id, change, entry.of_user(id).into()).await? {
                ChangeUser::Done(user) => return Ok(user),
                ChangeUser::UsernameTaken => return Err(Refusal::UsernameTaken.into()),
                ChangeUser::Gone => return Err(Refusal::UserNotFound.into()),
                ChangeUser::Stale => {}
            }
        }
        Err(Error::Unavailable(crate::port::StoreError::unavailable("the user's row is changing too fast")))
    }

    /// A user of the caller's account; of others nothing is told (SECURITY AZ1).
    pub(super) async fn user_of(&self, caller: &Caller, id: UserId) -> Result<User, Error> {
        let found = self.ports().users.user(id).await?;
        let account = caller.standing().account.id;
        found.filter(|user| user.account_id == account).ok_or_else(|| Refusal::UserNotFound.into())
    }
}
