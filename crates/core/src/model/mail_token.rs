//! What a mail carries to prove that somebody reads it: a link with 256 random bits, and a short code for those who read their
//! mail elsewhere. Either works, once.
//!
//! A store keeps the SHA-256 of the one and a keyed hash of the other (SECURITY EM1): eight digits are found by trying, so
//! without the master key a stolen database must not let anybody try.

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

use super::{Email, MasterKeys, Secret, SecretHash, secret_text};

const PREFIX: &str = "gwm_";
/// Characters of a mail token. Base32 in small letters, because mail programs break links at other characters, some that
/// rewrite links change their case, and some people type them.
pub const MAIL_TOKEN_LENGTH: usize = secret_text::length(PREFIX);

/// How many different codes there are: eight digits. With five tries for each mail and a hundred in a row for each address,
/// guessing succeeds once in a million accounts.
const CODES: u64 = 100_000_000;
const CODE_DIGITS: usize = 8;

/// What a mail token is good for, and for nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MailPurpose {
    /// Proves the address of an account.
    VerifyEmail,
    /// Proves the address of somebody who signs up where that comes first; makes the account.
    SignUp,
    /// Sets a new password.
    ResetPassword,
    /// Signs in.
    MagicLink,
    /// Proves the new address of an account that changes it.
    ConfirmEmail,
    /// Takes a change of address back; goes to the old one.
    UndoEmail,
    /// Makes a user of an account out of whoever reads the address.
    Invitation,
}

super::session::names!(MailPurpose {
    VerifyEmail = "verify_email",
    SignUp = "sign_up",
    ResetPassword = "reset_password",
    MagicLink = "magic_link",
    ConfirmEmail = "confirm_email",
    UndoEmail = "undo_email",
    Invitation = "invitation",
});

/// The secret in a link. Prints as `[secret]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MailToken(Secret<32>);

impl MailToken {
    /// The token with this random secret.
    #[must_use]
    pub const fn new(secret: Secret<32>) -> Self {
        Self(secret)
    }

    /// Reads a token as it came out of a link; `None` if it is damaged or something else. Capitals are taken for small
    /// letters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        secret_text::parse(PREFIX, text).map(Self)
    }

    /// The text for the link.
    #[must_use]
    pub fn encode(&self) -> MailTokenText {
        MailTokenText(secret_text::encode(PREFIX, &self.0))
    }

    /// What a store may keep of it.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        self.0.hash()
    }
}

/// A mail token's text on its way into a mail. Prints as `[secret]`.
#[derive(Clone, PartialEq, Eq, Zeroize)]
#[zeroize(drop)]
pub struct MailTokenText(String);

impl MailTokenText {
    /// The text itself, for a mail and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for MailTokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// The short code of a mail: eight digits. Prints as `[secret]`.
#[derive(Clone, PartialEq, Eq, Zeroize)]
#[zeroize(drop)]
pub struct MailCode(String);

impl MailCode {
    /// A code out of eight random bytes. 2^64 is so many times the number of codes that none is likelier than another by more
    /// than one in 10^11.
    #[must_use]
    pub fn from_random(random: [u8; 8]) -> Self {
        Self(format!("{:08}", u64::from_be_bytes(random) % CODES))
    }

    /// Reads a code as somebody typed it: blanks and hyphens between the digits are left out. `None` if it is no code.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 4 * CODE_DIGITS {
            return None;
        }
        let digits = Self(text.chars().filter(|letter| !matches!(letter, ' ' | '-' | '\u{a0}')).collect());
        let legal = digits.0.len() == CODE_DIGITS && digits.0.bytes().all(|digit| digit.is_ascii_digit());
        legal.then_some(digits)
    }

    /// The digits, for a mail and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What a store may keep of it: a keyed hash, bound to the purpose and to the address that it was sent to.
    #[must_use]
    pub fn hash(&self, purpose: MailPurpose, email: &Email, keys: &MasterKeys) -> SecretHash {
        let bound = Zeroizing::new([purpose.name(), "\0", email.key(), "\0", &self.0].concat());
        SecretHash::from_bytes(keys.keyed_hash("mail code", bound.as_bytes()))
    }
}

impl fmt::Debug for MailCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::KeyNumber;

    fn keys() -> MasterKeys {
        MasterKeys::single(KeyNumber::new(1), &Secret::new([9; 32]))
    }

    #[test]
    fn a_token_survives_the_way_through_a_link_and_its_damages_do_not() {
        let token = MailToken::new(Secret::new([0xa7; 32]));
        let text = token.encode();
        assert_eq!(text.expose().len(), MAIL_TOKEN_LENGTH);
        assert_eq!(MailToken::parse(text.expose()), Some(token.clone()));
        assert_eq!(MailToken::parse(&text.expose().to_ascii_uppercase()), Some(token));
        assert_eq!(text.expose(), text.expose().to_ascii_lowercase());
        for at in 0..text.expose().len() {
            let mut damaged = text.expose().to_owned();
            let other = if &damaged[at..=at] == "7" { "6" } else { "7" };
            damaged.replace_range(at..=at, other);
            assert_eq!(MailToken::parse(&damaged), None, "{damaged}");
            damaged.truncate(at);
            assert_eq!(MailToken::parse(&damaged), None, "{damaged}");
        }
    }

    #[test]
    fn a_code_has_eight_digits_and_may_be_typed_in_groups() {
        assert_eq!(MailCode::from_random([0; 8]).expose(), "00000000");
        assert_eq!(MailCode::from_random(u64::MAX.to_be_bytes()).expose(), "09551615");
        let code = MailCode::parse("12345678").unwrap();
        for typed in ["1234 5678", "1234-5678", " 12 34 56 78 ", "1234\u{a0}5678"] {
            assert_eq!(MailCode::parse(typed), Some(code.clone()), "{typed:?}");
        }
        for wrong in ["", "1234567", "123456789", "1234567a", "１２３４５６７８", "1234\n5678"] {
            assert_eq!(MailCode::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn em1_the_hash_of_a_code_is_bound_to_purpose_address_and_master_key() {
        let code = MailCode::parse("12345678").unwrap();
        let email = |text| Email::parse("email", text).unwrap();
        let hash = code.hash(MailPurpose::ResetPassword, &email("ada@example.test"), &keys());
        assert_eq!(hash, code.hash(MailPurpose::ResetPassword, &email("Ada@EXAMPLE.test"), &keys()));
        assert_ne!(hash, code.hash(MailPurpose::MagicLink, &email("ada@example.test"), &keys()));
        assert_ne!(hash, code.hash(MailPurpose::ResetPassword, &email("bob@example.test"), &keys()));
        let others = MasterKeys::single(KeyNumber::new(1), &Secret::new([8; 32]));
        assert_ne!(hash, code.hash(MailPurpose::ResetPassword, &email("ada@example.test"), &others));
        assert_ne!(hash, SecretHash::of(b"12345678"));
    }

    #[test]
    fn neither_token_nor_code_prints_itself() {
        let token = MailToken::new(Secret::new([1; 32]));
        let code = MailCode::from_random([1; 8]);
        assert_eq!(format!("{:?} {code:?}", token.encode()), "[secret] [secret]");
        assert!(!format!("{token:?}").contains("gwm_"));
    }
}
