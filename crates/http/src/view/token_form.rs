//! What a service sends to ask about a token or to revoke it; read by `extract/token_form.rs`.

use utoipa::ToSchema;

/// A token (RFC 7662 section 2.1, RFC 7009 section 2.1).
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it describes a form that is read by hand, since its parameters may come once only")]
pub(crate) struct TokenForm {
    /// An access or a refresh token.
    token: String,
    /// `access_token` or `refresh_token`. Not looked at: a token tells itself what it is.
    token_type_hint: Option<String>,
}
