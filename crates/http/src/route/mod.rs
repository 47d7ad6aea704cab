//! The routes, each in the file that its URL names, and the document that describes them.

mod admin;
mod auth;
mod delivery;
mod doc;
mod well_known;

use axum::middleware::map_response;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        ComponentsBuilder,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouterExt},
    routes,
};

pub(crate) use self::{
    admin::activity::export::exported,
    auth::logout::clear_site_data,
    delivery::{cookies as session_cookies, forget, remember},
};
use crate::{Edge, view};

/// Every route, with its description.
pub(crate) fn api() -> OpenApiRouter<Edge> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(auth::signup::sign_up))
        .routes(routes!(auth::login::login))
        .routes(routes!(auth::select::select))
        .routes(routes!(auth::refresh::refresh))
        .routes(routes!(auth::switch::switch))
        .routes(routes!(auth::reauthenticate::reauthenticate))
        .routes(routes!(auth::logout::logout))
        .routes(routes!(auth::me::show, auth::me::change))
        .routes(routes!(auth::users::list, auth::users::add))
        .routes(routes!(auth::users::change, auth::users::remove))
        .routes(routes!(auth::pin::set, auth::pin::remove))
        .routes(routes!(auth::sessions::list))
        .routes(routes!(auth::sessions::end))
        .routes(routes!(auth::activity::page))
        .routes(routes!(auth::password::change))
        .routes(routes!(auth::password::forgot::forgot))
        .routes(routes!(auth::password::reset::reset))
        .routes(routes!(auth::email::ask))
        .routes(routes!(auth::email::resend::resend))
        .routes(routes!(auth::email::verify::verify))
        .routes(routes!(auth::email::confirm::confirm))
        .routes(routes!(auth::email::undo::undo))
        .routes(routes!(auth::magic_link::ask))
        .routes(routes!(auth::magic_link::redeem::redeem))
        .routes(routes!(auth::invitations::invite))
        .routes(routes!(auth::invitations::accept::accept))
        .routes(routes!(auth::account::delete))
        .routes(routes!(auth::account::export))
        .routes(routes!(auth::verify::verify))
        .merge(auth::verify::below())
        .routes(routes!(auth::openapi::document))
        .routes(routes!(auth::introspect::introspect).layer(map_response(auth::introspect::as_oauth)))
        .routes(routes!(auth::revoke::revoke).layer(map_response(auth::introspect::as_oauth)))
        .routes(routes!(well_known::jwks))
        .routes(routes!(well_known::oauth::metadata))
        .merge(admin::api())
}

/// The description of the API (OpenAPI 3.1), as `GET /auth/openapi.json` gives it for a router at the root.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    api().split_for_parts().1
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Gatewright",
        description = "Accounts with many users, sessions and tokens. Errors are problem documents (RFC 9457) whose `code` \
                       is stable. Times are RFC 3339 in UTC, durations are seconds.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    components(schemas(view::Problem<'static>)),
    modifiers(&SecuritySchemes),
    tags(
        (name = "session", description = "Signing in and staying so"),
        (name = "account", description = "The account and its users"),
        (name = "mail", description = "What is done by mail: proving an address, and by that what one may. A mail carries a \
                                       link with a token and a code; either works once"),
        (name = "admin", description = "For users with a role that gives the permission which a call names beside its ways to \
                                        authenticate, whose session is fresh; and for programs with a service key that may"),
        (name = "service", description = "For services that verify tokens"),
    )
)]
struct Document;

/// How calls are authenticated.
struct SecuritySchemes;

impl Modify for SecuritySchemes {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = |format: &str, says: &str| {
            let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format(format);
            SecurityScheme::Http(scheme.description(Some(says)).build())
        };
        let cookie =
            |name: &str, says: &str| SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(name, says)));
        let tag = "The name ends in the tag of the session. The header `Gatewright-Session` chooses among several.";
        let components = ComponentsBuilder::from(document.components.take().unwrap_or_default())
            .security_scheme("access_token", bearer("JWT", "The access token"))
            .security_scheme("access_cookie", cookie("__Host-gw_at_{tag}", tag))
            .security_scheme("refresh_token", bearer("gwr", "The refresh token; may be in the body instead"))
            .security_scheme("refresh_cookie", cookie("__Host-gw_rt_{tag}", tag))
            .security_scheme("service_key", bearer("gwk", "A service key; never from a browser"))
            .security_scheme("selection_token", bearer("JWT", "The selection token; may be in the body instead"));
        document.components = Some(components.build());
    }
}
