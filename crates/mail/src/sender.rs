//! Whom mails are from.

use gatewright_core::model::Email;

use crate::{clean, setup::SetupError};

const LONGEST_NAME: usize = 60;

/// The `From` of every mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Sender {
    pub(crate) name: Option<String>,
    pub(crate) address: Email,
}

impl Sender {
    /// Reads `no-reply@example.com` or `Example accounts <no-reply@example.com>`; the name may stand in double quotes.
    ///
    /// # Errors
    /// [`SetupError::Setting`] if it is neither.
    pub fn parse(text: &str) -> Result<Self, SetupError> {
        let refused = |says: &str| SetupError::setting("the sender of mails", says);
        let (name, address) = match text.trim().strip_suffix('>') {
            Some(rest) => rest.rsplit_once('<').ok_or_else(|| refused("it ends with > and has no <"))?,
            None => ("", text.trim()),
        };
        let name = name.trim();
        let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name);
        if clean::one_line(name, LONGEST_NAME) != name || name.contains(['<', '>', '"', '\\', '@']) {
            return Err(refused("its name is one line of at most 60 characters, without \" \\ < > @"));
        }
        let address = Email::parse("mail_from", address)
            .map_err(|_| refused("write it as no-reply@example.com or Example accounts <no-reply@example.com>"))?;
        Ok(Self { name: (!name.is_empty()).then(|| name.to_owned()), address })
    }
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn em10_a_sender_is_a_name_and_one_address() {
        for (text, name) in [
            ("no-reply@example.com", None),
            ("Example accounts <no-reply@example.com>", Some("Example accounts")),
            ("\"Käse, Söhne\" <no-reply@example.com>", Some("Käse, Söhne")),
            ("<no-reply@example.com>", None),
        ] {
            let sender = Sender::parse(text).unwrap();
            assert_eq!((sender.name.as_deref(), sender.address.as_str()), (name, "no-reply@example.com"));
        }
        for bad in [
            "",
            "Example",
            "a\r\nBcc: x <no-reply@example.com>",
            "a <no-reply@example.com\r\nBcc: x@example.com>",
            "a, b@example.com <no-reply@example.com>",
            "a <b> <no-reply@example.com>",
            "no-reply@localhost>",
        ] {
            assert!(Sender::parse(bad).is_err(), "{bad:?}");
        }
    }
}
