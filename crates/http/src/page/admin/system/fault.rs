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
    pub(super) status: StatusCode,
    field: Option<&'static str>,
    says: Say,
}

impl Fault {
    /// A field is not as it should be.
    pub(super) fn at(field: &'static str, says: impl Into<Say>) -> Self {
        Self { status: Code::ValidationFailed.status(), field: Some(field), says: says.into() }
    }

    /// What the core refuses, said at a field. It keeps its status, and is logged here.
    pub(super) fn of(error: Error, field: &'static str, says: impl Into<Say>) -> Self {
        Self { status: Problem::from(error).code().status(), field: Some(field), says: says.into() }
    }

    /// What the core refuses, said above everything.
    pub(super) fn whole(error: Error, says: impl Into<Say>) -> Self {
        Self { status: Problem::from(error).code().status(), field: None, says: says.into() }
    }

    /// The page with what went wrong.
    pub(super) fn told(fault: Option<&Self>, sheet: Sheet) -> Sheet {
        let Some(fault) = fault else { return sheet };
        let notice = if fault.field.is_some() { Text::CHECK.into() } else { fault.says.clone() };
        sheet.noticed(Some(notice))
    }

    /// The form with what is wrong at its field.
    pub(super) fn marked(fault: Option<&Self>, form: Form) -> Form {
        let Some(fault) = fault else { return form };
        let mark = |field: Field| {
            let error = (fault.field == Some(field.name)).then(|| fault.says.clone());
            field.error(error)
        };
        Form { fields: form.fields.into_iter().map(mark).collect(), ..form }
    }

    pub(super) fn status(fault: Option<&Self>) -> StatusCode {
        fault.map_or(StatusCode::OK, |fault| fault.status)
    }
}
