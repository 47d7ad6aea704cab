//! `/undo-email`: takes a change of address back, for whoever reads the old one. Nobody asked for this mail, so nothing is said to
//! those who did not.
//!
//! What must stay true: a program that presses the buttons of a link's page signs nobody out. No browser has asked for this, so
//! in every one the code of the mail is typed as well.

use gatewright_core::Shown;

use super::{Fault, Outcome, Visit, Way, Wording};
use crate::page::{done::Done, sheet::Field, text::Text};

pub(super) fn wording(way: &Way) -> Wording {
    let (mut leads, mut fields) = (vec![Text::UNDO_LEAD.into()], vec![]);
    if matches!(way, Way::Link(_)) {
        leads.push(Text::CODE_TOO.into());
        fields.push(Field::code());
    }
    Wording { title: Text::UNDO_TITLE, leads, fields, button: Text::UNDO_BUTTON.into(), closing: None }
}

pub(super) async fn act(visit: &Visit, shown: &Shown) -> Result<Outcome, Fault> {
    if matches!(shown, Shown::Link(_)) {
        return Err(Fault::Field("code", Text::BAD_CODE));
    }
    visit.edge.gate().undo_email_change(shown, &visit.client).await?;
    Ok(Outcome::Done(Done::Undone))
}
