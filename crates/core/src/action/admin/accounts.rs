//! Accounts, as admins see and change them. No act sees or sets a password (SECURITY PW18).

use super::{Allowed, rights};
use crate::{
    Error, Gatewright, Refusal,
    action::{
        mailing::{Carried, Reader},
        operate::changed,
        sign_up::{Admission, Applicant},
    },
    model::{
        Account, AccountId, Act, ClientInfo, Email, MailPurpose, Profile, ProfilePatch, Says, Session, User, Username,
    },
    port::{DeleteAccount, Entry, PageOf},
};

/// Which accounts: all, newest first, or those whose address begins with something.
pub type AccountsWanted = PageOf<AccountId>;

/// One page of something.
#[derive(Clone, Debug, PartialEq)]
pub struct Paged<T, Cursor> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next one begins, if there is one.
    pub next: Option<Cursor>,
}

/// What an admin sees of an account.
#[derive(Debug)]
pub struct AdministeredAccount {
    /// The account.
    pub account: Account,
    /// Its users, oldest first.
    pub users: Vec<User>,
    /// Its living sessions, newest first.
    pub sessions: Vec<Session>,
}

/// An account that an admin makes. Its owner chooses the password, by mail (SECURITY PW17).
#[derive(Debug)]
pub struct AccountToMake {
    /// Its address.
    pub email: Email,
    /// The first user's name; without one it is made from the address.
    pub username: Option<Username>,
    /// What the first user shows.
    pub profile: ProfilePatch,
}

/// What was made.
#[derive(Debug)]
pub struct AccountCreated {
    /// The account.
    pub account: Account,
    /// Its first user, an owner.
    pub owner: User,
}

/// Whether somebody can sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Openness {
    /// As usual.
    Enabled,
    /// Nobody can, and all sessions have ended.
    Disabled,
}

/// The most accounts or users of one page.
pub(super) const MAX_PAGE: usize = 200;

