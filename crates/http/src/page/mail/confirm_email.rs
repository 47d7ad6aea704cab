//! `/confirm-email`: proves the new address of an account, which has it from then on.

use gatewright_core::Shown;

use super::{Fault, Outcome, Visit, Wording};
use crate::page::{done::Done, text::Text};

pub(super) fn wording() -> Wording {
    Wording {
        title: Text::ConfirmTitle,
        leads: vec![Text::ConfirmLead.into()],
        fields: vec![],
        button: Text::ConfirmButton.into(),
        closing: Some(Text::NotYou),
    }
}

pub(super) async fn act(visit: &Visit, shown: &Shown) -> Result<Outcome, Fault> {
    visit.edge.gate().confirm_email_change(shown, &visit.client).await?;
    Ok(Outcome::Done(Done::Email))
}
