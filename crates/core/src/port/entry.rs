//! What a step writes beside its change: the entry of the activity log, the letters that tell of it, and what they carry. All
//! in one transaction: what did not happen is told to nobody, and what happened is.

use super::StoredMailToken;
use crate::model::{AccountId, Activity, EndReason, LetterId, SessionId, Timestamp, UserId};

/// An entry of the activity log with the letters that go with it. All of it is written after the change itself: a change
/// that has the tokens of earlier mails die leaves these alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What the log says.
    pub activity: Activity,
    /// What is put into the outbox.
    pub letters: Vec<SealedLetter>,
    /// What these letters carry.
    pub tokens: Vec<StoredMailToken>,
}

/// A letter as the outbox keeps it: nobody reads it there without the master key, since it may carry the secret of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedLetter {
    /// Its id.
    pub id: LetterId,
    /// The account that it is about, if there is one.
    pub account_id: Option<AccountId>,
    /// The name of what it says, for the operator.
    pub kind: &'static str,
    /// When it was written.
    pub at: Timestamp,
    /// The letter. `None` for a letter to nobody, which takes as long to put aside as any other and is never sent: where
    /// the time of an answer must not tell whether there is somebody to write to (SECURITY AU4).
    pub sealed: Option<Vec<u8>>,
}

impl Entry {
    /// The same entry with one more letter.
    #[must_use]
    pub fn with(mut self, letter: SealedLetter) -> Self {
        self.letters.push(letter);
        self
    }

    /// The same entry with one more letter and what it carries.
    #[must_use]
    pub fn carrying(mut self, token: StoredMailToken, letter: SealedLetter) -> Self {
        self.tokens.push(token);
        self.with(letter)
    }

    /// The same entry, naming the user.
    #[must_use]
    pub fn of_user(self, user: UserId) -> Self {
        Self { activity: self.activity.of_user(user), ..self }
    }

    /// The same entry, naming the session.
    #[must_use]
    pub fn in_session(self, session: SessionId) -> Self {
        Self { activity: self.activity.in_session(session), ..self }
    }

    /// The same entry, saying why.
    #[must_use]
    pub fn because(self, reason: EndReason) -> Self {
        Self { activity: self.activity.because(reason), ..self }
    }
}

impl From<Activity> for Entry {
    fn from(activity: Activity) -> Self {
        Self { activity, letters: Vec::new(), tokens: Vec::new() }
    }
}
