//! What the honest client does: it sends what it holds, takes what arrives, stores, crashes, gives up; and which retry key it
//! has. What must stay true: it knows nothing of the row.

use crate::{
    commit::Scene,
    mutation::Mutation,
    row::NEVER,
    setup::{Client, ForwardAuth, Keys, Losses, Setup},
    token::{Key, NOTHING, Rel},
    world::{By, Flight, Holder, Stage, World},
};

/// How many copies of an answer are under way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Copies {
    One,
    Two,
}

impl Scene<'_> {
    pub(crate) fn send(&mut self, by: By, key: Key) -> Option<()> {
        let client = &mut self.world.client;
        let token = if client.memory == NOTHING { client.token } else { client.memory };
        if key != Key::NONE {
            client.key_made = true;
        }
        self.world.start(Flight { by, token, key, age: 0, stage: Stage::Request });
        Some(())
    }

    /// An answer is lost, if the run allows one more. Those that left in the same `min_age` since the rotation count as one:
    /// a burst of requests may be lost as a whole.
    pub(crate) fn lose(&mut self, answer: &Flight) -> Option<()> {
        let Losses::PerGeneration(most) = self.setup.losses else { return Some(()) };
        let World { row, ghosts, .. } = &mut self.world;
        if answer.token != 0 {
            return Some(());
        }
        // Some turns further, so that no moment lies before zero and a saturated age is in another slot.
        let slot = |ago: u8| (row.age + 4 * self.setup.clock.min_age - ago) / self.setup.clock.min_age;
        if ghosts.lost_age != NEVER && slot(ghosts.lost_age) == slot(answer.age) {
            return Some(());
        }
        ghosts.lost += 1;
        ghosts.lost_age = answer.age;
        (ghosts.lost <= most).then_some(())
    }

    pub(crate) fn deliver(&mut self, slot: usize, copies: Copies) -> Option<()> {
        let flight = self.world.flights[slot]?;
        if flight.stage != Stage::Answer {
            return None;
        }
        if copies == Copies::One {
            self.world.flights[slot] = None;
        }
        if self.setup.forward_auth != ForwardAuth::None {
            self.world.ghosts.renewed = 0;
        }
        match self.setup.client {
            Client::Mobile => self.world.client.memory = flight.token,
            Client::Jar | Client::Anybody => self.set(flight.token),
        }
        Some(())
    }

    /// The client's storage takes a token, and forgets the key of the one before.
    fn set(&mut self, token: Rel) {
        let client = &mut self.world.client;
        client.key_made &= client.token == token;
        client.token = token;
    }

    pub(crate) fn store(&mut self) -> Option<()> {
        let received = self.world.client.memory;
        if received == NOTHING {
            return None;
        }
        self.set(received);
        self.world.client.memory = NOTHING;
        Some(())
    }

    pub(crate) fn crash(&mut self) -> Option<()> {
        self.give_up()?;
        if self.world.client.memory != NOTHING {
            // It may have waited there for many `min_age`s; so it counts by itself.
            self.world.ghosts.lost_age = NEVER;
            self.lose(&Flight::answer(self.world.client.memory))?;
            self.world.ghosts.lost_age = NEVER;
        }
        let client = &mut self.world.client;
        client.memory = NOTHING;
        if self.setup.mutation == Mutation::KeyNotDurable && client.key_made {
            client.key_made = false;
            client.variant = (client.variant + 1) % 3;
        }
        Some(())
    }

    pub(crate) fn abandon(&mut self) -> Option<()> {
        self.give_up()
    }

    /// What is on its way to the server may still arrive there; what is on its way back finds nobody.
    fn give_up(&mut self) -> Option<()> {
        let own = |slot: &&mut Option<Flight>| slot.is_some_and(|flight| flight.by == By::Client);
        let Some(slot) = self.world.flights.iter_mut().find(own) else { return Some(()) };
        let Some(flight) = slot else { return Some(()) };
        if flight.stage != Stage::Answer {
            flight.by = By::Abandoned;
            return Some(());
        }
        let answer = *flight;
        *slot = None;
        self.lose(&answer)
    }
}

impl Setup {
    /// The retry key that the client has for the token in its storage.
    #[must_use]
    pub fn key_of(&self, client: &Holder) -> Key {
        let kept = self.mutation == Mutation::KeyKept;
        if kept { Key::KEPT } else { Key::honest(client.token, client.variant) }
    }

    /// The keys that the client may send now.
    #[must_use]
    pub(crate) fn keys_of(&self, client: &Holder) -> Vec<Key> {
        let own =
            if client.memory == NOTHING { self.key_of(client) } else { Key::honest(client.memory, client.variant) };
        match (self.keys, self.mutation) {
            (Keys::Never, _) => vec![Key::NONE],
            (Keys::Always, Mutation::KeyPerTab) => vec![own, Key::honest(client.token, client.variant + 1)],
            (Keys::Always, _) => vec![own],
            (Keys::Mixed, _) => vec![Key::NONE, own],
        }
    }
}
