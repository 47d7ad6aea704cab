//! Proving the account again, for what needs a fresh session.

use super::{
    open_session::{Announce, NewSession},
    switch::overtaken,
};
use crate::{
    Caller, Error, Gatewright, SignedIn,
    model::{Act, AuthMethod, ClientInfo, Plaintext},
};

impl Gatewright {
    /// Proves the account with its password and answers with a new session in place of the old one (SECURITY AU9: who copied
    /// the old session's tokens does not get the risen rights). It is the same user, transport and absolute end.
    ///
    /// # Errors
    /// [`crate::Refusal::Credentials`] when the password is wrong; attempts are limited like logins.
    pub async fn reauthenticate(
        &self,
        caller: &Caller,
        password: &Plaintext,
        client: &ClientInfo,
    ) -> Result<SignedIn, Error> {
        let standing = caller.itself()?.standing();
        let session = &standing.session;
        let verified =
            self.prove_account(standing.account.clone(), password, client, Act::ReauthenticationFailed).await?;
        let mut amr = session.amr.clone();
        if !amr.contains(&AuthMethod::Password) {
            amr.push(AuthMethod::Password);
        }
        let new = NewSession {
            account: &verified.account,
            user: &standing.user,
            transport: session.transport,
            label: session.label.clone(),
            auth_time: self.now(),
            amr,
            absolute_end: Some(session.absolute_end),
            replaces: Some(session.id),
            spends: None,
            act: Act::Reauthenticated,
            announce: Announce::Nothing,
        };
        self.open_session(new, client).await.map_err(overtaken)
    }
}
