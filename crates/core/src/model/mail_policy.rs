//! What an operator may decide about mail.

use std::time::Duration;

/// The settings of everything that is done by mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailPolicy {
    /// Whether an address has to be proved before there is an account.
    pub verification: EmailVerification,
    /// Whether one can sign in by mail.
    pub magic_links: MagicLinks,
    /// How long what mails carry is good.
    pub lifetimes: MailLifetimes,
}

impl MailPolicy {
    /// The default: addresses are proved when their owners like to, accounts may sign in by mail, and the lifetimes of
    /// [`MailLifetimes::DEFAULT`].
    pub const DEFAULT: Self = Self {
        verification: EmailVerification::Optional,
        magic_links: MagicLinks::On,
        lifetimes: MailLifetimes::DEFAULT,
    };
}

/// Whether an address has to be proved before there is an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailVerification {
    /// Whoever signs up is signed in at once, and may prove the address later.
    Optional,
    /// Who signs up has an account once the address is proved. Until then nothing is kept that would stand in the way of
    /// somebody else with the same address.
    Required,
}

crate::model::names!(EmailVerification { Optional = "optional", Required = "required" });

/// Whether one can sign in by mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MagicLinks {
    /// Nobody can.
    Off,
    /// Accounts can.
    On,
    /// Accounts can, and who has none gets one without a password.
    WithSignUp,
}

crate::model::names!(MagicLinks { Off = "off", On = "on", WithSignUp = "with_sign_up" });

/// How long what mails carry is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailLifetimes {
    /// To prove an address: that of an account, of a sign-up, or the new one of an account.
    pub verify: Duration,
    /// To set a new password.
    pub reset: Duration,
    /// To sign in.
    pub magic: Duration,
    /// To take a change of address back.
    pub undo: Duration,
    /// To accept an invitation.
    pub invitation: Duration,
}

impl MailLifetimes {
    /// One day, half an hour, ten minutes (SECURITY, preface), 72 hours, and a week.
    pub const DEFAULT: Self = Self {
        verify: Duration::from_secs(24 * 3600),
        reset: Duration::from_secs(30 * 60),
        magic: Duration::from_secs(10 * 60),
        undo: Duration::from_secs(72 * 3600),
        invitation: Duration::from_secs(7 * 86_400),
    };
}
