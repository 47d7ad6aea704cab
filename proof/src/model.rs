//! The stateright model: what can happen in a situation, and which properties are looked at. What must stay true: a situation
//! in which a property fell has no successor, so that the first fall is what a counterexample shows.

use stateright::{Model, Property};

use crate::{
    bridge::{Authenticity, Question},
    commit::Lost,
    mutation::Mutation,
    property::Broken,
    row::{Life, NEVER},
    setup::{Client, Copies, ForwardAuth, Logout, Setup, Steps, Thief},
    step::{Act, Copied, of_the_chain},
    token::{Key, NOTHING, Rel, floor},
    world::{By, Stage, World},
};

/// A setup, ready to be explored.
#[derive(Clone, Copy, Debug)]
pub struct Rotation(pub Setup);

impl Model for Rotation {
    type State = World;
    type Action = Act;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(&self.0)]
    }

    fn actions(&self, world: &World, acts: &mut Vec<Act>) {
        if world.broken.any() {
            return;
        }
        acts.push(Act::Tick);
        self.client(world, acts);
        self.flights(world, acts);
        self.thief(world, acts);
        if self.0.client == Client::Anybody {
            self.anybody(world, acts);
        }
        if self.0.logout == Logout::AnyTime && world.row.lives() {
            let deaths: &[Life] = if self.0.client == Client::Anybody { &Life::DEATHS } else { &[Life::Ended] };
            acts.extend(deaths.iter().map(|how| Act::End(*how)));
        }
        if world.rollbacks > 0 {
            acts.extend(world.before_rotation.map(|_| Act::RollBack(Lost::Rotation)));
            acts.extend(world.before_redelivery.map(|_| Act::RollBack(Lost::Redelivery)));
        }
    }

    fn next_state(&self, world: &World, act: Act) -> Option<World> {
        self.0.after(world, act).map(|(world, _)| world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut all = vec![
            Property::always("P1", |model: &Self, world: &World| model.at_most_one_rotates(world)),
            holds::<1>(),
            holds::<2>(),
            holds::<3>(),
            holds::<4>(),
            holds::<5>(),
            holds::<6>(),
            holds::<7>(),
            holds::<8>(),
            holds::<9>(),
            holds::<10>(),
            holds::<11>(),
            holds::<12>(),
            holds::<13>(),
            holds::<14>(),
            holds::<15>(),
        ];
        all.extend(self.0.reaches().map(|reach| Property::sometimes(reach.name(), reach.condition())));
        all
    }
}

fn holds<const BIT: usize>() -> Property<Rotation> {
    let (_, name, _) = Broken::ALL[BIT];
    Property::always(name, |_: &Rotation, world: &World| !world.broken.has(Broken::ALL[BIT].0))
}

impl Rotation {
    fn client(&self, world: &World, acts: &mut Vec<Act>) {
        let setup = &self.0;
        let own = |flight: &&_| by_the_client(flight);
        let under_way = world.flights.iter().flatten().filter(own).count();
        if setup.client == Client::Anybody || under_way >= setup.exchanges {
            return;
        }
        let client = &world.client;
        let waits = world.flights.iter().flatten().any(|flight| flight.by == By::Client);
        let unstored = client.memory != NOTHING;
        let may_send = match setup.client {
            Client::Mobile => !waits && (!unstored || setup.mutation == Mutation::UsesBeforeStoring),
            Client::Jar | Client::Anybody => true,
        };
        if may_send {
            acts.extend(setup.keys_of(client).into_iter().map(|key| Act::Send(By::Client, key)));
        }
        if setup.forward_auth != ForwardAuth::None {
            acts.push(Act::Send(By::ForwardAuth, Key::NONE));
        }
    }

    fn flights(&self, world: &World, acts: &mut Vec<Act>) {
        let setup = &self.0;
        for (slot, flight) in world.flights.iter().enumerate() {
            let Some(flight) = flight else { continue };
            if slot > 0 && world.flights[slot - 1] == Some(*flight) {
                continue;
            }
            let answers = matches!(flight.by, By::Client | By::ForwardAuth);
            match (flight.stage, setup.steps) {
                (Stage::Request, Steps::One) => {
                    acts.push(Act::Serve(slot));
                    acts.extend(answers.then_some(Act::ServeAndLose(slot)));
                }
                (Stage::Request, Steps::ReadThenApply) => acts.push(Act::Read(slot)),
                (Stage::Judged { .. }, _) => {
                    acts.push(Act::Apply(slot));
                    acts.extend(answers.then_some(Act::ApplyAndCrash(slot)));
                }
                (Stage::Answer, _) => {
                    acts.push(Act::Deliver(slot));
                    acts.extend((setup.client == Client::Jar).then_some(Act::DeliverTwice(slot)));
                }
            }
        }
        if setup.client == Client::Mobile {
            acts.extend((world.client.memory != NOTHING).then_some(Act::Store));
            acts.push(Act::Crash);
            acts.push(Act::Abandon);
        }
    }

