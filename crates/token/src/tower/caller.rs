//! Who calls. A [`Caller`] exists only in a request that [`RequireToken`](super::RequireToken) let through, so a handler
//! that takes one cannot be reached without a valid token.

use super::problem::Problem;
use crate::AccessClaims;
use axum_core::{
    body::Body,
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::request::Parts;
use std::{ops::Deref, sync::Arc};
use uuid::Uuid;

/// The claims of the verified token of this request.
#[derive(Clone, Debug)]
pub struct Caller(Arc<AccessClaims>);

/// The caller may not do this: answers 403 `permission_denied`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the caller may not do this")]
pub struct Forbidden;

impl Caller {
    pub(super) fn new(claims: AccessClaims) -> Self {
        Self(Arc::new(claims))
    }

    /// Goes on only for a user with this role.
    pub fn require_role(&self, role: &str) -> Result<(), Forbidden> {
        self.has_role(role).then_some(()).ok_or(Forbidden)
    }

    /// Goes on only for a token with this permission.
    pub fn require_permission(&self, permission: &str) -> Result<(), Forbidden> {
        self.has_permission(permission).then_some(()).ok_or(Forbidden)
    }

    /// Goes on only if the caller is this user: the check for a resource that belongs to one person.
    pub fn require_user(&self, owner: Uuid) -> Result<(), Forbidden> {
        (self.subject == owner).then_some(()).ok_or(Forbidden)
    }

    /// Goes on only if the caller belongs to this account: the check for a resource that its users share.
    pub fn require_account(&self, owner: Uuid) -> Result<(), Forbidden> {
        (self.account_id == owner).then_some(()).ok_or(Forbidden)
    }
}

impl Deref for Caller {
    type Target = AccessClaims;

    fn deref(&self) -> &AccessClaims {
        &self.0
    }
}

impl IntoResponse for Forbidden {
    fn into_response(self) -> Response {
        Problem::Denied.response()
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    /// Without the layer in front there is no caller, which answers 401: a forgotten layer lets nobody in.
    type Rejection = Response<Body>;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Problem::TokenMissing.response())
    }
}
