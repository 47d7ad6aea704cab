//! Ids in paths. What is no id names nothing, so it answers like one that nobody has.

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use gatewright_core::model::{SessionId, UserId};

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

impl<S: Send + Sync> FromRequestParts<S> for SessionInPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let id = id(parts, state).await;
        Ok(Self(id.ok_or(Problem::new(Code::NotFound))?))
    }
}

/// The id, if it is written in its one form.
async fn id<S: Send + Sync, T: std::str::FromStr + ToString>(parts: &mut Parts, state: &S) -> Option<T> {
    let Path(text) = Path::<String>::from_request_parts(parts, state).await.ok()?;
    text.parse::<T>().ok().filter(|id| id.to_string() == text)
}
