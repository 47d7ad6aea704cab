//! `GET /auth/openapi.json`: the description of this API.

use axum::{
    extract::State,
    http::{HeaderName, header},
    response::IntoResponse,
};

use crate::{Edge, route::doc::Always};

/// Gives this document.
#[utoipa::path(
    get, path = "/auth/openapi.json", tag = "service", operation_id = "openapi",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json", body = Object), Always)
)]
pub(crate) async fn document(State(edge): State<Edge>) -> impl IntoResponse {
    let headers: [(HeaderName, &str); 2] =
        [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "public, max-age=300")];
    (headers, edge.openapi_json())
}
