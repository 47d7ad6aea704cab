//! Counts, for a dashboard.

use super::{Allowed, rights};
use crate::{
    Error, Gatewright,
    model::Timestamp,
    port::{HourlyCount, Totals},
};

/// Counts.
#[derive(Clone, Debug)]
pub struct Stats {
    /// How much there is.
    pub totals: Totals,
    /// How often what happened, by the hour, oldest first.
    pub hours: Vec<HourlyCount>,
}

impl Gatewright {
    /// How much there is now, and what happened in the hours that began at `since` or later and before `until`.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn stats(
        &self,
        _: &Allowed<rights::StatsRead>,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Stats, Error> {
        Ok(Stats {
            totals: self.ports().directory.totals().await?,
            hours: self.ports().activity.counts(since, until).await?,
        })
    }
}
