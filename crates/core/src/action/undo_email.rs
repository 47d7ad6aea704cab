//! Taking a change of address back, with what the old address was sent.

use super::{
    mail_proof::{Shown, must_be_done, refuse},
    mailing::{Carried, Reader},
};
use crate::{
    Error, Gatewright, MailTokenFault, Refusal,
    model::{Act, Activity, ClientInfo, MailPurpose, Says},
    port::{Earlier, EmailChange, EmailProof, Entry},
};

impl Gatewright {
    /// Gives the account its old address back. Whoever changed it knew the password and has a session, so the sessions end, the
    /// password is forgotten, every other way to take something back dies, and a mail to choose a new password goes to the
    /// old address.
    ///
    /// # Errors
    /// [`Refusal::MailToken`]; [`Refusal::EmailTaken`] when another account got the old address meanwhile.
    pub async fn undo_email_change(&self, shown: &Shown, client: &ClientInfo) -> Result<(), Error> {
        let token = self.shown_mail_token(shown, &[MailPurpose::UndoEmail], client).await?;
        let id = token.account_id.ok_or_else(|| refuse(MailTokenFault::Stale))?;
        let account = self.ports().accounts.account(id).await?.ok_or_else(|| refuse(MailTokenFault::Stale))?;
        let users = self.ports().users.users(id).await?;
        let now = self.now();
        let reader = Reader { to: token.email.clone(), ..Reader::of(&account, &users) };
        let reset = Carried::by(id, MailPurpose::ResetPassword, self.policy().mail.lifetimes.reset);
        let reset = self.mailing(&reader, reset, Says::ResetPassword);
        let entry = Activity::new(self.new_entry(now), now, id, Act::EmailChangeUndone, client);
        let entry = Entry::from(entry).carrying(reset.token, reset.letter);
        let proof = EmailProof { token: token.id, account_id: id, email: account.email, at: now };
        let change = EmailChange { proof, to: token.email, earlier: Earlier::Ends };
        let redeemed = self.ports().mail_tokens.change_email(change, entry).await?;
        must_be_done(redeemed, Refusal::EmailTaken.into())?;
        tracing::warn!(account = %id, "a change of address was taken back");
        Ok(())
    }
}
