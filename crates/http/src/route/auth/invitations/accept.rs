//! `POST /auth/invitations/accept`: join an account.

use axum::{extract::State, http::StatusCode};

use crate::{
    Edge, Problem,
    extract::{Client, Json},
    route::{
        delivery::Delivery,
        doc::{Always, Conflicting, FromMail, Limited, Unsafe, WithBody},
    },
    view,
};

/// Makes whoever was invited a user of the account, who does not own it, and signs that user in.
#[utoipa::path(
    post, path = "/auth/invitations/accept", tag = "mail", operation_id = "accept_invitation",
    request_body = view::AcceptInvitationRequest,
    responses((status = 201, body = view::SignedIn), Always, Unsafe, WithBody, Limited, Conflicting, FromMail,
        (status = 401, description = "`invalid_credentials`: the account was disabled or changed meanwhile",
            body = view::Problem<'static>, content_type = "application/problem+json"))
)]
pub(crate) async fn accept(
    State(edge): State<Edge>,
    Client(client): Client,
    Json(body): Json<view::AcceptInvitationRequest>,
) -> Result<Delivery<view::SignedIn>, Problem> {
    let signed_in = edge.gate().accept_invitation(body.try_into()?, &client).await?;
    Ok(Delivery::opened(&edge, StatusCode::CREATED, &signed_in))
}
