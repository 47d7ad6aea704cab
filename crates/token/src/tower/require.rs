//! Layers that demand a right of the caller. They stand behind [`RequireToken`](super::RequireToken); without it in
//! front there is no caller, and they answer 401.
//!
//! ```
//! use axum::{Router, routing::get};
//! use gatewright_token::Verifier;
//! use gatewright_token::tower::{RequireToken, require_any_permission, require_any_role, require_permission, require_role};
//!
//! fn app(verifier: Verifier) -> Router {
//!     Router::new()
//!         .route("/settings", get(page).route_layer(require_role("admin")))
//!         .route("/drafts", get(page).route_layer(require_any_role(["author", "editor"])))
//!         .route("/articles", get(page).route_layer(require_permission("articles:read")))
//!         .route("/queue", get(page).route_layer(require_any_permission(["articles:write", "articles:review"])))
//!         // The last one is the outermost: it makes the caller whom the others ask.
//!         .layer(RequireToken::new(verifier))
//! }
//! # async fn page() -> &'static str { "" }
//! # use axum::{body::Body, http::{Request, StatusCode}};
//! # use tower::ServiceExt;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! # let verifier = Verifier::builder().issuer("https://auth.example.test").audience("x").build().unwrap();
//! # for path in ["/settings", "/drafts", "/articles", "/queue"] {
//! #     let ask = Request::get(path).body(Body::empty()).unwrap();
//! #     assert_eq!(app(verifier.clone()).oneshot(ask).await.unwrap().status(), StatusCode::UNAUTHORIZED);
//! # }
//! # }
//! ```

use super::{caller::Caller, problem::Problem};
use http::{Request, Response};
use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tower_layer::Layer;
use tower_service::Service;

/// Demands one of some roles or permissions; made by [`require_role`], [`require_permission`], [`require_any_role`] and
/// [`require_any_permission`].
#[derive(Clone, Debug)]
pub struct RequireRight(Right);

#[derive(Clone, Debug)]
enum Right {
    Role(Names),
    Permission(Names),
}

/// One of them is enough.
type Names = Arc<[Arc<str>]>;

/// Lets only users with this role through; others get 403.
pub fn require_role(role: impl Into<Arc<str>>) -> RequireRight {
    require_any_role([role])
}

/// Lets only users with at least one of these roles through; others get 403. An empty list lets nobody through.
pub fn require_any_role<R: Into<Arc<str>>>(roles: impl IntoIterator<Item = R>) -> RequireRight {
    RequireRight(Right::Role(roles.into_iter().map(Into::into).collect()))
}

/// Lets only tokens with this permission through; others get 403. A token carries permissions only where the issuer is set to say
/// them.
pub fn require_permission(permission: impl Into<Arc<str>>) -> RequireRight {
    require_any_permission([permission])
}

/// Lets only tokens with at least one of these permissions through; others get 403. An empty list lets nobody through.
pub fn require_any_permission<P: Into<Arc<str>>>(permissions: impl IntoIterator<Item = P>) -> RequireRight {
    RequireRight(Right::Permission(permissions.into_iter().map(Into::into).collect()))
}

impl Right {
    fn check(&self, caller: Option<&Caller>) -> Result<(), Problem> {
        let caller = caller.ok_or(Problem::TokenMissing)?;
        let verdict = match self {
            Self::Role(roles) => caller.require_any_role(roles.iter().map(AsRef::as_ref)),
            Self::Permission(permissions) => caller.require_any_permission(permissions.iter().map(AsRef::as_ref)),
        };
        verdict.map_err(|_| Problem::Denied)
    }
}

impl<S> Layer<S> for RequireRight {
    type Service = RequireRightService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RequireRightService { inner, right: self.0.clone() }
    }
}

/// The service that [`RequireRight`] makes.
#[derive(Clone, Debug)]
pub struct RequireRightService<S> {
    inner: S,
    right: Right,
}

impl<S, B, R> Service<Request<B>> for RequireRightService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
    R: From<String> + Send + 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match self.right.check(request.extensions().get()) {
            Ok(()) => Box::pin(self.inner.call(request)),
            Err(problem) => Box::pin(std::future::ready(Ok(problem.response()))),
        }
    }
}
