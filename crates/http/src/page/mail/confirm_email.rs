//! `/confirm-email`: proves the new address of an account, which has it from then on.
//!
//! What must stay true: a program that presses the buttons of a link's page gives nobody's account anybody's address. So in
//! another browser than the one that asked, the code of the mail is typed as well.

use gatewright_core::Shown;

use super::{Fault, Outcome, Visit, Way, Wording};
use crate::page::{done::Done, sheet::Field, text::Text};

pub(super) fn wording(way: &Way) -> Wording {
    let (mut leads, mut fields) = (vec![Text::CONFIRM_LEAD.into()], vec![]);
    if is_elsewhere(way) {
        leads.push(Text::CODE_TOO.into());
        fields.push(Field::code());
    }
    Wording {
        title: Text::CONFIRM_TITLE,
        leads,
        fields,
        button: Text::CONFIRM_BUTTON.into(),
        closing: Some(Text::NOT_YOU),
    }
}

pub(super) async fn act(visit: &Visit, way: &Way, shown: &Shown) -> Result<Outcome, Fault> {
    if is_elsewhere(way) && matches!(shown, Shown::Link(_)) {
        return Err(Fault::Field("code", Text::BAD_CODE));
    }
    visit.edge.gate().confirm_email_change(shown, &visit.client).await?;
    Ok(Outcome::Done(Done::Email))
}

fn is_elsewhere(way: &Way) -> bool {
    match way {
        Way::Link(view) => !view.asked_here,
        Way::Dead | Way::Code => false,
    }
}
