//! `/admin/v1/accounts`: all accounts.

use axum::{Json as Answer, extract::State, http::StatusCode};
use gatewright_core::{Gatewright, rights};

use crate::{
    Problem,
    extract::{AccountInPath, AccountsQuery, Client, Json, Require},
    route::doc::{Absent, Administered, Always, Conflicting, WithBody},
    view::admin as view,
};

/// Lists accounts, newest first; with `search` those whose address begins with it, by address.
#[utoipa::path(
    get, path = "/admin/v1/accounts", tag = "admin", operation_id = "admin_list_accounts",
    params(
        ("search" = Option<String>, Query, description = "How the address begins; capitals do not matter"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "Accounts of a page; 50 without it"),
    ),
    security(("service_key" = ["accounts:read"]), ("access_token" = ["accounts:read"]), ("access_cookie" = ["accounts:read"])),
    responses((status = 200, body = view::Accounts), Always, Administered)
)]
pub(crate) async fn list(
    State(gate): State<Gatewright>,
    Require(by): Require<rights::AccountsRead>,
    AccountsQuery { wanted, limit }: AccountsQuery,
) -> Result<Answer<view::Accounts>, Problem> {
    Ok(Answer(gate.list_accounts(&by, wanted, limit).await?.into()))
}

/// Makes an account with its first user, who owns it. Nobody learns a password: its owner gets a mail to choose one.
#[utoipa::path(
    post, path = "/admin/v1/accounts", tag = "admin", operation_id = "admin_create_account",
    request_body = view::CreateAccountRequest,
    security(("service_key" = ["accounts:write"]), ("access_token" = ["accounts:write"]),
        ("access_cookie" = ["accounts:write"])),
    responses((status = 201, body = view::AccountDetail), Always, Administered, WithBody, Conflicting)
)]
pub(crate) async fn create(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Require(by): Require<rights::AccountsWrite>,
    Json(body): Json<view::CreateAccountRequest>,
) -> Result<(StatusCode, Answer<view::AccountDetail>), Problem> {
    let made = gate.create_account_by(&by, body.try_into()?, &client).await?;
    Ok((StatusCode::CREATED, Answer((&made).into())))
}

/// Shows an account with its users and its living sessions.
#[utoipa::path(
    get, path = "/admin/v1/accounts/{id}", tag = "admin", operation_id = "admin_show_account",
    params(("id" = String, Path, format = Uuid)),
    security(("service_key" = ["accounts:read"]), ("access_token" = ["accounts:read"]), ("access_cookie" = ["accounts:read"])),
    responses((status = 200, body = view::AccountDetail), Always, Administered, Absent)
)]
pub(crate) async fn show(
    State(gate): State<Gatewright>,
    Require(by): Require<rights::AccountsRead>,
    AccountInPath(id): AccountInPath,
) -> Result<Answer<view::AccountDetail>, Problem> {
    Ok(Answer((&gate.account_by(&by, id).await?).into()))
}

/// Disables an account, which ends its sessions, or enables it again.
#[utoipa::path(
    patch, path = "/admin/v1/accounts/{id}", tag = "admin", operation_id = "admin_change_account",
    request_body = view::ChangeAccountRequest, params(("id" = String, Path, format = Uuid)),
    security(("service_key" = ["accounts:write"]), ("access_token" = ["accounts:write"]),
        ("access_cookie" = ["accounts:write"])),
    responses((status = 200, body = view::Account), Always, Administered, WithBody, Absent, Conflicting)
)]
pub(crate) async fn change(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Require(by): Require<rights::AccountsWrite>,
    AccountInPath(id): AccountInPath,
    Json(body): Json<view::ChangeAccountRequest>,
) -> Result<Answer<view::Account>, Problem> {
    let account = gate.set_account_openness(&by, id, body.openness(), &client).await?;
    Ok(Answer((&account).into()))
}

/// Deletes an account with everything that belongs to it. Cannot be undone.
#[utoipa::path(
    delete, path = "/admin/v1/accounts/{id}", tag = "admin", operation_id = "admin_delete_account",
    params(("id" = String, Path, format = Uuid)),
    security(("service_key" = ["accounts:write"]), ("access_token" = ["accounts:write"]),
        ("access_cookie" = ["accounts:write"])),
    responses((status = 204, description = "Deleted"), Always, Administered, Absent, Conflicting)
)]
pub(crate) async fn delete(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Require(by): Require<rights::AccountsWrite>,
    AccountInPath(id): AccountInPath,
) -> Result<StatusCode, Problem> {
    gate.delete_account_by(&by, id, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
