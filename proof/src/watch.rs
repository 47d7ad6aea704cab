//! Where the properties are looked at: after a verdict, after an answer. What must stay true: nothing here changes what
//! happens, it only leaves marks and counts.

use crate::{
    bridge::{Authenticity, Question},
    commit::{Reply, Scene},
    mutation::{Mutation, Outcome},
    property::Broken,
    row::{Life, NEVER, Row},
    setup::{ForwardAuth, Keys, Setup, Thief, Timing, Watches},
    token::Key,
    world::{By, Party},
};

impl By {
    /// Which of the two of P9 this is.
    #[must_use]
    pub fn party(self) -> Party {
        match self {
            Self::Client | Self::Abandoned | Self::ForwardAuth => Party::Victim,
            Self::Thief | Self::Anybody => Party::Thief,
        }
    }
}

/// A request together with who asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) by: By,
    pub(crate) question: Question,
    /// Ticks between the judgement and now.
    pub(crate) held: u8,
}

/// Whether the run's promise to the client covers this request. Without the rotation's key there is `lost_window` to come
/// back; a run of honest clients leaves later retries out, also those of forward-auth after a rotation of its own.
pub(crate) fn promised(setup: &Setup, row: &Row, asked: Asked) -> bool {
    let late = asked.question.token == -1 && row.age > setup.clock.lost_window && row.lives();
    let has_key = asked.question.key != Key::NONE && asked.question.key == row.key;
    let renews = !matches!(setup.forward_auth, ForwardAuth::NeverRenews | ForwardAuth::RefusesYoung);
    let its_own = asked.by == By::ForwardAuth && row.key == Key::NONE && renews;
    let any_time = setup.keys == Keys::Always && !its_own;
    any_time || !late || has_key || !setup.honest()
}

