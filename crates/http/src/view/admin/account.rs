//! Accounts, as admins see them.

use gatewright_core::{
    AccountToMake, AccountsWanted, AdministeredAccount, Openness, Paged,
    model::{self, Email, Username},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{User, session::Session};
use crate::{
    Problem,
    extract::cursor_text,
    view::{ProfilePatch, account},
};

/// An account, as an admin sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AdminAccount)]
pub(crate) struct Account {
    #[serde(flatten)]
    account: account::Account,
    /// Whether nobody can sign in to it.
    disabled: bool,
    #[schema(format = DateTime)]
    disabled_at: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
}

impl From<&model::Account> for Account {
    fn from(account: &model::Account) -> Self {
        Self {
            account: account.into(),
            disabled: account.disabled_at.is_some(),
            disabled_at: account.disabled_at.map(|at| at.to_string()),
            created_at: account.created_at.to_string(),
        }
    }
}

/// A page of accounts: newest first, or by address if they were searched for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AdminAccounts)]
pub(crate) struct Accounts {
    accounts: Vec<Account>,
    /// What `cursor` has to be for the next page; null when there is none.
    next_cursor: Option<String>,
}

impl From<Paged<model::Account, AccountsWanted>> for Accounts {
    fn from(page: Paged<model::Account, AccountsWanted>) -> Self {
        Self {
            accounts: page.items.iter().map(Into::into).collect(),
            next_cursor: page.next.as_ref().and_then(cursor_text),
        }
    }
}

/// An account with its users and its living sessions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AdminAccountDetail)]
pub(crate) struct AccountDetail {
    #[serde(flatten)]
    account: Account,
    /// Oldest first.
    users: Vec<User>,
    /// Newest first.
    sessions: Vec<Session>,
}

impl From<&AdministeredAccount> for AccountDetail {
    fn from(found: &AdministeredAccount) -> Self {
        Self {
            account: (&found.account).into(),
            users: found.users.iter().map(Into::into).collect(),
            sessions: found.sessions.iter().map(Into::into).collect(),
        }
    }
}

impl From<&gatewright_core::AccountCreated> for AccountDetail {
    fn from(made: &gatewright_core::AccountCreated) -> Self {
        Self { account: (&made.account).into(), users: vec![(&made.owner).into()], sessions: Vec::new() }
    }
}

/// An account to be. Its owner chooses the password, by mail.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "ada@example.com", "username": "ada"}))]
pub(crate) struct CreateAccountRequest {
    #[schema(format = Email)]
    email: String,
    /// Without one it is made from the address.
    username: Option<String>,
    profile: Option<ProfilePatch>,
}

impl TryFrom<CreateAccountRequest> for AccountToMake {
    type Error = Problem;

    fn try_from(body: CreateAccountRequest) -> Result<Self, Problem> {
        Ok(Self {
            email: Email::parse("email", &body.email)?,
            username: body.username.map(|name| Username::parse("username", &name)).transpose()?,
            profile: body.profile.unwrap_or_default().into(),
        })
    }
}

/// A change of an account: whether anybody can sign in to it. There is no member for a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"disabled": true}))]
pub(crate) struct ChangeAccountRequest {
    disabled: bool,
}

impl ChangeAccountRequest {
    pub(crate) const fn openness(&self) -> Openness {
        if self.disabled { Openness::Disabled } else { Openness::Enabled }
    }
}
