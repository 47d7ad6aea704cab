//! Problem documents (RFC 9457): what is answered when something was not done. The one `match` that decides what the wire
//! may say of what the core knows stands here, and so does the one line that logs it.

use std::{borrow::Cow, time::Duration};

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use gatewright_core::{
    Error, Refusal, RotateError, StartError,
    model::{Invalid, InvalidReason, Timestamp},
    token::{Rejection, RotationError},
};

use crate::{Code, view};

/// Where the codes are explained; a code is an anchor of this page.
pub const DOCS_URL: &str = "https://github.com/gatewright/gatewright/blob/main/docs/errors.md";

/// When it is worth asking an unavailable store again.
const STORE_RETRY: Duration = Duration::from_secs(1);

/// Something was not done, and this is what we say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    code: Code,
    detail: Cow<'static, str>,
    field: Option<Cow<'static, str>>,
    retry_after: Option<Duration>,
    challenge: Challenge,
    audience: Audience,
}

/// Who reads a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Audience {
    /// Clients of ours.
    Own,
    /// Clients that speak OAuth, which look for the member `error` (RFC 6749 section 5.2).
    OAuth,
}

/// What `WWW-Authenticate` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Challenge {
    /// Nothing, or for a 401 what there is to say to somebody who sent no token (RFC 6750 section 3.1: no error code).
    Plain,
    /// The token that was sent is refused.
    InvalidToken,
    /// The session is too old for this (RFC 9470).
    StepUp { max_age: Duration },
}

impl Problem {
    /// The problem that `code` stands for, with its fixed words.
    #[must_use]
    pub const fn new(code: Code) -> Self {
        Self {
            code,
            detail: Cow::Borrowed(code.detail()),
            field: None,
            retry_after: None,
            challenge: Challenge::Plain,
            audience: Audience::Own,
        }
    }

    /// A form of OAuth's is not as it should be.
    pub(crate) fn of_form(detail: &'static str, field: Option<&'static str>) -> Self {
        Self { detail: Cow::Borrowed(detail), field: field.map(Cow::Borrowed), ..Self::new(Code::InvalidRequest) }
    }

    /// The same, for clients that speak OAuth.
    pub(crate) fn into_oauth(self) -> Self {
        Self { audience: Audience::OAuth, ..self }
    }

    /// A member, parameter or header is not as it should be. `detail` never repeats a value: it may be a secret.
    #[must_use]
    pub fn invalid(field: impl Into<Cow<'static, str>>, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { field: Some(field.into()), detail: detail.into(), ..Self::new(Code::ValidationFailed) }
    }

    /// The body as a whole is not as it should be.
    #[must_use]
    pub fn malformed(detail: &'static str) -> Self {
        Self { detail: Cow::Borrowed(detail), ..Self::new(Code::ValidationFailed) }
    }

    /// Its code.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// A token was sent, and it is not accepted.
    pub(crate) fn of_token(code: Code) -> Self {
        Self { challenge: Challenge::InvalidToken, ..Self::new(code) }
    }

    /// The signing keys were not rotated.
    pub(crate) fn of_rotation(error: RotateError, now: Timestamp) -> Self {
        match error {
            RotateError::Given => Self::new(Code::KeyFixed),
            RotateError::Refused(RotationError::NotYet { at }) => {
                Self::later(Code::KeyNotReady, Timestamp::from_secs(at).since(now))
            }
            RotateError::Failed(StartError::Store(error)) => Error::from(error).into(),
            RotateError::Refused(_) | RotateError::Failed(_) => {
                tracing::error!(%error, "the signing keys could not be rotated");
                Self::new(Code::InternalError)
            }
        }
    }

    fn later(code: Code, retry_after: Duration) -> Self {
        Self { retry_after: Some(retry_after), ..Self::new(code) }
    }

    /// The response, with the request's id if it is known.
    pub(crate) fn into_response_of(self, request_id: Option<&str>) -> Response {
        let status = self.code.status();
        let retry_after = self.retry_after.map(whole_secs);
        let body = view::Problem {
            type_: format!("{DOCS_URL}#{}", self.code.name()),
            title: self.code.title(),
            status: status.as_u16(),
            code: self.code,
            error: match self.audience {
                Audience::Own => None,
                Audience::OAuth => Some(oauth_error(self.code.status())),
            },
            detail: &self.detail,
            request_id,
            field: self.field.as_deref(),
            retry_after,
        };
        let mut response = Response::new(Body::from(serde_json::to_vec(&body).unwrap_or_default()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(secs) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(secs));
        }
        if let Some(challenge) = self.www_authenticate() {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response.extensions_mut().insert(self);
        response
    }

    fn www_authenticate(&self) -> Option<HeaderValue> {
        match self.challenge {
            Challenge::Plain => (self.code.status().as_u16() == 401).then_some(HeaderValue::from_static("Bearer")),
            Challenge::InvalidToken => Some(HeaderValue::from_static("Bearer error=\"invalid_token\"")),
            Challenge::StepUp { max_age } => {
                let secs = max_age.as_secs();
                let text = format!("Bearer error=\"insufficient_user_authentication\", max_age=\"{secs}\"");
                HeaderValue::try_from(text).ok()
            }
        }
    }
}

/// What OAuth calls a problem with this status: RFC 6749 sections 4.1.2.1 and 5.2, RFC 6750 section 3.1.
fn oauth_error(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "invalid_client",
        403 => "insufficient_scope",
        429 | 503 => "temporarily_unavailable",
        500.. => "server_error",
        _ => "invalid_request",
    }
}

