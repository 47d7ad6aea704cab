//! What could be wrong: the judgement with one row of its table changed, a write without its guard, a client that breaks its
//! part of the protocol. Each stands between the production judgement and the model, and each must be caught.

use gatewright_core::model::{KeyFate, Postpone, Verdict};

use crate::{
    bridge::{self, Cap, Question},
    row::{Clock, Life, NEVER, Row},
    token::Key,
};

/// What a request comes to. The verdict that ships, or what a mutation puts in its place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Outcome {
    /// 401, nothing happens.
    Refuse,
    /// 200, the token stays.
    Young,
    /// 200 with the successor.
    Rotate,
    /// 200 with the current token once more.
    Redeliver(Fate, Slot),
    /// 200, the row takes the token's generation.
    RollForward,
    /// 401, the session ends first.
    Reuse,
    /// 401, nothing happens.
    Unknown,
    /// Forward-auth: 401, nothing happens, the client is to renew.
    LeftToTheClient,
    /// A mutation: the row takes the token's generation and rotates at once.
    RollForwardAndRotate,
    /// A mutation: 401 for a token that is two behind, and nothing ends.
    RefuseOnly,
    /// A mutation: a token from an unknown history ends the session.
    UnknownEnds,
}

/// What becomes of the retry key, in a form that can be hashed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Fate {
    /// It stays.
    Keep,
    /// It counts no longer.
    Forget,
}

/// What a redelivery does to the next rotation, in a form that can be hashed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Slot {
    /// Puts it off for free.
    Free,
    /// Puts it off and counts.
    Counted,
    /// Puts it off no longer.
    No,
}

impl Outcome {
    /// Whether the answer is a 200.
    #[must_use]
    pub fn succeeds(self) -> bool {
        match self {
            Self::Young | Self::Rotate | Self::Redeliver(..) | Self::RollForward | Self::RollForwardAndRotate => true,
            Self::Refuse
            | Self::Reuse
            | Self::Unknown
            | Self::LeftToTheClient
            | Self::RefuseOnly
            | Self::UnknownEnds => false,
        }
    }

    /// Whether the presented token gets its successor now.
    #[must_use]
    pub fn rotates(self) -> bool {
        matches!(self, Self::Rotate | Self::RollForwardAndRotate)
    }
}

impl From<Verdict> for Outcome {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Refuse(_) => Self::Refuse,
            Verdict::Young => Self::Young,
            Verdict::Rotate => Self::Rotate,
            Verdict::Redeliver { retry_key, postpone } => {
                let fate = match retry_key {
                    KeyFate::Keep => Fate::Keep,
                    KeyFate::Forget => Fate::Forget,
                };
                let slot = match postpone {
                    Postpone::Free => Slot::Free,
                    Postpone::Counted => Slot::Counted,
                    Postpone::No => Slot::No,
                };
                Self::Redeliver(fate, slot)
            }
            Verdict::RollForward => Self::RollForward,
            Verdict::Reuse => Self::Reuse,
            Verdict::Unknown => Self::Unknown,
        }
    }
}

macro_rules! mutations {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// One thing that is wrong.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Mutation {
            /// Nothing is.
            None,
            $($(#[$doc])* $name,)+
        }

        impl Mutation {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// What is wrong, in a few words.
            #[must_use]
            pub fn text(self) -> &'static str {
                match self { Self::None => "nothing", $(Self::$name => $text),+ }
            }
        }
    };
}

