//! `/admin/v1/mails`: what has become of each mail. What must stay true: neither what one says nor to whom it goes is shown.

pub(crate) mod retry;

use axum::{Json as Answer, extract::State};
use gatewright_core::{Gatewright, rights};

use crate::{
    Problem,
    extract::{MailsQuery, Require},
    route::doc::{Administered, Always},
    view::admin as view,
};

/// Lists mails, newest first, without what they say and to whom. What was sent or given up is kept for a week.
#[utoipa::path(
    get, path = "/admin/v1/mails", tag = "admin", operation_id = "admin_list_mails",
    params(
        ("state" = Option<String>, Query, description = "`waiting`, `sent` or `given_up` only"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "Mails per page; 50 if it is absent"),
    ),
    security(("service_key" = ["mails:read"]), ("access_token" = ["mails:read"]), ("access_cookie" = ["mails:read"])),
    responses((status = 200, body = view::Mails), Always, Administered)
)]
pub(crate) async fn list(
    State(gate): State<Gatewright>,
    Require(by): Require<rights::MailsRead>,
    MailsQuery(wanted): MailsQuery,
) -> Result<Answer<view::Mails>, Problem> {
    Ok(Answer(view::Mails::new(&gate.list_mails(&by, wanted).await?, gate.mail_stats(&by).await?)))
}