impl Gatewright {
    /// A page of accounts. `limit` is cut to 200.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn list_accounts(
        &self,
        _: &Allowed<rights::AccountsRead>,
        wanted: AccountsWanted,
        limit: usize,
    ) -> Result<Paged<Account, AccountsWanted>, Error> {
        let limit = limit.clamp(1, MAX_PAGE);
        let mut items = self.ports().directory.accounts_page(wanted.clone(), limit + 1).await?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|last| match wanted {
            PageOf::All { .. } => PageOf::All { before: Some(last.id) },
            PageOf::Beginning { prefix, .. } => PageOf::Beginning { prefix, after: Some(last.email.key().to_owned()) },
        });
        Ok(Paged { items, next })
    }

    /// An account with its users and living sessions.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn account_by(
        &self,
        _: &Allowed<rights::AccountsRead>,
        id: AccountId,
    ) -> Result<AdministeredAccount, Error> {
        let (account, users) = self.account_and_users(id).await?;
        let sessions = self.ports().sessions.of_account(id, self.now()).await?;
        Ok(AdministeredAccount { account, users, sessions })
    }

    /// The users of an account, oldest first; none if it is not there (any more).
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn users_of_account(&self, _: &Allowed<rights::AccountsRead>, id: AccountId) -> Result<Vec<User>, Error> {
        Ok(self.ports().users.users(id).await?)
    }

    /// Makes an account without a password, and sends its owner a mail to choose one with, good as long as a mail that proves an
    /// address.
    ///
    /// # Errors
    /// [`Refusal::EmailTaken`], [`Refusal::UsernameTaken`], [`Error::Invalid`].
    pub async fn create_account_by(
        &self,
        by: &Allowed<rights::AccountsWrite>,
        new: AccountToMake,
        client: &ClientInfo,
    ) -> Result<AccountCreated, Error> {
        let profile = Profile::default().patched(new.profile)?;
        let applicant = Applicant { email: new.email, username: new.username, profile, password: None };
        let admission = Admission::Administered(by.admin().actor());
        let (account, owner) = self.admit(applicant, admission, client).await?;
        Ok(AccountCreated { account, owner })
    }

    /// Disables an account, which ends its sessions, or enables it again. What is so already stays so.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::LastAdmin`]; [`Refusal::PermissionDenied`] for an account of somebody who may do more.
    pub async fn set_account_openness(
        &self,
        by: &Allowed<rights::AccountsWrite>,
        id: AccountId,
        openness: Openness,
        client: &ClientInfo,
    ) -> Result<Account, Error> {
        self.may_touch_account(by, id).await?;
        let now = self.now();
        let (since, act) = match openness {
            Openness::Enabled => (None, Act::AccountEnabled),
            Openness::Disabled => (Some(now), Act::AccountDisabled),
        };
        let entry = by.entry(self, now, id, act, client);
        if changed(self.ports().accounts.set_disabled(id, since, entry.into()).await?)? {
            tracing::info!(account = %id, act = act.name(), actor = ?by.admin().actor(), "account changed");
        }
        Ok(self.ports().accounts.account(id).await?.ok_or(Refusal::NotFound)?)
    }

    /// Deletes an account with everything that belongs to it. Cannot be undone.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::LastAdmin`]; [`Refusal::PermissionDenied`] for an account of somebody who may do more.
    pub async fn delete_account_by(
        &self,
        by: &Allowed<rights::AccountsWrite>,
        id: AccountId,
        client: &ClientInfo,
    ) -> Result<(), Error> {
        self.may_touch_account(by, id).await?;
        let now = self.now();
        // What outlives the account says who deleted it, and nothing about whom.
        let nobody = ClientInfo { ip: None, user_agent: None, received_at: client.received_at };
        let entry = by.entry(self, now, id, Act::AccountDeleted, &nobody);
        match self.ports().accounts.delete(id, entry.into()).await? {
            DeleteAccount::Done => {
                tracing::info!(account = %id, actor = ?by.admin().actor(), "account deleted");
                Ok(())
            }
            DeleteAccount::LastAdmin => Err(Refusal::LastAdmin.into()),
            DeleteAccount::Gone => Err(Refusal::NotFound.into()),
        }
    }

    /// Sends the account's owner a mail to choose a new password with. Nothing changes until it is used.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], also for a disabled account; [`Refusal::PermissionDenied`] for an account of somebody who may do
    /// more.
    pub async fn start_reset(
        &self,
        by: &Allowed<rights::AccountsWrite>,
        id: AccountId,
        client: &ClientInfo,
    ) -> Result<(), Error> {
        let (account, users) = self.may_touch_account(by, id).await?;
        if account.disabled_at.is_some() {
            return Err(Refusal::NotFound.into());
        }
        let (purpose, good_for) = (MailPurpose::ResetPassword, self.policy().mail.lifetimes.reset);
        let mailing =
            self.mailing(&Reader::of(&account, &users), Carried::by(id, purpose, good_for), Says::ResetPassword);
        let entry = Entry::from(by.entry(self, self.now(), id, Act::ResetStarted, client));
        Ok(self.ports().activity.append(entry.carrying(mailing.token, mailing.letter)).await?)
    }

    /// The account and its users, if none of them may do what the caller may not: disabling, deleting or resetting an account is
    /// done to all its users.
    async fn may_touch_account(
        &self,
        by: &Allowed<rights::AccountsWrite>,
        id: AccountId,
    ) -> Result<(Account, Vec<User>), Error> {
        let found = self.account_and_users(id).await?;
        by.admin().outranks(&found.1, &self.defined_roles().await?)?;
        Ok(found)
    }

    async fn account_and_users(&self, id: AccountId) -> Result<(Account, Vec<User>), Error> {
        let account = self.ports().accounts.account(id).await?.ok_or(Refusal::NotFound)?;
        Ok((account, self.ports().users.users(id).await?))
    }
}