/// `Retry-After` counts whole seconds (RFC 9110 section 10.2.3); too early would be refused again.
fn whole_secs(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}

/// In a router of ours the outermost layer adds the request's id.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.into_response_of(None)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        log(&error);
        match error {
            Error::Invalid(invalid) => invalid.into(),
            Error::Refused(refusal) => refusal.into(),
            Error::Throttled { retry_after } => Self::later(Code::RateLimited, retry_after),
            Error::OverCapacity { retry_after } => Self::later(Code::OverCapacity, retry_after),
            Error::Unavailable(_) => Self::later(Code::StoreUnavailable, STORE_RETRY),
            Error::Bug(_) => Self::new(Code::InternalError),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Credentials(_) => Self::new(Code::InvalidCredentials),
            Refusal::AccessToken(Rejection::Expired) => Self::of_token(Code::AccessTokenExpired),
            Refusal::AccessToken(_) | Refusal::SessionGone | Refusal::SessionDead(_) => {
                Self::of_token(Code::AccessTokenInvalid)
            }
            Refusal::RefreshToken(_) => Self::of_token(Code::RefreshTokenInvalid),
            Refusal::RefreshReused => Self::of_token(Code::RefreshTokenReused),
            Refusal::SelectionToken(_) => Self::of_token(Code::SelectionTokenInvalid),
            Refusal::MailToken(_) => Self::new(Code::MailTokenInvalid),
            Refusal::OtherBrowser => Self::new(Code::OtherBrowser),
            Refusal::NotFresh { max_age } => {
                Self { challenge: Challenge::StepUp { max_age }, ..Self::new(Code::ReauthenticationRequired) }
            }
            Refusal::PinRequired => Self::new(Code::PinRequired),
            Refusal::PinWrong => Self::new(Code::PinInvalid),
            Refusal::UserNotFound => Self::new(Code::UserNotFound),
            Refusal::NotFound => Self::new(Code::NotFound),
            Refusal::EmailTaken => Self::new(Code::EmailTaken),
            Refusal::UsernameTaken => Self::new(Code::UsernameTaken),
            Refusal::RefusedByRule { message, .. } => match message {
                Some(message) => Self { detail: message.into(), ..Self::new(Code::RefusedByRule) },
                None => Self::new(Code::RefusedByRule),
            },
            Refusal::PermissionDenied | Refusal::Impersonating => Self::new(Code::PermissionDenied),
            Refusal::LastOwner => Self::new(Code::LastOwner),
            Refusal::LastAdmin => Self::new(Code::LastAdmin),
            Refusal::BootstrapClosed => Self::new(Code::BootstrapClosed),
            Refusal::BootstrapSecret => Self::new(Code::InvalidCredentials),
            Refusal::ServiceKey(_) => Self::of_token(Code::ServiceKeyInvalid),
            Refusal::RoleFixed => Self::new(Code::RoleFixed),
        }
    }
}

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Self {
        let code = match invalid.reason {
            InvalidReason::PasswordTooShort { .. } => Code::PasswordTooShort,
            InvalidReason::PasswordTooCommon => Code::PasswordTooCommon,
            InvalidReason::Malformed
            | InvalidReason::TooLong { .. }
            | InvalidReason::TooShort { .. }
            | InvalidReason::NotAllowed
            | InvalidReason::TooMany { .. } => Code::ValidationFailed,
        };
        Self { detail: invalid.to_string().into(), field: Some(Cow::Borrowed(invalid.field)), ..Self::new(code) }
    }
}

fn log(error: &Error) {
    match error {
        Error::Bug(_) => tracing::error!(%error, "a request met a defect"),
        Error::Unavailable(cause) => {
            let cause: &dyn std::error::Error = cause;
            tracing::error!(%error, cause, "a request could not be served");
        }
        Error::OverCapacity { .. } | Error::Throttled { .. } => tracing::warn!(%error, "a request was put off"),
        Error::Refused(_) | Error::Invalid(_) => tracing::info!(%error, "a request was refused"),
    }
}
