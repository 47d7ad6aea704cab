//! The port `Sessions` with the chains in Redis and everything else in SQL. What must stay true: SQL is asked first, in the
//! step itself, so that nothing that starts after an end was committed succeeds (invariant P5) and the roles are those of the
//! step (P14); then one script does the step on the chain. A session that the register does not know was opened before Redis
//! was used, and goes on where it was made.

use std::{net::IpAddr, sync::Arc, time::Duration};

use async_trait::async_trait;
use gatewright_core::{
    model::{AccountId, ClientSource, Device, KeyFate, Postpone, Session, SessionId, Standing, Timestamp, UserId},
    port::{
        ActivityLog, Applied, End, EndAll, Entry, Opened, Opening, Redelivery, RollForward, Rotation, Sessions,
        StoreError,
    },
};

use super::{
    RedisStore,
    row::{self, Row},
    script::{self, Answer, Judged},
    wire::Wire,
};
use crate::postgres::{
    register::{Registered, Registering},
    space::Space,
};

/// How often a step is begun anew because Redis turned out to have lost something.
const ROUNDS: usize = 4;
/// How many chains are read at once.
const MANY: usize = 128;
/// So much longer than its session lives, a chain is kept: clocks may differ, and an expired session is not a missing one.
const AFTERLIFE: Duration = Duration::from_secs(60 * 60);

