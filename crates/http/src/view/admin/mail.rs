//! Mails. What must stay true: what one says and to whom it goes has no member here.

use gatewright_core::{
    MailsPage,
    port::{LetterSummary, OutboxStats},
};
use serde::Serialize;
use utoipa::ToSchema;

/// What has become of a mail.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AdminMail)]
pub(crate) struct Mail {
    #[schema(format = Uuid)]
    id: String,
    /// The account that it is about; null if it is about none.
    #[schema(format = Uuid)]
    account_id: Option<String>,
    /// The name of what it says.
    #[schema(example = "reset_password")]
    kind: String,
    /// `waiting`, `sent` or `given_up`.
    state: &'static str,
    #[schema(format = DateTime)]
    created_at: String,
    /// How often it was tried.
    attempts: u32,
    /// When it is tried next, if it waits; if it is being tried, when somebody else may.
    #[schema(format = DateTime)]
    due_at: Option<String>,
    /// When it was sent or given up.
    #[schema(format = DateTime)]
    done_at: Option<String>,
    /// Why the last try failed; null while it is being tried.
    last_error: Option<String>,
}

impl From<&LetterSummary> for Mail {
    fn from(mail: &LetterSummary) -> Self {
        Self {
            id: mail.id.to_string(),
            account_id: mail.account_id.map(|id| id.to_string()),
            kind: mail.kind.clone(),
            state: mail.state.name(),
            created_at: mail.written_at.to_string(),
            attempts: mail.attempts,
            due_at: mail.due_at.map(|at| at.to_string()),
            done_at: mail.done_at.map(|at| at.to_string()),
            last_error: mail.last_error.clone(),
        }
    }
}

/// A page of mails, newest first, and what there is in all.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AdminMails)]
pub(crate) struct Mails {
    mails: Vec<Mail>,
    /// What `cursor` has to be for the next page; null when there is none.
    next_cursor: Option<String>,
    /// How many wait in all.
    waiting: u64,
    /// How many were given up in all, of those that are kept.
    given_up: u64,
    /// Since when the oldest of those waits that wait.
    #[schema(format = DateTime)]
    oldest_waiting_at: Option<String>,
}

impl Mails {
    pub(crate) fn new(page: &MailsPage, stats: OutboxStats) -> Self {
        Self {
            mails: page.mails.iter().map(Into::into).collect(),
            next_cursor: page.next.map(|id| id.to_string()),
            waiting: stats.waiting,
            given_up: stats.given_up,
            oldest_waiting_at: stats.oldest.map(|at| at.to_string()),
        }
    }
}