impl Scene<'_> {
    /// After the judgement, with the row that was judged.
    pub(crate) fn watch_verdict(&mut self, row: &Row, asked: Asked, outcome: Outcome) {
        let Asked { by, question, .. } = asked;
        let (token, alive, succeeds) = (question.token, row.lives(), outcome.succeeds());
        let setup = self.setup;
        let world = &mut self.world;
        if outcome == Outcome::LeftToTheClient {
            return;
        }
        if question.secret == Authenticity::Foreign {
            if succeeds {
                world.broken.mark(Broken::P7);
            }
            return;
        }
        if !alive && succeeds {
            world.broken.mark(Broken::P5);
        }
        if alive && token == 0 && !succeeds {
            world.broken.mark(Broken::P20);
        }
        if alive && (0..=world.newest).contains(&token) && !succeeds {
            world.broken.mark(Broken::P11);
        }
        if !setup.honest() {
            return;
        }
        let covered = row.age <= setup.clock.lost_window || (question.key != Key::NONE && question.key == row.key);
        if alive && token == -1 && covered && !matches!(outcome, Outcome::Redeliver(..)) {
            world.broken.mark(Broken::P12);
        }
        let asked_for_it = !matches!(row.life, Life::Alive | Life::Reused);
        if !succeeds && !asked_for_it {
            world.broken.mark(Broken::P6);
            if world.rollbacks < setup.rollbacks {
                world.broken.mark(Broken::P8);
            }
        }
        debug_assert!(by.party() == Party::Victim, "nobody else is in an honest run");
    }

    /// After the answer. `asked` is as far from the row as it is now, `before` the row as it was before the write.
    pub(crate) fn watch_reply(&mut self, before: &Row, asked: Asked, outcome: Outcome, reply: Reply) {
        let Asked { by, question, .. } = asked;
        let world = &mut self.world;
        match reply {
            Reply::Set(set) => {
                let itself = outcome == Outcome::Young && self.setup.mutation == Mutation::YoungIsSetAgain;
                if set - question.token != 1 && !itself {
                    world.broken.mark(Broken::P2);
                }
            }
            Reply::Reused if world.row.lives() => world.broken.mark(Broken::P4),
            Reply::Keep | Reply::Refused | Reply::Reused => {}
        }
        if question.secret == Authenticity::Foreign {
            if world.row != *before {
                world.broken.mark(Broken::P7);
            }
            return;
        }
        let refused = !outcome.succeeds() && outcome != Outcome::LeftToTheClient;
        if refused && by.party() == Party::Victim && world.row.lives() {
            world.broken.mark(Broken::LOCK_OUT);
        }
        if outcome.succeeds() {
            self.watch_postponement(by, outcome);
            self.watch_parties(by.party(), outcome, reply, asked.held);
        }
        self.world.ghosts.contact[by.party().place()] = match self.setup.thief {
            Thief::Here { timing: Timing::Apart, .. } => 0,
            Thief::Here { .. } | Thief::None => self.world.ghosts.contact[by.party().place()],
        };
    }

    /// P20: the client's current token is young once more, `min_age` after it was the last time.
    fn watch_postponement(&mut self, by: By, outcome: Outcome) {
        let Watches::Postponement(bound) = self.setup.watches else { return };
        let ghosts = &mut self.world.ghosts;
        let again = ghosts.postponed_age == NEVER || ghosts.postponed_age >= self.setup.clock.min_age;
        if by == By::Client && outcome == Outcome::Young && again {
            ghosts.postponed_age = 0;
            ghosts.postponed += 1;
            if ghosts.postponed > bound {
                self.world.broken.mark(Broken::POSTPONEMENT);
            }
        }
    }

    /// P9: who was given what, and for how long both are served.
    fn watch_parties(&mut self, party: Party, outcome: Outcome, reply: Reply, held: u8) {
        let Thief::Here { timing, .. } = self.setup.thief else { return };
        let (here, there) = (party.place(), 1 - party.place());
        let ghosts = &mut self.world.ghosts;
        match outcome {
            Outcome::Rotate | Outcome::RollForward | Outcome::RollForwardAndRotate => {
                ghosts.redeemed = [NEVER; 2];
                ghosts.rotator = Some(party);
                if reply == Reply::Set(0) {
                    ghosts.redeemed[here] = 0;
                }
            }
            Outcome::Redeliver(..) => {
                // What counts is when it was judged; the write may come a little later.
                let given_long_ago = |age| age != NEVER && age > self.setup.clock.lost_window + held;
                // A copied pending key delays this, and so does a failover that forgets a redelivery and with it that
                // the rotation's key counts no longer; how long, the counters below bound.
                let forgotten = self.world.rollbacks < self.setup.rollbacks;
                if given_long_ago(ghosts.redeemed[there]) && self.world.thief.key == Key::NONE && !forgotten {
                    self.world.broken.mark(Broken::P9);
                }
                let ghosts = &mut self.world.ghosts;
                if ghosts.redeemed[here] == NEVER {
                    ghosts.redeemed[here] = 0;
                }
            }
            Outcome::Young
            | Outcome::Refuse
            | Outcome::Reuse
            | Outcome::Unknown
            | Outcome::LeftToTheClient
            | Outcome::RefuseOnly
            | Outcome::UnknownEnds => {}
        }
        let Watches::Coexistence(bound) = self.setup.watches else { return };
        let ghosts = &mut self.world.ghosts;
        if timing == Timing::Apart {
            ghosts.together += u8::from(ghosts.served.is_some_and(|last| last != party));
            ghosts.served = Some(party);
        } else {
            ghosts.round[here] = true;
            if ghosts.round == [true; 2] && ghosts.round_age > self.setup.clock.min_age {
                ghosts.together += 1;
                (ghosts.round, ghosts.round_age) = ([false; 2], 0);
            }
        }
        if ghosts.together > bound {
            self.world.broken.mark(Broken::COEXISTENCE);
        }
    }
}
