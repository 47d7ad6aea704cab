//! An account in brief, and who is signed in.

use gatewright_core::model;
use serde::Serialize;
use utoipa::ToSchema;

use super::{CurrentSession, User};

/// An account in brief. Its credentials are never part of an answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Account {
    #[schema(format = Uuid)]
    id: String,
    #[schema(example = "ada@example.com")]
    email: String,
    email_verified: bool,
}

impl From<&model::Account> for Account {
    fn from(account: &model::Account) -> Self {
        Self {
            id: account.id.to_string(),
            email: account.email.as_str().to_owned(),
            email_verified: account.email_verified_at.is_some(),
        }
    }
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    user: User,
    account: Account,
    session: CurrentSession,
}

impl Me {
    pub(crate) fn new(standing: &model::Standing, user: &model::User) -> Self {
        Self { user: user.into(), account: (&standing.account).into(), session: (&standing.session).into() }
    }
}