mutations! {
    /// Row "current, young".
    AlwaysRotate = "the current token always rotates",
    /// Row "current, young".
    MinAgeShorter = "`min_age` is a tick shorter",
    /// Row "current, young".
    YoungFromMinting = "a redelivery does not make the token young",
    /// The answer of the row "current, young".
    YoungIsSetAgain = "a young token is set again",
    /// Row "previous".
    PreviousIsReuse = "the previous token is always reuse (strict)",
    /// Row "previous".
    PreviousRotates = "the previous token gets a successor of its own",
    /// Row "previous".
    PreviousWithoutLimit = "the previous token is accepted without limit",
    /// Row "previous".
    LostWindowLonger = "`lost_window` is a tick longer",
    /// Row "previous".
    LostWindowShorter = "`lost_window` is a tick shorter",
    /// Row "previous".
    KeyIgnored = "the retry key is ignored",
    /// Row "previous".
    KeyNotExclusive = "another key does not make the rotation's key forgotten",
    /// Row "previous", the cap.
    CapEnds = "the cap ends the session",
    /// Row "previous", the cap.
    NoCap = "there is no cap",
    /// Row "previous", the cap.
    EveryRedeliveryCounts = "every redelivery counts",
    /// Row "previous", the cap.
    LateRedeliveriesCount = "every redelivery later than `lost_window` counts",
    /// Rows "reuse".
    ReuseEndsNothing = "reuse ends nothing",
    /// Row "two or more behind".
    TwoBehindRefused = "two behind is only refused",
    /// Row "one ahead".
    AheadIsReuse = "one ahead is reuse",
    /// Row "one ahead".
    AheadIsUnknown = "one ahead is unknown",
    /// Row "one ahead".
    AheadRotates = "one ahead rolls forward and rotates at once",
    /// Row "promoted".
    NoPause = "no pause after a promotion",
    /// Row "promoted".
    PauseRefuses = "the pause after a promotion refuses the current token",
    /// Row "anything else".
    UnknownEnds = "an unknown token ends the session",
    /// Row "any".
    DeadNotChecked = "whether the session lives is not asked",
    /// Row "any".
    EndedAccepted = "an ended session is judged like a living one",
    /// The port's guard.
    RotateUnguarded = "a rotation is written unguarded",
    /// The port's guard.
    StateNotGuarded = "the guard forgets whether the session lives",
    /// The port's guard.
    CountedUnguarded = "a counted redelivery does not compare the last one",
    /// The port's guard.
    RollForwardUnguarded = "a roll-forward is written unguarded",
    /// The client's part.
    KeyNotDurable = "client: a crash loses the retry key",
    /// The client's part.
    KeyPerTab = "client: each tab makes a key of its own",
    /// The client's part.
    KeyKept = "client: the same key for every token",
    /// The client's part.
    UsesBeforeStoring = "client: it uses a token before it stored it",
}

/// What a request comes to, under the mutation.
#[must_use]
#[expect(clippy::wildcard_enum_match_arm, reason = "a mutation changes one thing, and all others change nothing here")]
pub fn outcome(mutation: Mutation, clock: Clock, cap: Cap, row: &Row, promoted: u8, asked: Question) -> Outcome {
    let (mut clock, mut row, mut promoted, mut asked) = (clock, *row, promoted, asked);
    match mutation {
        Mutation::MinAgeShorter if asked.token == 0 => clock.min_age -= 1,
        Mutation::YoungFromMinting if asked.token == 0 => row.redelivered = NEVER,
        Mutation::LostWindowLonger => clock.lost_window += 1,
        Mutation::LostWindowShorter => clock.lost_window -= 1,
        Mutation::KeyIgnored if asked.token == -1 => asked.key = Key::NONE,
        Mutation::NoPause => promoted = NEVER,
        Mutation::DeadNotChecked => row.life = Life::Alive,
        Mutation::EndedAccepted if matches!(row.life, Life::Ended | Life::Reused) => row.life = Life::Alive,
        _ => {}
    }
    let verdict = Outcome::from(bridge::verdict(clock, cap, &row, promoted, asked));
    changed(mutation, verdict, (&row, promoted), clock, cap, asked)
}

fn changed(
    mutation: Mutation,
    verdict: Outcome,
    (row, promoted): (&Row, u8),
    clock: Clock,
    cap: Cap,
    asked: Question,
) -> Outcome {
    use Mutation as M;
    use Outcome as O;
    match (mutation, verdict) {
        (M::AlwaysRotate, O::Young) => O::Rotate,
        (M::PreviousIsReuse, O::Redeliver(..)) | (M::CapEnds, O::Redeliver(_, Slot::No)) => O::Reuse,
        (M::PreviousRotates, O::Redeliver(..)) => O::Rotate,
        (M::PreviousWithoutLimit, O::Reuse) if asked.token == -1 => O::Redeliver(Fate::Forget, Slot::Free),
        (M::KeyNotExclusive, O::Redeliver(Fate::Forget, slot)) => O::Redeliver(Fate::Keep, slot),
        (M::NoCap, O::Redeliver(fate, Slot::No)) => O::Redeliver(fate, Slot::Counted),
        (M::EveryRedeliveryCounts, O::Redeliver(fate, _)) => O::Redeliver(fate, below(row, cap)),
        (M::LateRedeliveriesCount, O::Redeliver(fate, _)) if row.age > clock.lost_window => {
            O::Redeliver(fate, below(row, cap))
        }
        (M::LateRedeliveriesCount, O::Redeliver(fate, _)) => O::Redeliver(fate, Slot::Free),
        (M::TwoBehindRefused, O::Reuse) if asked.token < -1 => O::RefuseOnly,
        (M::AheadIsReuse, O::RollForward) => O::Reuse,
        (M::AheadIsUnknown, O::RollForward) => O::Unknown,
        (M::AheadRotates, O::RollForward) => O::RollForwardAndRotate,
        (M::PauseRefuses, O::Young) if promoted != NEVER => O::RefuseOnly,
        (M::UnknownEnds, O::Unknown) => O::UnknownEnds,
        _ => verdict,
    }
}

fn below(row: &Row, cap: Cap) -> Slot {
    if row.redeliveries < cap.0 { Slot::Counted } else { Slot::No }
}
