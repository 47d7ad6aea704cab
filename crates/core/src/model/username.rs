//! Usernames: PRECIS-mapped, without `@`, unique also by how they look.

use std::fmt;

use precis_profiles::{UsernameCaseMapped, precis_core::profile::PrecisFastInvocation};
use unicode_security::confusable_detection::skeleton;

use super::{Invalid, InvalidReason};

/// A username in its one canonical form (RFC 8265 section 3.3, UsernameCaseMapped) with its skeleton.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username {
    mapped: String,
    skeleton: String,
}

/// The longest username, in code points.
const MAX_LENGTH: usize = 64;

impl Username {
    /// Parses and maps a username: 2 to 64 code points after mapping.
    ///
    /// # Errors
    /// Refuses what PRECIS refuses (spaces, controls, mixed directions), and `@`, which would let it overlap with an
    /// e-mail address as login (fault X8).
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Invalid> {
        if text.len() > 4 * MAX_LENGTH {
            return Err(Invalid::new(field, InvalidReason::TooLong { max: MAX_LENGTH }));
        }
        let mapped = UsernameCaseMapped::enforce(text).map_err(|_| Invalid::new(field, InvalidReason::Malformed))?;
        // Full-width `＠` maps to `@`: look at the mapped form.
        if mapped.contains('@') {
            return Err(Invalid::new(field, InvalidReason::NotAllowed));
        }
        match mapped.chars().count() {
            0 | 1 => Err(Invalid::new(field, InvalidReason::TooShort { min: 2 })),
            2..=MAX_LENGTH => {
                // The skeleton of the upper-case form too would catch `I` for `l`; the mapped form has no upper case.
                let skeleton = skeleton(&mapped).collect::<String>().to_lowercase();
                Ok(Self { skeleton, mapped: mapped.into_owned() })
            }
            _ => Err(Invalid::new(field, InvalidReason::TooLong { max: MAX_LENGTH })),
        }
    }

    /// A username that a store has kept. It is not mapped again: tables of Unicode change, names that were good stay so.
    /// `None` if it cannot be one.
    #[must_use]
    pub fn from_stored(mapped: String, skeleton: String) -> Option<Self> {
        (!mapped.is_empty() && !mapped.contains('@') && !skeleton.is_empty()).then_some(Self { mapped, skeleton })
    }

    /// The canonical form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.mapped
    }

    /// What usernames begin with that begin with this text: to look for them.
    #[must_use]
    pub fn beginning_of(text: &str) -> String {
        let mapped = UsernameCaseMapped::enforce(text).map(std::borrow::Cow::into_owned);
        mapped.unwrap_or_else(|_| text.to_lowercase())
    }

    /// How it looks (UTS 39 section 4): two usernames with one skeleton could be taken for each other, so the skeleton is
    /// unique, too.
    #[must_use]
    pub fn skeleton(&self) -> &str {
        &self.skeleton
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.mapped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Username {
        Username::parse("username", text).unwrap()
    }

    #[test]
    fn case_and_width_are_mapped_away() {
        assert_eq!(parse("Ada"), parse("ada"));
        assert_eq!(parse("ａｄａ"), parse("ada"));
    }

    #[test]
    fn the_beginning_of_a_name_is_mapped_as_the_name_is() {
        for text in ["", "A", "Ad", "ＡＤ", "ada"] {
            assert!(parse("Ada").as_str().starts_with(&Username::beginning_of(text)), "{text}");
        }
        assert_eq!(Username::beginning_of("a b"), "a b");
    }

    #[test]
    fn a_username_that_looks_like_another_has_its_skeleton() {
        assert_ne!(parse("раураl"), parse("paypal"));
        assert_eq!(parse("раураl").skeleton(), parse("paypal").skeleton());
        assert_ne!(parse("ada").skeleton(), parse("bob").skeleton());
    }

    #[test]
    fn x8_a_username_never_contains_an_at_sign() {
        for bad in ["ada@example.test", "ada＠example.test"] {
            assert_eq!(Username::parse("username", bad).unwrap_err().reason, InvalidReason::NotAllowed, "{bad}");
        }
    }

    #[test]
    fn spaces_controls_and_nothing_are_refused() {
        for bad in ["", "a", "a b", "a\u{202e}b", "a\u{0}b", "a\u{200b}b", "\n\n"] {
            assert!(Username::parse("username", bad).is_err(), "{bad:?}");
        }
    }
}
