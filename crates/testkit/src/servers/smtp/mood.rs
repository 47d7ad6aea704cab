//! What the server does at each stage of a conversation.

use std::{collections::BTreeMap, time::Duration};

/// A point of the conversation at which the server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SmtpStage {
    /// The first line.
    Greeting,
    /// `EHLO`.
    Hello,
    /// `STARTTLS`.
    StartTls,
    /// `AUTH`.
    SignIn,
    /// `MAIL`.
    Sender,
    /// `RCPT`.
    Recipient,
    /// `DATA`.
    Data,
    /// The dot at the end of a letter.
    Letter,
    /// `NOOP`, by which clients see whether the server is still there.
    Noop,
    /// `RSET`.
    Reset,
}

/// What the server does instead of what is usual.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Does {
    /// It answers so: `550 5.1.1 no such user`. After a code of 421 it hangs up.
    Says(String),
    /// It hangs up without an answer. At [`SmtpStage::Letter`] it has kept the letter before.
    Dies,
    /// It answers as usual, and adds this in the same packet.
    Adds(String),
}

/// What the server does. The default is what a good server does.
#[derive(Clone, Debug)]
pub struct SmtpMood {
    /// What is unusual.
    pub does: BTreeMap<SmtpStage, Does>,
    /// How long it waits before each answer.
    pub delay: Duration,
    /// How long it waits before each answer of one stage.
    pub delay_at: Option<(SmtpStage, Duration)>,
    /// Whether mail is only taken from who has signed in.
    pub asks_for_password: bool,
    /// Which ways of signing in it offers inside TLS (or always, without TLS).
    pub mechanisms: &'static str,
    /// Whether it offers SMTPUTF8.
    pub knows_utf8: bool,
    /// Whether `STARTTLS` is left out of the offers, as by somebody on the way.
    pub hides_starttls: bool,
    /// After how many letters it ends a conversation with 421.
    pub letters_per_conversation: usize,
}

impl Default for SmtpMood {
    fn default() -> Self {
        Self {
            does: BTreeMap::new(),
            delay: Duration::ZERO,
            delay_at: None,
            asks_for_password: false,
            mechanisms: "PLAIN LOGIN",
            knows_utf8: true,
            hides_starttls: false,
            letters_per_conversation: usize::MAX,
        }
    }
}

impl SmtpMood {
    /// Good but for one stage.
    pub fn but(stage: SmtpStage, does: Does) -> Self {
        Self { does: BTreeMap::from([(stage, does)]), ..Self::default() }
    }

    /// Good, but answers this at one stage.
    pub fn says(stage: SmtpStage, answer: &str) -> Self {
        Self::but(stage, Does::Says(answer.to_owned()))
    }

    /// Good, and waits so long before the answer at one stage.
    pub fn slow(stage: SmtpStage, delay: Duration) -> Self {
        Self { delay_at: Some((stage, delay)), ..Self::default() }
    }

    pub(super) fn delay_of(&self, stage: SmtpStage) -> Duration {
        self.delay_at.filter(|(slow, _)| *slow == stage).map_or(self.delay, |(_, delay)| delay)
    }
}
