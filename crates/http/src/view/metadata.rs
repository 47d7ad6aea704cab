//! What an OAuth client may want to know (RFC 8414 section 2).

use serde::Serialize;
use utoipa::ToSchema;

/// The metadata of the issuer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Metadata {
    /// `iss` of the tokens, byte for byte (SECURITY JW20).
    issuer: String,
    jwks_uri: String,
    introspection_endpoint: String,
    /// A service key is shown as a bearer token.
    introspection_endpoint_auth_methods_supported: [&'static str; 1],
    revocation_endpoint: String,
    revocation_endpoint_auth_methods_supported: [&'static str; 1],
    /// None: there is no authorisation endpoint.
    response_types_supported: [&'static str; 0],
    /// None: there is no token endpoint.
    grant_types_supported: [&'static str; 0],
    service_documentation: String,
}

impl Metadata {
    pub(crate) fn new(issuer: &str, documentation: &str) -> Self {
        let at = |path: &str| format!("{}{path}", issuer.trim_end_matches('/'));
        Self {
            issuer: issuer.to_owned(),
            jwks_uri: at("/.well-known/jwks.json"),
            introspection_endpoint: at("/auth/introspect"),
            introspection_endpoint_auth_methods_supported: ["Bearer"],
            revocation_endpoint: at("/auth/revoke"),
            revocation_endpoint_auth_methods_supported: ["Bearer"],
            response_types_supported: [],
            grant_types_supported: [],
            service_documentation: documentation.to_owned(),
        }
    }
}
