//! What rules were told of what happened, and what became of it. What it was is in the activity log.

use gatewright_core::{DeliveriesPage, port::DeliverySummary};
use serde::Serialize;
use utoipa::ToSchema;

/// One entry of the activity log on its way to one rule.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Delivery {
    #[schema(format = Uuid)]
    id: String,
    /// The webhook's id, or `embedded:` and the name of a rule of the program that embeds this instance.
    rule_id: String,
    #[schema(format = Uuid)]
    activity_id: String,
    /// The place of the entry in the activity log.
    seq: u64,
    #[schema(example = "logged_in")]
    act: &'static str,
    #[schema(format = Uuid)]
    account_id: Option<String>,
    /// `waiting`, `delivered` or `given_up`.
    state: &'static str,
    #[schema(format = DateTime)]
    created_at: String,
    /// How often it was tried since it was made or replayed.
    attempts: u32,
    /// When it is tried next, if it waits.
    #[schema(format = DateTime)]
    due_at: Option<String>,
    /// When it was delivered or given up.
    #[schema(format = DateTime)]
    done_at: Option<String>,
    /// The status of the last answer.
    last_status: Option<u16>,
    /// Why the last try failed.
    last_error: Option<String>,
}

impl From<&DeliverySummary> for Delivery {
    fn from(delivery: &DeliverySummary) -> Self {
        Self {
            id: delivery.id.to_string(),
            rule_id: delivery.listener.key(),
            activity_id: delivery.activity_id.to_string(),
            seq: delivery.seq,
            act: delivery.act.name(),
            account_id: delivery.account_id.map(|id| id.to_string()),
            state: delivery.state.name(),
            created_at: delivery.created_at.to_string(),
            attempts: delivery.attempts,
            due_at: delivery.due_at.map(|at| at.to_string()),
            done_at: delivery.done_at.map(|at| at.to_string()),
            last_status: delivery.last_status,
            last_error: delivery.last_error.clone(),
        }
    }
}

/// A page of deliveries, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Deliveries {
    deliveries: Vec<Delivery>,
    /// What `cursor` has to be for the next page; null when there is none.
    next_cursor: Option<String>,
}

impl From<DeliveriesPage> for Deliveries {
    fn from(page: DeliveriesPage) -> Self {
        Self {
            deliveries: page.deliveries.iter().map(Into::into).collect(),
            next_cursor: page.next.map(|id| id.to_string()),
        }
    }
}
