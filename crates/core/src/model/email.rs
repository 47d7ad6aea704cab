//! E-mail addresses: kept as given, looked up by a key. Plain addresses only: no comments, quoted local parts or literals.

use std::fmt;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use unicode_normalization::UnicodeNormalization;

use super::{Invalid, InvalidReason};

/// A plain e-mail address with the key under which it is looked up.
#[derive(Clone, PartialEq, Eq)]
pub struct Email {
    given: String,
    at: usize,
    key: String,
}

impl Email {
    /// Parses a plain address: a dot-atom (RFC 5322 section 3.2.3; letters beyond ASCII as in RFC 6531), `@`, a domain with
    /// at least two labels. At most 254 bytes (RFC 5321 section 4.5.3.1.3 less the brackets), 64 before the `@`.
    ///
    /// # Errors
    /// Anything else is refused as malformed; line breaks can therefore never reach a mail header (SECURITY EM10).
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Invalid> {
        Self::try_parse(text).ok_or(Invalid::new(field, InvalidReason::Malformed))
    }

    fn try_parse(text: &str) -> Option<Self> {
        let (local, domain) = text.rsplit_once('@')?;
        if text.len() > 254 || local.len() > 64 || !is_dot_atom(local) || domain.contains(vanishes) {
            return None;
        }
        let ascii =
            Uts46::new().to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::Check, DnsLength::Verify).ok()?;
        let top = ascii.rsplit('.').next()?;
        // A number at the end would be an IPv4 address (WHATWG URL, "ends in a number").
        if !ascii.contains('.') || top.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        // SECURITY EM11: the case of the local part is folded, dots and `+tags` are kept; the domain is its A-label form.
        let folded: String = local.nfc().collect::<String>().to_lowercase().nfc().collect();
        Some(Self { given: text.to_owned(), at: local.len(), key: format!("{folded}@{ascii}") })
    }

    /// An address that a store has kept. It is not parsed again: tables of Unicode change, addresses that were good stay
    /// so. `None` if it cannot be one.
    #[must_use]
    pub fn from_stored(given: String, key: String) -> Option<Self> {
        let at = given.rfind('@')?;
        key.contains('@').then_some(Self { given, at, key })
    }

    /// The address as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.given
    }

    /// What two spellings of one address have in common; unique among accounts.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What the keys of addresses begin with that begin with this text: to look for them. Of a name beyond ASCII whose end is not
    /// there yet, nobody can tell how its A-label begins.
    #[must_use]
    pub fn beginning_of_key(text: &str) -> String {
        let fold = |text: &str| text.nfc().collect::<String>().to_lowercase().nfc().collect::<String>();
        let Some((local, domain)) = text.rsplit_once('@') else { return fold(text) };
        let ascii = match domain.is_ascii() {
            true => None,
            false => {
                Uts46::new().to_ascii(domain.as_bytes(), AsciiDenyList::EMPTY, Hyphens::Allow, DnsLength::Ignore).ok()
            }
        };
        format!("{}@{}", fold(local), ascii.map_or_else(|| domain.to_ascii_lowercase(), Into::into))
    }

    /// What stands before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        &self.given[..self.at]
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[e-mail]")
    }
}

fn is_dot_atom(local: &str) -> bool {
    let is_atom = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' => true,
        '!' | '#' | '$' | '%' | '&' | '\'' | '*' | '+' | '-' | '/' | '=' | '?' | '^' | '_' | '`' | '{' | '|' | '}'
        | '~' => true,
        _ => c.is_alphanumeric() && !c.is_ascii(),
    };
    local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom))
}

/// Whether IDNA drops the character from a domain, as it does with a soft hyphen, a byte order mark or a space of no width. The
/// address is kept as given, so it would be shown and sent with something in it that nobody sees.
fn vanishes(c: char) -> bool {
    let around = |c: char| {
        let text = format!("a{c}b");
        Uts46::new()
            .to_ascii(text.as_bytes(), AsciiDenyList::STD3, Hyphens::Check, DnsLength::Ignore)
            .is_ok_and(|it| it == "ab")
    };
    !c.is_ascii() && around(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_of_one_address_share_a_key() {
        let key = |text| Email::parse("email", text).unwrap().key().to_owned();
        assert_eq!(key("Ada@Example.TEST"), key("ada@example.test"));
        assert_eq!(key("ada@bücher.example"), "ada@xn--bcher-kva.example");
    }

    #[test]
    fn the_beginning_of_an_address_is_the_beginning_of_its_key() {
        let email = Email::parse("email", "Ädä.L@Bücher.Example.test").unwrap();
        let text = "Ädä.L@Bücher.Example.test";
        let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        // Not while the label beyond ASCII is incomplete.
        for end in ends.filter(|end| *end <= text.find('B').unwrap() || *end >= text.find(".Ex").unwrap()) {
            let key = Email::beginning_of_key(&text[..end]);
            assert!(email.key().starts_with(&key), "{key}");
        }
    }

    #[test]
    fn em11_dots_and_tags_are_not_folded() {
        let key = |text| Email::parse("email", text).unwrap().key().to_owned();
        assert_ne!(key("a.da@example.test"), key("ada@example.test"));
        assert_ne!(key("ada+x@example.test"), key("ada@example.test"));
    }

    #[test]
    fn em10_what_could_reach_a_mail_header_is_refused() {
        for bad in [
            "a@b.c\r\nBcc: x@y.z",
            "a@b.c\n",
            "\"a b\"@example.test",
            "a@[127.0.0.1]",
            "a@b",
            "a@@b.c",
            "@b.c",
            "a@.c",
            "a@b..c",
            "a..b@c.de",
            ".a@b.cd",
            "a.@b.cd",
            "a (x)@b.cd",
            "a@127.0.0.1",
            "a@b.c\0",
            " a@b.cd",
            "a@b.cd ",
            "a@-b.cd",
            "a,b@c.de",
            "<a@b.cd>",
            "a@b.cd>",
            "a@b.cd\u{feff}",
            "a@b\u{200b}.cd",
            "a@b\u{ad}c.de",
            "a@b\u{fe0f}c.de",
        ] {
            assert!(Email::parse("email", bad).is_err(), "{bad:?}");
        }
        assert!(Email::parse("email", &format!("{}@example.test", "x".repeat(65))).is_err());
    }
}
