//! What other systems do when a spent refresh token comes back, as judgements over our row. Only the fault bench asks them, to
//! show how they fare where ours is at work (`docs/faults.md`); nothing that ships is compiled with them.
//!
//! Where our row cannot tell what such a system would know, the answer is the one that is kinder to the client.

use std::time::Duration;

use super::{Standing, Timestamp};

/// A policy for spent tokens. Every use of the current token rotates; all else is as in [`judge`](super::judge) with
/// [`Windows::STRICT`](super::Windows::STRICT), which is the fifth policy in use: no tolerance at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alternative {
    /// Within the grace a spent token is taken once more, and its bearer gets a token that nobody has yet: the successor of the
    /// current one. Sessions that keep "the previous token and when it was replaced" do this.
    ReRotate {
        /// How long after the last rotation.
        grace: Duration,
    },
    /// Within the grace a spent token opens a branch of its own, which lives beside the first one. Systems with one row per
    /// token and an "overlap" or "leeway" do this.
    NewBranch {
        /// How long after the last rotation.
        grace: Duration,
    },
    /// The token before the current one is answered with the current one for as long as that is the current one.
    PreviousAlways,
}

/// What such a policy makes of a spent token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spent {
    /// It is taken for stolen: what ends is the session, or everything that branched off it.
    Reuse,
    /// 200 with the current token.
    Redeliver,
    /// 200 with the successor of the current token: the row rotates.
    RotateAgain,
    /// 200 with the first token of another session for the same user.
    Branch,
}

impl Alternative {
    /// What a token that was spent `behind` generations ago means.
    #[must_use]
    pub fn judge_spent(self, standing: &Standing, behind: u64, now: Timestamp) -> Spent {
        let since = now.since(standing.session.chain.rotated_at);
        match self {
            Self::ReRotate { grace } if since <= grace => Spent::RotateAgain,
            Self::NewBranch { grace } if since <= grace => Spent::Branch,
            Self::PreviousAlways if behind == 1 => Spent::Redeliver,
            Self::ReRotate { .. } | Self::NewBranch { .. } | Self::PreviousAlways => Spent::Reuse,
        }
    }
}
