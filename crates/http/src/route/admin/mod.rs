//! `/admin/v1/…`: each call in the file that its URL names. What must stay true: each takes [`Require`](crate::extract::Require)
//! with the right that its description names, before it looks at anything else; none takes or shows a password.

pub(crate) mod accounts;
pub(crate) mod activity;
pub(crate) mod bootstrap;
pub(crate) mod deliveries;
pub(crate) mod impersonate;
pub(crate) mod keys;
pub(crate) mod mails;
pub(crate) mod reset;
pub(crate) mod roles;
pub(crate) mod rules;
pub(crate) mod service_keys;
pub(crate) mod sessions;
pub(crate) mod settings;
pub(crate) mod stats;
pub(crate) mod users;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Edge;

/// Every route of the admin API, with its description.
pub(crate) fn api() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(bootstrap::bootstrap))
        .routes(routes!(accounts::list, accounts::create))
        .routes(routes!(accounts::show, accounts::change, accounts::delete))
        .routes(routes!(reset::start))
        .routes(routes!(users::list))
        .routes(routes!(users::show, users::change, users::remove))
        .routes(routes!(impersonate::impersonate))
        .routes(routes!(roles::list))
        .routes(routes!(roles::put, roles::remove))
        .routes(routes!(sessions::list))
        .routes(routes!(sessions::end))
        .routes(routes!(activity::page))
        .routes(routes!(activity::export::export))
        .routes(routes!(keys::list))
        .routes(routes!(keys::rotate::rotate))
        .routes(routes!(service_keys::list, service_keys::create))
        .routes(routes!(service_keys::revoke))
        .routes(routes!(rules::list, rules::create))
        .routes(routes!(rules::show, rules::change, rules::remove))
        .routes(routes!(rules::rotate_secret::rotate))
        .routes(routes!(rules::test::test))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::replay::replay))
        .routes(routes!(mails::list))
        .routes(routes!(mails::retry::retry))
        .routes(routes!(settings::show))
        .routes(routes!(stats::show))
}
