//! Epochs end many sessions with one write.

/// A counter on an account or a user. A session carries copies of both as they were when it was made; once one differs, the
/// session is dead. So ending all sessions is one update, however many there are (invariant P16), and a session that is being
/// made at the same moment with the old epoch is born dead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(i64);

impl Epoch {
    /// The epoch with this number.
    #[must_use]
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }
}
