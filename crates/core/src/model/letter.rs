//! A letter: a mail before it has a language and a form. Which template it takes, what it looks like and how it travels is the
//! courier's business.

use std::{net::IpAddr, time::Duration};

use super::{Email, LetterId, MailCode, MailTokenText, Timestamp, UserAgent};

/// A mail to one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its id, and in the end its `Message-ID`: however often it is sent, it is one mail.
    pub id: LetterId,
    /// To whom.
    pub to: Email,
    /// In which language, as a BCP 47 tag; the courier's own if it has no such one.
    pub locale: Option<String>,
    /// How to call the reader, if we know.
    pub name: Option<String>,
    /// What it says.
    pub says: Says,
}

/// What a letter says. Each is a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// Prove that this is your address.
    VerifyEmail(Proof),
    /// Prove that this is your address, and you have an account.
    SignUp(Proof),
    /// Somebody signed up with this address, which has an account already.
    AlreadySignedUp(Circumstances),
    /// Choose a new password.
    ResetPassword(Proof),
    /// Sign in.
    MagicLink(Proof),
    /// Prove that this is to be your new address.
    ConfirmEmail(Proof),
    /// Your account has another address now, and you can take that back.
    EmailChanged {
        /// The new one, with most of it left out.
        to: String,
        /// Takes it back.
        undo: Proof,
        /// Where from.
        circumstances: Circumstances,
    },
    /// You were asked to join an account.
    Invitation {
        /// By whom, in their own words.
        from: String,
        /// Accepts.
        proof: Proof,
    },
    /// Somebody signed in on a device that we have not seen.
    NewDevice(Circumstances),
    /// Your password is another one now.
    PasswordChanged(Circumstances),
    /// Two parties held one session; it was ended.
    SessionTheft(Circumstances),
    /// Somebody knew your password and failed at the second step.
    SecondStepFailed(Circumstances),
    /// This instance can send mail.
    Test,
}

/// A link and a code, of which either works once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// For the link.
    pub token: MailTokenText,
    /// To type.
    pub code: MailCode,
    /// For how long.
    pub good_for: Duration,
}

/// When and from where something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circumstances {
    /// When.
    pub at: Timestamp,
    /// From which address.
    pub ip: Option<IpAddr>,
    /// With which program.
    pub user_agent: Option<UserAgent>,
    /// By which user of the account.
    pub username: Option<String>,
}

impl Says {
    /// The stable name: of the template, in metrics and in the list of what was sent.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::VerifyEmail(_) => "verify_email",
            Self::SignUp(_) => "sign_up",
            Self::AlreadySignedUp(_) => "already_signed_up",
            Self::ResetPassword(_) => "reset_password",
            Self::MagicLink(_) => "magic_link",
            Self::ConfirmEmail(_) => "confirm_email",
            Self::EmailChanged { .. } => "email_changed",
            Self::Invitation { .. } => "invitation",
            Self::NewDevice(_) => "new_device",
            Self::PasswordChanged(_) => "password_changed",
            Self::SessionTheft(_) => "session_theft",
            Self::SecondStepFailed(_) => "second_step_failed",
            Self::Test => "test",
        }
    }
}
