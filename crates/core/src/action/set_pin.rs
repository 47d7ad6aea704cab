//! Setting and removing a user's PIN.

use crate::{
    Caller, Earned, Error, Fresh, Gatewright, Refusal,
    model::{Act, Activity, ClientInfo, Pin, Rank, UserId},
};

impl Gatewright {
    /// Sets (`Some`) or removes (`None`) a PIN: an owner anybody's, a member its own. Needs a fresh session, because a PIN is
    /// a credential (SECURITY AU8); who may not do it at all is not asked for a password. Removing what is not there is no
    /// error.
    ///
    /// # Errors
    /// [`Refusal::UserNotFound`], [`Refusal::PermissionDenied`], [`Refusal::NotFresh`].
    pub async fn set_pin(
        &self,
        caller: Caller,
        id: UserId,
        pin: Option<&Pin>,
        client: &ClientInfo,
    ) -> Result<(), Error> {
        let user = self.user_of(caller.itself()?, id).await?;
        let actor = &caller.standing().user;
        if actor.rank == Rank::Member && actor.id != id {
            return Err(Refusal::PermissionDenied.into());
        }
        Fresh::<Caller>::earn(caller, self)?;
        let hash = match pin {
            Some(pin) => Some(self.ports().hasher.hash(pin.plaintext(), client.source()).await?),
            None => None,
        };
        let now = self.now();
        let act = if hash.is_some() { Act::PinSet } else { Act::PinRemoved };
        let entry = Activity::new(self.new_entry(now), now, user.account_id, act, client).of_user(id);
        let setting = hash.is_some();
        let done = self.ports().users.set_pin(id, hash, entry.into()).await?;
        if done || !setting { Ok(()) } else { Err(Refusal::UserNotFound.into()) }
    }
}