    fn thief(&self, world: &World, acts: &mut Vec<Act>) {
        let Thief::Here { copies, .. } = self.0.thief else { return };
        if !world.thief.copied {
            acts.push(Act::Steal(Copied::Token));
            let pending = copies == Copies::TokenAndKey && world.client.key_made;
            acts.extend(pending.then_some(Act::Steal(Copied::TokenAndKey)));
            return;
        }
        if world.flights.iter().flatten().any(|flight| flight.by == By::Thief) {
            return;
        }
        for token in world.thief.tokens() {
            acts.push(Act::Thieve(token, Key::NONE));
            acts.push(Act::Thieve(token, Key::THIEF));
            acts.extend((world.thief.key != Key::NONE).then_some(Act::Thieve(token, world.thief.key)));
        }
    }

    fn anybody(&self, world: &World, acts: &mut Vec<Act>) {
        let minted = floor(world.rollbacks)..=world.newest;
        let keys = [Key::NONE, Key::THIEF, Key::KEPT];
        match self.0.steps {
            Steps::One => {
                let questions = minted.flat_map(|token| keys.map(|key| of_the_chain(token, key)));
                acts.extend(questions.map(Act::Present));
                // Nothing is behind -1 that a row could compare a secret with; there the MAC decides alone.
                let foreign = |token: Rel| Question { token, secret: Authenticity::Foreign, key: Key::NONE };
                acts.extend((-1..=2).map(|token| Act::Present(foreign(token))));
                acts.push(Act::Present(of_the_chain(world.newest + 2, Key::NONE)));
            }
            Steps::ReadThenApply => {
                let under_way = world.flights.iter().flatten().count();
                if under_way < self.0.exchanges {
                    let questions = minted.flat_map(|token| keys.map(|key| of_the_chain(token, key)));
                    acts.extend(questions.map(Act::ReadAnybody));
                }
            }
        }
    }

    /// P1, of the row itself: whoever would come now, with whichever token.
    fn at_most_one_rotates(&self, world: &World) -> bool {
        if self.0.client != Client::Anybody || !world.row.lives() || !self.0.looks_at.has(Broken::P1) {
            return true;
        }
        let keys = [Key::NONE, Key::THIEF, Key::KEPT];
        let rotates = |token: &Rel| keys.iter().any(|key| self.0.outcome(world, of_the_chain(*token, *key)).rotates());
        (floor(world.rollbacks)..=world.newest).filter(rotates).count() <= 1
    }
}

fn by_the_client(flight: &crate::world::Flight) -> bool {
    matches!(flight.by, By::Client | By::Abandoned | By::ForwardAuth)
}

/// Something that a run must come to, or it shows nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// A token was rotated under a key, or the successor is under way.
    Rotation,
    /// A token was handed out again.
    Redelivery,
    /// Redeliveries came to the cap.
    Cap,
    /// The store had lost a rotation, and the row moved up.
    RollForward,
    /// Reuse ended the session.
    Reuse,
    /// Somebody else ended it.
    End,
    /// The thief was given a token that he had not copied.
    Theft,
}

impl Reach {
    /// What is reached.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rotation => "a rotation",
            Self::Redelivery => "a redelivery",
            Self::Cap => "the cap",
            Self::RollForward => "a roll-forward",
            Self::Reuse => "a reuse",
            Self::End => "an end from outside",
            Self::Theft => "a theft",
        }
    }

    fn condition(self) -> fn(&Rotation, &World) -> bool {
        match self {
            Self::Rotation => |_, world| {
                let carried = |flight: &&crate::world::Flight| flight.stage == Stage::Answer && flight.token == 0;
                world.row.age == 0
                    && (world.row.key != Key::NONE || world.flights.iter().flatten().any(|flight| carried(&flight)))
            },
            Self::Redelivery => |_, world| world.row.redelivered == 0,
            Self::Cap => |model, world| world.row.redeliveries == model.0.cap.0,
            // While the store pauses nothing rotates, so only a roll-forward makes the row younger than the promotion.
            Self::RollForward => |_, world| world.promoted != NEVER && world.row.age < world.promoted,
            Self::Reuse => |_, world| world.row.life == Life::Reused,
            Self::End => |_, world| world.row.life == Life::Ended,
            Self::Theft => |_, world| world.thief.copied && world.thief.tokens().count() > 1,
        }
    }
}
