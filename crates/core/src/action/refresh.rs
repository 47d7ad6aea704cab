//! Trading a refresh token for a fresh access token, and when it is time for its successor.
//!
//! The action reads, [`judge`] decides, the store applies the verdict guarded by what was judged. If another request was
//! faster, it reads and judges again. The answer leaves only after the commit.

#[cfg(feature = "alternatives")]
mod alternatives;

use super::{mailing::Reader, rules::TokenQuestion};
use crate::{
    Error, Gatewright, RefreshDelivery, RefreshFault, Refusal, SignedIn,
    model::{
        Act, Activity, AddedClaims, Chain, ClientInfo, EndReason, KeyFate, Occasion, Postpone, RefreshToken, RetryKey,
        ReuseEnds, Says, SessionId, Standing, Timestamp, Verdict, forward_auth_may, judge,
    },
    port::{Applied, End, EndAll, Redelivery, RollForward, Rotation, StoreError},
};

/// A request that has not been done when it is this old is not done at all (DESIGN 4.3): by then its client has given up.
const MAX_WAIT: std::time::Duration = std::time::Duration::from_secs(10);
/// How often a request may lose the race for the row before it is told to come back. Each loss means that another request of
/// the same session was served, so an honest client never gets here.
const MAX_RACES: usize = 32;

impl Gatewright {
    /// Judges the presented refresh token and answers with a fresh access token, perhaps with the next refresh token.
    ///
    /// # Errors
    /// [`Refusal::RefreshToken`] when it is not accepted, [`Refusal::RefreshReused`] after the session was ended because the
    /// token was spent, [`Error::Unavailable`] when nothing could be judged.
    pub async fn refresh(
        &self,
        presented: &str,
        retry_key: Option<&RetryKey>,
        client: &ClientInfo,
    ) -> Result<SignedIn, Error> {
        let done = self.counted(self.judged(presented, retry_key, client, Asker::Client).await)?;
        done.ok_or(Error::Bug("a client's refresh is left to nobody"))
    }

    /// The same on behalf of a proxy, which has no key and is not alone where a script refreshes: `None`, and nothing was done, where
    /// [`forward_auth_may`] leaves the session to its client.
    ///
    /// # Errors
    /// As [`Gatewright::refresh`].
    pub(super) async fn refresh_for_proxy(
        &self,
        presented: &str,
        client: &ClientInfo,
    ) -> Result<Option<SignedIn>, Error> {
        self.counted(self.judged(presented, None, client, Asker::Proxy).await)
    }

    async fn judged(
        &self,
        presented: &str,
        retry_key: Option<&RetryKey>,
        client: &ClientInfo,
        asker: Asker,
    ) -> Result<Option<SignedIn>, Error> {
        let token =
            RefreshToken::parse(presented, self.master()).map_err(|fault| refuse(RefreshFault::Forged(fault)))?;
        let presentation = token.presentation(retry_key.map(|key| key.hash(token.session())));
        let not_after = client.received_at.plus(MAX_WAIT);
        let mut added = None;
        for _ in 0..MAX_RACES {
            let standing = self.ports().sessions.standing(token.session()).await?;
            let standing = standing.ok_or_else(|| refuse(RefreshFault::NoSession))?;
            let now = self.now();
            if now > not_after {
                return Err(StoreError::TooLate.into());
            }
            let windows = self.policy().windows.for_transport(standing.session.transport);
            let verdict = judge(&standing, &presentation, now, &windows);
            // On the reading that was judged, so that nothing can come between.
            if asker == Asker::Proxy && !forward_auth_may(&standing, verdict) {
                return Ok(None);
            }
            // Before anything is changed: a refusal or an outage leaves the client's token as it was. What was judged stays judged
            // meanwhile, since its step is guarded by what was seen.
            if added.is_none() && grants(verdict) {
                added = Some(self.ask_before_token(question(&standing, client)).await?);
                if self.now() > not_after {
                    return Err(StoreError::TooLate.into());
                }
            }
            let added = added.clone().unwrap_or_default();
            let request = Request { token: &token, client, now, not_after, added };
            #[cfg(feature = "alternatives")]
            if let Some(spent) = self.otherwise(verdict, &request, &standing) {
                match self.carry_out(spent, &request, &standing).await? {
                    Some(answer) => return Ok(Some(answer)),
                    None => continue,
                }
            }
            let applied = match verdict {
                Verdict::Refuse(dead) => return Err(refuse(RefreshFault::Dead(dead))),
                Verdict::Unknown => {
                    tracing::error!(session = %token.session(), generation = token.generation(),
                        "an authentic refresh token of an unknown history: was an old backup restored?");
                    return Err(refuse(RefreshFault::UnknownHistory));
                }
                Verdict::Young => {
                    return self.signed_in(standing, RefreshDelivery::Keep, request.added, now).await.map(Some);
                }
                Verdict::Rotate => self.rotate(&request, &standing, presentation.retry_key).await?,
                Verdict::Redeliver { retry_key, postpone } => {
                    self.redeliver(&request, &standing, retry_key, postpone).await?
                }
                Verdict::RollForward => self.roll_forward(&request, &standing).await?,
                Verdict::Reuse => return self.end_reused(&request, &standing).await.map(Some),
            };
            if applied.is_some() {
                return Ok(applied);
            }
        }
        Err(Error::Unavailable(StoreError::unavailable("the session's row is changing too fast")))
    }

