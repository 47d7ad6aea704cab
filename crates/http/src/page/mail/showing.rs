//! How such a page looks: what it is about, what there is to type, and the button.

use axum::{http::StatusCode, response::Response};

use super::{MailPage, Way};
use crate::page::{
    filled::Filled,
    next::Next,
    sheet::{Block, Fact, Field, FieldKind, Form, Sheet},
    text::{Say, Text},
    visit::{Visit, add},
};

/// What was typed before, and what is wrong with it.
pub(super) struct Again<'f> {
    pub(super) filled: &'f Filled,
    pub(super) notice: Say,
    /// The field that is wrong, and how.
    pub(super) wrong: Option<(&'static str, Say)>,
}

/// The page with its form. A dead link is forgotten, and its form is for a code.
pub(super) fn show(
    page: MailPage,
    visit: &Visit,
    way: &Way,
    status: StatusCode,
    again: Option<&Again<'_>>,
) -> Response {
    match way {
        Way::Dead => dead(page, visit),
        Way::Link(_) => {
            let link = visit.cookie(page.cookie()).ok().flatten().unwrap_or_default();
            visit.form(status, &sheet(page, visit, way, again, link))
        }
        Way::Code => visit.form(status, &sheet(page, visit, way, again, "")),
    }
}

/// A link that is not good, whatever the reason: used, run out, damaged, or for something else.
pub(super) fn dead(page: MailPage, visit: &Visit) -> Response {
    let form = form(page, visit, &Way::Code, None, "");
    let sheet = Sheet::new(Text::DEAD_TITLE).paragraph(Text::DEAD_WHY).paragraph(Text::DEAD_NEXT).block(form);
    let mut response = visit.form(StatusCode::BAD_REQUEST, &sheet);
    add(response.headers_mut(), page.cookie().delete(visit.names()));
    response
}

fn sheet(page: MailPage, visit: &Visit, way: &Way, again: Option<&Again<'_>>, link: &str) -> Sheet {
    let wording = page.wording(visit, way, again);
    let mut sheet = Sheet::new(wording.title).noticed(again.map(|again| again.notice.clone()));
    for lead in wording.leads {
        sheet = sheet.paragraph(lead);
    }
    sheet = match way {
        Way::Link(view) => {
            let address = (Text::EMAIL.into(), Fact::Is(view.email.as_str().to_owned()));
            let asked = (Text::ASKED.into(), Fact::When(view.asked_at));
            // Where the form itself names the address, once is enough.
            let is_in_form = wording.fields.iter().any(|field| matches!(field.kind, FieldKind::FixedEmail));
            sheet.block(Block::Facts(if is_in_form { vec![asked] } else { vec![address, asked] }))
        }
        Way::Code | Way::Dead => sheet.paragraph(Text::BY_CODE),
    };
    sheet = sheet.block(form(page, visit, way, again, link));
    match wording.closing {
        Some(closing) => sheet.block(Block::Small(closing.into())),
        None => sheet,
    }
}

fn form(page: MailPage, visit: &Visit, way: &Way, again: Option<&Again<'_>>, link: &str) -> Block {
    let wording = page.wording(visit, way, again);
    let proof = match way {
        Way::Link(_) => vec![],
        Way::Code | Way::Dead => vec![Field::email().value(visit.asked_address()), Field::code()],
    };
    let fields = proof.into_iter().chain(wording.fields).map(|field| with_what_was_typed(field, again));
    let next = match again {
        None => Next::asked(visit),
        Some(again) => Next::carried(visit, again.filled),
    };
    let form = Form::new(wording.button, visit.form_token(page.name(), link));
    Block::Form(Form { fields: fields.chain(Next::field(next.as_ref())).collect(), ..form })
}

fn with_what_was_typed(mut field: Field, again: Option<&Again<'_>>) -> Field {
    let Some(again) = again else { return field };
    field.error = again.wrong.as_ref().filter(|(name, _)| *name == field.name).map(|(_, says)| says.clone());
    if field.kind.may_be_repeated() {
        field.value = again.filled.text(field.name).to_owned();
    }
    field
}
