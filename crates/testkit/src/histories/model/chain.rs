//! The table of DESIGN 4.3 once more, from its words and not from its code: what was delivered, when, and what follows from that.
//! What must stay true: nothing here is taken from `judgement.rs`, so that the two can differ.

use std::time::Duration;

use gatewright_core::model::Timestamp;

/// A retry key, by the token that it was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// The client's own, made when it first refreshed this generation's token.
    Own(u64),
    /// Somebody else's.
    Foreign(u64),
}

/// A token as it is presented: authentic, or it would not come this far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Token {
    /// This generation's, of the one chain that the session has.
    OfChain(u64),
    /// A generation's of a history that this store never had: signed by us, with another secret.
    Elsewhere(u64),
}

/// What presenting a token of a session means that lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// 200, and the presented token stays what it is.
    Itself,
    /// 200 with the token of this generation.
    Successor(u64),
    /// 200 with the presented token, which the store had forgotten: a lost write.
    LostWrite,
    /// 401, and the session ends.
    Reused,
    /// 401, and nothing else.
    UnknownHistory,
}

/// How long what is tolerated.
#[derive(Clone, Copy, Debug)]
pub struct Tolerance {
    /// How long a token stays that was just delivered.
    pub min_age: Duration,
    /// How long a token may be replaced and come back without its key.
    pub lost_window: Duration,
    /// Whether a replaced token may come back at all.
    pub retries: Retries,
    /// How long a session lives without a rotation.
    pub idle: Duration,
}

/// Whether a replaced token may come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Retries {
    /// It may.
    Forgiven,
    /// It is a theft.
    Punished,
}

/// Everything that was delivered of a session, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Chain(Vec<Delivery>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Delivery {
    minted: Timestamp,
    /// When the session ends if nothing rotates any more.
    idle_end: Timestamp,
    /// The key of the request that made it, until somebody comes without it.
    key: Option<Key>,
    again: Vec<Again>,
}

/// Delivered once more, and that was written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Again {
    at: Timestamp,
    counts: Counts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Counts {
    Yes,
    No,
}

/// So many redeliveries of one token put its rotation off.
const MOST_POSTPONED: usize = 16;

impl Chain {
    /// Of a session that is opened now.
    #[must_use]
    pub fn opened(now: Timestamp, idle: Duration) -> Self {
        Self(vec![Delivery { minted: now, idle_end: now.plus(idle), key: None, again: Vec::new() }])
    }

    /// The number of the current token.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.0.len() as u64
    }

    /// When the session ends if nothing rotates any more.
    #[must_use]
    pub fn idle_end(&self) -> Timestamp {
        self.last().idle_end
    }

    /// When the current token was made.
    #[must_use]
    pub fn minted(&self) -> Timestamp {
        self.last().minted
    }

    /// When the current token was last delivered, as far as the store knows.
    #[must_use]
    pub fn last_delivered(&self) -> Timestamp {
        let last = self.last();
        last.again.iter().map(|again| again.at).fold(last.minted, Timestamp::max)
    }

    /// The store loses the last rotation, with everything that it noted of it.
    pub fn lose_last(&mut self) {
        assert!(self.0.len() > 1, "the first delivery cannot be lost");
        self.0.pop();
    }

    /// Presents a token of a session that lives. `promoted` is when the store was.
    pub fn present(
        &mut self,
        token: Token,
        key: Option<Key>,
        clock: Timestamp,
        promoted: Option<Timestamp>,
        tolerance: &Tolerance,
    ) -> Meaning {
        // Time does not go back behind what the store has seen.
        let now = clock.max(self.last_delivered());
        let current = self.generation();
        match token {
            Token::OfChain(presented) if presented == current => {
                let since = self.last_delivered().max(promoted.unwrap_or(Timestamp::from_micros(0)));
                if now.since(since) < tolerance.min_age {
                    return Meaning::Itself;
                }
                self.mint(clock, clock.plus(tolerance.idle), key);
                Meaning::Successor(current + 1)
            }
            Token::OfChain(presented) if presented + 1 == current => self.bring_back(key, clock, now, tolerance),
            Token::OfChain(presented) if presented == current + 1 => {
                // It was delivered, so it is what the store forgot; a rotation this is not.
                self.mint(clock, self.idle_end(), None);
                Meaning::LostWrite
            }
            Token::OfChain(presented) if presented > current => Meaning::UnknownHistory,
            // Of tokens that are further back, nothing is kept that they could be compared with.
            Token::Elsewhere(presented) if presented + 1 >= current => Meaning::UnknownHistory,
            Token::OfChain(_) | Token::Elsewhere(_) => Meaning::Reused,
        }
    }

    /// The token before the current one: its answer was lost, or somebody else has it.
    fn bring_back(&mut self, key: Option<Key>, clock: Timestamp, now: Timestamp, tolerance: &Tolerance) -> Meaning {
        let generation = self.generation();
        let Some(last) = self.0.last_mut() else { return Meaning::Reused };
        let is_same_client = last.key.is_some() && last.key == key;
        let is_soon = now.since(last.minted) <= tolerance.lost_window;
        if tolerance.retries == Retries::Punished || !(is_same_client || is_soon) {
            return Meaning::Reused;
        }
        if !is_same_client {
            last.key = None;
        }
        // Time since the rotation is cut into pieces of `min_age`; who was served in this piece already is served for free.
        let piece = |moment: Timestamp| moment.since(last.minted).as_micros() / tolerance.min_age.as_micros();
        let last_piece = last.again.iter().map(|again| again.at).max().map_or(0, piece);
        let counted = last.again.iter().filter(|again| again.counts == Counts::Yes).count();
        if piece(now) == last_piece {
            last.again.push(Again { at: clock, counts: Counts::No });
        } else if counted < MOST_POSTPONED {
            last.again.push(Again { at: clock, counts: Counts::Yes });
        }
        Meaning::Successor(generation)
    }

    fn mint(&mut self, clock: Timestamp, idle_end: Timestamp, key: Option<Key>) {
        let minted = clock.max(self.minted());
        self.0.push(Delivery { minted, idle_end, key, again: Vec::new() });
    }

    fn last(&self) -> &Delivery {
        self.0.last().expect("a session begins with a delivery")
    }
}
