//! The passwords that everybody tries first (SECURITY PW6, PW7, PW9), as a filter inside the binary.
//!
//! `data/common-passwords.fuse16` is a binary fuse filter of 16-bit fingerprints over every entry of a public list of the
//! million most common leaked passwords that has at least eight code points; `data/README.md` says where the list is from and
//! `examples/blocklist.rs` how the file was made. All of the list, not its top, because with a minimum of fifteen code points
//! the 3,000th usable entry is at rank 795,393. What is on the list is always found; what is not is found once in 65,536.

use std::collections::HashSet;

use aws_lc_rs::digest;
use gatewright_core::port::Blocklist;
use xorf::{BinaryFuse16Ref, DmaSerializable, Filter, FilterRef};

const _: () = assert!(cfg!(target_endian = "little"), "the filter's file is little-endian and is read in place");

/// Bytes at an address that two-byte fingerprints can be read from.
#[repr(align(8))]
struct Aligned<T: ?Sized>(T);

static FILTER: &Aligned<[u8]> = &Aligned(*include_bytes!("../data/common-passwords.fuse16"));

/// The built-in list of common passwords, and what an operator adds to it.
pub struct CommonPasswords {
    filter: BinaryFuse16Ref<'static>,
    added: HashSet<u64>,
}

impl CommonPasswords {
    /// The built-in list.
    #[must_use]
    pub fn new() -> Self {
        let (descriptor, fingerprints) = FILTER.0.split_at(xorf::BinaryFuse16::DESCRIPTOR_LEN);
        Self { filter: BinaryFuse16Ref::from_dma(descriptor, fingerprints), added: HashSet::new() }
    }

    /// Adds passwords of an operator's own list, for example of a known breach (SECURITY PW7). Each has to be NFC-normalised
    /// and case-folded as the port asks. Takes about 16 bytes of memory for each; the passwords themselves are not kept.
    #[must_use]
    pub fn including<'a>(mut self, folded: impl IntoIterator<Item = &'a str>) -> Self {
        self.added.extend(folded.into_iter().map(key));
        self
    }
}

impl Default for CommonPasswords {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for CommonPasswords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CommonPasswords").field("added", &self.added.len()).finish_non_exhaustive()
    }
}

impl Blocklist for CommonPasswords {
    fn contains(&self, folded: &str) -> bool {
        let key = key(folded);
        self.filter.contains(&key) || self.added.contains(&key)
    }
}

/// What the filter knows of a password: the first eight bytes of its SHA-256, little-endian. `examples/blocklist.rs` has to
/// compute the same.
fn key(folded: &str) -> u64 {
    let hash = digest::digest(&digest::SHA256, folded.as_bytes());
    u64::from_le_bytes(*hash.as_ref().first_chunk().expect("SHA-256 has 32 bytes"))
}
