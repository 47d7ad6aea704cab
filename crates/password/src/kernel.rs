//! The only place that knows which implementation of Argon2 is used (docs/decisions/0002-argon2-implementation.md).
//!
//! One kernel belongs to one thread. It keeps its memory between hashes, because mapping 19 MiB anew costs a fifth of a hash,
//! and the implementation wipes it after each; [`Kernel::release`] gives it back when there is nothing to do.
//! Of the implementation only the reusable raw hash is used: no parser, no base64, no randomness of its own.

use argon2_rust::{Algorithm, Argon2, Error, Hasher, Params, Version, params};

use crate::parameters::Cost;

/// Why a hash could not be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KernelError {
    /// The machine does not have the memory.
    #[error("no memory for a hash")]
    OutOfMemory,
    /// Argon2 is not defined for this input.
    #[error("argon2id is not defined for these parameters: {0}")]
    Undefined(Error),
    /// The implementation answers wrong on this machine.
    #[error("the argon2 implementation fails its known-answer test on this machine")]
    WrongAnswer,
}

/// Computes Argon2id hashes one after the other in memory of its own.
pub(crate) struct Kernel {
    hasher: Hasher,
    computed: u64,
}

impl Kernel {
    /// A kernel without memory; the first hash takes it.
    pub(crate) fn new() -> Self {
        Self { hasher: Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT).hasher(), computed: 0 }
    }

    /// Fills `tag` with the Argon2id hash, version 19.
    pub(crate) fn derive(
        &mut self,
        cost: Cost,
        password: &[u8],
        salt: &[u8],
        tag: &mut [u8],
    ) -> Result<(), KernelError> {
        self.derive_keyed(cost, password, salt, [&[], &[]], tag)
    }

    fn derive_keyed(
        &mut self,
        cost: Cost,
        password: &[u8],
        salt: &[u8],
        [secret, data]: [&[u8]; 2],
        tag: &mut [u8],
    ) -> Result<(), KernelError> {
        let length = u64::try_from(tag.len()).unwrap_or(u64::MAX);
        let params = Params::builder()
            .memory(params::Memory::kib(u64::from(cost.memory_kib)))
            .passes(cost.passes)
            .lanes(cost.lanes)
            .threads(1)
            .tag_len(params::TagLen::bytes(length))
            .build()
            .map_err(KernelError::Undefined)?;
        self.computed += 1;
        self.hasher.set_argon2(Argon2::new(Algorithm::Argon2id, Version::V0x13, params));
        let hashed = self.hasher.hash_into_with_ad(password, salt, secret, data, tag);
        hashed.map_err(|error| {
            let is_memory = error == Error::MemoryAllocationError;
            if is_memory { KernelError::OutOfMemory } else { KernelError::Undefined(error) }
        })
    }

    /// How many hashes it has computed.
    pub(crate) const fn computed(&self) -> u64 {
        self.computed
    }

    /// How much memory it holds, in KiB.
    pub(crate) fn held_kib(&self) -> usize {
        self.hasher.reserved_blocks()
    }

    /// Gives the memory back to the operating system, wiped.
    pub(crate) fn release(&mut self) {
        self.hasher.clear();
    }

    /// Computes RFC 9106's test vector on the instruction set that was chosen for this machine. A CPU, an emulator or a
    /// miscompiled kernel that errs would otherwise lock everybody out, or let hashes be stored that nobody else can verify.
    pub(crate) fn known_answer_test(&mut self) -> Result<(), KernelError> {
        // RFC 9106 section 5.3.
        const TAG: [u8; 32] = [
            0x0d, 0x64, 0x0d, 0xf5, 0x8d, 0x78, 0x76, 0x6c, 0x08, 0xc0, 0x37, 0xa3, 0x4a, 0x8b, 0x53, 0xc9, 0xd0, 0x1e,
            0xf0, 0x45, 0x2d, 0x75, 0xb6, 0x5e, 0xb5, 0x25, 0x20, 0xe9, 0x6b, 0x01, 0xe6, 0x59,
        ];
        let cost = Cost { memory_kib: 32, passes: 3, lanes: 4 };
        let mut tag = [0; 32];
        self.derive_keyed(cost, &[1; 32], &[2; 16], [&[3; 8], &[4; 12]], &mut tag)?;
        if tag == TAG { Ok(()) } else { Err(KernelError::WrongAnswer) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_vector_of_rfc_9106_comes_out() {
        assert_eq!(Kernel::new().known_answer_test(), Ok(()));
    }

    fn oracle(cost: Cost, password: &[u8], salt: &[u8], length: usize) -> Vec<u8> {
        let params = argon2::Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(length)).unwrap();
        let mut tag = vec![0; length];
        argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
            .hash_password_into(password, salt, &mut tag)
            .unwrap();
        tag
    }

    #[test]
    fn at_the_recommended_cost_an_independent_implementation_agrees() {
        let cost = crate::Parameters::RECOMMENDED.cost();
        let mut tag = [0; 32];
        Kernel::new().derive(cost, "correct horse".as_bytes(), b"0123456789abcdef", &mut tag).unwrap();
        assert_eq!(tag.to_vec(), oracle(cost, b"correct horse", b"0123456789abcdef", 32));
    }

    proptest! {
        /// One kernel throughout, so that a hash that depended on what the memory held before would show.
        #[test]
        fn an_independent_implementation_agrees_on_reused_memory(
            runs in prop::collection::vec(
                (8_u32..300, 1_u32..4, 1_u32..5, prop::collection::vec(any::<u8>(), 0..300), any::<[u8; 16]>(), 4_usize..70), 1..6)
        ) {
            let mut kernel = Kernel::new();
            for (memory_kib, passes, lanes, password, salt, length) in runs {
                let cost = Cost { memory_kib: memory_kib.max(8 * lanes), passes, lanes };
                let mut tag = vec![0; length];
                kernel.derive(cost, &password, &salt, &mut tag).unwrap();
                prop_assert_eq!(tag, oracle(cost, &password, &salt, length));
            }
        }
    }

    #[test]
    fn released_memory_is_given_back() {
        let mut kernel = Kernel::new();
        let cost = Cost { memory_kib: 256, passes: 1, lanes: 1 };
        kernel.derive(cost, b"password", b"0123456789abcdef", &mut [0; 32]).unwrap();
        assert_eq!(kernel.held_kib(), 256);
        kernel.release();
        assert_eq!(kernel.held_kib(), 0);
    }

    #[test]
    fn what_argon2_is_not_defined_for_is_an_error_and_no_panic() {
        let cost = Cost { memory_kib: 7, passes: 1, lanes: 1 };
        let refused = Kernel::new().derive(cost, b"password", b"0123456789abcdef", &mut [0; 32]);
        assert!(matches!(refused, Err(KernelError::Undefined(_))), "{refused:?}");
    }
}
