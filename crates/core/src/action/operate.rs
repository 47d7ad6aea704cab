//! What somebody may do who has the machine: the acts of the command line. No session, no limits, no questions.

use super::{
    add_user::NewUser,
    sign_up::{Admission, SignUpRequest},
};
use crate::{
    Error, Gatewright, Refusal,
    model::{
        Account, AccountId, Act, Activity, Actor, ClientInfo, Email, EndReason, Letter, LetterId, Login, Says, Session,
        SessionId, User,
    },
    port::{End, SetDisabled},
};

/// The acts of an operator.
#[derive(Clone, Copy, Debug)]
pub struct Operator<'a>(&'a Gatewright);

/// How an operator names an account.
#[derive(Clone, Debug)]
pub enum AccountKey {
    /// By its id.
    Id(AccountId),
    /// By its address or the name of one of its users.
    Login(Login),
}

/// What an operator sees of an account.
#[derive(Debug)]
pub struct AccountOverview {
    /// The account.
    pub account: Account,
    /// Its users, oldest first.
    pub users: Vec<User>,
    /// Its living sessions, newest first.
    pub sessions: Vec<Session>,
}

impl Gatewright {
    /// The acts of whoever has the machine. An edge must never hand this to a request.
    #[must_use]
    pub const fn operator(&self) -> Operator<'_> {
        Operator(self)
    }
}

impl Operator<'_> {
    /// Makes an account with its first user.
    ///
    /// # Errors
    /// As [`Gatewright::sign_up`], without limits.
    pub async fn create_account(&self, request: SignUpRequest) -> Result<(Account, User), Error> {
        let client = self.client();
        let applicant = self.0.applicant(request, &client).await?;
        self.0.admit(applicant, Admission::Operator, &client).await
    }

    /// Puts a letter into the outbox that says that mail can be sent from here. Answers its id; what becomes of it is seen in
    /// the list of letters.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn write_test_letter(&self, to: Email) -> Result<LetterId, Error> {
        let now = self.0.now();
        let letter = Letter { id: self.0.new_letter_id(now), to, locale: None, name: None, says: Says::Test };
        self.0.ports().outbox.put_letter(self.0.sealed(&letter, None, now)).await?;
        Ok(letter.id)
    }

    /// Adds a user to an account.
    ///
    /// # Errors
    /// As [`Gatewright::add_user`].
    pub async fn add_user(&self, account: AccountId, new: NewUser) -> Result<User, Error> {
        self.0.add_user_to(account, new, &self.client()).await
    }

    /// Shows an account.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is none.
    pub async fn show_account(&self, key: &AccountKey) -> Result<AccountOverview, Error> {
        let ports = self.0.ports();
        let account = match key {
            AccountKey::Id(id) => ports.accounts.account(*id).await?,
            AccountKey::Login(login) => ports.accounts.account_by_login(login).await?,
        };
        let account = account.ok_or(Refusal::NotFound)?;
        Ok(AccountOverview {
            users: ports.users.users(account.id).await?,
            sessions: ports.sessions.of_account(account.id, self.0.now()).await?,
            account,
        })
    }

    /// Disables an account: its sessions end, and nobody can sign in. `false` if it was disabled already.
    ///
    /// # Errors
    /// [`Refusal::LastAdmin`].
    pub async fn disable_account(&self, id: AccountId) -> Result<bool, Error> {
        let now = self.0.now();
        let entry = self.entry(id, Act::AccountDisabled);
        changed(self.0.ports().accounts.set_disabled(id, Some(now), entry.into()).await?)
    }

    /// Enables an account again. `false` if it was not disabled.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn enable_account(&self, id: AccountId) -> Result<bool, Error> {
        let entry = self.entry(id, Act::AccountEnabled);
        changed(self.0.ports().accounts.set_disabled(id, None, entry.into()).await?)
    }

    /// Forgets the wrong passwords and PINs that were counted for an account, so that an owner whom they have shut out may try
    /// again at once: the recovery of SECURITY AU1 that needs no mail.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is none.
    pub async fn forgive_failures(&self, id: AccountId) -> Result<(), Error> {
        let AccountOverview { account, users, sessions } = self.show_account(&AccountKey::Id(id)).await?;
        let mut takes = self.0.failures_of(&account, &users, &sessions);
        takes.extend(users.iter().filter_map(|user| self.0.pin_failures_of(user)));
        self.0.ports().limits.forgive(&takes).await?;
        Ok(self.0.ports().activity.append(self.entry(id, Act::FailuresForgiven).into()).await?)
    }

    /// Ends a session. `false` if it had ended.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is none.
    pub async fn end_session(&self, id: SessionId) -> Result<bool, Error> {
        let standing = self.0.ports().sessions.standing(id).await?.ok_or(Refusal::NotFound)?;
        let entry = self.entry(standing.session.account_id, Act::SessionEnded).of_user(standing.session.user_id);
        let end = End { session: id, reason: EndReason::Operator, at: self.0.now() };
        Ok(self.0.ports().sessions.end(end, entry.in_session(id).because(EndReason::Operator).into()).await?)
    }

    fn entry(&self, account: AccountId, act: Act) -> Activity {
        let now = self.0.now();
        Activity::new(self.0.new_entry(now), now, account, act, &self.client()).by(Actor::Operator)
    }

    pub(super) const fn gate(&self) -> &Gatewright {
        self.0
    }

    pub(super) fn client(&self) -> ClientInfo {
        ClientInfo { ip: None, user_agent: None, received_at: self.0.now() }
    }
}

/// Whether it was changed.
pub(super) fn changed(outcome: SetDisabled) -> Result<bool, Error> {
    match outcome {
        SetDisabled::Done => Ok(true),
        SetDisabled::Unchanged => Ok(false),
        SetDisabled::LastAdmin => Err(Refusal::LastAdmin.into()),
    }
}
