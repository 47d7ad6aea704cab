//! Switching to another user of the account: a new session for it, and the old one ends in the same step.

use super::open_session::{Announce, NewSession, NotOpened};
use crate::{
    Caller, ChosenUser, Earned, Error, Fresh, Gatewright, Refusal, SignedIn,
    model::{Act, AuthMethod, ClientInfo, Lock, Pin},
};

impl Gatewright {
    /// Switches. A user with a PIN takes its PIN; one with more rights and no PIN takes a fresh session, so that a child
    /// cannot become its parent by asking (fault X4). The new session inherits when and how the account proved itself, and the
    /// absolute end: switching back and forth prolongs nothing (invariant P10).
    ///
    /// # Errors
    /// [`Refusal::UserNotFound`], [`Refusal::PinRequired`], [`Refusal::PinWrong`], [`Refusal::NotFresh`].
    pub async fn switch(
        &self,
        caller: Caller,
        chosen: &ChosenUser,
        pin: Option<&Pin>,
        client: &ClientInfo,
    ) -> Result<SignedIn, Error> {
        let user = self.chosen_user(&caller.itself()?.standing().account, chosen).await?;
        let rises = user.has_more_rights_than(&caller.standing().user);
        let caller = match user.lock {
            Lock::Open if rises => Fresh::<Caller>::earn(caller, self)?.caller().clone(),
            Lock::Open | Lock::Pin => caller,
        };
        let standing = caller.standing();
        let session = &standing.session;
        let proved = self.prove_pin(&user, pin, client).await?;
        let inherited = session.amr.iter().copied().filter(|method| *method != AuthMethod::Pin);
        let new = NewSession {
            account: &standing.account,
            user: &user,
            transport: session.transport,
            label: session.label.clone(),
            auth_time: session.auth_time,
            amr: inherited.chain(proved).collect(),
            absolute_end: Some(session.absolute_end),
            replaces: Some(session.id),
            spends: None,
            act: Act::Switched,
            announce: Announce::Nothing,
        };
        self.open_session(new, client).await.map_err(overtaken)
    }
}

/// The old session ended, or everything did, while its replacement was being made.
pub(super) fn overtaken(fault: NotOpened) -> Error {
    match fault {
        NotOpened::Failed(error) => error,
        NotOpened::Stale | NotOpened::Spent => Refusal::SessionGone.into(),
    }
}
