//! Asking for a mail that lets one choose a new password.

use super::mailing::{Carried, Reader};
use crate::{
    Error, Gatewright,
    model::{ClientInfo, Email, MailPurpose, Says},
};

impl Gatewright {
    /// Sends a mail to the address if an account has it. Nothing changes until what it carries is used (SECURITY EM7). The
    /// answer and its time are the same for every address.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn forgot_password(&self, email: &Email, client: &ClientInfo) -> Result<(), Error> {
        let (purpose, good_for) = (MailPurpose::ResetPassword, self.policy().mail.lifetimes.reset);
        if !self.mail_is_granted(purpose, email, client).await? {
            return Ok(());
        }
        let found = self.account_of_email(email).await?;
        let mailing = match found.filter(|(account, _)| account.disabled_at.is_none()) {
            Some((account, users)) => {
                let carried = Carried::by(account.id, purpose, good_for);
                self.mailing(&Reader::of(&account, &users), carried, Says::ResetPassword)
            }
            None => self.decoy_mailing(email, purpose, good_for, Says::ResetPassword),
        };
        self.send(mailing).await
    }
}
