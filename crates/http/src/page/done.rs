//! What a page says when it has done what it is for: a page of its own, so that loading it again does nothing again.

use axum::{http::StatusCode, response::Response};

use super::{
    sheet::{Block, Href, Sheet},
    text::Text,
    visit::Visit,
};
use crate::Pages;

/// What was done. It stands in the address as `?done=` and is no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    SignedIn,
    SignedUp,
    Verified,
    Password,
    Email,
    Undone,
    Joined,
}

impl Done {
    const ALL: [Self; 7] =
        [Self::SignedIn, Self::SignedUp, Self::Verified, Self::Password, Self::Email, Self::Undone, Self::Joined];

    /// As the address has it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::SignedIn => "signed-in",
            Self::SignedUp => "signed-up",
            Self::Verified => "verified",
            Self::Password => "password-set",
            Self::Email => "email-changed",
            Self::Undone => "taken-back",
            Self::Joined => "joined",
        }
    }

    /// What the address of this visit says was done.
    pub(super) fn of(visit: &Visit) -> Option<Self> {
        let said = visit.parameter("done")?;
        Self::ALL.into_iter().find(|done| done.name() == said)
    }

    const fn words(self) -> (Text, Text) {
        match self {
            Self::SignedIn => (Text::DONE_SIGNED_IN, Text::DONE_SIGNED_IN_NEXT),
            Self::SignedUp => (Text::DONE_SIGNED_UP, Text::DONE_SIGNED_UP_NEXT),
            Self::Verified => (Text::DONE_VERIFIED, Text::DONE_VERIFIED_NEXT),
            Self::Password => (Text::DONE_PASSWORD, Text::DONE_PASSWORD_NEXT),
            Self::Email => (Text::DONE_EMAIL, Text::DONE_EMAIL_NEXT),
            Self::Undone => (Text::DONE_UNDONE, Text::DONE_UNDONE_NEXT),
            Self::Joined => (Text::DONE_JOINED, Text::DONE_JOINED_NEXT),
        }
    }

    /// Where to go from there: who is signed in to the account, and who is not to where one signs in.
    const fn way(self) -> (Text, &'static str) {
        match self {
            Self::SignedIn | Self::Verified | Self::Email | Self::Joined => (Text::WAY_ACCOUNT, "account"),
            Self::SignedUp | Self::Password | Self::Undone => (Text::SIGN_IN_LINK, "login"),
        }
    }

    /// The page that says so.
    pub(super) fn show(self, visit: &Visit) -> Response {
        let (title, next) = self.words();
        let mut sheet = Sheet::new(title).paragraph(next);
        if let Pages::On(settings) = &visit.edge.options().pages
            && let Some(home) = &settings.home
        {
            sheet = sheet.block(Block::Link { says: Text::HOME.into(), href: Href::Out(home.clone()) });
        }
        let (says, page) = self.way();
        visit.page(StatusCode::OK, &sheet.block(Block::Link { says: says.into(), href: Href::page(page) }))
    }
}
