//! Who calls. A [`Caller`] exists only in a request that [`RequireToken`](super::RequireToken) let through, so a handler
//! that takes one cannot be reached without a valid token.
//!
//! What must stay true: what a caller may do follows from its own claims alone. Who acts as it (`act`) adds nothing and takes
//! nothing away; a service that wants to tell the difference reads [`AccessClaims::acting`].

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
///
/// What belongs to somebody is checked in the handler, where it is known whom it belongs to:
///
/// ```
/// use axum::{Router, extract::Path, routing::get};
/// use gatewright_token::tower::{Caller, Forbidden, RequireToken};
/// use gatewright_token::{Acting, Verifier};
/// use uuid::Uuid;
///
/// struct Note {
///     owner: Uuid,
///     text: &'static str,
/// }
///
/// // Notes belong to a person (the id of a user), or to all on an account (its id).
/// async fn read(caller: Caller, Path(id): Path<Uuid>) -> Result<&'static str, Forbidden> {
///     let note = load(id).await.ok_or(Forbidden)?;
///     caller.require_owner(note.owner)?;
///     Ok(note.text)
/// }
///
/// // Whoever acts as the user may look, and not sign in the user's name.
/// async fn sign(caller: Caller, Path(owner): Path<Uuid>) -> Result<&'static str, Forbidden> {
///     caller.require_user(owner)?;
///     match caller.acting {
///         None => Ok("signed"),
///         Some(Acting::User(_) | Acting::ServiceKey(_)) => Err(Forbidden),
///     }
/// }
///
/// fn app(verifier: Verifier) -> Router {
///     let routes = Router::new().route("/notes/{id}", get(read)).route("/users/{id}/sign", get(sign));
///     routes.layer(RequireToken::new(verifier))
/// }
/// # async fn load(_: Uuid) -> Option<Note> { Some(Note { owner: Uuid::nil(), text: "milk" }) }
/// # use axum::{body::Body, http::{Request, StatusCode}};
/// # use tower::ServiceExt;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let verifier = Verifier::builder().issuer("https://auth.example.test").audience("notes").build().unwrap();
/// # let ask = Request::get(format!("/notes/{}", Uuid::nil())).body(Body::empty()).unwrap();
/// # assert_eq!(app(verifier).oneshot(ask).await.unwrap().status(), StatusCode::UNAUTHORIZED);
/// # }
/// ```
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

    /// Goes on only for a user with at least one of these roles. None of none is nobody.
    pub fn require_any_role<'r>(&self, roles: impl IntoIterator<Item = &'r str>) -> Result<(), Forbidden> {
        roles.into_iter().any(|role| self.has_role(role)).then_some(()).ok_or(Forbidden)
    }

    /// Goes on only for a token with this permission.
    pub fn require_permission(&self, permission: &str) -> Result<(), Forbidden> {
        self.has_permission(permission).then_some(()).ok_or(Forbidden)
    }

    /// Goes on only for a token with at least one of these permissions. None of none is nobody.
    pub fn require_any_permission<'p>(&self, permissions: impl IntoIterator<Item = &'p str>) -> Result<(), Forbidden> {
        permissions.into_iter().any(|permission| self.has_permission(permission)).then_some(()).ok_or(Forbidden)
    }

    /// Goes on only if the caller is this user: the check for a resource that belongs to one person.
    pub fn require_user(&self, owner: Uuid) -> Result<(), Forbidden> {
        (self.subject == owner).then_some(()).ok_or(Forbidden)
    }

    /// Goes on only if the caller belongs to this account: the check for a resource that its users share.
    pub fn require_account(&self, owner: Uuid) -> Result<(), Forbidden> {
        (self.account_id == owner).then_some(()).ok_or(Forbidden)
    }

    /// Goes on only if the caller is this user or belongs to this account: the check for a resource whose owner may be either. An
    /// id is never that of both, so a resource of one user is not shared with the others on its account.
    pub fn require_owner(&self, owner: Uuid) -> Result<(), Forbidden> {
        self.require_user(owner).or_else(|_| self.require_account(owner))
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
