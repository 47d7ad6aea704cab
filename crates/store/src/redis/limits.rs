//! The port `LimitsPort` on Redis. What must stay true: the rule is the model's, asked here; what it says is written only if
//! every key still is as it was judged; and while Redis is away, this process limits by itself.

use std::{sync::LazyLock, time::Duration};

use ::redis::Script;
use async_trait::async_trait;
use gatewright_core::{
    model::{LimitKey, LimitState, Timestamp},
    port::{Limited, LimitsPort, StoreError, Take},
};

use super::{
    RedisStore,
    local::{self, Judgement},
};

/// How often a step is judged again because others were faster. Each loss means that another attempt was counted.
const MAX_RACES: u32 = 64;
/// So much longer than it says anything, a state is kept: the clocks of the nodes may differ.
const AFTERLIFE: Duration = Duration::from_secs(60);

/// Writes new states if all are as they were judged. Of each key three arguments: what was seen, what it becomes (nothing: it
/// is removed), and for how many milliseconds. Answers what is there now, if it is not what was seen.
static SWAP: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local found = {}
         local same = true
         for index, key in ipairs(KEYS) do
             found[index] = redis.call('GET', key) or ''
             if found[index] ~= ARGV[index * 3 - 2] then same = false end
         end
         if not same then return found end
         for index, key in ipairs(KEYS) do
             if ARGV[index * 3 - 1] == '' then
                 redis.call('DEL', key)
             else
                 redis.call('SET', key, ARGV[index * 3 - 1], 'PX', ARGV[index * 3])
             end
         end
         return {}",
    )
});

#[async_trait]
impl LimitsPort for RedisStore {
    async fn take(&self, takes: &[Take], now: Timestamp) -> Result<Limited, StoreError> {
        if takes.is_empty() {
            return Ok(Limited::Granted);
        }
        match self.take_there(takes, now).await {
            Ok(limited) => {
                self.count_there();
                Ok(limited)
            }
            Err(error) => {
                self.count_here(&error);
                Ok(self.0.local.take(takes, now))
            }
        }
    }

    async fn forgive(&self, takes: &[Take]) -> Result<(), StoreError> {
        if takes.is_empty() {
            return Ok(());
        }
        if let Err(error) = self.forgive_there(takes).await {
            self.count_here(&error);
            self.0.local.forgive(takes);
        }
        Ok(())
    }
}

impl RedisStore {
    async fn take_there(&self, takes: &[Take], now: Timestamp) -> Result<Limited, StoreError> {
        let keys = distinct(takes);
        let mut seen: Vec<String> = self.states(&keys).await?;
        for race in 0..MAX_RACES {
            let states = seen.iter().map(|text| parsed(text)).collect::<Result<Vec<_>, _>>()?;
            let of_take = |take: &Take| states[position(&keys, take.key)];
            let next = match local::judge(takes, &takes.iter().map(of_take).collect::<Vec<_>>(), now) {
                Judgement::Wait(span) => return Ok(Limited::Wait(span)),
                Judgement::Granted(next) => next,
            };
            let mut becomes = vec![(String::new(), 0); keys.len()];
            for (take, state) in takes.iter().zip(next) {
                becomes[position(&keys, take.key)] = kept(take, state, now);
            }
            match self.swap(&keys, &seen, &becomes).await? {
                None => return Ok(Limited::Granted),
                Some(found) => seen = found,
            }
            back_off(race).await;
        }
        Err(StoreError::unavailable("the limits are changing too fast"))
    }

    async fn forgive_there(&self, takes: &[Take]) -> Result<(), StoreError> {
        let now = self.now();
        for take in takes {
            let keys = [take.key];
            let mut seen = self.states(&keys).await?;
            for race in 0..MAX_RACES {
                let Some(state) = parsed(&seen[0])? else { break };
                let becomes = take.rule.forgive(state).map_or((String::new(), 0), |state| kept(take, state, now));
                match self.swap(&keys, &seen, &[becomes]).await? {
                    None => break,
                    Some(found) => seen = found,
                }
                back_off(race).await;
            }
        }
        Ok(())
    }

    async fn states(&self, keys: &[LimitKey]) -> Result<Vec<String>, StoreError> {
        let wire = self.wire().await?;
        let mut reading = ::redis::cmd("MGET");
        for key in keys {
            reading.arg(self.limit_key(*key));
        }
        let found: Result<Vec<Option<String>>, _> = wire.ask(&reading).await;
        let found = found.map_err(|failure| {
            if failure.breaks() {
                self.0.link.give_up(&wire);
            }
            StoreError::from(failure)
        })?;
        Ok(found.into_iter().map(Option::unwrap_or_default).collect())
    }

    /// Writes the new states. `Some` is what was found instead of what was seen.
    async fn swap(
        &self,
        keys: &[LimitKey],
        seen: &[String],
        becomes: &[(String, u64)],
    ) -> Result<Option<Vec<String>>, StoreError> {
        let wire = self.wire().await?;
        let mut call = SWAP.prepare_invoke();
        for key in keys {
            call.key(self.limit_key(*key));
        }
        for (seen, (becomes, millis)) in seen.iter().zip(becomes) {
            call.arg(seen).arg(becomes).arg(*millis);
        }
        let found: Vec<String> = self.run(&wire, &call).await?;
        Ok((!found.is_empty()).then_some(found))
    }

    fn limit_key(&self, key: LimitKey) -> String {
        format!("gw:{{{}}}:l:{}", self.0.instance, super::hex(key.as_bytes()))
    }

    fn count_here(&self, error: &StoreError) {
        if self.0.local.begin() {
            let cause = super::causes(error);
            tracing::error!(%cause, "Redis is away: each node limits attempts by itself until it is back");
        }
    }

    fn count_there(&self) {
        if self.0.local.end() {
            tracing::info!("attempts are limited in Redis again");
        }
    }
}

/// Each key once, in the order of their first mention.
fn distinct(takes: &[Take]) -> Vec<LimitKey> {
    let mut keys = Vec::with_capacity(takes.len());
    for take in takes {
        if !keys.contains(&take.key) {
            keys.push(take.key);
        }
    }
    keys
}

fn position(keys: &[LimitKey], key: LimitKey) -> usize {
    keys.iter().position(|other| *other == key).expect("the keys are those of the takes")
}

/// A state as it is kept, and for how many milliseconds.
fn kept(take: &Take, state: LimitState, now: Timestamp) -> (String, u64) {
    let span = take.rule.fades_at(state).since(now) + AFTERLIFE;
    (format!("{} {}", state.count, state.at.micros()), u64::try_from(span.as_millis()).unwrap_or(u64::MAX >> 12))
}

fn parsed(text: &str) -> Result<Option<LimitState>, StoreError> {
    if text.is_empty() {
        return Ok(None);
    }
    let state = text.split_once(' ').and_then(|(count, at)| {
        Some(LimitState { count: count.parse().ok()?, at: Timestamp::from_micros(at.parse().ok()?) })
    });
    state.map(Some).ok_or_else(|| StoreError::Inconsistent { table: "limits in Redis", id: String::new() })
}

/// After a few losses, later rounds wait a little, each longer than the one before.
async fn back_off(race: u32) {
    if race >= 4 {
        tokio::time::sleep(Duration::from_micros(200) * (race - 3)).await;
    }
}
