//! Choosing a new password with what a mail carried.

use super::{
    mail_proof::{Shown, must_be_done, refuse},
    mailing::Reader,
};
use crate::{
    Error, Gatewright, MailTokenFault,
    model::{Act, Activity, ClientInfo, MailPurpose, Plaintext, Says, Username},
    port::{EmailProof, PasswordReset},
};

impl Gatewright {
    /// Sets the password. All sessions of the account end and nobody is signed in (SECURITY EM8); the address is proved by
    /// it. Wrong passwords that were counted are forgotten: this is the recovery of SECURITY AU1.
    ///
    /// # Errors
    /// [`crate::Refusal::MailToken`]; [`Error::Invalid`] when the password will not do, and what the mail carried stays good.
    pub async fn reset_password(&self, shown: &Shown, new: &Plaintext, client: &ClientInfo) -> Result<(), Error> {
        if let Shown::Code { email, .. } = shown {
            // Before the code costs a try.
            self.check_password("new_password", new, email, &[])?;
        }
        let token = self.shown_mail_token(shown, &[MailPurpose::ResetPassword], client).await?;
        let id = token.account_id.ok_or_else(|| refuse(MailTokenFault::Stale))?;
        let account = self.ports().accounts.account(id).await?.ok_or_else(|| refuse(MailTokenFault::Stale))?;
        let users = self.ports().users.users(id).await?;
        let usernames: Vec<&Username> = users.iter().map(|user| &user.username).collect();
        self.check_password("new_password", new, &account.email, &usernames)?;
        let hash = self.ports().hasher.hash(new, client.source()).await?;
        let sessions = self.ports().sessions.of_account(id, self.now()).await?;
        let now = self.now();
        let proof = EmailProof { token: token.id, account_id: id, email: token.email, at: now };
        let says = Says::PasswordChanged(self.circumstances(client, now, None));
        let entry = Activity::new(self.new_entry(now), now, id, Act::PasswordReset, client);
        let entry = self.told(entry, &account, Reader::of(&account, &users), says).await;
        let reset = PasswordReset { proof, new: Some(hash) };
        let redeemed = self.ports().mail_tokens.reset_password(reset, entry).await?;
        must_be_done(redeemed, refuse(MailTokenFault::Stale))?;
        let mut failures = self.failures_of(&account, &users, &sessions);
        failures.extend(self.mail_code_failures_of(&account.email));
        self.ports().limits.forgive(&failures).await?;
        tracing::info!(account = %id, "password reset by mail");
        Ok(())
    }
}
