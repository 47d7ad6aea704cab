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
    /// made with it. It counts with what anybody asks for.
    pub(super) async fn unproved_is_granted(&self, email: &Email) -> bool {
        let takes = self.limit_rules().map(|rules| self.mail_take(rules, email));
        self.notice_is_granted(takes.into_iter().collect()).await
    }

    async fn notice(
        &self,
        account: &Account,
        reader: Reader,
        says: Says,
        rule: Option<LimitRule>,
    ) -> Option<SealedLetter> {
        let mut takes = Vec::new();
        if let (Some(rule), Some(rules)) = (rule, self.limit_rules()) {
            let subject = [says.name(), "\0", account.email.key()].concat();
            takes.push(Take { key: self.limit_key("notice", subject.as_bytes()), rule });
            if account.email_verified_at.is_none() {
                takes.push(self.mail_take(rules, &account.email));
            }
        }
        let granted = self.notice_is_granted(takes).await;
        granted.then(|| self.letter(&reader, says, Some(account.id), self.now()))
    }

    /// A limiter that is away is no reason to leave undone what there is to tell, nor to tell nobody.
    async fn notice_is_granted(&self, takes: Vec<Take>) -> bool {
        if takes.is_empty() {
            return true;
        }
        match self.ports().limits.take(&takes, self.now()).await {
            Ok(limited) => limited == Limited::Granted,
            Err(error) => {
                tracing::warn!(%error, "nobody knows how many notices there were: this one is sent");
                true
            }
        }
    }
}
