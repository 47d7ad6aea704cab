//! The text of a stored hash: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<output>`, and with a pepper
//! `$argon2id$v=19$m=19456,t=2,p=1,keyid=<number>$<salt>$<sealed output>` (PHC string format, as Argon2's reference prints it).
//!
//! There is exactly one text for a hash: anything else is unreadable, not repaired.

use std::fmt;

use data_encoding::BASE64_NOPAD;
use gatewright_core::model::KeyNumber;

use crate::parameters::Cost;

/// Longest text that is looked at. Ours has about 150 bytes.
const MAX_LENGTH: usize = 512;

/// A parsed hash. What `output` is depends on `key`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Phc {
    pub(crate) cost: Cost,
    /// The pepper that `output` is sealed with; without one it is Argon2's tag itself.
    pub(crate) key: Option<KeyNumber>,
    pub(crate) salt: Vec<u8>,
    pub(crate) output: Vec<u8>,
}

impl Phc {
    /// Parses the text of a hash.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_LENGTH {
            return None;
        }
        let mut fields = text.split('$');
        let ("", "argon2id", "v=19") = (fields.next()?, fields.next()?, fields.next()?) else { return None };
        let (cost, key) = parse_cost(fields.next()?)?;
        let salt = BASE64_NOPAD.decode(fields.next()?.as_bytes()).ok()?;
        let output = BASE64_NOPAD.decode(fields.next()?.as_bytes()).ok()?;
        // RFC 9106 section 3.1 allows salts from 8 bytes; a tag under 16 would be guessable in its own right.
        let is_plausible = fields.next().is_none() && salt.len() >= 8 && output.len() >= 16;
        is_plausible.then_some(Self { cost, key, salt, output })
    }

    /// Everything but the output: what a sealed output is bound to.
    pub(crate) fn header(&self) -> String {
        let Cost { memory_kib, passes, lanes } = self.cost;
        let key = self.key.map_or_else(String::new, |key| format!(",keyid={}", BASE64_NOPAD.encode(&[key.number()])));
        let salt = BASE64_NOPAD.encode(&self.salt);
        format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}{key}${salt}")
    }
}

impl fmt::Display for Phc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}${}", self.header(), BASE64_NOPAD.encode(&self.output))
    }
}

fn parse_cost(text: &str) -> Option<(Cost, Option<KeyNumber>)> {
    let mut pairs = text.split(',');
    let memory_kib = number(pairs.next()?.strip_prefix("m=")?)?;
    let passes = number(pairs.next()?.strip_prefix("t=")?)?;
    let lanes = number(pairs.next()?.strip_prefix("p=")?)?;
    let key = match pairs.next() {
        None => None,
        Some(pair) => {
            let bytes = BASE64_NOPAD.decode(pair.strip_prefix("keyid=")?.as_bytes()).ok()?;
            let [number] = *bytes.as_slice() else { return None };
            Some(KeyNumber::new(number))
        }
    };
    let cost = Cost { memory_kib, passes, lanes };
    (pairs.next().is_none() && cost.is_defined()).then_some((cost, key))
}

/// Decimal without sign or leading zeros.
fn number(text: &str) -> Option<u32> {
    let is_canonical = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    is_canonical.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GOOD: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODw";

    #[test]
    fn a_hash_of_another_library_parses_and_prints_the_same() {
        assert_eq!(Phc::parse(GOOD).unwrap().to_string(), GOOD);
        let sealed = GOOD.replace("p=1", "p=1,keyid=Bw");
        let parsed = Phc::parse(&sealed).unwrap();
        assert_eq!((parsed.key.map(KeyNumber::number), parsed.to_string()), (Some(7), sealed));
    }

    #[test]
    fn what_is_not_exactly_such_a_hash_is_unreadable() {
        assert!(Phc::parse(GOOD).is_some());
        for (from, to) in [
            ("argon2id", "argon2i"),
            ("argon2id", "argon2d"),
            ("v=19", "v=16"),
            ("$v=19", ""),
            ("m=19456", "m=019456"),
            ("m=19456", "m=+19456"),
            ("m=19456", "m=99999999999"),
            ("m=19456", "m=7"),
            ("m=19456", "m=0"),
            ("t=2", "t=0"),
            ("p=1", "p=0"),
            ("m=19456,t=2", "t=2,m=19456"),
            ("p=1", "p=1,data=AA"),
            ("p=1", "p=1,keyid="),
            ("p=1", "p=1,keyid=AAE"),
            ("p=1", "p=1,keyid=AA,x=1"),
            ("$AAECAwQFBgcICQoLDA0ODw$", "$AAECAwQFBgcICQoLDA0ODw==$"),
            ("$AAECAwQFBgcICQoLDA0ODw$", "$AAECAwQFBgcICQoLDA0ODx$"),
            ("$AAECAwQFBgcICQoLDA0ODw$", "$AAECAw$"),
            ("$argon2id", "x$argon2id"),
            ("$AAECAwQFBgcICQoLDA0ODw$", "$$"),
        ] {
            let bad = GOOD.replacen(from, to, 1);
            assert_ne!(bad, GOOD);
            assert!(Phc::parse(&bad).is_none(), "{bad}");
        }
        assert!(Phc::parse(&format!("{GOOD}$")).is_none());
        assert!(Phc::parse(&format!("{GOOD}{}", "A".repeat(512))).is_none());
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_without_panic_and_only_canonical_text_is_accepted(text in "\\$?(argon2id|x)?\\$v=19\\$m=[0-9]{1,11},t=[0-9],p=[0-9](,keyid=[A-Za-z]{2})?\\$[A-Za-z+/=]{0,40}\\$[A-Za-z+/=]{0,60}") {
            if let Some(parsed) = Phc::parse(&text) {
                prop_assert_eq!(parsed.to_string(), text);
            }
        }
    }
}
