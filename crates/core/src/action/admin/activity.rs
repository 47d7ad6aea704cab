//! The activity log, as admins see it.

use super::{Allowed, rights};
use crate::{
    ActivityPage, Error, Gatewright,
    model::{Act, ClientInfo},
    port::{ActivityFilter, ActivityFound},
};

/// What an admin looks for. `account: None` is everything, what happened to the instance included.
pub type ActivityWanted = ActivityFilter;

/// The most entries of one page.
const MAX_PAGE: usize = 1_000;

impl Gatewright {
    /// A page of the log, newest first. `limit` is cut to 1,000. A page may be short and not be the last.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn activity_of_all(
        &self,
        _: &Allowed<rights::ActivityRead>,
        wanted: ActivityWanted,
    ) -> Result<ActivityPage, Error> {
        let limit = wanted.limit.clamp(1, MAX_PAGE);
        let ActivityFound { entries, next } = self.ports().activity.page(ActivityFilter { limit, ..wanted }).await?;
        Ok(ActivityPage { entries, next })
    }

    /// Notes that somebody takes the log away.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn note_activity_export(
        &self,
        by: &Allowed<rights::ActivityRead>,
        wanted: &ActivityWanted,
        client: &ClientInfo,
    ) -> Result<(), Error> {
        let entry = by.entry(self, self.now(), wanted.account, Act::ActivityExported, client);
        Ok(self.ports().activity.append(entry.into()).await?)
    }
}
