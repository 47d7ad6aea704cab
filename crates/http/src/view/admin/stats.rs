//! Counts, for a dashboard.

use gatewright_core::port::HourlyCount;
use serde::Serialize;
use utoipa::ToSchema;

/// Counts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Stats {
    totals: Totals,
    /// Oldest first. What did not happen in an hour is not in it.
    hours: Vec<Hour>,
}

/// How much there is now.
#[derive(Debug, Serialize, ToSchema)]
struct Totals {
    accounts: u64,
    users: u64,
    /// Those that were not ended and are not past their end; some of them may be idle for too long.
    sessions: u64,
}

/// How often something happened in an hour.
#[derive(Debug, Serialize, ToSchema)]
struct Hour {
    /// When it began.
    #[schema(format = DateTime)]
    hour: String,
    /// An act of the activity log; `refreshed` or `refresh_refused`; or a class of answers by how long they took: `answered_5ms` took at
    /// most 5 ms and longer than the class before, of 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000 and 10000 ms and
    /// `answered_longer`. Each answer is in one class.
    #[schema(example = "logged_in")]
    what: String,
    count: u64,
}

impl From<gatewright_core::Stats> for Stats {
    fn from(stats: gatewright_core::Stats) -> Self {
        let hour = |count: HourlyCount| Hour { hour: count.hour.to_string(), what: count.what, count: count.count };
        let totals = stats.totals;
        Self {
            totals: Totals { accounts: totals.accounts, users: totals.users, sessions: totals.sessions },
            hours: stats.hours.into_iter().map(hour).collect(),
        }
    }
}
