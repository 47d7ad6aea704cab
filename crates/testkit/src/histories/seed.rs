//! How many histories are tried, and which. Half of them are the same in every run, so that what passed once passes again; half
//! are new, so that every run looks somewhere else. What fails names its seed.

use std::env;

use gatewright_core::port::{Entropy, SystemEntropy};

/// How many histories, beginning with which seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// How many histories in all.
    pub histories: u32,
    /// The only seed, if one is to be repeated.
    pub seed: Option<u64>,
}

/// The seed that is the same in every run.
const SAME: u64 = 0x6761_7465_7772;

impl Budget {
    /// So many; or, in a multiple of it, as `GATEWRIGHT_HISTORIES` says, and with the one seed that `GATEWRIGHT_SEED` names.
    ///
    /// # Panics
    /// When one of them is no number.
    #[must_use]
    pub fn of(histories: u32) -> Self {
        let times = number("GATEWRIGHT_HISTORIES").unwrap_or(1);
        let histories = histories.saturating_mul(u32::try_from(times).expect("a small number of times"));
        Self { histories, seed: number("GATEWRIGHT_SEED") }
    }

    /// Each seed, with how many histories it is for.
    pub(super) fn seeds(self) -> Vec<(u64, u32)> {
        let mut fresh = [0; 8];
        SystemEntropy::default().fill(&mut fresh);
        match self.seed {
            Some(seed) => vec![(seed, self.histories)],
            None => vec![(SAME, self.histories.div_ceil(2)), (u64::from_le_bytes(fresh), self.histories / 2)],
        }
    }
}

/// The generator's seed.
pub(super) fn bytes(seed: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes
}

/// What a failure says, so that it can be had again.
pub(super) fn again(seed: u64) -> String {
    format!("again with GATEWRIGHT_SEED={seed}")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the environment says how long histories are looked for"
)]
fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(text.trim().parse().unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")))
}
