//! Logging in, phase one: the account proves itself. With one user it is also the last phase.

use std::time::Duration;

use super::open_session::{Announce, NewSession, NotOpened};
use crate::{
    CredentialFault, Error, Gatewright, Refusal, SignedIn,
    model::{Account, Act, AuthMethod, ClientInfo, ClientLabel, Lock, Plaintext, Transport, User, Username},
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

/// An account that has proved itself, and how it wants to come in.
pub(super) struct Entrance {
    pub(super) account: Account,
    pub(super) user: Option<Username>,
    pub(super) amr: Vec<AuthMethod>,
    pub(super) transport: Transport,
    pub(super) label: Option<ClientLabel>,
}

impl Gatewright {
    /// Proves the account and signs in its only or named user, or says who can be chosen. A user with a PIN is never signed
    /// in by a login alone.
    ///
    /// # Errors
    /// [`Refusal::Credentials`] for every reason alike; [`Refusal::UserNotFound`] when the named user is not on the account.
    pub async fn login(&self, request: LoginRequest, client: &ClientInfo) -> Result<LoggedIn, Error> {
        let verified = self.prove_login(&request.login, &request.password, client).await?;
        let entrance = Entrance {
            account: verified.account,
            user: request.user,
            amr: vec![AuthMethod::Password],
            transport: request.transport,
            label: request.label,
        };
        let users = self.users_to_be(&entrance).await?;
        self.enter(entrance, users, client).await
    }

    /// The users that can be chosen: all that are enabled, among them the one that was named.
    pub(super) async fn users_to_be(&self, entrance: &Entrance) -> Result<Vec<User>, Error> {
        let mut users = self.ports().users.users(entrance.account.id).await?;
        users.retain(|user| user.disabled_at.is_none());
        if users.is_empty() {
            return Err(Refusal::Credentials(CredentialFault::Disabled).into());
        }
        match &entrance.user {
            Some(name) if users.iter().all(|user| user.username != *name) => Err(Refusal::UserNotFound.into()),
            _ => Ok(users),
        }
    }

    /// Signs in the only or the named one of the users, or says who can be chosen.
    pub(super) async fn enter(
        &self,
        entrance: Entrance,
        users: Vec<User>,
        client: &ClientInfo,
    ) -> Result<LoggedIn, Error> {
        let chosen = match &entrance.user {
            Some(name) => users.iter().find(|user| user.username == *name),
            None if users.len() == 1 => users.first(),
            None => None,
        };
        let Some(user) = chosen.filter(|user| user.lock == Lock::Open) else {
            let Entrance { account, amr, transport, label, .. } = &entrance;
            let (_, token) = self.mint_selection(account, amr, *transport, label.as_ref())?;
            return Ok(LoggedIn::SelectUser(Selection { token, expires_in: self.policy().selection_ttl, users }));
        };
        let new = NewSession {
            account: &entrance.account,
            user,
            transport: entrance.transport,
            label: entrance.label,
            auth_time: self.now(),
            amr: entrance.amr,
            absolute_end: None,
            replaces: None,
            spends: None,
            act: Act::LoggedIn,
            announce: Announce::NewDevice,
        };
        let opened = self.open_session(new, client).await.map_err(|fault| match fault {
            NotOpened::Failed(error) => error,
            NotOpened::Stale | NotOpened::Spent => Refusal::Credentials(CredentialFault::Overtaken).into(),
        });
        opened.map(LoggedIn::SignedIn)
    }
}
