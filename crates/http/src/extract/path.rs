//! Ids in paths. What is no id names nothing, so it answers like one that nobody has.

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use gatewright_core::model::{AccountId, DeliveryId, LetterId, RoleName, RuleId, ServiceKeyId, SessionId, UserId};

use crate::{Code, Problem};

/// `{id}` of a user.
#[derive(Debug)]
pub(crate) struct UserInPath(pub(crate) UserId);

/// `{id}` of a session.
#[derive(Debug)]
pub(crate) struct SessionInPath(pub(crate) SessionId);

impl<S: Send + Sync> FromRequestParts<S> for UserInPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let id = id(parts, state).await;
        Ok(Self(id.ok_or(Problem::new(Code::UserNotFound))?))
    }
}

/// `{id}` of an account.
#[derive(Debug)]
pub(crate) struct AccountInPath(pub(crate) AccountId);

/// `{id}` of a service key.
#[derive(Debug)]
pub(crate) struct ServiceKeyInPath(pub(crate) ServiceKeyId);

/// `{id}` of a webhook.
#[derive(Debug)]
pub(crate) struct RuleInPath(pub(crate) RuleId);

/// `{id}` of a delivery.
#[derive(Debug)]
pub(crate) struct DeliveryInPath(pub(crate) DeliveryId);

/// `{id}` of a mail.
#[derive(Debug)]
pub(crate) struct MailInPath(pub(crate) LetterId);

/// `{name}` of a role.
#[derive(Debug)]
pub(crate) struct RoleInPath(pub(crate) RoleName);

/// `{name}` of a role that is about to be: what is no name is said to be none.
#[derive(Debug)]
pub(crate) struct NewRoleInPath(pub(crate) RoleName);

macro_rules! not_found {
    ($($name:ident),+ $(,)?) => {$(
        impl<S: Send + Sync> FromRequestParts<S> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
                let id = id(parts, state).await;
                Ok(Self(id.ok_or(Problem::new(Code::NotFound))?))
            }
        }
    )+};
}

not_found!(SessionInPath, AccountInPath, ServiceKeyInPath, RuleInPath, DeliveryInPath, MailInPath, RoleInPath);

impl<S: Send + Sync> FromRequestParts<S> for NewRoleInPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let says = || Problem::invalid("name", gatewright_core::model::NotARoleName.to_string());
        Ok(Self(id(parts, state).await.ok_or_else(says)?))
    }
}

/// An id, or whatever else has one spelling, if it is written in that one.
pub(crate) fn one_spelling<T: std::str::FromStr + ToString>(text: &str) -> Option<T> {
    text.parse::<T>().ok().filter(|it| it.to_string() == text)
}

/// The id, if it is written in its one form.
async fn id<S: Send + Sync, T: std::str::FromStr + ToString>(parts: &mut Parts, state: &S) -> Option<T> {
    let Path(text) = Path::<String>::from_request_parts(parts, state).await.ok()?;
    one_spelling(&text)
}
