//! Passwords: what is a legal one, and the types for its plain and its hashed form. How it is hashed is the port `Hasher`.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Email, Invalid, InvalidReason, Username};

/// A plaintext longer than this is refused, never cut (SECURITY PW2).
pub const MAX_PASSWORD_BYTES: usize = 1024;
/// The shortest password that a policy may ask for (NIST SP 800-63B-4 section 3.1.1.2 with a blocklist; DESIGN 6.2).
pub const MIN_PASSWORD_LENGTH: usize = 8;

/// What somebody typed as password or PIN, NFC-normalised (SECURITY PW4), not trimmed or folded. Wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Plaintext(String);

impl Plaintext {
    /// Takes what was typed, for comparing with a stored hash. Anything is legal here but an absurd length, a control
    /// character NUL, and nothing at all: whether it would do as a *new* password is [`PasswordRules::check`].
    ///
    /// # Errors
    /// [`InvalidReason::TooLong`] above [`MAX_PASSWORD_BYTES`]; [`InvalidReason::Malformed`] when empty or with a NUL.
    pub fn parse(field: &'static str, mut typed: String) -> Result<Self, Invalid> {
        let verdict = if typed.len() > MAX_PASSWORD_BYTES {
            Err(Invalid::new(field, InvalidReason::TooLong { max: MAX_PASSWORD_BYTES }))
        } else if typed.is_empty() || typed.contains('\0') {
            Err(Invalid::new(field, InvalidReason::Malformed))
        } else {
            Ok(Self(typed.nfc().collect()))
        };
        typed.zeroize();
        verdict
    }

    /// The text itself. Whoever calls this must not print, log or store it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Plaintext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// A slow hash of a password or PIN as a PHC string (`$argon2id$v=19$…`).
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// A hash that a hasher made or a store has kept.
    #[must_use]
    pub const fn from_phc(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string, for a hasher or a store.
    #[must_use]
    pub fn as_phc(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hash]")
    }
}

/// What a new password has to satisfy: a length and not being guessable. No composition rules (SECURITY PW5).
#[derive(Clone, Debug)]
pub struct PasswordRules {
    /// Least number of Unicode code points after normalisation, at least [`MIN_PASSWORD_LENGTH`].
    pub min_length: usize,
    /// Words that no password may merely decorate, besides the account's own: the product, the site (SECURITY PW8).
    pub context_words: Vec<String>,
}

impl PasswordRules {
    /// Judges a new password of the account with this address and these usernames. `is_common` answers for the blocklist.
    ///
    /// # Errors
    /// Says which rule it breaks.
    pub fn check(
        &self,
        field: &'static str,
        password: &Plaintext,
        email: &Email,
        usernames: &[&Username],
        is_common: impl Fn(&str) -> bool,
    ) -> Result<(), Invalid> {
        let min = self.min_length.max(MIN_PASSWORD_LENGTH);
        if password.0.chars().count() < min {
            return Err(Invalid::new(field, InvalidReason::PasswordTooShort { min }));
        }
        let mut folded: String = password.0.to_lowercase().nfc().collect();
        let usernames = usernames.iter().map(|username| username.as_str());
        let mut words = self.context_words.iter().map(String::as_str).chain([email.local_part()]).chain(usernames);
        let guessable = is_common(&folded) || words.any(|word| decorates(&folded, word));
        folded.zeroize();
        if guessable { Err(Invalid::new(field, InvalidReason::PasswordTooCommon)) } else { Ok(()) }
    }
}

/// Whether `password` is `word`, perhaps several times, with nothing but digits and punctuation around it. The whole password
/// is compared: one that merely contains the word is legal (SECURITY PW9).
fn decorates(password: &str, word: &str) -> bool {
    let bare = |text: &str| text.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase();
    let (password, word) = (bare(password), bare(word));
    word.chars().count() >= 3 && !password.is_empty() && password.replace(&word, "").is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str) -> Result<(), InvalidReason> {
        let rules = PasswordRules { min_length: 8, context_words: vec!["gatewright".into()] };
        let email = Email::parse("email", "ada.lovelace@example.test").unwrap();
        let username = Username::parse("username", "countess").unwrap();
        let password = Plaintext::parse("password", password.into()).unwrap();
        rules.check("password", &password, &email, &[&username], |it| it == "letmein123").map_err(|it| it.reason)
    }

    #[test]
    fn pw1_length_counts_code_points_after_normalisation() {
        assert_eq!(check("e\u{301}234567"), Err(InvalidReason::PasswordTooShort { min: 8 }));
        assert_eq!(check(&"🦀".repeat(15)), Ok(()));
        assert_eq!(check("1234 678"), Ok(()));
    }

    #[test]
    fn pw4_a_composed_and_a_decomposed_letter_are_one_password_and_a_ligature_is_another() {
        let parse = |text: &str| Plaintext::parse("password", text.into()).unwrap().expose().to_owned();
        assert_eq!(parse("caf\u{e9}"), parse("cafe\u{301}"));
        assert_ne!(parse("ﬁsh"), parse("fish"));
    }

    #[test]
    fn pw5_every_printable_string_is_a_legal_password() {
        for legal in ["                    ok", "928374650192837465", "пароль-который-длинный", "🐸🐸🐸🐸🐸🐸🐸🐸"]
        {
            assert_eq!(check(legal), Ok(()), "{legal}");
        }
    }

    #[test]
    fn pw2_an_absurdly_long_password_is_refused_and_never_cut() {
        assert!(Plaintext::parse("password", "x".repeat(1024)).is_ok());
        let refused = Plaintext::parse("password", "x".repeat(1025)).unwrap_err();
        assert_eq!(refused.reason, InvalidReason::TooLong { max: 1024 });
    }

    #[test]
    fn pw8_a_decorated_context_word_is_refused() {
        for bad in ["Ada.Lovelace1", "!!countess2026", "Gatewright!", "gatewrightgatewright", "countess"] {
            assert_eq!(check(bad), Err(InvalidReason::PasswordTooCommon), "{bad}");
        }
    }

    #[test]
    fn pw9_a_password_that_merely_contains_a_word_is_legal() {
        assert_eq!(check("the countess sings"), Ok(()));
        assert_eq!(check("xletmein123x"), Ok(()));
        assert_eq!(check("LetMeIn123"), Err(InvalidReason::PasswordTooCommon));
    }
}
