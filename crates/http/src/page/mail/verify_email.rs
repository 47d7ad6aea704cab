//! `/verify-email`: proves the address of an account, or finishes a sign-up where that comes first.
//!
//! What must stay true: somebody whose address was given by somebody else confirms nothing by pressing a button. A sign-up that was
//! not begun in this browser takes the password that was chosen for it.

use gatewright_core::{
    LogoutProof, LogoutScope, Shown, Verified,
    model::{EmailVerification, MailPurpose, Plaintext, Transport},
};

use super::{Again, Fault, Filled, Outcome, Visit, Way, Wording};
use crate::page::{
    done::Done,
    sheet::{Field, FieldKind},
    text::Text,
};

const PASSWORD: &str = "password";

pub(super) fn wording(visit: &Visit, way: &Way, again: Option<&Again<'_>>) -> Wording {
    let is_asked_for = again.is_some_and(|again| again.wrong.as_ref().is_some_and(|(name, _)| *name == PASSWORD));
    let takes_password = takes_password(visit, way) || is_asked_for;
    let password = Field::new(PASSWORD, FieldKind::OwnPassword, Text::SIGN_UP_PASSWORD);
    let is_sign_up = match way {
        Way::Link(view) => view.purpose == MailPurpose::SignUp,
        Way::Code | Way::Dead => takes_password,
    };
    let (title, lead, button) = match (is_sign_up, takes_password) {
        (true, true) => (Text::FINISH_TITLE, Text::FINISH_ELSEWHERE, Text::FINISH_BUTTON),
        (true, false) => (Text::FINISH_TITLE, Text::FINISH_LEAD, Text::FINISH_BUTTON),
        (false, _) => (Text::VERIFY_TITLE, Text::VERIFY_LEAD, Text::VERIFY_BUTTON),
    };
    Wording {
        title,
        // Without a link, what to type is said below, and pressing the button alone is not enough.
        leads: if matches!(way, Way::Link(_)) || takes_password { vec![lead.into()] } else { vec![] },
        fields: if takes_password { vec![password] } else { vec![] },
        button: button.into(),
        closing: (!takes_password).then_some(Text::NOT_YOU),
    }
}

/// Whether a sign-up could be finished here by somebody who did not begin it. What a code is for is not known before it is
/// typed; where addresses are proved first, it is a sign-up.
fn takes_password(visit: &Visit, way: &Way) -> bool {
    match way {
        Way::Link(view) => view.purpose == MailPurpose::SignUp && !view.asked_here,
        Way::Code | Way::Dead => {
            visit.mark.is_none() && visit.edge.gate().policy().mail.verification == EmailVerification::Required
        }
    }
}

pub(super) async fn act(visit: &Visit, way: &Way, shown: &Shown, filled: &mut Filled) -> Result<Outcome, Fault> {
    let typed = filled.take(PASSWORD);
    let password = match (typed.is_empty(), takes_password(visit, way) && !matches!(way, Way::Dead)) {
        (true, true) => return Err(Fault::Field(PASSWORD, Text::NO_PASSWORD)),
        (true, false) => None,
        (false, _) => Some(Plaintext::parse(PASSWORD, typed)?),
    };
    let gate = visit.edge.gate();
    match gate.verify_email(shown, visit.mark.as_ref(), password.as_ref(), &visit.client).await? {
        Verified::Proved | Verified::ProvedBefore => Ok(Outcome::Done(Done::Verified)),
        Verified::SignedUp => Ok(Outcome::Done(Done::SignedUp)),
        Verified::SignedIn(signed_in) if signed_in.standing.session.transport == Transport::Body => {
            // An app signed up, and gets no token through a page: the session would stay open for nobody.
            let proof = LogoutProof::AccessToken(&signed_in.access_token);
            gate.logout(proof, LogoutScope::Session, &visit.client).await?;
            Ok(Outcome::Done(Done::SignedUp))
        }
        Verified::SignedIn(signed_in) => Ok(Outcome::SignedIn(Done::SignedIn, Box::new(signed_in))),
    }
}
