//! PINs keep a child out of a parent's profile. They protect users of one account from each other, never the account.

use super::{Invalid, InvalidReason, Plaintext};

/// A PIN: four to eight digits. As short as people will type on a television, so guesses are limited like a password's.
#[derive(Clone, Debug)]
pub struct Pin(Plaintext);

impl Pin {
    /// Parses four to eight ASCII digits.
    ///
    /// # Errors
    /// Anything else is malformed.
    pub fn parse(field: &'static str, typed: String) -> Result<Self, Invalid> {
        let plaintext = Plaintext::parse(field, typed)?;
        let digits = plaintext.expose();
        if (4..=8).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(plaintext))
        } else {
            Err(Invalid::new(field, InvalidReason::Malformed))
        }
    }

    /// What is hashed and compared.
    #[must_use]
    pub const fn plaintext(&self) -> &Plaintext {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_four_to_eight_digits() {
        for (typed, legal) in
            [("1234", true), ("12345678", true), ("123", false), ("123456789", false), ("12a4", false), ("١٢٣٤", false)]
        {
            assert_eq!(Pin::parse("pin", typed.into()).is_ok(), legal, "{typed}");
        }
    }
}
