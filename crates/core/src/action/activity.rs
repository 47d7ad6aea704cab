//! Reading the activity log.

use crate::{
    Caller, Error, Gatewright,
    model::{Activity, ActivityId, Rank},
    port::{ActivityFilter, ActivityFound},
};

/// One page of the log.
#[derive(Debug)]
pub struct ActivityPage {
    /// The entries, newest first.
    pub entries: Vec<Activity>,
    /// Where the next page begins, if there is one.
    pub next: Option<ActivityId>,
}

/// The most entries of one page.
const MAX_PAGE: usize = 200;

impl Gatewright {
    /// Reads what happened: an owner everything on the account, a member what names itself. `limit` is cut to 200.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn activity(
        &self,
        caller: &Caller,
        before: Option<ActivityId>,
        limit: usize,
    ) -> Result<ActivityPage, Error> {
        let viewer = &caller.standing().user;
        let user = match viewer.rank {
            Rank::Owner => None,
            Rank::Member => Some(viewer.id),
        };
        let limit = limit.clamp(1, MAX_PAGE);
        let filter =
            ActivityFilter { account: Some(viewer.account_id), user, before, limit, ..ActivityFilter::default() };
        let ActivityFound { entries, next } = self.ports().activity.page(filter).await?;
        Ok(ActivityPage { entries, next })
    }
}
