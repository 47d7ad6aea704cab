//! Which passwords everybody else uses, too.

/// A set of passwords that are refused because they are common or known to have been breached (SECURITY PW6, PW7).
pub trait Blocklist: Send + Sync {
    /// Whether `folded` is on the list. The caller has NFC-normalised and case-folded it; the whole string is compared,
    /// never a part of it (SECURITY PW9). May err by refusing a rare password that is not on the list, never the other way.
    fn contains(&self, folded: &str) -> bool;
}
