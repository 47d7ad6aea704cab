//! What can happen next, and what comes of it: the transitions of the model. One step is one thing that one party, the network
//! or the server does.

use crate::{
    bridge::{Authenticity, Question},
    client::Copies,
    commit::{Judged, Lost, Reply, Scene},
    mutation::{self, Outcome},
    row::{Life, Row},
    setup::{ForwardAuth, Setup, Steps, Thief, Timing},
    token::{Key, Rel},
    watch::{Asked, promised},
    world::{By, Flight, Stage, World},
};

/// One thing that happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Act {
    /// A tick passes.
    Tick,
    /// The client, or forward-auth for it, sends what it holds.
    Send(By, Key),
    /// The server judges and applies the request in this slot, and the answer leaves.
    Serve(usize),
    /// The same, and the answer is lost: a crash after the commit, or the network.
    ServeAndLose(usize),
    /// A node reads the row and judges.
    Read(usize),
    /// It applies what it judged, and the answer leaves.
    Apply(usize),
    /// It applies what it judged, and crashes before the answer leaves.
    ApplyAndCrash(usize),
    /// The answer in this slot arrives.
    Deliver(usize),
    /// The answer arrives, and a second copy of it is still under way.
    DeliverTwice(usize),
    /// The mobile client stores what it received.
    Store,
    /// The mobile client dies and starts again with what it stored.
    Crash,
    /// The mobile client no longer waits.
    Abandon,
    /// The thief copies the jar.
    Steal(Copied),
    /// The thief presents a token.
    Thieve(Rel, Key),
    /// Anybody presents a token, judged and applied at once.
    Present(Question),
    /// Anybody's request is read and judged, to be applied later.
    ReadAnybody(Question),
    /// The session is ended from outside.
    End(Life),
    /// The store fails over and has forgotten something.
    RollBack(Lost),
}

/// What the thief takes along.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Copied {
    /// The token.
    Token,
    /// The token and the retry key that is pending for it.
    TokenAndKey,
}

impl Setup {
    /// The situation after the step, and by how much the row's generation rose; `None` if the step cannot be.
    #[must_use]
    pub fn after(&self, world: &World, act: Act) -> Option<(World, Rel)> {
        let mut scene = Scene { setup: self, world: *world, risen: 0 };
        scene.act(act)?;
        scene.world.tidy();
        scene.world.broken.keep(self.looks_at);
        Some((scene.world, scene.risen))
    }
}

