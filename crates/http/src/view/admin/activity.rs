//! What happened, to whatever account or to the instance.

use gatewright_core::model;
use serde::Serialize;
use utoipa::ToSchema;

use crate::view::activity;

/// One thing that happened, to whatever account or to the instance.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AdminActivityEntry)]
pub(crate) struct ActivityEntry {
    #[serde(flatten)]
    entry: activity::ActivityEntry,
    /// Null for what happened to the instance.
    #[schema(format = Uuid)]
    account_id: Option<String>,
}

impl From<&model::Activity> for ActivityEntry {
    fn from(entry: &model::Activity) -> Self {
        Self { entry: entry.into(), account_id: entry.account_id.map(|id| id.to_string()) }
    }
}

/// A page of the activity log, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AdminActivityPage)]
pub(crate) struct ActivityPage {
    activity: Vec<ActivityEntry>,
    /// What `cursor` has to be for the next page; null when there is none. A page may be short, or empty, and have a next one.
    next_cursor: Option<String>,
}

impl From<gatewright_core::ActivityPage> for ActivityPage {
    fn from(page: gatewright_core::ActivityPage) -> Self {
        Self {
            activity: page.entries.iter().map(Into::into).collect(),
            next_cursor: page.next.map(|id| id.to_string()),
        }
    }
}
