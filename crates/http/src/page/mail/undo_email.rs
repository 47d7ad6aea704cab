//! `/undo-email`: takes a change of address back, for whoever reads the old one. Nobody asked for this mail, so nothing is said to
//! those who did not.

use gatewright_core::Shown;

use super::{Fault, Outcome, Visit, Wording};
use crate::page::{done::Done, text::Text};

pub(super) fn wording() -> Wording {
    Wording {
        title: Text::UndoTitle,
        leads: vec![Text::UndoLead.into()],
        fields: vec![],
        button: Text::UndoButton.into(),
        closing: None,
    }
}

pub(super) async fn act(visit: &Visit, shown: &Shown) -> Result<Outcome, Fault> {
    visit.edge.gate().undo_email_change(shown, &visit.client).await?;
    Ok(Outcome::Done(Done::Undone))
}
