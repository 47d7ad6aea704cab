//! What a run explores: which parties there are, what may happen to them and how long messages live. A setup is data; the
//! catalogue names the ones that are explored.

use crate::{bridge::Cap, model::Reach, mutation::Mutation, property::Broken, row::Clock};

/// One run.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Its name on the command line.
    pub name: &'static str,
    /// `min_age` and `lost_window`.
    pub clock: Clock,
    /// How many counted redeliveries there are before the cap.
    pub cap: Cap,
    /// How many ticks a request lives at most until it is judged and applied.
    pub request_life: u8,
    /// How many ticks an answer lives at most until it is stored.
    pub answer_life: u8,
    /// Who the honest client is.
    pub client: Client,
    /// Exchanges of the honest client that may be under way at once.
    pub exchanges: usize,
    /// With which retry keys it comes.
    pub keys: Keys,
    /// How many answers with the successor may be lost per generation.
    pub losses: Losses,
    /// Who copied the jar.
    pub thief: Thief,
    /// How often the store may forget its last write.
    pub rollbacks: u8,
    /// What a rollback may forget.
    pub forgets: Forgets,
    /// Whether judging and writing are two steps.
    pub steps: Steps,
    /// Whether somebody may end the session.
    pub logout: Logout,
    /// Requests of forward-auth on the same cookie.
    pub forward_auth: ForwardAuth,
    /// Whether the run counts how long a rotation is put off.
    pub watches: Watches,
    /// Which properties count.
    pub looks_at: Broken,
    /// What is wrong.
    pub mutation: Mutation,
}

/// The honest client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Client {
    /// Tabs that share one cookie jar: the last answer that arrives wins.
    Jar,
    /// One at a time, with a storage of its own; it may crash between receiving and storing, and abandon a request.
    Mobile,
    /// No client at all: anybody presents anything that was ever minted, with any key, and what was not.
    Anybody,
}

/// Retry keys of the honest client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keys {
    /// With every refresh.
    Always,
    /// Never. What is promised then is `lost_window`: the run leaves out retries that come later.
    Never,
    /// Now and then. What is promised is as without.
    Mixed,
}

/// Lost answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Losses {
    /// Any number.
    Any,
    /// In so many different `min_age`s of one generation.
    PerGeneration(u8),
}

/// The thief. He keeps whatever he is given, and may wait as long as he likes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Thief {
    /// Nobody.
    None,
    /// He copies the jar once, at any moment.
    Here {
        /// Whether he copies the pending retry key along.
        copies: Copies,
        /// When he and the victim meet the server.
        timing: Timing,
    },
}

/// What the thief copies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Copies {
    /// The token.
    Token,
    /// The token, and the retry key if there is one.
    TokenAndKey,
}

/// How close thief and victim come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Timing {
    /// As they like.
    Any,
    /// Every contact of one is further than all windows from every contact of the other.
    Apart,
    /// As often as they like, but nobody presents the previous token within `lost_window` of the other's rotation.
    Polling,
}

/// What a store forgets when it rolls back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Forgets {
    /// Its last rotation or roll-forward with all that came after, or its last redelivery alone; never an end.
    Writes,
    /// Ends too: what the design assumes away.
    EndsToo,
}

/// How a request is carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Steps {
    /// Judged and applied at once.
    One,
    /// Judged by one node, applied later, guarded by what was judged; others come between.
    ReadThenApply,
}

/// Ending from outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Logout {
    /// Does not happen.
    Never,
    /// At any moment.
    AnyTime,
}

/// Requests of forward-auth: the jar's cookie, no key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ForwardAuth {
    /// There are none.
    None,
    /// Judged like everybody's.
    Plain,
    /// Neither renews nor ends a session whose last rotation carries a key; a young token is served.
    LeavesKeyed,
    /// The same, and remembers for the rest of the session that there ever was a key.
    LeavesOnceKeyed,
    /// Leaves alone what the last rotation keyed, and a session that was never rotated.
    LeavesFirstAndKeyed,
    /// Serves a young token, and leaves everything else to the client.
    NeverRenews,
    /// Leaves a young token to the client, too.
    RefusesYoung,
}

/// What a run counts beside its properties. Counting costs states, so not every run does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Watches {
    /// Nothing more.
    Nothing,
    /// How often the victim's current token was young again, each at least `min_age` after the last; never more than this.
    Postponement(u8),
    /// How often both parties were served one after the other; never more than this.
    Coexistence(u8),
}

impl Setup {
    /// Two tabs with keys, three ticks of `min_age`, nothing else.
    pub const BASE: Self = Self {
        name: "",
        clock: Clock::new(3, 2),
        cap: Cap(2),
        request_life: 1,
        answer_life: 1,
        client: Client::Jar,
        exchanges: 2,
        keys: Keys::Always,
        losses: Losses::PerGeneration(1),
        thief: Thief::None,
        rollbacks: 0,
        forgets: Forgets::Writes,
        steps: Steps::One,
        logout: Logout::Never,
        forward_auth: ForwardAuth::None,
        watches: Watches::Nothing,
        looks_at: Broken::EVERY,
        mutation: Mutation::None,
    };

    /// Whether only honest people take part, so that nobody may ever be logged out.
    #[must_use]
    pub fn honest(&self) -> bool {
        self.thief == Thief::None && self.client != Client::Anybody
    }
}

impl Setup {
    /// What the run must come to, or it shows nothing.
    pub fn reaches(&self) -> impl Iterator<Item = Reach> {
        let stolen = self.thief != Thief::None;
        let wanted = [
            (Reach::Rotation, true),
            (Reach::Redelivery, true),
            (Reach::RollForward, self.rollbacks > 0),
            (Reach::Reuse, stolen || self.client == Client::Anybody),
            (Reach::End, self.logout == Logout::AnyTime),
            (Reach::Theft, stolen),
        ];
        wanted.into_iter().filter(|(_, wanted)| *wanted).map(|(reach, _)| reach)
    }
}
