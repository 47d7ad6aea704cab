//! Keys that belong to what a later version brings. A script that sets all keys of the design starts this version, too: they are
//! accepted and said to be without effect.
//!
//! What must stay true: no key stands here whose value would make somebody believe in a protection that is not there. Without
//! administrators nobody needs a secret to become one.

/// Names that this version knows only to be of a later one.
const LATER: &[&str] = &["BOOTSTRAP_SECRET"];

/// Whether a name that is no key will be one.
pub(super) fn knows(name: &str) -> bool {
    let bare = name.to_ascii_uppercase();
    LATER.contains(&bare.strip_suffix("_FILE").unwrap_or(&bare))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_a_later_version_is_known_in_each_place() {
        assert!(knows("BOOTSTRAP_SECRET") && knows("bootstrap_secret") && knows("BOOTSTRAP_SECRET_FILE"));
        assert!(!knows("BOOTSTRAP_SECERT"));
    }

    #[test]
    fn no_key_of_this_version_is_one_of_a_later_one() {
        for key in crate::config::keys::ALL {
            assert!(!knows(&key.name()), "{}", key.name());
        }
    }
}
