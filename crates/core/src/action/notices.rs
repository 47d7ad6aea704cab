//! Mails that tell of what happened (SECURITY AU7). They carry nothing, and go out with the step that they tell of. What must
//! stay true: with an account that he made himself, nobody can bury the owner of its address in them.

use super::mailing::Reader;
use crate::{
    Error, Gatewright,
    model::{Account, Circumstances, ClientInfo, Email, LimitRule, Says, Timestamp, User},
    port::{Entry, Limited, SealedLetter, Take},
};

impl Gatewright {
    /// When and from where something happens.
    pub(super) fn circumstances(&self, client: &ClientInfo, at: Timestamp, who: Option<&User>) -> Circumstances {
        Circumstances {
            at,
            ip: client.ip,
            user_agent: client.user_agent.clone(),
            username: who.map(|user| user.username.to_string()),
        }
    }

    /// The entry, with a letter that tells the account of it, unless it has had many of the kind.
    pub(super) async fn told(&self, entry: impl Into<Entry>, account: &Account, reader: Reader, says: Says) -> Entry {
        let rule = self.limit_rules().map(|rules| rules.notices);
        let notice = self.notice(account, reader, says, rule).await;
        notice.into_iter().fold(entry.into(), Entry::with)
    }

    /// Tells an account that somebody knew its password and failed at what comes after it.
    ///
    /// # Errors
    /// When the store is away.
    pub(super) async fn tell_of_failed_second_step(
        &self,
        account: &Account,
        user: &User,
        client: &ClientInfo,
    ) -> Result<(), Error> {
        let says = Says::SecondStepFailed(self.circumstances(client, self.now(), Some(user)));
        let rule = self.limit_rules().map(|rules| rules.second_step_notices);
        match self.notice(account, Reader::user(&account.email, user), says, rule).await {
            Some(letter) => Ok(self.ports().outbox.put_letter(letter).await?),
            None => Ok(()),
        }
    }

    /// Whether one more mail may be sent to an address that is not proved, because of what was done with an account that was
    /// made with it.
    pub(super) async fn unproved_is_granted(&self, email: &Email) -> bool {
        let rule = self.limit_rules().map(|rules| rules.notices);
        self.notice_is_granted(email.key(), rule).await
    }

    async fn notice(
        &self,
        account: &Account,
        reader: Reader,
        says: Says,
        rule: Option<LimitRule>,
    ) -> Option<SealedLetter> {
        let key = account.email.key();
        let subject = match account.email_verified_at {
            Some(_) => [says.name(), "\0", key].concat(),
            None => key.to_owned(),
        };
        let granted = self.notice_is_granted(&subject, rule).await;
        granted.then(|| self.letter(&reader, says, Some(account.id), self.now()))
    }

    /// A limiter that is away is no reason to leave undone what there is to tell, nor to tell nobody.
    async fn notice_is_granted(&self, subject: &str, rule: Option<LimitRule>) -> bool {
        let Some(rule) = rule else { return true };
        let take = Take { key: self.limit_key("notice", subject.as_bytes()), rule };
        match self.ports().limits.take(&[take], self.now()).await {
            Ok(limited) => limited == Limited::Granted,
            Err(error) => {
                tracing::warn!(%error, "nobody knows how many notices there were: this one is sent");
                true
            }
        }
    }
}
