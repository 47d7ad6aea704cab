//! Removing and erasing what has grown old, as far as the last checkpoint has announced it and no further.

use crate::{
    Error, Gatewright,
    model::{Act, Activity, Actor, Checkpoint, ClientInfo},
};

/// How many entries one step removes or erases, so that no request waits long behind it.
const STEP: usize = 200;
/// How many such steps are done in one turn of twenty seconds: 4,000,000 entries a day.
const STEPS: usize = 5;
/// Of so many checkpoints the first one of a day is found: more than a day has, but for an instance where very much happens.
const CHECKPOINTS_OF_A_DAY: usize = 1000;

impl Gatewright {
    pub(super) async fn retain_activity(&self, announced: &Checkpoint) -> Result<(), Error> {
        let (log, policy) = (&*self.ports().activity, self.policy().activity);
        let state = log.chain_state().await?;
        if let Some(keep) = policy.keep {
            let before = self.now().minus(keep);
            let mut left = usize::try_from(announced.begin.seq.saturating_sub(state.begin.seq)).unwrap_or(usize::MAX);
            for _ in 0..STEPS {
                let step = left.min(STEP);
                let removed = if step == 0 { 0 } else { log.prune(before, step).await? };
                left -= removed.min(left);
                if removed < STEP {
                    break;
                }
            }
        }
        if state.personal_since < announced.personal_since {
            for _ in 0..STEPS {
                if log.erase_personal(announced.personal_since, STEP).await? < STEP {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Writes an entry that says what grows too old, once a day: with the first checkpoint of a day that gives something up.
    pub(super) async fn note_retention(&self, next: &Checkpoint, last: Option<&Checkpoint>) -> Result<(), Error> {
        let Some(last) = last.filter(|last| last.at.date() != next.at.date()) else { return Ok(()) };
        let log = &*self.ports().activity;
        let day = last.at.date();
        let checkpoints = log.checkpoints(CHECKPOINTS_OF_A_DAY).await?;
        let of_that_day = checkpoints.iter().map(|it| &it.checkpoint).filter(|it| it.at.date() == day);
        let given_up_then = of_that_day.map(|it| it.begin.seq).min().unwrap_or(last.begin.seq);
        let removed = next.begin.seq.saturating_sub(given_up_then);
        let oldest = log.chained(next.begin.seq, 1).await?;
        let has_old = oldest.first().is_some_and(|entry| entry.activity.at < next.personal_since);
        if removed == 0 && !has_old {
            return Ok(());
        }
        let now = self.now();
        let nobody = ClientInfo { ip: None, user_agent: None, received_at: now };
        let entry = Activity::new(self.new_entry(now), now, None, Act::ActivityPruned, &nobody)
            .by(Actor::System)
            .saying("entries", removed)
            .saying("up_to", next.begin.seq)
            .saying("personal_before", next.personal_since.to_string());
        Ok(log.append(entry.into()).await?)
    }
}
