//! Ending a session from the list of devices.

use crate::{
    Caller, Error, Gatewright, Refusal,
    model::{Act, Activity, ClientInfo, EndReason, Rank, SessionId},
    port::End,
};

impl Gatewright {
    /// Ends a session that the caller may see. Idempotent as long as the session is remembered.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is none, or it is somebody else's.
    pub async fn end_session(&self, caller: &Caller, id: SessionId, client: &ClientInfo) -> Result<(), Error> {
        let actor = &caller.itself()?.standing().user;
        let standing = self.ports().sessions.standing(id).await?.ok_or(Refusal::NotFound)?;
        let may = match actor.rank {
            Rank::Owner => standing.session.account_id == actor.account_id,
            Rank::Member => standing.session.user_id == actor.id,
        };
        if !may {
            return Err(Refusal::NotFound.into());
        }
        let now = self.now();
        let entry = Activity::new(self.new_entry(now), now, actor.account_id, Act::SessionEnded, client);
        let entry = entry.of_user(standing.session.user_id).in_session(id).because(EndReason::Revoked);
        self.ports().sessions.end(End { session: id, reason: EndReason::Revoked, at: now }, entry.into()).await?;
        Ok(())
    }
}
