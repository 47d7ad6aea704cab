//! Asking the limiter before anything expensive happens, and giving back what turned out well.

use crate::{
    Error, Gatewright,
    model::{LimitKey, LimitRule, LimitRules, Limits},
    port::{Limited, Take},
};

/// Attempts that were counted, to be forgiven if they turn out well.
pub(super) struct Counted(Vec<Take>);

impl Gatewright {
    /// The rules, if limits are on.
    pub(super) fn limit_rules(&self) -> Option<&LimitRules> {
        match &self.policy().limits {
            Limits::On(rules) => Some(rules),
            Limits::Off => None,
        }
    }

    /// A key for `subject` under `purpose`. Keyed, so that the store's rows tell nobody who tried what.
    pub(super) fn limit_key(&self, purpose: &str, subject: &[u8]) -> LimitKey {
        let hash = self.keyed_hash(purpose, subject);
        LimitKey::from_bytes(*hash.first_chunk().expect("a hash has 32 bytes"))
    }

    /// Counts one attempt on all keys.
    ///
    /// # Errors
    /// [`Error::Throttled`] if one of them is exhausted; nothing is counted then.
    pub(super) async fn count_attempt(&self, takes: Vec<Take>) -> Result<Counted, Error> {
        if takes.is_empty() {
            return Ok(Counted(takes));
        }
        match self.ports().limits.take(&takes, self.now()).await? {
            Limited::Granted => Ok(Counted(takes)),
            Limited::Wait(retry_after) => Err(Error::Throttled { retry_after }),
        }
    }

    /// The attempt turned out well.
    pub(super) async fn forgive(&self, counted: Counted) -> Result<(), Error> {
        if counted.0.is_empty() {
            return Ok(());
        }
        Ok(self.ports().limits.forgive(&counted.0).await?)
    }

    /// Writes as much as an activity entry would, where there is no account to write one for: so that the time of a failed
    /// login does not tell whether the account exists (fault X8).
    pub(super) async fn write_decoy(&self) -> Result<(), Error> {
        let rule = LimitRule::Rate { burst: u32::MAX, interval: std::time::Duration::from_micros(1) };
        self.ports().limits.take(&[Take { key: self.limit_key("decoy", b""), rule }], self.now()).await?;
        Ok(())
    }
}
