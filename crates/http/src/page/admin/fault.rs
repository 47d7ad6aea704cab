//! Why nothing was done, in words, and where they stand: at the field where it can be mended, or above everything.

use axum::http::StatusCode;
use gatewright_core::Error;

use crate::{
    Code, Problem,
    page::{
        sheet::{Field, Form, Sheet},
        text::{Say, Text},
    },
};

/// Why nothing was done.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    status: StatusCode,
    spot: Spot,
    says: Say,
}

/// Where it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spot {
    /// Above everything.
    Above,
    /// At this field.
    Field(&'static str),
    /// Above everything, and what was typed is not shown again, because it was about something else than what is there.
    Instead,
}

impl Fault {
    /// A field is not as it should be.
    pub(super) fn at(field: &'static str, says: impl Into<Say>) -> Self {
        Self { status: Code::ValidationFailed.status(), spot: Spot::Field(field), says: says.into() }
    }

    /// It cannot be done at all, or not now.
    pub(super) fn new(code: Code, says: impl Into<Say>) -> Self {
        Self { status: code.status(), spot: Spot::Above, says: says.into() }
    }

    /// What the core refuses. It keeps its status, and is logged here.
    pub(super) fn refused(error: Error, says: impl Into<Say>) -> Self {
        Self { status: Problem::from(error).code().status(), spot: Spot::Above, says: says.into() }
    }

    /// Somebody else has changed meanwhile what it was about.
    pub(super) fn overtaken() -> Self {
        Self { status: StatusCode::CONFLICT, spot: Spot::Instead, says: Text::PEOPLE_USER_CHANGED.into() }
    }

    pub(super) fn is_overtaken(&self) -> bool {
        self.spot == Spot::Instead
    }

    /// The same, said at this field.
    pub(super) fn moved_to(self, field: &'static str) -> Self {
        Self { spot: Spot::Field(field), ..self }
    }

    /// What stands above everything.
    fn notice(&self) -> Say {
        match self.spot {
            Spot::Field(_) => Text::CHECK.into(),
            Spot::Above | Spot::Instead => self.says.clone(),
        }
    }
}

/// The status of a page that says this, or nothing of the kind.
pub(super) fn status(fault: Option<&Fault>) -> StatusCode {
    fault.map_or(StatusCode::OK, |fault| fault.status)
}

/// The page with what went wrong or, if nothing did, with what was done.
pub(super) fn told(sheet: Sheet, fault: Option<&Fault>, done: Option<Text>) -> Sheet {
    match fault {
        Some(fault) => sheet.noticed(Some(fault.notice())),
        None => sheet.done(done.map(Into::into)),
    }
}

/// The form with what is wrong at its field.
pub(super) fn marked(form: Form, fault: Option<&Fault>) -> Form {
    let Some(fault) = fault else { return form };
    let mark = |field: Field| {
        let error = (fault.spot == Spot::Field(field.name)).then(|| fault.says.clone());
        field.error(error)
    };
    Form { fields: form.fields.into_iter().map(mark).collect(), ..form }
}
