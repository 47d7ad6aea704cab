//! `/invitation`: makes whoever was invited a user of the account, and signs that user in.

use gatewright_core::{
    Joining, Shown,
    model::{ProfilePatch, Transport, Username},
};

use super::{Fault, Filled, Outcome, Visit, Wording};
use crate::page::{
    done::Done,
    sheet::{Field, FieldKind},
    text::Text,
};

pub(super) fn wording() -> Wording {
    let username = Field::new("username", FieldKind::Username, Text::USERNAME).hint(Text::USERNAME_HINT);
    Wording {
        title: Text::INVITATION_TITLE,
        leads: vec![Text::INVITATION_LEAD.into()],
        fields: vec![username],
        button: Text::INVITATION_BUTTON.into(),
        closing: None,
    }
}

pub(super) async fn act(visit: &Visit, shown: Shown, filled: &Filled) -> Result<Outcome, Fault> {
    let typed = filled.text("username").trim();
    if typed.is_empty() {
        return Err(Fault::Field("username", Text::NO_USERNAME));
    }
    let username = Username::parse("username", typed)?;
    let (profile, transport) = (ProfilePatch::default(), Transport::Cookie);
    let joining = Joining { shown, username, profile, transport, label: None };
    let signed_in = visit.edge.gate().accept_invitation(joining, &visit.client).await?;
    Ok(Outcome::SignedIn(Done::Joined, Box::new(signed_in)))
}
