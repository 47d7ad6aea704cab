//! What presenting a refresh token means: the table of DESIGN 4.3 as one pure function. The stores' tests, the property tests
//! and the model checker run this very function.
//!
//! It reads no clock and no store. Whoever carries a verdict out guards the write with what was judged (generation, hash of
//! the current secret, last redelivery, state), and judges again when the guard fails.

use std::time::Duration;

use super::{Dead, RetryKeyHash, SecretHash, Standing, Timestamp, Transport};

/// An authentic refresh token as it is presented: its MAC is valid, what remains is the session's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presentation {
    /// The number of the token in its chain.
    pub generation: u64,
    /// Hash of its secret.
    pub secret: SecretHash,
    /// Hash of the retry key that came with it (`Idempotency-Key`).
    pub retry_key: Option<RetryKeyHash>,
}

/// How long things are tolerated. Why these and no others: `docs/decisions/0003-rotation-table.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// A token younger than this does not rotate: siblings whose requests or answers are late still hold it.
    pub min_age: Duration,
    /// So long after a rotation its predecessor is taken for a retry even without a retry key.
    pub lost_window: Duration,
    /// Whether retries are tolerated at all.
    pub leniency: Leniency,
}

/// Whether a spent token may be a lost answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leniency {
    /// Within the windows, or with the rotation's retry key, it is.
    Retries,
    /// Never: all windows are zero and retry keys are ignored. Some honest users will be logged out.
    Strict,
}

impl Windows {
    /// The chosen proportions: `min_age` 60 s, `lost_window` 30 s.
    pub const DEFAULT: Self =
        Self { min_age: Duration::from_secs(60), lost_window: Duration::from_secs(30), leniency: Leniency::Retries };

    /// How many times longer `min_age` is in the cookie transport. There the answer lives as long as the upstream behind
    /// forward-auth takes, so a minute becomes five.
    pub const COOKIE_FACTOR: u32 = 5;

    /// No tolerance.
    pub const STRICT: Self = Self { min_age: Duration::ZERO, lost_window: Duration::ZERO, leniency: Leniency::Strict };

    /// The windows for sessions of this transport.
    #[must_use]
    pub fn for_transport(self, transport: Transport) -> Self {
        match transport {
            Transport::Hybrid | Transport::Body => self,
            Transport::Cookie => Self { min_age: self.min_age * Self::COOKIE_FACTOR, ..self },
        }
    }
}

/// How many redeliveries of one generation, each in another `min_age`, postpone the next rotation. Reaching it ends nothing;
/// it keeps a thief who polls with a copied pending retry key from postponing the rotation for ever (invariant P20).
pub const MAX_POSTPONING_REDELIVERIES: u8 = 16;

/// What presenting the token means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// 401; nothing happens. One body for every reason.
    Refuse(Dead),
    /// 200 with a fresh access token. The refresh token is not set again: a late answer could overwrite a newer one.
    Young,
    /// 200 with the successor.
    Rotate,
    /// 200 with the very token that the lost answer carried.
    Redeliver {
        /// What becomes of the rotation's retry key.
        retry_key: KeyFate,
        /// Whether the next rotation is put off.
        postpone: Postpone,
    },
    /// 200 with a fresh access token: the store lost its last write, the row takes the token's generation.
    RollForward,
    /// 401 `refresh_token_reused`; the session ends first.
    Reuse,
    /// 401 and an alert: authentic, but from a history this store never had (old backup, split brain). Never revokes.
    Unknown,
}

/// What a redelivery does to the rotation's retry key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFate {
    /// The request carried it: it stays.
    Keep,
    /// The request carried another or none: whoever has the key is not alone, so it counts no longer.
    Forget,
}

/// What a redelivery does to the next rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Postpone {
    /// Puts it off by `min_age` from now, for free: the same `min_age` as the last one.
    Free,
    /// Puts it off by `min_age` from now, and counts.
    Counted,
    /// Puts it off no longer.
    No,
}

/// What presenting this authentic token means. Pure: the action carries the verdict out.
#[must_use]
pub fn judge(standing: &Standing, presented: &Presentation, now: Timestamp, windows: &Windows) -> Verdict {
    let chain = &standing.session.chain;
    // A clock that stepped back reopens no window (invariant P19): no moment before the last one that the row tells of.
    let last_delivered = chain.rotated_at.max(chain.redelivered_at.unwrap_or(chain.rotated_at));
    let now = now.max(last_delivered);
    if let Some(dead) = standing.dead(now) {
        return Verdict::Refuse(dead);
    }
    if presented.generation == chain.generation {
        if presented.secret != chain.current {
            return Verdict::Unknown;
        }
        let young_since = standing.store_promoted_at.map_or(last_delivered, |promoted| promoted.max(last_delivered));
        if now.since(young_since) < windows.min_age { Verdict::Young } else { Verdict::Rotate }
    } else if presented.generation > chain.generation {
        let is_next = presented.generation - chain.generation == 1 && presented.secret == chain.next;
        if is_next { Verdict::RollForward } else { Verdict::Unknown }
    } else if chain.generation - presented.generation == 1 {
        judge_previous(standing, presented, now, windows)
    } else {
        // Two or more behind: the row keeps no hash to compare with, the MAC alone decides.
        Verdict::Reuse
    }
}

fn judge_previous(standing: &Standing, presented: &Presentation, now: Timestamp, windows: &Windows) -> Verdict {
    let chain = &standing.session.chain;
    if chain.previous != Some(presented.secret) {
        return Verdict::Unknown;
    }
    match windows.leniency {
        Leniency::Strict => return Verdict::Reuse,
        Leniency::Retries => {}
    }
    let same_client = chain.retry_key.is_some() && presented.retry_key == chain.retry_key;
    if !same_client && now.since(chain.rotated_at) > windows.lost_window {
        return Verdict::Reuse;
    }
    let slot = |moment: Timestamp| moment.since(chain.rotated_at).as_micros() / windows.min_age.as_micros().max(1);
    let last_slot = chain.redelivered_at.map_or(0, slot);
    let postpone = if slot(now) == last_slot {
        Postpone::Free
    } else if chain.redeliveries < MAX_POSTPONING_REDELIVERIES {
        Postpone::Counted
    } else {
        Postpone::No
    };
    Verdict::Redeliver { retry_key: if same_client { KeyFate::Keep } else { KeyFate::Forget }, postpone }
}
