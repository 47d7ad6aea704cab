//! `POST /admin/v1/mails/{id}/retry`: a mail is tried now instead of later.

use axum::{Json as Answer, extract::State, http::StatusCode};
use gatewright_core::{Gatewright, rights};

use crate::{
    Problem,
    extract::{Client, MailInPath, Require},
    route::doc::{Absent, Administered, Always},
    view::admin as view,
};

/// Has a mail tried at once that waits for its next try. What was sent or given up is not found: nobody knows any more what it said.
#[utoipa::path(
    post, path = "/admin/v1/mails/{id}/retry", tag = "admin", operation_id = "admin_retry_mail",
    params(("id" = String, Path, format = Uuid)),
    security(("service_key" = ["mails:write"]), ("access_token" = ["mails:write"]), ("access_cookie" = ["mails:write"])),
    responses((status = 202, body = view::Mail), Always, Administered, Absent)
)]
pub(crate) async fn retry(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Require(by): Require<rights::MailsWrite>,
    MailInPath(id): MailInPath,
) -> Result<(StatusCode, Answer<view::Mail>), Problem> {
    let mail = gate.retry_mail(&by, id, &client).await?;
    Ok((StatusCode::ACCEPTED, Answer((&mail).into())))
}
