//! `POST /admin/v1/bootstrap`: the first admin.

use axum::{extract::State, http::StatusCode};

use crate::{
    Edge, Problem,
    extract::{Client, Json},
    route::{
        delivery::Delivery,
        doc::{Always, Conflicting, Limited, Unsafe, WithBody},
    },
    view::{SignedIn, admin as view},
};

/// Makes the first admin with the one-time secret, and signs it in. Once.
#[utoipa::path(
    post, path = "/admin/v1/bootstrap", tag = "admin", operation_id = "admin_bootstrap",
    request_body = view::BootstrapRequest,
    responses((status = 201, body = SignedIn), Always, Unsafe, WithBody, Limited, Conflicting,
        (status = 401, description = "`invalid_credentials`: the secret is wrong, or has run out",
            body = crate::view::Problem<'static>, content_type = "application/problem+json"))
)]
pub(crate) async fn bootstrap(
    State(edge): State<Edge>,
    Client(client): Client,
    Json(body): Json<view::BootstrapRequest>,
) -> Result<Delivery<SignedIn>, Problem> {
    let signed_in = edge.gate().bootstrap(body.try_into()?, &client).await?;
    Ok(Delivery::opened(&edge, StatusCode::CREATED, &signed_in))
}
