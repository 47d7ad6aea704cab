//! The answers of the layers: problem documents (RFC 9457) with the codes of Gatewright, and the challenge of RFC 6750.
//! They never say what was wrong with a token beyond "expired", which is all that an honest client can act on.

use http::{HeaderValue, Response, StatusCode, header};

/// One refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    TokenMissing,
    TokenInvalid,
    TokenExpired,
    Denied,
    Unavailable,
}

impl Problem {
    fn parts(self) -> (StatusCode, &'static str, &'static str, Option<&'static str>) {
        let unauthorized = StatusCode::UNAUTHORIZED;
        match self {
            Self::TokenMissing => (unauthorized, "access_token_invalid", "An access token is required", Some("Bearer")),
            Self::TokenInvalid => (
                unauthorized,
                "access_token_invalid",
                "The access token is not valid",
                Some(r#"Bearer error="invalid_token""#),
            ),
            Self::TokenExpired => (
                unauthorized,
                "access_token_expired",
                "The access token has expired",
                Some(r#"Bearer error="invalid_token", error_description="expired""#),
            ),
            Self::Denied => (StatusCode::FORBIDDEN, "permission_denied", "The caller may not do this", None),
            Self::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, "keys_unavailable", "Tokens cannot be verified at the moment", None)
            }
        }
    }

    pub(super) fn response<B: From<String>>(self) -> Response<B> {
        let (status, code, title, challenge) = self.parts();
        let body =
            format!(r#"{{"type":"about:blank","title":"{title}","status":{},"code":"{code}"}}"#, status.as_u16());
        let mut response = Response::new(B::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(challenge) = challenge {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if self == Self::Unavailable {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}
