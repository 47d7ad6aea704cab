//! Opening a session: what sign-up, login, select, switch and reauthenticate have in common.

use super::{mailing::Reader, rules::TokenQuestion};
use crate::{
    Error, Gatewright, RefreshDelivery, SignedIn,
    model::{
        Account, Act, Activity, AuthMethod, Chain, ClientInfo, ClientLabel, RefreshToken, Says, Session, SessionId,
        SessionState, Timestamp, TokenId, Transport, User,
    },
    port::{Entry, MAX_CLOCK_DIFFERENCE, Opened, Opening},
};

/// What a new session is made of.
pub(super) struct NewSession<'a> {
    /// The account, as it was when it proved itself.
    pub(super) account: &'a Account,
    /// The user, as it was chosen.
    pub(super) user: &'a User,
    pub(super) transport: Transport,
    pub(super) label: Option<ClientLabel>,
    pub(super) auth_time: Timestamp,
    pub(super) amr: Vec<AuthMethod>,
    /// The absolute end of the session it replaces, or none: then it is counted from now.
    pub(super) absolute_end: Option<Timestamp>,
    pub(super) replaces: Option<SessionId>,
    pub(super) spends: Option<(TokenId, Timestamp)>,
    /// What the activity log says.
    pub(super) act: Act,
    /// Whether the account is told if we have not seen the device.
    pub(super) announce: Announce,
}

/// Whether the account is told of a new device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Announce {
    /// It is: somebody signs in who need not be the owner (SECURITY AU7).
    NewDevice,
    /// There is nothing to tell: the account or the user is new itself, or was there a moment ago.
    Nothing,
}

/// Why no session was opened. Each act has its own words for it.
pub(super) enum NotOpened {
    /// What the caller saw is not so any more.
    Stale,
    /// The selection token was used before.
    Spent,
    Failed(Error),
}

impl From<Error> for NotOpened {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Gatewright {
    /// Opens a session and answers with its first tokens.
    pub(super) async fn open_session(&self, new: NewSession<'_>, client: &ClientInfo) -> Result<SignedIn, NotOpened> {
        let now = self.now();
        let id = self.new_session_id(now, new.replaces);
        let (first, chain) = self.first_chain(id, now)?;
        let session = Session {
            id,
            account_id: new.account.id,
            user_id: new.user.id,
            transport: new.transport,
            label: new.label,
            created_at: now,
            absolute_end: new.absolute_end.unwrap_or_else(|| now.plus(self.policy().session_absolute)),
            idle_end: now.plus(self.policy().session_idle),
            auth_time: new.auth_time,
            amr: new.amr,
            state: SessionState::Active,
            account_epoch: new.account.epoch,
            user_epoch: new.user.epoch,
            chain,
            last_ip: client.ip,
            last_user_agent: client.user_agent.clone(),
        };
        let question = TokenQuestion {
            occasion: new.act.into(),
            account: new.account,
            user: new.user,
            session_id: id,
            transport: new.transport,
            amr: &session.amr,
            auth_time: new.auth_time,
            client,
        };
        let added = self.ask_before_token(question).await?;
        let entry = Activity::new(self.new_entry(now), now, new.account.id, new.act, client);
        let mut entry = Entry::from(entry.of_user(new.user.id).in_session(id));
        if new.announce == Announce::NewDevice
            && !self.ports().sessions.knows_device(new.account.id, &client.device()).await.map_err(Error::from)?
        {
            let says = Says::NewDevice(self.circumstances(client, now, Some(new.user)));
            let reader = Reader::user(&new.account.email, new.user);
            entry = self.told(entry, new.account, reader, says).await;
        }
        let max_sessions = self.policy().max_sessions;
        // To a node that is behind, the selection token is good a little longer.
        let spends = new.spends.map(|(token, end)| (token, end.plus(MAX_CLOCK_DIFFERENCE)));
        let opening = Opening { session, replaces: new.replaces, spends, max_sessions };
        match self.ports().sessions.open(opening, entry).await.map_err(Error::from)? {
            Opened::Stale => Err(NotOpened::Stale),
            Opened::Spent => Err(NotOpened::Spent),
            Opened::Done(standing) => {
                let text = first.encode(self.master()).ok_or(Error::Bug("the active master key is there"))?;
                tracing::info!(account = %new.account.id, user = %new.user.id, act = new.act.name(), "signed in");
                Ok(self.signed_in(standing, RefreshDelivery::Set(text), added, now).await?)
            }
        }
    }

    pub(super) fn first_chain(&self, id: SessionId, now: Timestamp) -> Result<(RefreshToken, Chain), Error> {
        let key = self.master().active();
        let first = RefreshToken::first(key, id, self.random_secret());
        let salt = self.random();
        let next = first.successor(key, &salt, self.master()).ok_or(Error::Bug("the active master key is there"))?;
        let chain = Chain {
            salt,
            generation: 1,
            current: first.hash(),
            previous: None,
            next: next.hash(),
            current_key: key,
            next_key: key,
            rotated_at: now,
            redelivered_at: None,
            redeliveries: 0,
            retry_key: None,
        };
        Ok((first, chain))
    }
}
