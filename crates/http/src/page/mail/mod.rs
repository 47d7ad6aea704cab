//! The pages that links in mails lead to. All go the same way, which stands here and in the files beside this; what each of them says
//! and does stands in the file of its name.
//!
//! What must stay true: the link's token goes into a cookie and out of the address before anything is shown (SECURITY EM6); a
//! reading asks the core for a look, which changes nothing (EM3); a form acts on the very token that its page was about, or
//! not at all (WB6); and a link that is good does not get lost by something mistyped.

mod confirm_email;
mod fault;
mod invitation;
mod magic_link;
mod reset_password;
mod showing;
mod undo_email;
mod verify_email;

use axum::{http::StatusCode, response::Response};
use gatewright_core::{
    Error, MailTokenView, Refusal, Selection, Shown, SignedIn,
    model::{MailPurpose, MailToken},
};

pub(super) use self::fault::whole;
use self::{fault::Fault, showing::Again};
use super::{
    cookies::PageCookie,
    done::Done,
    entry::arrive,
    family::select,
    filled::Filled,
    next::Next,
    sheet::{Field, Href},
    stale,
    text::{Say, Text},
    visit::{Visit, add},
};
use crate::Problem;

/// A page that a mail's link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MailPage {
    VerifyEmail,
    ResetPassword,
    MagicLink,
    ConfirmEmail,
    UndoEmail,
    Invitation,
}

/// What somebody has who is at such a page.
enum Way {
    /// The link of a mail that is good for this page.
    Link(MailTokenView),
    /// A link that is not good.
    Dead,
    /// No link: what a mail's code is typed for.
    Code,
}

/// What a page says of itself.
struct Wording {
    title: Text,
    /// What the button does.
    leads: Vec<Say>,
    /// What has to be typed, beside address and code.
    fields: Vec<Field>,
    button: Say,
    /// What to do who did not want this.
    closing: Option<Text>,
}

/// What came of it.
enum Outcome {
    Done(Done),
    /// And this browser has a session now.
    SignedIn(Done, Box<SignedIn>),
    /// Who is there has to be chosen.
    Select(Selection),
}

impl MailPage {
    pub(super) const ALL: [Self; 6] = [
        Self::VerifyEmail,
        Self::ResetPassword,
        Self::MagicLink,
        Self::ConfirmEmail,
        Self::UndoEmail,
        Self::Invitation,
    ];

    /// Where it stands. Mails hold these addresses.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::VerifyEmail => "/verify-email",
            Self::ResetPassword => "/reset-password",
            Self::MagicLink => "/magic-link",
            Self::ConfirmEmail => "/confirm-email",
            Self::UndoEmail => "/undo-email",
            Self::Invitation => "/invitation",
        }
    }

    /// The path as seen from a page beside it.
    fn beside(self) -> &'static str {
        self.path().trim_start_matches('/')
    }

    /// In the names of its cookie and of what makes its forms good.
    const fn name(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::MagicLink => "magic_link",
            Self::ConfirmEmail => "confirm_email",
            Self::UndoEmail => "undo_email",
            Self::Invitation => "invitation",
        }
    }

    const fn cookie(self) -> PageCookie {
        PageCookie::Link(self.name())
    }

    const fn purposes(self) -> &'static [MailPurpose] {
        match self {
            Self::VerifyEmail => &[MailPurpose::VerifyEmail, MailPurpose::SignUp],
            Self::ResetPassword => &[MailPurpose::ResetPassword],
            Self::MagicLink => &[MailPurpose::MagicLink],
            Self::ConfirmEmail => &[MailPurpose::ConfirmEmail],
            Self::UndoEmail => &[MailPurpose::UndoEmail],
            Self::Invitation => &[MailPurpose::Invitation],
        }
    }

    fn wording(self, visit: &Visit, way: &Way, again: Option<&Again<'_>>) -> Wording {
        match self {
            Self::VerifyEmail => verify_email::wording(visit, way, again),
            Self::ResetPassword => reset_password::wording(visit, way),
            Self::MagicLink => magic_link::wording(way),
            Self::ConfirmEmail => confirm_email::wording(way),
            Self::UndoEmail => undo_email::wording(way),
            Self::Invitation => invitation::wording(),
        }
    }

    async fn act(self, visit: &Visit, way: &Way, shown: Shown, filled: &mut Filled) -> Result<Outcome, Fault> {
        match self {
            Self::VerifyEmail => verify_email::act(visit, way, &shown, filled).await,
            Self::ResetPassword => reset_password::act(visit, &shown, filled).await,
            Self::MagicLink => magic_link::act(visit, shown).await,
            Self::ConfirmEmail => confirm_email::act(visit, way, &shown).await,
            Self::UndoEmail => undo_email::act(visit, &shown).await,
            Self::Invitation => invitation::act(visit, shown, filled).await,
        }
    }
}