impl Scene<'_> {
    fn act(&mut self, act: Act) -> Option<()> {
        match act {
            Act::Tick => self.tick(),
            Act::Send(by, key) => self.send(by, key),
            Act::Serve(slot) => self.serve(slot, Answers::Leave),
            Act::ServeAndLose(slot) => self.serve(slot, Answers::AreLost),
            Act::Read(slot) => self.read(slot),
            Act::Apply(slot) => self.apply(slot, Answers::Leave),
            Act::ApplyAndCrash(slot) => self.apply(slot, Answers::AreLost),
            Act::Deliver(slot) => self.deliver(slot, Copies::One),
            Act::DeliverTwice(slot) => self.deliver(slot, Copies::Two),
            Act::Store => self.store(),
            Act::Crash => self.crash(),
            Act::Abandon => self.abandon(),
            Act::Steal(copied) => self.steal(copied),
            Act::Thieve(token, key) => self.thieve(token, key),
            Act::Present(question) => self.present(Asked { by: By::Anybody, question, held: 0 }),
            Act::ReadAnybody(question) => {
                let flight =
                    Flight { by: By::Anybody, token: question.token, key: question.key, age: 0, stage: Stage::Request };
                let flight = self.judged(flight)?;
                self.world.start(flight);
                Some(())
            }
            Act::End(how) => self.world.row.lives().then(|| self.end(how)),
            Act::RollBack(lost) => self.roll_back(lost),
        }
    }

    fn tick(&mut self) -> Option<()> {
        for flight in self.world.flights.into_iter().flatten() {
            if flight.stage == Stage::Answer && flight.age >= self.setup.answer_life {
                self.lose(&flight)?;
            }
        }
        self.world.tick(self.setup);
        Some(())
    }

    /// What the request comes to, with what the properties say about that.
    fn judge(&mut self, asked: Asked) -> Option<Outcome> {
        let (setup, row) = (self.setup, self.world.row);
        if !promised(setup, &row, asked) || !self.timely(asked) {
            return None;
        }
        let outcome =
            mutation::outcome(setup.mutation, setup.clock, setup.cap, &row, self.world.promoted, asked.question);
        let outcome = self.left_to_the_client(asked, outcome);
        self.watch_verdict(&row, asked, outcome);
        self.watch_forward_auth(asked, outcome);
        Some(outcome)
    }

    /// Whether thief and victim are as far apart as the run wants.
    fn timely(&self, asked: Asked) -> bool {
        let Thief::Here { timing, .. } = self.setup.thief else { return true };
        let (clock, ghosts) = (self.setup.clock, &self.world.ghosts);
        let party = asked.by.party();
        match timing {
            Timing::Any => true,
            Timing::Apart => ghosts.contact[1 - party.place()] > clock.min_age,
            Timing::Polling => {
                let others = ghosts.rotator.is_some_and(|rotator| rotator != party);
                !(others && asked.question.token == -1 && self.world.row.age <= clock.lost_window)
            }
        }
    }

    fn serve(&mut self, slot: usize, answers: Answers) -> Option<()> {
        let flight = self.world.flights[slot].take()?;
        let asked = Asked { by: flight.by, question: of_the_chain(flight.token, flight.key), held: 0 };
        let before = self.world.row;
        let outcome = self.judge(asked)?;
        let judged = Judged {
            outcome,
            token: flight.token,
            key: flight.key,
            seen: 0,
            seen_redelivered: before.redelivered,
            held: 0,
        };
        let reply = self.commit(judged)?;
        self.reply(&before, asked, outcome, reply, answers)
    }

    fn read(&mut self, slot: usize) -> Option<()> {
        let flight = self.world.flights[slot].take()?;
        let flight = self.judged(flight)?;
        self.world.start(flight);
        Some(())
    }

    fn judged(&mut self, flight: Flight) -> Option<Flight> {
        let asked = Asked { by: flight.by, question: of_the_chain(flight.token, flight.key), held: 0 };
        let seen_redelivered = self.world.row.redelivered;
        let outcome = self.judge(asked)?;
        Some(Flight { stage: Stage::Judged { outcome, seen: 0, seen_redelivered, held: 0 }, ..flight })
    }

    fn apply(&mut self, slot: usize, answers: Answers) -> Option<()> {
        let flight = self.world.flights[slot].take()?;
        let Stage::Judged { outcome, seen, seen_redelivered, held } = flight.stage else { return None };
        let before = self.world.row;
        let judged = Judged { outcome, token: flight.token, key: flight.key, seen, seen_redelivered, held };
        let Some(reply) = self.commit(judged) else {
            // Somebody was faster: the action reads and judges again.
            self.world.start(Flight { stage: Stage::Request, ..flight });
            if flight.by == By::Anybody {
                return self.read_again(flight);
            }
            return Some(());
        };
        let asked = Asked { by: flight.by, question: of_the_chain(flight.token, flight.key), held };
        self.reply(&before, asked, outcome, reply, answers)
    }

    /// Anybody's requests are judged as soon as they are there; so are they after a failed guard.
    fn read_again(&mut self, flight: Flight) -> Option<()> {
        let waiting = Some(Flight { stage: Stage::Request, ..flight });
        let slot = self.world.flights.iter().position(|slot| *slot == waiting)?;
        self.read(slot)
    }

    fn present(&mut self, asked: Asked) -> Option<()> {
        let before = self.world.row;
        let outcome = self.judge(asked)?;
        let Question { token, key, .. } = asked.question;
        let seen_redelivered = before.redelivered;
        let reply = self.commit(Judged { outcome, token, key, seen: 0, seen_redelivered, held: 0 })?;
        self.reply(&before, asked, outcome, reply, Answers::Leave)
    }

    /// The answer leaves. `asked` is as it was presented; the row may have moved since.
    fn reply(&mut self, before: &Row, asked: Asked, outcome: Outcome, reply: Reply, answers: Answers) -> Option<()> {
        let token = crate::token::shifted(asked.question.token, -self.risen, crate::token::floor(self.world.rollbacks));
        let moved = Asked { question: Question { token, ..asked.question }, ..asked };
        self.watch_reply(before, moved, outcome, reply);
        match (asked.by, reply) {
            (By::Thief, Reply::Set(token)) => self.world.thief.take(token),
            (By::Client | By::ForwardAuth, Reply::Set(token)) => match answers {
                Answers::Leave => self.world.start(Flight::answer(token)),
                Answers::AreLost => self.lose(&Flight::answer(token))?,
            },
            (By::Abandoned, Reply::Set(token)) => self.lose(&Flight::answer(token))?,
            (By::Client, Reply::Keep) if self.setup.forward_auth != ForwardAuth::None => {
                self.world.ghosts.renewed = 0;
            }
            // Only an answer that says something can be lost.
            _ if answers == Answers::AreLost => return None,
            _ => {}
        }
        Some(())
    }

    fn steal(&mut self, copied: Copied) -> Option<()> {
        let client = self.world.client;
        self.world.thief.copied = true;
        self.world.thief.take(client.token);
        if copied == Copied::TokenAndKey {
            self.world.thief.key = client.key_made.then(|| self.setup.key_of(&client))?;
        }
        Some(())
    }

    fn thieve(&mut self, token: Rel, key: Key) -> Option<()> {
        let question = of_the_chain(token, key);
        match self.setup.steps {
            Steps::One => self.present(Asked { by: By::Thief, question, held: 0 }),
            Steps::ReadThenApply => {
                self.world.start(Flight { by: By::Thief, token, key, age: 0, stage: Stage::Request });
                Some(())
            }
        }
    }
}

/// Whether an answer gets out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answers {
    Leave,
    AreLost,
}

pub(crate) fn of_the_chain(token: Rel, key: Key) -> Question {
    Question { token, secret: Authenticity::OfTheChain, key }
}

impl Setup {
    /// The verdict of production or its mutation, for a question about this row; for properties about the row itself.
    #[must_use]
    pub fn outcome(&self, world: &World, question: Question) -> Outcome {
        mutation::outcome(self.mutation, self.clock, self.cap, &world.row, world.promoted, question)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Party;

    #[test]
    fn the_parties_of_a_request_are_the_victims_or_the_thiefs() {
        assert_eq!(By::ForwardAuth.party(), Party::Victim);
        assert_eq!(By::Thief.party(), Party::Thief);
    }
}
