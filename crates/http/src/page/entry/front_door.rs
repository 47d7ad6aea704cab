//! What is no route. The front door of a router that is nested nowhere leads to the account, unless an app has a page of its own there:
//! then that is a route, and this is not asked.

use axum::{
    extract::{OriginalUri, State},
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{Code, Edge, Pages, Problem};

/// Answers what is no route.
pub(crate) async fn elsewhere(State(edge): State<Edge>, method: Method, OriginalUri(uri): OriginalUri) -> Response {
    let has_front_door = edge.options().pages != Pages::Off && edge.options().base_path.is_empty();
    if has_front_door && uri.path() == "/" && [Method::GET, Method::HEAD].contains(&method) {
        return (StatusCode::SEE_OTHER, [(header::LOCATION, "account")]).into_response();
    }
    Problem::new(Code::NotFound).into_response()
}
