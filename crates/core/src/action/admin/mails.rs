//! Mails, as those who run this see them: what has become of each, never to whom it goes or what it says (SECURITY LG2). What was
//! sent or given up cannot be tried again: its contents are forgotten.

use super::{Allowed, rights};
use crate::{
    Error, Gatewright, Refusal,
    model::{Act, ClientInfo, LetterId},
    port::{LetterFilter, LetterState, LetterSummary, OutboxStats},
};

/// The most mails of one page.
const MAX_PAGE: usize = 200;

/// A page of mails, newest first.
#[derive(Clone, Debug)]
pub struct MailsPage {
    /// The mails.
    pub mails: Vec<LetterSummary>,
    /// Where to go on, if there are more.
    pub next: Option<LetterId>,
}

impl Gatewright {
    /// A page of mails, of which at most 200.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn list_mails(&self, _: &Allowed<rights::MailsRead>, wanted: LetterFilter) -> Result<MailsPage, Error> {
        let limit = wanted.limit.clamp(1, MAX_PAGE);
        let mut mails = self.ports().outbox.letters(LetterFilter { limit: limit + 1, ..wanted }).await?;
        let has_more = mails.len() > limit;
        mails.truncate(limit);
        let next = mails.last().filter(|_| has_more).map(|last| last.id);
        Ok(MailsPage { mails, next })
    }

    /// How many mails wait and were given up, and since when the oldest waits.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn mail_stats(&self, _: &Allowed<rights::MailsRead>) -> Result<OutboxStats, Error> {
        Ok(self.ports().outbox.outbox_stats().await?)
    }

    /// Has a mail tried at once that waits for its next try. One that is due anyway, or that somebody is sending at the moment,
    /// stays as it is: nothing is sent twice.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], also for what was sent or given up.
    pub async fn retry_mail(
        &self,
        by: &Allowed<rights::MailsWrite>,
        id: LetterId,
        client: &ClientInfo,
    ) -> Result<LetterSummary, Error> {
        let outbox = &self.ports().outbox;
        let found =
            outbox.letter(id).await?.filter(|found| found.state == LetterState::Waiting).ok_or(Refusal::NotFound)?;
        let now = self.now();
        let entry = by.entry(self, now, found.account_id, Act::MailRetried, client);
        let entry = entry.saying("mail_id", id.to_string()).saying("kind", found.kind.as_str());
        if outbox.retry_letter(id, now, entry.into()).await? {
            tracing::info!(letter = %id, actor = ?by.admin().actor(), "a mail is tried again");
        }
        outbox.letter(id).await?.ok_or_else(|| Refusal::NotFound.into())
    }
}
