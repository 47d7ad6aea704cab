//! Logging in, phase one: the account proves itself. With one user it is also the last phase.

use std::time::Duration;

use super::{
    open_session::{NewSession, NotOpened},
    prove_password::PasswordVerified,
};
use crate::{
    CredentialFault, Error, Gatewright, Refusal, SignedIn,
    model::{Act, AuthMethod, ClientInfo, ClientLabel, Lock, Plaintext, Transport, User, Username},
};

/// What somebody logs in with.
#[derive(Debug)]
pub struct LoginRequest {
    /// An e-mail address or a username, as typed: what can be neither is treated like what nobody has.
    pub login: String,
    /// The account's password.
    pub password: Plaintext,
    /// The user to be, if that is known already.
    pub user: Option<Username>,
    /// How the session's tokens are to travel.
    pub transport: Transport,
    /// What the client calls its device.
    pub label: Option<ClientLabel>,
}

/// The account has proved itself.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "made once per login and taken apart at once")]
pub enum LoggedIn {
    /// It has one user, or the one to be was named.
    SignedIn(SignedIn),
    /// Somebody has to say who is there.
    SelectUser(Selection),
}

/// What phase two is begun with.
#[derive(Debug)]
pub struct Selection {
    /// Good for exactly one choice.
    pub token: String,
    /// How long it is good.
    pub expires_in: Duration,
    /// Who can be chosen, oldest first.
    pub users: Vec<User>,
}

impl Gatewright {
    /// Proves the account and signs in its only or named user, or says who can be chosen. A user with a PIN is never signed
    /// in by a login alone.
    ///
    /// # Errors
    /// [`Refusal::Credentials`] for every reason alike; [`Refusal::UserNotFound`] when the named user is not on the account.
    pub async fn login(&self, request: LoginRequest, client: &ClientInfo) -> Result<LoggedIn, Error> {
        let verified = self.prove_login(&request.login, &request.password, client).await?;
        let mut users = self.ports().users.users(verified.account.id).await?;
        users.retain(|user| user.disabled_at.is_none());
        if users.is_empty() {
            return Err(Refusal::Credentials(CredentialFault::Disabled).into());
        }
        let chosen = match &request.user {
            Some(name) => Some(users.iter().find(|user| user.username == *name).ok_or(Refusal::UserNotFound)?),
            None if users.len() == 1 => users.first(),
            None => None,
        };
        match chosen {
            Some(user) if user.lock == Lock::Open => {
                self.open_logged_in(&verified, user, &request, client).await.map(LoggedIn::SignedIn)
            }
            _ => {
                let now = self.now();
                let (_, token) =
                    self.mint_selection(&verified.account, request.transport, request.label.as_ref(), now)?;
                Ok(LoggedIn::SelectUser(Selection { token, expires_in: self.policy().selection_ttl, users }))
            }
        }
    }

    async fn open_logged_in(
        &self,
        verified: &PasswordVerified,
        user: &User,
        request: &LoginRequest,
        client: &ClientInfo,
    ) -> Result<SignedIn, Error> {
        let new = NewSession {
            account: &verified.account,
            user,
            transport: request.transport,
            label: request.label.clone(),
            auth_time: self.now(),
            amr: vec![AuthMethod::Password],
            absolute_end: None,
            replaces: None,
            spends: None,
            act: Act::LoggedIn,
        };
        self.open_session(new, client).await.map_err(|fault| match fault {
            NotOpened::Failed(error) => error,
            NotOpened::Stale | NotOpened::Spent => Refusal::Credentials(CredentialFault::Overtaken).into(),
        })
    }
}
