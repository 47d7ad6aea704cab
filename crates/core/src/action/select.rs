//! Logging in, phase two: choosing who is there.

use gatewright_token::SelectionClaims;

use super::{
    keyring::Keyring,
    open_session::{Announce, NewSession, NotOpened},
};
use crate::{
    Error, Gatewright, Refusal, SelectionFault, SignedIn,
    model::{
        Account, AccountId, Act, AuthMethod, ClientInfo, ClientLabel, Epoch, Pin, Timestamp, TokenId, Transport, User,
        UserId, Username,
    },
};

/// Who is chosen.
#[derive(Clone, Debug)]
pub enum ChosenUser {
    /// By id.
    Id(UserId),
    /// By name.
    Name(Username),
}

/// The choice.
#[derive(Debug)]
pub struct SelectRequest {
    /// What phase one gave.
    pub selection_token: String,
    /// Who is chosen.
    pub user: ChosenUser,
    /// Its PIN, if it has one.
    pub pin: Option<Pin>,
    /// How the session's tokens are to travel; without it as the login said.
    pub transport: Option<Transport>,
}

impl Gatewright {
    /// Signs the chosen user in. The selection token is spent by success only: a mistyped PIN costs an attempt, not the login.
    ///
    /// # Errors
    /// [`Refusal::SelectionToken`], [`Refusal::UserNotFound`], [`Refusal::PinRequired`], [`Refusal::PinWrong`].
    pub async fn select(&self, request: SelectRequest, client: &ClientInfo) -> Result<SignedIn, Error> {
        let (claims, account) = self.selecting(&request.selection_token).await?;
        let user = self.chosen_user(&account, &request.user).await?;
        let pin = self.prove_pin(&user, request.pin.as_ref(), client).await;
        if matches!(pin, Err(Error::Refused(Refusal::PinWrong))) {
            self.tell_of_failed_second_step(&account, &user, client).await?;
        }
        let pin = pin?;
        let carried = claims.transport.as_deref().and_then(Transport::from_name);
        let new = NewSession {
            account: &account,
            user: &user,
            transport: request.transport.or(carried).unwrap_or_default(),
            label: claims.client.as_deref().and_then(|label| ClientLabel::parse("client", label).ok()),
            auth_time: Timestamp::from_secs(claims.auth_time),
            amr: claims.amr.iter().filter_map(|method| AuthMethod::from_name(method)).chain(pin).collect(),
            absolute_end: None,
            replaces: None,
            spends: Some((TokenId::from_uuid(claims.token_id), Timestamp::from_secs(claims.expires_at))),
            act: Act::LoggedIn,
            announce: Announce::NewDevice,
        };
        self.open_session(new, client).await.map_err(|fault| match fault {
            NotOpened::Failed(error) => error,
            NotOpened::Stale => refuse(SelectionFault::Overtaken),
            NotOpened::Spent => refuse(SelectionFault::Spent),
        })
    }

    /// Who can be chosen with a selection token, oldest first: for a page that is loaded again. Changes nothing, and does not
    /// tell whether the token has been spent.
    ///
    /// # Errors
    /// [`Refusal::SelectionToken`].
    pub async fn look_at_selection(&self, token: &str) -> Result<Vec<User>, Error> {
        let (_, account) = self.selecting(token).await?;
        let mut users = self.ports().users.users(account.id).await?;
        users.retain(|user| user.disabled_at.is_none());
        Ok(users)
    }

    /// What a selection token says, and the account that it is for.
    async fn selecting(&self, token: &str) -> Result<(SelectionClaims, Account), Error> {
        let verify = |keyring: &Keyring| keyring.selection.verify_selection(token, self.now().secs());
        let verified = self.verify_own(verify).await?;
        let claims = verified.map_err(|rejection| refuse(SelectionFault::Rejected(rejection)))?;
        let account = self.ports().accounts.account(AccountId::from_uuid(claims.subject)).await?;
        let account = account
            .filter(|account| account.epoch == Epoch::new(claims.epoch) && account.disabled_at.is_none())
            .ok_or_else(|| refuse(SelectionFault::Overtaken))?;
        Ok((claims, account))
    }

    /// The chosen user, if it is on the account and enabled. Of other accounts nothing is told (SECURITY AZ1).
    pub(super) async fn chosen_user(&self, account: &Account, chosen: &ChosenUser) -> Result<User, Error> {
        let users = self.ports().users.users(account.id).await?;
        let mut candidates = users.into_iter().filter(|user| user.disabled_at.is_none());
        let found = candidates.find(|user| match chosen {
            ChosenUser::Id(id) => user.id == *id,
            ChosenUser::Name(name) => user.username == *name,
        });
        found.ok_or_else(|| Refusal::UserNotFound.into())
    }
}

fn refuse(fault: SelectionFault) -> Error {
    Refusal::SelectionToken(fault).into()
}