#[async_trait]
impl Sessions for RedisStore {
    async fn open(&self, opening: Opening, entry: Entry) -> Result<Opened, StoreError> {
        let session = &opening.session;
        let faded = self.faded(&opening).await?;
        for _ in 0..ROUNDS {
            let wire = self.wire().await?;
            let space = self.space().await?;
            let lifetime = session.absolute_end.since(self.now()) + AFTERLIFE;
            let millis = u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX >> 12);
            // First: nobody has its token yet, and without its row in the register it is not there.
            let keep = script::keep(&space, session.id, millis, Row::of(session).fields());
            if !self.beat(&wire, &space).await? || !matches!(self.run(&wire, &keep).await?, Answer::Done(_)) {
                self.settle(&wire).await?;
                continue;
            }
            match self.0.register.open(&opening, space.number, &faded, &entry).await? {
                Registering::Done(registered) => {
                    return Ok(Opened::Done(Row::of(session).standing(*registered)));
                }
                Registering::Stale => {
                    self.forget(&wire, &space, session.id).await;
                    return Ok(Opened::Stale);
                }
                Registering::Spent => {
                    self.forget(&wire, &space, session.id).await;
                    return Ok(Opened::Spent);
                }
                Registering::Void => {}
            }
        }
        Err(unsettled())
    }

    async fn standing(&self, id: SessionId) -> Result<Option<Standing>, StoreError> {
        for _ in 0..ROUNDS {
            let Some(registered) = self.0.register.look(id).await? else { return self.0.sql.standing(id).await };
            if let Some(rows) = self.rows(&registered.space, &[id]).await? {
                return Ok(rows.into_iter().next().flatten().map(|row| row.standing(*registered)));
            }
        }
        Err(unsettled())
    }

    async fn rotate(&self, step: Rotation) -> Result<Applied, StoreError> {
        let Some(registered) = self.due(step.session, step.not_after).await? else {
            return self.0.sql.rotate(step).await;
        };
        let judged = Guard {
            at: step.next.rotated_at,
            generation: step.seen_generation,
            hash: ("current", step.seen_current),
            not_after: step.not_after,
        };
        let mut fields = row::chain_fields(&step.next);
        fields.push(("idle_end", row::moment(step.idle_end)));
        fields.extend(row::client_fields(step.ip, step.user_agent.as_ref()));
        let seen = Some(row::optional_moment(step.seen_redelivered_at));
        self.apply(*registered, judged, |space, judged| script::r#move(space, judged, seen, fields)).await
    }

    async fn redeliver(&self, step: Redelivery) -> Result<Applied, StoreError> {
        let Some(registered) = self.due(step.session, step.not_after).await? else {
            return self.0.sql.redeliver(step).await;
        };
        let judged = Guard {
            at: step.at,
            generation: step.seen_generation,
            hash: ("current", step.seen_current),
            not_after: step.not_after,
        };
        let postpone = match step.postpone {
            Postpone::Free => "free",
            Postpone::Counted => "counted",
            Postpone::No => "no",
        };
        let retry_key = match step.retry_key {
            KeyFate::Keep => "keep",
            KeyFate::Forget => "forget",
        };
        let seen = row::optional_moment(step.seen_redelivered_at);
        self.apply(*registered, judged, |space, judged| script::redeliver(space, judged, postpone, seen, retry_key))
            .await
    }

    /// The entry is written when it was done: if the process dies in between, it is missing.
    async fn roll_forward(&self, step: RollForward, entry: Entry) -> Result<Applied, StoreError> {
        let Some(registered) = self.due(step.session, step.not_after).await? else {
            return self.0.sql.roll_forward(step, entry).await;
        };
        let judged = Guard {
            at: step.next.rotated_at,
            generation: step.seen_generation,
            hash: ("next", step.seen_next),
            not_after: step.not_after,
        };
        let fields = row::chain_fields(&step.next);
        let applied =
            self.apply(*registered, judged, |space, judged| script::r#move(space, judged, None, fields)).await?;
        if applied != Applied::Stale {
            self.0.sql.append(entry).await?;
        }
        Ok(applied)
    }

    /// Needs no Redis: who logs out while it is away, is logged out.
    async fn end(&self, end: End, entry: Entry) -> Result<bool, StoreError> {
        match self.0.register.end(&end, &entry).await? {
            Some(ended) => Ok(ended),
            None => self.0.sql.end(end, entry).await,
        }
    }

    async fn end_all(&self, end: EndAll, entry: Entry) -> Result<bool, StoreError> {
        if let EndAll::OfUser { user, keep: Some(keep) } = end
            && let Some(registered) = self.0.register.look(keep).await?
        {
            let end = EndAll::OfUser { user, keep: None };
            return if self.lives(*registered, entry.activity.at).await? {
                self.0.register.end_all_but(user, keep, &entry).await
            } else {
                self.0.sql.end_all(end, entry).await
            };
        }
        self.0.sql.end_all(end, entry).await
    }

    async fn of_user(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let before = self.0.sql.of_user(user, now).await?;
        for _ in 0..ROUNDS {
            let registered = self.0.register.of_user(user, now).await?;
            if let Some(living) = self.living(registered, now).await? {
                return Ok(newest_first(living, before));
            }
        }
        Err(unsettled())
    }

    async fn of_account(&self, account: AccountId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let before = self.0.sql.of_account(account, now).await?;
        for _ in 0..ROUNDS {
            let registered = self.0.register.of_account(account, now).await?;
            if let Some(living) = self.living(registered, now).await? {
                return Ok(newest_first(living, before));
            }
        }
        Err(unsettled())
    }

    /// While Redis is away no source is known: wrong passwords are counted together then, on each node, and nobody can sign in
    /// anyway.
    async fn knows_source(&self, account: AccountId, ip: IpAddr) -> Result<bool, StoreError> {
        if self.0.sql.knows_source(account, ip).await? {
            return Ok(true);
        }
        let ids = self.0.register.ids_of_account(account).await?;
        let source = ClientSource::of(Some(ip));
        match self.was_used(&ids, |device| device.source == source).await {
            Err(StoreError::Unavailable { .. }) => Ok(false),
            answer => answer,
        }
    }

    async fn knows_device(&self, account: AccountId, device: &Device) -> Result<bool, StoreError> {
        if self.0.sql.knows_device(account, device).await? {
            return Ok(true);
        }
        let ids = self.0.register.ids_of_account(account).await?;
        match self.was_used(&ids, |used| used == device).await {
            Err(StoreError::Unavailable { .. }) => Ok(false),
            answer => answer,
        }
    }
}

/// What a step on a chain was judged by.
struct Guard {
    at: Timestamp,
    generation: u64,
    hash: (&'static str, gatewright_core::model::SecretHash),
    not_after: Timestamp,
}

impl RedisStore {
    /// What the register says of the session, unless the step's time is up.
    async fn due(&self, id: SessionId, not_after: Timestamp) -> Result<Option<Box<Registered>>, StoreError> {
        if self.now() > not_after {
            return Err(StoreError::TooLate);
        }
        self.0.register.look(id).await
    }

    /// Does a step on a chain. If Redis has lost something, it is to be judged again, by what is known then.
    async fn apply(
        &self,
        registered: Registered,
        guard: Guard,
        script: impl FnOnce(&Space, &Judged) -> ::redis::ScriptInvocation<'static>,
    ) -> Result<Applied, StoreError> {
        if may_live(&registered, guard.at).is_none() {
            return Ok(Applied::Stale);
        }
        let wire = self.wire().await?;
        if !self.beat(&wire, &registered.space).await? {
            self.settle(&wire).await?;
            return Ok(Applied::Stale);
        }
        let now = self.now();
        if now > guard.not_after {
            return Err(StoreError::TooLate);
        }
        let deadline = wire.time_after(guard.not_after.since(now)).await?;
        let judged =
            Judged { id: registered.id, deadline, at: guard.at, generation: guard.generation, hash: guard.hash };
        match self.run(&wire, &script(&registered.space, &judged)).await? {
            Answer::Done(found) => {
                let fields = found.into_iter().next().unwrap_or_default();
                Ok(Applied::Done(Row::read(registered.id, fields)?.standing(registered)))
            }
            Answer::Stale => Ok(Applied::Stale),
            Answer::Late => {
                // If it came in time by our clock, the server's was set.
                wire.distrust_clock();
                Err(StoreError::TooLate)
            }
            Answer::Lost => {
                self.settle(&wire).await?;
                Ok(Applied::Stale)
            }
        }
    }

    /// The chains of these sessions. `None` if Redis had lost something: then SQL is to be asked again.
    async fn rows(&self, space: &Space, ids: &[SessionId]) -> Result<Option<Vec<Option<Row>>>, StoreError> {
        let wire = self.wire().await?;
        let mut rows = Vec::with_capacity(ids.len());
        for ids in ids.chunks(MANY) {
            let answer: Answer = self.run(&wire, &script::read(space, ids)).await?;
            let Some(found) = answer.rows(ids)? else {
                self.settle(&wire).await?;
                return Ok(None);
            };
            rows.extend(found);
        }
        Ok(Some(rows))
    }

    /// Whether a session lives: SQL and Redis both say so.
    pub(super) async fn lives(&self, registered: Registered, now: Timestamp) -> Result<bool, StoreError> {
        let Some(registered) = may_live(&registered, now).map(|()| registered) else { return Ok(false) };
        Ok(self.living(vec![registered], now).await?.ok_or_else(unsettled)?.len() == 1)
    }

    /// Whether one of these sessions was last used on such a device.
    async fn was_used(&self, ids: &[SessionId], such: impl Fn(&Device) -> bool) -> Result<bool, StoreError> {
        'rounds: for _ in 0..ROUNDS {
            let space = self.space().await?;
            let wire = self.wire().await?;
            for ids in ids.chunks(MANY) {
                let Answer::Done(found) = self.run(&wire, &script::devices(&space, ids)).await? else {
                    self.settle(&wire).await?;
                    continue 'rounds;
                };
                if found.iter().filter_map(Row::device).any(|device| such(&device)) {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        Err(unsettled())
    }

    /// Those of the sessions that live. `None` if Redis had lost something.
    async fn living(&self, registered: Vec<Registered>, now: Timestamp) -> Result<Option<Vec<Session>>, StoreError> {
        let Some(first) = registered.first() else { return Ok(Some(Vec::new())) };
        let ids: Vec<SessionId> = registered.iter().map(|registered| registered.id).collect();
        let Some(rows) = self.rows(&first.space.clone(), &ids).await? else { return Ok(None) };
        let standings =
            registered.into_iter().zip(rows).filter_map(|(registered, row)| Some(row?.standing(registered)));
        let living = standings.filter(|standing| standing.dead(now).is_none());
        Ok(Some(living.map(|standing| standing.session).collect()))
    }

    /// Sessions that matter for this opening and do not live, although the register does not know: their chain is gone, or
    /// their idle end has come. They take nobody's place, and nobody takes theirs.
    async fn faded(&self, opening: &Opening) -> Result<Vec<SessionId>, StoreError> {
        let (user, now) = (opening.session.user_id, opening.session.created_at);
        let mut faded = Vec::new();
        if let Some(replaced) = opening.replaces
            && let Some(registered) = self.0.register.look(replaced).await?
            && !self.lives(*registered, now).await?
        {
            faded.push(replaced);
        }
        for _ in 0..ROUNDS {
            let registered = self.0.register.of_user(user, now).await?;
            if registered.len() < opening.max_sessions {
                return Ok(faded);
            }
            let ids: Vec<SessionId> = registered.iter().map(|registered| registered.id).collect();
            if let Some(living) = self.living(registered, now).await? {
                faded.extend(ids.into_iter().filter(|id| living.iter().all(|session| session.id != *id)));
                return Ok(faded);
            }
        }
        Err(unsettled())
    }

    /// Removes the chain of a session that was not opened. If that fails, it goes when its time has come.
    async fn forget(&self, wire: &Arc<Wire>, space: &Space, id: SessionId) {
        let mut removing = ::redis::cmd("UNLINK");
        removing.arg(script::row_key(space, id));
        if let Err(failure) = wire.ask::<i64>(&removing).await {
            tracing::debug!(%failure, "the chain of a session that was not opened stays until its end");
        }
    }
}

/// Whether the session lives, as far as SQL knows.
fn may_live(registered: &Registered, now: Timestamp) -> Option<()> {
    let is_dead = matches!(registered.state, gatewright_core::model::SessionState::Ended { .. })
        || now >= registered.absolute_end
        || registered.account_epoch != registered.account.epoch
        || registered.user_epoch != registered.user.epoch
        || registered.account.disabled_at.is_some()
        || registered.user.disabled_at.is_some();
    (!is_dead).then_some(())
}

fn newest_first(mut sessions: Vec<Session>, more: Vec<Session>) -> Vec<Session> {
    sessions.extend(more);
    sessions.sort_by_key(|session| std::cmp::Reverse((session.created_at, *session.id.as_bytes())));
    sessions
}

fn unsettled() -> StoreError {
    StoreError::unavailable("Redis is losing what it was told")
}
