//! Layers that demand a right of the caller. They stand behind [`RequireToken`](super::RequireToken); without it in
//! front there is no caller, and they answer 401.

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

/// Demands a role or a permission; made by [`require_role`] and [`require_permission`].
#[derive(Clone, Debug)]
pub struct RequireRight(Right);

#[derive(Clone, Debug)]
enum Right {
    Role(Arc<str>),
    Permission(Arc<str>),
}

/// Lets only users with this role through; others get 403.
pub fn require_role(role: impl Into<Arc<str>>) -> RequireRight {
    RequireRight(Right::Role(role.into()))
}

/// Lets only tokens with this permission through; others get 403.
pub fn require_permission(permission: impl Into<Arc<str>>) -> RequireRight {
    RequireRight(Right::Permission(permission.into()))
}

impl Right {
    fn check(&self, caller: Option<&Caller>) -> Result<(), Problem> {
        let caller = caller.ok_or(Problem::TokenMissing)?;
        let verdict = match self {
            Self::Role(role) => caller.require_role(role),
            Self::Permission(permission) => caller.require_permission(permission),
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
