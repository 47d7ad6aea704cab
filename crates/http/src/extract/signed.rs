//! Who is signed in, with what they have earned: for the handlers of this crate and of the app that embeds it.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use gatewright_core::Earned;

use super::source::Sources;
use crate::{Edge, Problem};

/// A caller who has earned `C`: `Signed<Caller>` is anybody who is signed in, `Signed<Owner>` an owner of an account,
/// `Signed<Fresh<Owner>>` an owner whose account has proved itself just now.
///
/// The access token comes from the `Authorization` header or from a cookie, and its session is looked up, so an ended session
/// is refused at once. An unsafe request that is authenticated by a cookie has to come from an origin that is allowed.
///
/// ```
/// # use axum::extract::FromRef;
/// use gatewright::{Caller, Edge, Signed};
///
/// #[derive(Clone)]
/// struct App {
///     edge: Edge,
/// }
///
/// impl FromRef<App> for Edge {
///     fn from_ref(app: &App) -> Self {
///         app.edge.clone()
///     }
/// }
///
/// async fn hello(Signed(caller): Signed<Caller>) -> String {
///     format!("Hello {}", caller.standing().user.username)
/// }
///
/// fn routes(app: App) -> axum::Router {
///     axum::Router::new()
///         .route("/hello", axum::routing::get(hello))
///         .nest("/accounts", app.edge.router())
///         .with_state(app)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Signed<C: Earned>(pub C);

impl<S: Send + Sync, C: Earned> FromRequestParts<S> for Signed<C>
where
    Edge: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let edge = Edge::from_ref(state);
        let token = Sources::of(&parts.headers, &edge)?.access(&parts.method, &parts.headers, &edge)?;
        let caller = edge.gate().authenticate(&token).await?;
        Ok(Self(C::earn(caller, edge.gate())?))
    }
}
