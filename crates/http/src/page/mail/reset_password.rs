//! `/reset-password`: sets a new password, which ends all sessions and signs nobody in. A password that is refused spends nothing.

use gatewright_core::{Shown, model::Plaintext};

use super::{Fault, Filled, Outcome, Visit, Way, Wording};
use crate::page::{
    done::Done,
    sheet::{Field, FieldKind},
    text::Text,
};

pub(super) fn wording(visit: &Visit, way: &Way) -> Wording {
    let min = visit.edge.gate().policy().passwords.min_length;
    let hint = Text::NEW_PASSWORD_HINT.with("min", min);
    let password = Field::new("new_password", FieldKind::NewPassword, Text::NEW_PASSWORD).hint(hint);
    // So that a password manager knows whose password it is.
    let whose = match way {
        Way::Link(view) => Some(Field::new("email", FieldKind::FixedEmail, Text::EMAIL).value(view.email.as_str())),
        Way::Code | Way::Dead => None,
    };
    Wording {
        title: Text::RESET_TITLE,
        leads: vec![Text::RESET_LEAD.into()],
        fields: whose.into_iter().chain([password]).collect(),
        button: Text::RESET_BUTTON.into(),
        closing: Some(Text::NOT_YOU),
    }
}

pub(super) async fn act(visit: &Visit, shown: &Shown, filled: &mut Filled) -> Result<Outcome, Fault> {
    let new = Plaintext::parse("new_password", filled.take("new_password"))?;
    visit.edge.gate().reset_password(shown, &new, &visit.client).await?;
    Ok(Outcome::Done(Done::Password))
}
