//! What a verdict does to the row: the writes of `port/sessions.rs` with their guards, as the ports document them. The moments
//! that are written are those of the reading, as in `action/refresh.rs`, also if the write comes later.

use crate::{
    mutation::{Fate, Mutation, Outcome, Slot},
    property::Broken,
    row::{Life, NEVER, Row},
    setup::{Forgets, ForwardAuth, Setup},
    token::{Key, Rel},
    world::World,
};

/// A request that was judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judged {
    /// What it comes to.
    pub(crate) outcome: Outcome,
    /// The token, as far from the row as it is now.
    pub(crate) token: Rel,
    /// Its retry key.
    pub(crate) key: Key,
    /// The generation that was judged, as far from the row as it is now.
    pub(crate) seen: Rel,
    /// The last redelivery that was judged.
    pub(crate) seen_redelivered: u8,
    /// Ticks since the reading.
    pub(crate) held: u8,
}

/// What leaves the server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reply {
    /// 200, no refresh token set.
    Keep,
    /// 200 with this token.
    Set(Rel),
    /// 401.
    Refused,
    /// 401 `refresh_token_reused`.
    Reused,
}

/// A step on its way: the state so far, and by how much the row's generation has risen.
pub(crate) struct Scene<'a> {
    pub(crate) setup: &'a Setup,
    pub(crate) world: World,
    pub(crate) risen: Rel,
}

impl Scene<'_> {
    /// Carries the verdict out; `None` if the guard failed and the request has to be judged again.
    pub(crate) fn commit(&mut self, judged: Judged) -> Option<Reply> {
        let mutation = self.setup.mutation;
        let as_judged = judged.seen == 0;
        let alive = self.world.row.lives() || mutation == Mutation::StateNotGuarded;
        // Mutations that skip the question whether the session lives skip it in the guard as well, as their code would.
        let alive = alive || matches!(mutation, Mutation::DeadNotChecked | Mutation::EndedAccepted);
        match judged.outcome {
            Outcome::Refuse | Outcome::Unknown | Outcome::LeftToTheClient | Outcome::RefuseOnly => Some(Reply::Refused),
            Outcome::Young if mutation == Mutation::YoungIsSetAgain => Some(Reply::Set(judged.token)),
            Outcome::Young => Some(Reply::Keep),
            Outcome::Rotate => {
                let last = self.world.row.redelivered == judged.seen_redelivered;
                let guarded = (as_judged && last) || mutation == Mutation::RotateUnguarded;
                (guarded && alive).then(|| self.mint(judged.seen + 1, judged.held, judged.key))
            }
            Outcome::Redeliver(fate, slot) => {
                let last = self.world.row.redelivered == judged.seen_redelivered;
                let counts = slot != Slot::Counted || last || mutation == Mutation::CountedUnguarded;
                (as_judged && alive && counts).then(|| self.redeliver(fate, slot, judged.held))
            }
            Outcome::RollForward => {
                let guarded = as_judged || mutation == Mutation::RollForwardUnguarded;
                (guarded && alive).then(|| self.mint(judged.seen + 1, judged.held, Key::NONE))?;
                Some(Reply::Keep)
            }
            Outcome::RollForwardAndRotate => (as_judged && alive).then(|| self.mint(2, judged.held, judged.key)),
            Outcome::Reuse => {
                self.end(Life::Reused);
                Some(Reply::Reused)
            }
            Outcome::UnknownEnds => {
                self.end(Life::Reused);
                Some(Reply::Refused)
            }
        }
    }

    /// The row takes another generation, `to` more than its own.
    fn mint(&mut self, to: Rel, age: u8, key: Key) -> Reply {
        let world = &mut self.world;
        if to != 1 {
            world.broken.mark(Broken::P3);
        }
        if !world.row.lives() {
            world.broken.mark(Broken::P5);
        }
        (world.before_rotation, world.before_redelivery) = (Some(world.row), None);
        world.row = Row { life: world.row.life, age: age.min(world.row.age), redelivered: NEVER, redeliveries: 0, key };
        (world.ghosts.lost, world.ghosts.lost_age) = (0, NEVER);
        match self.setup.forward_auth {
            ForwardAuth::LeavesOnceKeyed => world.ghosts.ever_keyed |= key != Key::NONE,
            ForwardAuth::LeavesFirstAndKeyed => world.ghosts.rotated = [true, world.ghosts.rotated[0]],
            ForwardAuth::None
            | ForwardAuth::Plain
            | ForwardAuth::LeavesKeyed
            | ForwardAuth::NeverRenews
            | ForwardAuth::RefusesYoung => {}
        }
        world.ghosts.postponed = 0;
        self.risen += to;
        world.shift(-to);
        Reply::Set(0)
    }

    fn redeliver(&mut self, fate: Fate, slot: Slot, held: u8) -> Reply {
        let world = &mut self.world;
        if !world.row.lives() {
            world.broken.mark(Broken::P5);
        }
        world.before_redelivery = Some(world.row);
        let row = &mut world.row;
        match slot {
            Slot::Free => row.redelivered = row.redelivered.min(held),
            Slot::Counted => {
                row.redelivered = row.redelivered.min(held);
                // Without a cap the count goes on; nothing tells counts above it apart.
                row.redeliveries = (row.redeliveries + 1).min(self.setup.cap.0);
            }
            Slot::No => {}
        }
        if fate == Fate::Forget {
            row.key = Key::NONE;
        }
        Reply::Set(0)
    }

    /// Ends the session. Whoever comes second changes nothing.
    pub(crate) fn end(&mut self, how: Life) {
        let ends = how != Life::Reused || self.setup.mutation != Mutation::ReuseEndsNothing;
        if self.world.row.lives() && ends {
            self.world.row.life = how;
        }
    }

    /// The store is promoted from a replica that lacks its last rotation and what came after, or its last redelivery.
    pub(crate) fn roll_back(&mut self, lost: Lost) -> Option<()> {
        let world = &mut self.world;
        let before = match lost {
            Lost::Rotation => world.before_rotation?,
            Lost::Redelivery => world.before_redelivery?,
        };
        let forgets_ends = self.setup.forgets == Forgets::EndsToo;
        if world.rollbacks == 0 || (!world.row.lives() && !forgets_ends) {
            return None;
        }
        if !world.row.lives() {
            // Dead is dead: this is what the stores' tombstones and synchronous replicas are for.
            world.broken.mark(Broken::P5);
        }
        world.rollbacks -= 1;
        world.row = before;
        world.promoted = 0;
        world.before_redelivery = None;
        if lost == Lost::Rotation {
            world.before_rotation = None;
            world.ghosts.redeemed = [NEVER; 2];
            world.ghosts.rotator = None;
            world.ghosts.rotated[0] = world.ghosts.rotated[1];
            (world.ghosts.lost, world.ghosts.lost_age) = (0, NEVER);
            self.risen -= 1;
            world.shift(1);
        }
        Some(())
    }
}

/// What a failover forgets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Lost {
    /// The last rotation or roll-forward, and what came after it.
    Rotation,
    /// The last redelivery alone.
    Redelivery,
}
