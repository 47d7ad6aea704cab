//! A session as a thing that many use at once: what it does if they come one after the other. Everything that somebody did to a
//! session or saw of it becomes a [`Step`] with the time that it took.

use gatewright_core::model::Timestamp;

use crate::histories::model::{Chain, IDLE, Key, Meaning, Token, Tolerance};

/// What a session is at an instant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum State {
    /// Nobody has opened it yet.
    Unborn,
    /// It lives.
    Living(Chain),
    /// It does not.
    Over(Chain),
}

/// What was done or seen.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// It was opened.
    Born(Timestamp),
    /// A refresh token was presented.
    Present {
        /// Which generation's.
        generation: u64,
        key: Option<Key>,
        clock: Timestamp,
        tolerance: Tolerance,
        /// What came out; nothing if whoever asked went away.
        came: Option<Came>,
    },
    /// It ends, if it lives.
    End,
    /// It gives way to another session, and must live for that.
    Replace,
    /// Somebody saw whether it lives, and perhaps its generation.
    Seen { lives: Lives, generation: Option<u64> },
}

/// What came out of presenting a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// This.
    Meaning(Meaning),
    /// 401: the session is dead.
    Dead,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lives {
    Yes,
    No,
}

/// A step with the time that it took.
#[derive(Clone, Debug)]
pub(super) struct Timed {
    pub(super) step: Step,
    pub(super) began: u64,
    /// When it was over. Without: nobody waited for it, so that it happened at any time since, or never.
    pub(super) over: Option<u64>,
    /// Which of the records it is from.
    pub(super) record: usize,
}

impl State {
    /// What the session may be after this step; nothing if the step cannot have happened here.
    pub(super) fn after(&self, step: &Step) -> Vec<Self> {
        match (step, self) {
            (Step::Born(clock), Self::Unborn) => vec![Self::Living(Chain::opened(*clock, IDLE))],
            (Step::Born(_), Self::Living(_) | Self::Over(_)) => vec![],
            (Step::End | Step::Replace, Self::Living(chain)) => vec![Self::Over(chain.clone())],
            (Step::End, Self::Unborn | Self::Over(_)) => vec![self.clone()],
            (Step::Replace, Self::Unborn | Self::Over(_)) => vec![],
            (Step::Seen { lives, generation }, _) => {
                let fits = match self {
                    Self::Unborn => *lives == Lives::No,
                    Self::Over(_) => *lives == Lives::No,
                    Self::Living(_) => *lives == Lives::Yes,
                };
                if fits && self.is_at(*generation) { vec![self.clone()] } else { vec![] }
            }
            (Step::Present { .. }, Self::Unborn) => vec![],
            (Step::Present { came, .. }, Self::Over(_)) => match came {
                Some(Came::Dead) | None => vec![self.clone()],
                Some(Came::Meaning(_)) => vec![],
            },
            (Step::Present { generation, key, clock, tolerance, came }, Self::Living(chain)) => {
                let mut chain = chain.clone();
                let meaning = chain.present(Token::OfChain(*generation), *key, *clock, None, tolerance);
                match (came, meaning) {
                    // The verdict; that the session ends is a step of its own.
                    (Some(Came::Meaning(Meaning::Reused)), Meaning::Reused) => vec![Self::Living(chain)],
                    // Whoever asked went away before or after the session was ended.
                    (None, Meaning::Reused) => vec![Self::Over(chain)],
                    (Some(Came::Meaning(came)), meaning) if *came == meaning => vec![Self::Living(chain)],
                    (None, _) => vec![Self::Living(chain)],
                    (Some(_), _) => vec![],
                }
            }
        }
    }

    fn is_at(&self, generation: Option<u64>) -> bool {
        match (self, generation) {
            (_, None) | (Self::Unborn, _) => true,
            (Self::Living(chain) | Self::Over(chain), Some(generation)) => chain.generation() == generation,
        }
    }
}
