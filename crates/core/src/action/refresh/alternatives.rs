//! Carrying out what another rotation policy makes of a spent token; see [`Alternative`].

use super::{KEY_GONE, Request};
use crate::{
    Error, Gatewright, RefreshDelivery, Refusal, SignedIn,
    model::{Act, Activity, Alternative, KeyFate, Postpone, RefreshToken, Session, Spent, Standing, Verdict},
    port::{Opened, Opening},
};

impl Gatewright {
    /// From now on spent tokens mean what this policy says. Goes together with [`Windows::STRICT`](crate::model::Windows::STRICT).
    ///
    /// # Panics
    /// When it was called before.
    pub fn judge_spent_tokens_as(&self, alternative: Alternative) {
        self.0.alternative.set(alternative).expect("a policy is chosen once, where the instance is made");
    }

    /// What the policy makes of the verdict; `None` if nothing.
    pub(super) fn otherwise(&self, verdict: Verdict, request: &Request<'_>, standing: &Standing) -> Option<Spent> {
        let alternative = self.0.alternative.get()?;
        let behind = standing.session.chain.generation.checked_sub(request.token.generation())?;
        let spent = (verdict == Verdict::Reuse).then(|| alternative.judge_spent(standing, behind, request.now))?;
        (spent != Spent::Reuse).then_some(spent)
    }

    /// `None` if another request was faster.
    pub(super) async fn carry_out(
        &self,
        spent: Spent,
        request: &Request<'_>,
        standing: &Standing,
    ) -> Result<Option<SignedIn>, Error> {
        match spent {
            Spent::Reuse => Err(Refusal::RefreshReused.into()),
            Spent::Redeliver => self.redeliver(request, standing, KeyFate::Keep, Postpone::No).await,
            Spent::RotateAgain => {
                let token = self.current_token(request.token, standing)?;
                self.rotate(&Request { token: &token, added: request.added.clone(), ..*request }, standing, None).await
            }
            Spent::Branch => self.branch(request, standing).await,
        }
    }

    /// The current token, derived from an earlier one of the same chain.
    fn current_token(&self, earlier: &RefreshToken, standing: &Standing) -> Result<RefreshToken, Error> {
        let chain = &standing.session.chain;
        let mut token = self.successor(earlier, chain.current_key, &chain.salt)?;
        while token.generation() < chain.generation {
            token = self.successor(&token, chain.current_key, &chain.salt)?;
        }
        if token.hash() == chain.current { Ok(token) } else { Err(Error::Bug("the chain does not lead to its token")) }
    }

    async fn branch(&self, request: &Request<'_>, standing: &Standing) -> Result<Option<SignedIn>, Error> {
        let now = request.now;
        let id = self.new_session_id(now, None);
        let (first, chain) = self.first_chain(id, now)?;
        let session = Session { id, created_at: now, chain, ..standing.session.clone() };
        let entry = Activity::new(self.new_entry(now), now, session.account_id, Act::LoggedIn, request.client);
        let entry = entry.of_user(session.user_id).in_session(id);
        let max_sessions = self.policy().max_sessions;
        let opening = Opening { session, replaces: None, spends: None, max_sessions };
        match self.ports().sessions.open(opening, entry.into()).await? {
            Opened::Stale | Opened::Spent => Ok(None),
            Opened::Done(standing) => {
                let text = first.encode(self.master()).ok_or(KEY_GONE)?;
                self.signed_in(standing, RefreshDelivery::Set(text), request.added.clone(), now).await.map(Some)
            }
        }
    }
}
