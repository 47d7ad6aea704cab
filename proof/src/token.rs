//! Tokens and retry keys as the model sees them: by how far they are from the session's row, never by a number that grows.
//! That keeps the state space finite while the number of rotations has no bound. What must stay true: whoever moves the
//! row's generation shifts every token and every key by as much.

/// A token by its generation less the row's: 0 is the current one, -1 the previous one, +1 one ahead.
pub type Rel = i8;

/// No token.
pub const NOTHING: Rel = i8::MIN;

/// The lowest relative generation that is told apart while `rollbacks` may still happen. Below it there is only "two or more
/// behind", and stays so whatever the store forgets.
#[must_use]
pub const fn floor(rollbacks: u8) -> Rel {
    -2 - rollbacks.cast_signed()
}

/// The same token after the row moved by `-by` generations.
#[must_use]
pub fn shifted(token: Rel, by: Rel, floor: Rel) -> Rel {
    if token == NOTHING { NOTHING } else { (token + by).clamp(floor, HIGHEST) }
}

const LOWEST: Rel = -5;
const HIGHEST: Rel = 4;

/// A retry key, or none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key(u8);

/// How many different keys an honest client may have for one token (more than one only in mutations).
const VARIANTS: u8 = 3;
const FIRST_HONEST: u8 = 3;

impl Key {
    /// No key was sent, or the row keeps none.
    pub const NONE: Self = Self(0);
    /// The thief's own. One is enough: another one that he never repeats does what no key does.
    pub const THIEF: Self = Self(1);
    /// The key of a client that never makes another (a mutation), and the second key of anybody.
    pub const KEPT: Self = Self(2);
    /// How many codes there are.
    pub const CODES: u8 = FIRST_HONEST + (HIGHEST - LOWEST + 1).cast_unsigned() * VARIANTS;

    /// The key that the honest client made for this token.
    #[must_use]
    pub fn honest(token: Rel, variant: u8) -> Self {
        let place = (token.clamp(LOWEST, HIGHEST) - LOWEST).cast_unsigned();
        Self(FIRST_HONEST + place * VARIANTS + variant % VARIANTS)
    }

    /// Its place in a table of [`Self::CODES`] entries.
    #[must_use]
    pub fn code(self) -> u8 {
        self.0
    }

    /// The token and the variant that an honest key was made for.
    #[must_use]
    pub fn made_for(self) -> Option<(Rel, u8)> {
        let place = self.0.checked_sub(FIRST_HONEST)?;
        Some((LOWEST + (place / VARIANTS).cast_signed(), place % VARIANTS))
    }

    /// The same key after the row moved.
    #[must_use]
    pub fn shifted(self, by: Rel, floor: Rel) -> Self {
        self.made_for().map_or(self, |(token, variant)| Self::honest(shifted(token, by, floor), variant))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_follows_its_token() {
        for (token, by, after) in [(0, -1, -1), (-1, 1, 0), (-3, -1, -3), (1, -1, 0)] {
            assert_eq!(Key::honest(token, 1).shifted(by, floor(1)), Key::honest(after, 1));
            assert_eq!(shifted(token, by, floor(1)), after);
        }
        assert_eq!(
            [Key::NONE, Key::THIEF, Key::KEPT].map(|key| key.shifted(-1, -2)),
            [Key::NONE, Key::THIEF, Key::KEPT]
        );
        assert!((0..Key::CODES).contains(&Key::honest(HIGHEST, 2).code()));
    }
}
