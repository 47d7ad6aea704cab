//! Changing the account's password.

use super::mailing::Reader;
use crate::{
    CredentialFault, Earned, Error, Fresh, Gatewright, Owner, Refusal,
    model::{Act, Activity, ClientInfo, Plaintext, Says, Username},
    port::PasswordChange,
};

impl Gatewright {
    /// Replaces the password after proving the current one (SECURITY PW10). Every other session of the account ends; the
    /// caller's goes on. What mails of the account carry dies, and the account is told.
    ///
    /// # Errors
    /// [`Refusal::Credentials`] when the current password is wrong or was changed meanwhile; [`Error::Invalid`] when the new
    /// one will not do.
    pub async fn change_password(
        &self,
        owner: &Fresh<Owner>,
        current: &Plaintext,
        new: &Plaintext,
        client: &ClientInfo,
    ) -> Result<(), Error> {
        let standing = owner.caller().standing();
        let account = standing.account.clone();
        let users = self.ports().users.users(account.id).await?;
        let usernames: Vec<&Username> = users.iter().map(|user| &user.username).collect();
        self.check_password("new_password", new, &account.email, &usernames)?;
        let verified = self.prove_account(account, current, client, Act::ReauthenticationFailed).await?;
        let hash = self.ports().hasher.hash(new, client.source()).await?;
        let now = self.now();
        let change = PasswordChange {
            account_id: verified.account.id,
            seen: verified.hash,
            new: hash,
            keep: standing.session.id,
            at: now,
        };
        let entry = Activity::new(self.new_entry(now), now, verified.account.id, Act::PasswordChanged, client);
        let entry = entry.of_user(standing.user.id).in_session(standing.session.id);
        let says = Says::PasswordChanged(self.circumstances(client, now, Some(&standing.user)));
        let reader = Reader::user(&standing.account.email, &standing.user);
        let entry = self.told(entry, &standing.account, reader, says).await;
        if self.ports().passwords.change(change, entry).await? {
            tracing::info!(account = %standing.account.id, "password changed");
            Ok(())
        } else {
            Err(Refusal::Credentials(CredentialFault::Overtaken).into())
        }
    }
}