    /// The session that an authentic refresh token continues, dead or alive. For an edge that has to choose between the
    /// tokens of several sessions; it proves nothing that may be acted on.
    #[must_use]
    pub fn session_of_refresh_token(&self, text: &str) -> Option<SessionId> {
        RefreshToken::parse(text, self.master()).ok().map(|token| token.session())
    }

    async fn rotate(
        &self,
        request: &Request<'_>,
        standing: &Standing,
        retry_key: Option<crate::model::RetryKeyHash>,
    ) -> Result<Option<SignedIn>, Error> {
        let chain = &standing.session.chain;
        let successor = self.successor(request.token, chain.next_key, &chain.salt)?;
        if successor.hash() != chain.next {
            return Err(Error::Bug("the successor is not the one that the row foretold"));
        }
        let step = Rotation {
            session: standing.session.id,
            seen_generation: chain.generation,
            seen_current: chain.current,
            seen_redelivered_at: chain.redelivered_at,
            next: Chain { retry_key, ..self.chain_after(standing, &successor, request.now)? },
            idle_end: request.now.plus(self.policy().session_idle),
            ip: request.client.ip,
            user_agent: request.client.user_agent.clone(),
            not_after: request.not_after,
        };
        let applied = self.ports().sessions.rotate(step).await?;
        self.delivered(applied, &successor, request).await
    }

    async fn redeliver(
        &self,
        request: &Request<'_>,
        standing: &Standing,
        retry_key: KeyFate,
        postpone: Postpone,
    ) -> Result<Option<SignedIn>, Error> {
        let chain = &standing.session.chain;
        let current = self.successor(request.token, chain.current_key, &chain.salt)?;
        if current.hash() != chain.current {
            return Err(Error::Bug("the successor is not the row's current token"));
        }
        let step = Redelivery {
            session: standing.session.id,
            seen_generation: chain.generation,
            seen_current: chain.current,
            seen_redelivered_at: chain.redelivered_at,
            retry_key,
            postpone,
            at: request.now,
            not_after: request.not_after,
        };
        let applied = self.ports().sessions.redeliver(step).await?;
        self.delivered(applied, &current, request).await
    }

    async fn roll_forward(&self, request: &Request<'_>, standing: &Standing) -> Result<Option<SignedIn>, Error> {
        let session = &standing.session;
        let step = RollForward {
            session: session.id,
            seen_generation: session.chain.generation,
            seen_next: session.chain.next,
            next: self.chain_after(standing, request.token, request.now)?,
            not_after: request.not_after,
        };
        let applied =
            self.ports().sessions.roll_forward(step, self.entry(request, standing, Act::StoreRollback).into()).await?;
        let Applied::Done(standing) = applied else { return Ok(None) };
        tracing::error!(session = %request.token.session(), "the store had lost its last write of a session");
        self.signed_in(standing, RefreshDelivery::Keep, request.added.clone(), request.now).await.map(Some)
    }

