//! Attacks, each replayed. `docs/attacks.md` tells what they are about.

mod x05_refresh_replay;
