//! What a hash costs. A value of [`Parameters`] that exists is strong enough for a new password (SECURITY PW12).

/// The least that OWASP's Password Storage Cheat Sheet allows for Argon2id with one lane: memory in KiB and passes.
/// Each row costs an attacker about the same.
const EQUIVALENT_MINIMA: [(u32, u32); 5] = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];

/// The cost of a new hash: Argon2id, version 19, one lane.
///
/// One lane, because the engine computes one hash per core anyway: lanes would only lower what a hash costs an attacker with
/// idle cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters(Cost);

/// Why [`Parameters`] were refused at start-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// An attacker would guess too fast.
    #[error(
        "argon2id with m={memory_kib} KiB and t={passes} is weaker than OWASP's minimum; use at least 19456 KiB with 2 \
         passes (or 47104/1, 12288/3, 9216/4, 7168/5)"
    )]
    TooWeak {
        /// Memory asked for, in KiB.
        memory_kib: u32,
        /// Passes asked for.
        passes: u32,
    },
    /// The own hashes would be above the ceiling for stored ones, and could never be verified.
    #[error("argon2id with m={memory_kib} KiB and t={passes} costs more than the ceiling for stored hashes")]
    AboveCeiling {
        /// Memory asked for, in KiB.
        memory_kib: u32,
        /// Passes asked for.
        passes: u32,
    },
}

impl Parameters {
    /// m = 19,456 KiB, t = 2, p = 1 (OWASP, DESIGN 6.2).
    pub const RECOMMENDED: Self = Self(Cost { memory_kib: 19_456, passes: 2, lanes: 1 });

    /// Takes memory in KiB and passes.
    ///
    /// # Errors
    /// [`ParameterError::TooWeak`] unless both reach one of OWASP's equivalent minima.
    pub fn new(memory_kib: u32, passes: u32) -> Result<Self, ParameterError> {
        if EQUIVALENT_MINIMA.iter().any(|&(memory, time)| memory_kib >= memory && passes >= time) {
            Ok(Self(Cost { memory_kib, passes, lanes: 1 }))
        } else {
            Err(ParameterError::TooWeak { memory_kib, passes })
        }
    }

    /// A hash that costs microseconds and protects nothing. Exists only with the feature `testing`, and no configuration can
    /// name it: a configuration goes through [`Parameters::new`].
    #[cfg(feature = "testing")]
    #[must_use]
    pub const fn insecure_for_tests() -> Self {
        Self::insecure_with(64, 1)
    }

    /// As [`Parameters::insecure_for_tests`], with the memory in KiB and the passes that a test asks for.
    #[cfg(feature = "testing")]
    #[must_use]
    pub const fn insecure_with(memory_kib: u32, passes: u32) -> Self {
        Self(Cost { memory_kib, passes, lanes: 1 })
    }

    /// Memory in KiB.
    #[must_use]
    pub const fn memory_kib(self) -> u32 {
        self.0.memory_kib
    }

    /// Passes over the memory.
    #[must_use]
    pub const fn passes(self) -> u32 {
        self.0.passes
    }

    pub(crate) const fn cost(self) -> Cost {
        self.0
    }
}

/// The most that verifying a stored hash may cost. The database is not trusted to name the price: a row that somebody wrote
/// with m = 4 TiB must not take the machine down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ceiling {
    /// Memory in KiB. `permits` times this is the most that hashing can ever occupy.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes; they are computed one after the other.
    pub lanes: u32,
}

impl Default for Ceiling {
    /// 64 MiB, 16 passes, 4 lanes: room for RFC 9106's second recommended option and what common libraries have as default.
    fn default() -> Self {
        Self { memory_kib: 65_536, passes: 16, lanes: 4 }
    }
}

impl Ceiling {
    pub(crate) const fn allows(self, cost: Cost) -> bool {
        cost.memory_kib <= self.memory_kib && cost.passes <= self.passes && cost.lanes <= self.lanes
    }
}

/// What a hash, ours or an imported one, costs. Not judged: only [`Parameters`] are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Cost {
    pub(crate) memory_kib: u32,
    pub(crate) passes: u32,
    pub(crate) lanes: u32,
}

impl Cost {
    /// Whether Argon2 is defined for it: at least one lane and pass, and 8 KiB per lane (RFC 9106 section 3.1).
    pub(crate) const fn is_defined(self) -> bool {
        self.lanes >= 1 && self.lanes < 1 << 24 && self.passes >= 1 && self.memory_kib / 8 >= self.lanes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pw12_parameters_below_every_owasp_row_are_refused() {
        for (memory, passes) in
            [(0, 0), (19_455, 2), (19_456, 1), (47_103, 1), (12_287, 3), (9_215, 4), (7_167, 5), (64, 99)]
        {
            assert_eq!(
                Parameters::new(memory, passes),
                Err(ParameterError::TooWeak { memory_kib: memory, passes }),
                "m={memory} t={passes}"
            );
        }
    }

    #[test]
    fn pw12_every_owasp_row_and_what_is_stronger_is_accepted() {
        for (memory, passes) in EQUIVALENT_MINIMA {
            assert!(Parameters::new(memory, passes).is_ok());
            assert!(Parameters::new(memory + 1, passes + 1).is_ok());
        }
        assert_eq!(Parameters::new(19_456, 2), Ok(Parameters::RECOMMENDED));
    }
}