    /// Ends what the policy says, durably, before anybody is answered (invariant P4).
    async fn end_reused(&self, request: &Request<'_>, standing: &Standing) -> Result<SignedIn, Error> {
        let session = &standing.session;
        match self.policy().reuse_ends {
            ReuseEnds::Session => {}
            // First, so that a crash between the two leaves more dead, not less.
            ReuseEnds::User => {
                let entry = self.entry(request, standing, Act::OtherSessionsEnded).because(EndReason::Reused);
                let end = EndAll::OfUser { user: session.user_id, keep: None };
                self.ports().sessions.end_all(end, entry.into()).await?;
            }
        }
        let says = Says::SessionTheft(self.circumstances(request.client, request.now, Some(&standing.user)));
        let reader = Reader::user(&standing.account.email, &standing.user);
        let entry = self.entry(request, standing, Act::RefreshReuse).because(EndReason::Reused);
        let entry = self.told(entry, &standing.account, reader, says).await;
        let end = End { session: session.id, reason: EndReason::Reused, at: request.now };
        self.ports().sessions.end(end, entry).await?;
        tracing::warn!(session = %session.id, user = %session.user_id, "a spent refresh token came back: session ended");
        Err(Refusal::RefreshReused.into())
    }

    async fn delivered(
        &self,
        applied: Applied,
        token: &RefreshToken,
        request: &Request<'_>,
    ) -> Result<Option<SignedIn>, Error> {
        let Applied::Done(standing) = applied else { return Ok(None) };
        let text = token.encode(self.master()).ok_or(KEY_GONE)?;
        self.signed_in(standing, RefreshDelivery::Set(text), request.added.clone(), request.now).await.map(Some)
    }

    fn successor(
        &self,
        token: &RefreshToken,
        key: crate::model::KeyNumber,
        salt: &[u8; 16],
    ) -> Result<RefreshToken, Error> {
        token.successor(key, salt, self.master()).ok_or(KEY_GONE)
    }

    /// The chain once `current` is the current token, minted now. The one after it will be made with today's master key.
    fn chain_after(&self, standing: &Standing, current: &RefreshToken, now: Timestamp) -> Result<Chain, Error> {
        let chain = &standing.session.chain;
        let next_key = self.master().active();
        Ok(Chain {
            salt: chain.salt,
            generation: current.generation(),
            current: current.hash(),
            previous: Some(chain.current),
            next: self.successor(current, next_key, &chain.salt)?.hash(),
            current_key: chain.next_key,
            next_key,
            rotated_at: now.max(chain.rotated_at),
            redelivered_at: None,
            redeliveries: 0,
            retry_key: None,
        })
    }

    fn entry(&self, request: &Request<'_>, standing: &Standing, act: Act) -> Activity {
        let session = &standing.session;
        let id = self.new_entry(request.now);
        let entry = Activity::new(id, request.now, session.account_id, act, request.client);
        entry.of_user(session.user_id).in_session(session.id)
    }
}

/// On whose behalf a token is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asker {
    /// The client that holds it.
    Client,
    /// A proxy that has met it in a request to somebody else.
    Proxy,
}

/// One round of judging.
struct Request<'a> {
    token: &'a RefreshToken,
    client: &'a ClientInfo,
    now: Timestamp,
    not_after: Timestamp,
    /// What rules add to the access token.
    added: AddedClaims,
}

/// Whether it leads to an access token.
const fn grants(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Young | Verdict::Rotate | Verdict::Redeliver { .. } | Verdict::RollForward => true,
        Verdict::Refuse(_) | Verdict::Unknown | Verdict::Reuse => false,
    }
}

fn question<'a>(standing: &'a Standing, client: &'a ClientInfo) -> TokenQuestion<'a> {
    let session = &standing.session;
    TokenQuestion {
        occasion: Occasion::Refresh,
        account: &standing.account,
        user: &standing.user,
        session_id: session.id,
        transport: session.transport,
        amr: &session.amr,
        auth_time: session.auth_time,
        client,
    }
}

const KEY_GONE: Error = Error::Bug("a master key is gone that sessions still need; put it back behind the active one");

fn refuse(fault: RefreshFault) -> Error {
    Refusal::RefreshToken(fault).into()
}
