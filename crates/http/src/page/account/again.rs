//! A form that is shown again because nothing was done: what was typed, what is wrong with it, and with which status. What must
//! stay true: only what somebody can mend here is explained here; everything else goes on as the error that it is.

use std::time::Duration;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use gatewright_core::{
    Error,
    model::{Invalid, InvalidReason},
};

use super::users::form::Wrong;
use crate::{
    Problem,
    page::{
        filled::Filled,
        mail::whole,
        member::{Member, Stop},
        sheet::{Field, Sheet},
        text::{Say, Text},
    },
};

/// A form that did not do.
pub(super) struct Again<'f> {
    /// Which of the page's forms it was.
    pub(super) act: &'static str,
    pub(super) filled: &'f Filled,
    pub(super) wrong: Option<Wrong>,
    notice: Say,
    status: StatusCode,
    wait: Option<Duration>,
}

impl<'f> Again<'f> {
    /// A field is not as it should be.
    pub(super) fn at(act: &'static str, filled: &'f Filled, wrong: Wrong) -> Self {
        let (notice, status) = (Text::CHECK.into(), StatusCode::UNPROCESSABLE_ENTITY);
        Self { act, filled, wrong: Some(wrong), notice, status, wait: None }
    }

    /// The core says no, and nothing that was typed is to blame.
    pub(super) fn told(act: &'static str, filled: &'f Filled, error: Error, says: Text) -> Self {
        let status = Problem::from(error).code().status();
        Self { act, filled, wrong: None, notice: says.into(), status, wait: None }
    }

    /// The core says no. `explain` finds the field where it can be mended.
    ///
    /// # Errors
    /// It cannot be mended here.
    pub(super) fn because(
        member: &Member,
        error: Error,
        act: &'static str,
        filled: &'f Filled,
        explain: impl FnOnce(&Error) -> Option<Wrong>,
    ) -> Result<Self, Stop> {
        if let Error::Throttled { retry_after } = error {
            let notice = Text::ACCOUNT_LIMITED.with("minutes", whole(retry_after, 60));
            let status = Problem::from(error).code().status();
            return Ok(Self { act, filled, wrong: None, notice, status, wait: Some(retry_after) });
        }
        let Some(wrong) = explain(&error) else { return Err(member.stop(error)) };
        let status = match Problem::from(error).code().status() {
            // It is known who this is: another way of showing it is not asked for (RFC 9110 section 15.5.2).
            StatusCode::UNAUTHORIZED => StatusCode::FORBIDDEN,
            status => status,
        };
        Ok(Self { act, filled, wrong: Some(wrong), notice: Text::CHECK.into(), status, wait: None })
    }

    /// The field with what was typed, if it was typed in this form, and what is wrong with it.
    pub(super) fn field(again: Option<&Self>, act: &str, field: Field) -> Field {
        let Some(again) = again.filter(|again| again.act == act) else { return field };
        let value = if field.kind.may_be_repeated() { again.filled.text(field.name).to_owned() } else { field.value };
        let error = again.wrong.as_ref().filter(|(name, _)| *name == field.name).map(|(_, says)| says.clone());
        Field { value, error, ..field }
    }

    /// The page with its notice, as an answer.
    pub(super) fn answer(again: Option<&Self>, member: &Member, sheet: Sheet) -> Response {
        let Some(again) = again else { return member.form(StatusCode::OK, &sheet) };
        let mut response = member.form(again.status, &sheet.noticed(Some(again.notice.clone())));
        if let Some(wait) = again.wait {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(whole(wait, 1)));
        }
        response
    }
}

/// What is wrong with a new password.
pub(super) fn wrong_password(invalid: &Invalid) -> Say {
    match &invalid.reason {
        InvalidReason::PasswordTooShort { min } => Text::SHORT_PASSWORD.with("min", *min),
        InvalidReason::PasswordTooCommon => Text::COMMON_PASSWORD.into(),
        InvalidReason::TooLong { .. } => Text::LONG_PASSWORD.into(),
        InvalidReason::Malformed
        | InvalidReason::TooShort { .. }
        | InvalidReason::NotAllowed
        | InvalidReason::TooMany { .. } => Text::NO_PASSWORD.into(),
    }
}