/// `GET` of such a page: takes the token out of the address, or shows what there is to do.
pub(super) async fn show(page: MailPage, visit: Visit) -> Result<Response, Problem> {
    magic_link::check_is_on(page, &visit)?;
    if let Some(token) = visit.parameter("token") {
        return Ok(put_away(page, &visit, &token));
    }
    if let Some(done) = Done::of(&visit) {
        return Ok(done.show(&visit));
    }
    let way = Way::of(page, &visit).await?;
    Ok(showing::show(page, &visit, &way, StatusCode::OK, None))
}

/// `POST` of such a page: does what its button says.
pub(super) async fn act(page: MailPage, visit: Visit, mut filled: Filled) -> Result<Response, Problem> {
    magic_link::check_is_on(page, &visit)?;
    let link = visit.cookie(page.cookie())?.map(str::to_owned);
    if !visit.knows(&filled, page.name(), link.as_deref().unwrap_or_default()) {
        return Ok(stale(&visit, page.beside()));
    }
    let way = Way::of(page, &visit).await?;
    let outcome = match fault::shown(link.as_deref(), &filled) {
        Ok(shown) => page.act(&visit, &way, shown, &mut filled).await,
        Err(fault) => Err(fault),
    };
    match outcome {
        Ok(outcome) => Ok(outcome.lead_on(page, &visit, Next::carried(&visit, &filled).as_ref()).await),
        Err(fault) => fault.show(page, &visit, &way, &filled),
    }
}

/// Puts what the link carried where no address, history or log has it. What is no token is not kept.
fn put_away(page: MailPage, visit: &Visit, token: &str) -> Response {
    const DAMAGED: &str = "damaged";
    let kept = if MailToken::parse(token).is_some() { token } else { DAMAGED };
    let mut response = visit.see(page.beside());
    add(response.headers_mut(), page.cookie().set(visit.names(), kept, None));
    response
}

impl Way {
    async fn of(page: MailPage, visit: &Visit) -> Result<Self, Problem> {
        let Some(link) = visit.cookie(page.cookie())? else { return Ok(Self::Code) };
        let Some(token) = MailToken::parse(link) else { return Ok(Self::Dead) };
        match visit.edge.gate().look_at_mail_token(&token, visit.mark.as_ref()).await {
            Ok(view) if page.purposes().contains(&view.purpose) => Ok(Self::Link(view)),
            Ok(_) | Err(Error::Refused(Refusal::MailToken(_))) => Ok(Self::Dead),
            Err(error) => Err(error.into()),
        }
    }
}

impl Outcome {
    /// What was done is said, unless somebody was on the way to somewhere and can go on there now.
    async fn lead_on(self, page: MailPage, visit: &Visit, next: Option<&Next>) -> Response {
        let done = |done: Done| Href::page(format!("{}?done={}", page.beside(), done.name()));
        let mut response = match self {
            Self::Done(what) => visit.see_at(&done(what)),
            Self::SignedIn(what, signed_in) => {
                let to = next.map_or_else(|| done(what), Next::href);
                arrive(visit, &signed_in, &to).await
            }
            Self::Select(selection) => select::begin(visit, &selection, next),
        };
        for cookie in [page.cookie(), PageCookie::Asked] {
            add(response.headers_mut(), cookie.delete(visit.names()));
        }
        response
    }
}
