//! Asking somebody by mail to join the account as a user.

use super::mailing::{Carried, Reader};
use crate::{
    Earned, Error, Fresh, Gatewright, Owner,
    model::{Act, Activity, ClientInfo, Email, MailPurpose, Says},
    port::Entry,
};

impl Gatewright {
    /// Sends the invitation. Whoever reads the address may become a user of the account for a week.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn invite(&self, owner: &Fresh<Owner>, to: Email, client: &ClientInfo) -> Result<(), Error> {
        let standing = owner.caller().standing();
        let (purpose, good_for) = (MailPurpose::Invitation, self.policy().mail.lifetimes.invitation);
        if !self.mail_is_granted(purpose, &to, client).await? {
            return Ok(());
        }
        let user = &standing.user;
        let from = user.profile.display_name.clone().unwrap_or_else(|| user.username.to_string());
        // Of the reader we know nothing; the language of who invites is the best guess.
        let reader = Reader { to, locale: user.profile.locale.clone(), name: None };
        let carried = Carried { user_id: Some(user.id), ..Carried::by(standing.account.id, purpose, good_for) };
        let mailing = self.mailing(&reader, carried, |proof| Says::Invitation { from, proof });
        let now = self.now();
        let entry = Activity::new(self.new_entry(now), now, standing.account.id, Act::Invited, client);
        let entry = Entry::from(entry.of_user(user.id).in_session(standing.session.id));
        Ok(self.ports().activity.append(entry.carrying(mailing.token, mailing.letter)).await?)
    }
}
