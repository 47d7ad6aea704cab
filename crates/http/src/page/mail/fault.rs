//! What was shown and typed, and what is said when it does not do: next to the field where it can be mended.

use std::time::Duration;

use axum::{
    http::{HeaderValue, header},
    response::Response,
};
use gatewright_core::{
    Error, Refusal, Shown,
    model::{Email, Invalid, InvalidReason, MailCode, MailToken},
};

use super::{
    MailPage, Way,
    showing::{self, Again},
};
use crate::{
    Code, Problem,
    page::{
        filled::Filled,
        text::{Say, Text},
        visit::Visit,
    },
};

/// Why nothing was done.
pub(super) enum Fault {
    /// A field is not as it should be.
    Field(&'static str, Text),
    /// The link is not good.
    Dead,
    /// The core says no.
    Core(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}

impl From<Invalid> for Fault {
    fn from(invalid: Invalid) -> Self {
        Self::Core(invalid.into())
    }
}

/// What of a mail is shown: its link, its code with the address, or the link and the code.
pub(super) fn shown(link: Option<&str>, filled: &Filled) -> Result<Shown, Fault> {
    let typed = filled.text("code").trim();
    let code = || MailCode::parse(typed).ok_or(Fault::Field("code", Text::BAD_CODE));
    match link {
        Some(link) => {
            let token = MailToken::parse(link).ok_or(Fault::Dead)?;
            if typed.is_empty() { Ok(Shown::Link(token)) } else { Ok(Shown::LinkAndCode { token, code: code()? }) }
        }
        None => {
            let email = Email::parse("email", filled.text("email").trim());
            let email = email.map_err(|_| Fault::Field("email", Text::BAD_EMAIL))?;
            Ok(Shown::Code { email, code: code()? })
        }
    }
}

/// What there is to say.
enum Answer {
    Field(&'static str, Say),
    Later(Duration),
    Dead,
    /// Nothing that could be mended here.
    Nothing,
}

impl Fault {
    /// Shows the form again with what is wrong, or that the link is dead.
    ///
    /// # Errors
    /// What nobody can mend by typing something else.
    pub(super) fn show(self, page: MailPage, visit: &Visit, way: &Way, filled: &Filled) -> Result<Response, Problem> {
        let (problem, answer) = match self {
            Self::Field(name, says) => (Problem::new(Code::ValidationFailed), Answer::Field(name, says.into())),
            Self::Dead => (Problem::new(Code::MailTokenInvalid), Answer::Dead),
            Self::Core(error) => {
                let answer = explain(&error, page, way, filled);
                // This is also where it is logged.
                (Problem::from(error), answer)
            }
        };
        let status = problem.code().status();
        let again = |notice, wrong| Again { filled, notice, wrong };
        let show = |again: Again<'_>| showing::show(page, visit, way, status, Some(&again));
        match answer {
            Answer::Nothing => Err(problem),
            Answer::Dead => Ok(showing::dead(page, visit)),
            Answer::Field(name, says) => Ok(show(again(Text::CHECK.into(), Some((name, says))))),
            Answer::Later(wait) => {
                let mut response = show(again(Text::LIMITED.with("minutes", whole(wait, 60)), None));
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(whole(wait, 1)));
                Ok(response)
            }
        }
    }
}

fn explain(error: &Error, page: MailPage, way: &Way, filled: &Filled) -> Answer {
    let by_link = matches!(way, Way::Link(_) | Way::Dead) && filled.text("code").trim().is_empty();
    let field = |name, says: Text| Answer::Field(name, says.into());
    match error {
        Error::Refused(Refusal::MailToken(_)) if by_link => Answer::Dead,
        Error::Refused(Refusal::MailToken(_)) => field("code", Text::WRONG_CODE),
        Error::Refused(Refusal::OtherBrowser) if page == MailPage::MagicLink => field("code", Text::BAD_CODE),
        Error::Refused(Refusal::OtherBrowser) => field("password", Text::WRONG_PASSWORD),
        Error::Refused(Refusal::UsernameTaken) => field("username", Text::TAKEN_USERNAME),
        Error::Throttled { retry_after } => Answer::Later(*retry_after),
        Error::Invalid(invalid) => explain_invalid(invalid),
        Error::Refused(_) | Error::OverCapacity { .. } | Error::Unavailable(_) | Error::Bug(_) => Answer::Nothing,
    }
}

fn explain_invalid(invalid: &Invalid) -> Answer {
    let says: Say = match (invalid.field, &invalid.reason) {
        (_, InvalidReason::PasswordTooShort { min }) => Text::SHORT_PASSWORD.with("min", *min),
        (_, InvalidReason::PasswordTooCommon) => Text::COMMON_PASSWORD.into(),
        ("new_password" | "password", InvalidReason::TooLong { .. }) => Text::LONG_PASSWORD.into(),
        ("new_password" | "password", _) => Text::NO_PASSWORD.into(),
        ("username", InvalidReason::TooLong { .. }) => Text::LONG_USERNAME.into(),
        ("username", _) => Text::BAD_USERNAME.into(),
        (_, _) => return Answer::Nothing,
    };
    Answer::Field(invalid.field, says)
}

/// So many whole `secs`, rounded up: too early would be refused again.
pub(in crate::page) fn whole(span: Duration, secs: u64) -> u64 {
    (span.as_secs() + u64::from(span.subsec_nanos() > 0)).div_ceil(secs)
}
