//! What a browser keeps that has asked for a mail: only there does the mail's link sign in by itself (SECURITY EM4).

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use zeroize::{Zeroize, Zeroizing};

use super::{Secret, SecretHash};

/// 256 random bits that a browser shows again. It says nothing about an account and gives no right by itself: it tells the
/// browser that asked from all others. Prints as `[secret]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BrowserMark(Secret<32>);

impl BrowserMark {
    /// The mark with this random secret.
    #[must_use]
    pub const fn new(secret: Secret<32>) -> Self {
        Self(secret)
    }

    /// Reads what a browser kept; `None` if it is something else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?);
        Some(Self(Secret::new(bytes.as_slice().try_into().ok()?)))
    }

    /// The text that the browser keeps.
    #[must_use]
    pub fn encode(&self) -> BrowserMarkText {
        BrowserMarkText(BASE64URL_NOPAD.encode(self.0.expose()))
    }

    /// What a store may keep of it.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        self.0.hash()
    }
}

/// A mark's text on its way to the browser. Prints as `[secret]`.
#[derive(Clone, PartialEq, Eq, Zeroize)]
#[zeroize(drop)]
pub struct BrowserMarkText(String);

impl BrowserMarkText {
    /// The text itself, for the browser and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for BrowserMarkText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_survives_the_browser_and_nothing_else_is_one() {
        let mark = BrowserMark::new(Secret::new([0xfb; 32]));
        assert_eq!(BrowserMark::parse(mark.encode().expose()), Some(mark.clone()));
        assert_eq!(format!("{mark:?} {:?}", mark.encode()), "BrowserMark([secret]) [secret]");
        let text = mark.encode();
        for wrong in ["", "=", &text.expose()[1..], &format!("{}A", text.expose()), &"\u{e4}".repeat(43)] {
            assert_eq!(BrowserMark::parse(wrong), None, "{wrong:?}");
        }
    }
}
