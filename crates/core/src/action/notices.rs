//! Mails that tell of what happened (SECURITY AU7). They carry nothing, and go out with the step that they tell of.

use super::mailing::Reader;
use crate::{
    Error, Gatewright,
    model::{Account, Circumstances, ClientInfo, Says, Timestamp, User},
    port::{Limited, SealedLetter, Take},
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

    /// Tells an account of what a user of it did, or suffered.
    pub(super) fn notice(
        &self,
        account: &Account,
        user: &User,
        client: &ClientInfo,
        at: Timestamp,
        says: impl FnOnce(Circumstances) -> Says,
    ) -> SealedLetter {
        let says = says(self.circumstances(client, at, Some(user)));
        self.letter(&Reader::user(&account.email, user), says, Some(account.id), at)
    }

    /// Tells an account that somebody knew its password and failed at what comes after it. Once in a while: whoever fails
    /// again and again must not bury it in mail.
    pub(super) async fn tell_of_failed_second_step(
        &self,
        account: &Account,
        user: &User,
        client: &ClientInfo,
    ) -> Result<(), Error> {
        if let Some(rules) = self.limit_rules() {
            let key = self.limit_key("second step notice", account.id.as_bytes());
            let take = Take { key, rule: rules.second_step_notices };
            if self.ports().limits.take(&[take], self.now()).await? != Limited::Granted {
                return Ok(());
            }
        }
        let letter = self.notice(account, user, client, self.now(), Says::SecondStepFailed);
        Ok(self.ports().outbox.put_letter(letter).await?)
    }
}
