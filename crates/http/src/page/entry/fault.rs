//! What is said when signing in or up does not do: next to the field where it can be mended, and never more than the core tells.

use std::time::Duration;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use gatewright_core::{
    Error, Refusal,
    model::{Invalid, InvalidReason},
};

use crate::{
    Problem,
    page::{
        mail::whole,
        text::{Say, Text},
    },
};

/// What is wrong with what was filled in.
pub(super) struct Wrong {
    pub(super) status: StatusCode,
    pub(super) notice: Say,
    field: Option<(&'static str, Say)>,
    retry_after: Option<Duration>,
}

impl Wrong {
    /// A field is not as it should be.
    pub(super) fn field(name: &'static str, says: impl Into<Say>) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            notice: Text::CHECK.into(),
            field: Some((name, says.into())),
            retry_after: None,
        }
    }

    /// What there is to say at this field.
    pub(super) fn at(&self, name: &str) -> Option<Say> {
        self.field.as_ref().filter(|(wrong, _)| *wrong == name).map(|(_, says)| says.clone())
    }

    /// With when it is worth coming back.
    pub(super) fn on(&self, mut response: Response) -> Response {
        if let Some(wait) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(whole(wait, 1)));
        }
        response
    }

    /// What the core refused.
    ///
    /// # Errors
    /// What nobody can mend by typing something else.
    pub(super) fn of(error: Error) -> Result<Self, Problem> {
        let (field, notice, retry_after) = match &error {
            Error::Refused(Refusal::Credentials(_)) => (Some(("password", Text::LOGIN_WRONG.into())), None, None),
            Error::Refused(Refusal::EmailTaken) => (Some(("email", Text::SIGNUP_TAKEN.into())), None, None),
            Error::Refused(Refusal::UsernameTaken) => (Some(("username", Text::TAKEN_USERNAME.into())), None, None),
            Error::Refused(Refusal::RefusedByRule { message: Some(message), .. }) => {
                (None, Some(Text::ENTRY_RULE.with("message", message.as_str())), None)
            }
            Error::Refused(Refusal::RefusedByRule { message: None, .. }) => {
                (None, Some(Text::ENTRY_RULE_SILENT.into()), None)
            }
            Error::Throttled { retry_after } => {
                let says = Text::ENTRY_LIMITED.with("minutes", whole(*retry_after, 60));
                (None, Some(says), Some(*retry_after))
            }
            Error::Invalid(invalid) => (of_invalid(invalid), None, None),
            Error::Refused(_) | Error::OverCapacity { .. } | Error::Unavailable(_) | Error::Bug(_) => {
                (None, None, None)
            }
        };
        // This is also where it is logged.
        let problem = Problem::from(error);
        if field.is_none() && notice.is_none() {
            return Err(problem);
        }
        let notice = notice.unwrap_or_else(|| Text::CHECK.into());
        Ok(Self { status: problem.code().status(), notice, field, retry_after })
    }
}

impl From<Invalid> for Wrong {
    fn from(invalid: Invalid) -> Self {
        let (name, says) = of_invalid(&invalid).unwrap_or((invalid.field, Text::MALFORMED.into()));
        Self::field(name, says)
    }
}

fn of_invalid(invalid: &Invalid) -> Option<(&'static str, Say)> {
    let says: Say = match (invalid.field, &invalid.reason) {
        (_, InvalidReason::PasswordTooShort { min }) => Text::SHORT_PASSWORD.with("min", *min),
        (_, InvalidReason::PasswordTooCommon) => Text::COMMON_PASSWORD.into(),
        ("password", InvalidReason::TooLong { .. }) => Text::LONG_PASSWORD.into(),
        ("password", _) => Text::NO_PASSWORD.into(),
        ("username", InvalidReason::TooLong { .. }) => Text::LONG_USERNAME.into(),
        ("username", _) => Text::BAD_USERNAME.into(),
        ("email", _) => Text::BAD_EMAIL.into(),
        ("profile.display_name", _) => return Some(("display_name", Text::SIGNUP_BAD_NAME.into())),
        (_, _) => return None,
    };
    Some((invalid.field, says))
}
