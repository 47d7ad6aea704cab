//! Forward-auth as DESIGN 4.3 wants it: no key of its own, so that in a session whose last rotation carries one it neither
//! renews nor ends, but answers 401 and lets the client renew. The rule stands between the judgement and its effect.

use crate::{
    commit::Scene, mutation::Outcome, property::Broken, setup::ForwardAuth, token::Key, watch::Asked, world::By,
};

impl Scene<'_> {
    /// What forward-auth makes of the verdict.
    pub(crate) fn left_to_the_client(&self, asked: Asked, outcome: Outcome) -> Outcome {
        let serves_young = self.setup.forward_auth != ForwardAuth::RefusesYoung;
        if asked.by != By::ForwardAuth || (outcome == Outcome::Young && serves_young) {
            return outcome;
        }
        let (row, ghosts) = (&self.world.row, &self.world.ghosts);
        let leaves = match self.setup.forward_auth {
            ForwardAuth::None | ForwardAuth::Plain => false,
            ForwardAuth::LeavesKeyed => row.key != Key::NONE,
            ForwardAuth::LeavesOnceKeyed => ghosts.ever_keyed,
            ForwardAuth::LeavesFirstAndKeyed => row.key != Key::NONE || !ghosts.rotated[0],
            ForwardAuth::NeverRenews | ForwardAuth::RefusesYoung => true,
        };
        if leaves && row.lives() { Outcome::LeftToTheClient } else { outcome }
    }

    /// Whether a page can hang between forward-auth and its script: forward-auth refuses what the client holds, in the very
    /// tick in which the client was renewed, twice without a success between.
    pub(crate) fn watch_forward_auth(&mut self, asked: Asked, outcome: Outcome) {
        if asked.by != By::ForwardAuth {
            return;
        }
        let world = &mut self.world;
        let just_renewed = world.ghosts.renewed == 0 && asked.question.token == world.client.token;
        if outcome.succeeds() {
            world.ghosts.strikes = 0;
        } else if outcome == Outcome::LeftToTheClient && just_renewed {
            world.ghosts.strikes += 1;
            world.ghosts.renewed = 1;
            if world.ghosts.strikes > MOST_STRIKES {
                world.broken.mark(Broken::LOOP);
            }
        }
    }
}

/// After the cap one renewal may have put nothing off, so that the token is not young after it; the next one rotates.
const MOST_STRIKES: u8 = 1;
