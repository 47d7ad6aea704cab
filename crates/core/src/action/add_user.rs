//! Adding a user to the account.

use crate::{
    Earned, Error, Gatewright, Owner, Refusal,
    model::{
        AccountId, Act, Activity, ClientInfo, Epoch, Invalid, InvalidReason, Lock, Metadata, Pin, Profile,
        ProfilePatch, Rank, Roles, User, Username,
    },
    port::AddUser,
};

/// A user that is to be.
#[derive(Debug)]
pub struct NewUser {
    /// Its name.
    pub username: Username,
    /// What it shows.
    pub profile: ProfilePatch,
    /// Its PIN, if choosing it is to take one.
    pub pin: Option<Pin>,
}

impl Gatewright {
    /// Adds a user without owner's rights and without roles.
    ///
    /// # Errors
    /// [`Refusal::UsernameTaken`]; [`Error::Invalid`] for the profile, and when the account is full.
    pub async fn add_user(&self, owner: &Owner, new: NewUser, client: &ClientInfo) -> Result<User, Error> {
        let standing = owner.caller().standing();
        self.add_user_to(standing.account.id, new, client).await
    }

    pub(super) async fn add_user_to(
        &self,
        account: AccountId,
        new: NewUser,
        client: &ClientInfo,
    ) -> Result<User, Error> {
        let profile = Profile::default().patched(new.profile)?;
        let pin = match &new.pin {
            Some(pin) => Some(self.ports().hasher.hash(pin.plaintext(), client.source()).await?),
            None => None,
        };
        let now = self.now();
        let user = User {
            id: self.new_user_id(now),
            account_id: account,
            username: new.username,
            rank: Rank::Member,
            roles: Roles::default(),
            profile,
            app_metadata: Metadata::new(),
            epoch: Epoch::default(),
            disabled_at: None,
            lock: if pin.is_some() { Lock::Pin } else { Lock::Open },
            created_at: now,
        };
        let entry = Activity::new(self.new_entry(now), now, account, Act::UserAdded, client).of_user(user.id);
        let max = self.policy().max_users;
        match self.ports().users.add(user.clone(), pin, max, entry.into()).await? {
            AddUser::Done => Ok(user),
            AddUser::UsernameTaken => Err(Refusal::UsernameTaken.into()),
            AddUser::TooMany => Err(Invalid::new("username", InvalidReason::TooMany { max }).into()),
            AddUser::NoAccount => Err(Refusal::SessionGone.into()),
        }
    }
}
