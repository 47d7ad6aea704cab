//! The lowest layer of every secret: bytes that compare in constant time, print as `[secret]` and are wiped when dropped;
//! and hashes of secrets, which are another type, so that a signature can demand the one and refuse the other.

use std::fmt;

use aws_lc_rs::{constant_time::verify_slices_are_equal, digest};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// `N` secret bytes.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret<const N: usize>([u8; N]);

impl<const N: usize> Secret<N> {
    /// Takes charge of `bytes`.
    #[must_use]
    pub const fn new(bytes: [u8; N]) -> Self {
        Self(bytes)
    }

    /// The bytes themselves. Whoever calls this must not print, log or store them.
    #[must_use]
    pub const fn expose(&self) -> &[u8; N] {
        &self.0
    }

    /// What may be stored of it: SHA-256. The secret has full entropy, so no slow hash is needed.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&self.0)
    }
}

impl<const N: usize> PartialEq for Secret<N> {
    fn eq(&self, other: &Self) -> bool {
        verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl<const N: usize> Eq for Secret<N> {}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// SHA-256 of a secret: the only form in which a secret reaches a store.
#[derive(Clone, Copy)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// SHA-256 of `secret`, which must have at least 128 bits of entropy.
    #[must_use]
    pub fn of(secret: &[u8]) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest::digest(&digest::SHA256, secret).as_ref());
        Self(bytes)
    }

    /// A hash that a store has kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash, as a store keeps it.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for SecretHash {
    fn eq(&self, other: &Self) -> bool {
        verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl Eq for SecretHash {}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hash]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_a_secret_nor_its_hash_prints_itself() {
        let secret = Secret::new([7; 32]);
        assert_eq!(format!("{secret:?} {:?}", secret.hash()), "[secret] [hash]");
    }

    #[test]
    fn secrets_compare_by_content() {
        assert_eq!(Secret::new([1; 16]), Secret::new([1; 16]));
        assert_ne!(Secret::new([1; 16]), Secret::new([2; 16]));
        assert_ne!(Secret::new([1; 16]).hash(), Secret::new([2; 16]).hash());
    }
}
