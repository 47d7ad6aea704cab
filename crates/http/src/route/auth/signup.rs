//! `POST /auth/signup`: an account with its first user, signed in.

use axum::{extract::State, http::StatusCode};

use crate::{
    Edge, Problem,
    extract::{Client, Json},
    route::{
        delivery::Delivery,
        doc::{Always, Conflicting, Limited, Unsafe, WithBody},
    },
    view,
};

/// Makes an account with its first user, who owns it, and signs that user in.
#[utoipa::path(
    post, path = "/auth/signup", tag = "session", operation_id = "sign_up", request_body = view::SignUpRequest,
    responses((status = 201, body = view::SignedIn), Always, Unsafe, WithBody, Limited, Conflicting,
        (status = 401, description = "`invalid_credentials`: the account was disabled or changed meanwhile",
            body = view::Problem<'static>, content_type = "application/problem+json"))
)]
pub(crate) async fn sign_up(
    State(edge): State<Edge>,
    Client(client): Client,
    Json(body): Json<view::SignUpRequest>,
) -> Result<Delivery<view::SignedIn>, Problem> {
    let signed_in = edge.gate().sign_up(body.try_into()?, &client).await?;
    Ok(Delivery::opened(&edge, StatusCode::CREATED, &signed_in))
}
