//! What a token is (RFC 7662 section 2.2).

use gatewright_core::{Introspected, model, token::Acting};
use serde::Serialize;
use utoipa::ToSchema;

/// What a token is. One that is good for nothing, for whatever reason, is `{"active":false}` and nothing else.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Introspection {
    active: bool,
    #[serde(flatten)]
    token: Option<ActiveToken>,
}

/// A token that is good.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActiveToken {
    /// `Bearer` for an access token, `refresh_token` for a refresh token.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    iss: String,
    /// The audience of an access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<String>,
    /// The user.
    #[schema(format = Uuid)]
    sub: String,
    #[schema(format = Uuid)]
    account_id: String,
    #[schema(format = Uuid)]
    session_id: String,
    /// The name that the user has now.
    username: String,
    /// The roles that the user has now, which may be fewer than the token says.
    roles: Vec<String>,
    /// What they let the user do now, separated by spaces.
    scope: String,
    amr: Vec<&'static str>,
    /// Seconds since 1970.
    auth_time: i64,
    /// Seconds since 1970. Of a refresh token the moment when its session began.
    iat: i64,
    /// Seconds since 1970. Of a refresh token the end of its session.
    exp: i64,
    /// The name of an access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Uuid)]
    jti: Option<String>,
    /// Who acts as the user, if it is somebody else (RFC 8693 section 4.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    act: Option<Acting>,
}

impl Introspection {
    /// `issuer` is ours.
    pub(crate) fn new(introspected: Introspected, issuer: &str) -> Self {
        let token = match introspected {
            Introspected::Inactive => return Self { active: false, token: None },
            Introspected::Access { claims, standing, permissions } => ActiveToken {
                token_type: "Bearer",
                aud: Some(claims.audience),
                iat: claims.issued_at,
                exp: claims.expires_at,
                jti: Some(claims.token_id.to_string()),
                act: claims.acting,
                ..ActiveToken::of(&standing, &permissions, issuer)
            },
            Introspected::Refresh { standing, permissions } => ActiveToken::of(&standing, &permissions, issuer),
        };
        Self { active: true, token: Some(token) }
    }
}

impl ActiveToken {
    fn of(standing: &model::Standing, permissions: &model::Permissions, issuer: &str) -> Self {
        let (session, user) = (&standing.session, &standing.user);
        let permissions: Vec<&str> = permissions.iter().map(model::Permission::as_str).collect();
        Self {
            token_type: "refresh_token",
            iss: issuer.to_owned(),
            aud: None,
            sub: user.id.to_string(),
            account_id: session.account_id.to_string(),
            session_id: session.id.to_string(),
            username: user.username.to_string(),
            roles: user.roles.names().iter().map(ToString::to_string).collect(),
            scope: permissions.join(" "),
            amr: session.amr.iter().map(|method| method.name()).collect(),
            auth_time: session.auth_time.secs(),
            iat: session.created_at.secs(),
            exp: session.absolute_end.min(session.idle_end).secs(),
            jti: None,
            act: None,
        }
    }
}
