//! What stands on every mail: whose it is, where its links lead, where to ask for help. What must stay true: the origin of links is a
//! setting, no request ever has a say in it (SECURITY EM5).

use gatewright_core::model::{Email, MailTokenText};

use crate::{clean, setup::SetupError};

const LONGEST_PRODUCT: usize = 60;
/// What a line of a mail takes without being folded in the middle of a URL.
const LONGEST_PAGE: usize = 200;

/// Where links lead: scheme, host, perhaps a port and a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    text: String,
    host: String,
}

impl Origin {
    /// Reads `https://auth.example.com`, also with a port or the path that the router is nested under.
    ///
    /// # Errors
    /// [`SetupError::Setting`] if links cannot be made of it.
    pub fn parse(text: &str) -> Result<Self, SetupError> {
        let refused = |says: &str| SetupError::setting("the origin of links in mails", says);
        let text = text.trim_end_matches('/');
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))
            .ok_or_else(|| refused("it begins with https:// (or http:// for development)"))?;
        let legal = |letter: char| letter.is_ascii_alphanumeric() || "-._~:/[]%".contains(letter);
        if !rest.chars().all(legal) {
            return Err(refused("it is a host, a port and a path, in ASCII, without user, query and fragment"));
        }
        let authority = rest.split('/').next().unwrap_or_default();
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => {
                port.parse::<u16>().map_err(|_| refused("its port is no number up to 65535"))?;
                host
            }
            Some(_) | None => authority,
        };
        let is_literal = host.starts_with('[') && host.ends_with(']');
        if host.is_empty() || (!is_literal && host.contains(['[', ']', ':', '%', '~'])) {
            return Err(refused("it names no host"));
        }
        Ok(Self { text: text.to_owned(), host: host.to_ascii_lowercase() })
    }

    /// The host, for the right side of a `Message-ID`.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The link to one of our pages. A token needs no encoding: it has letters, digits and `_` only.
    pub(crate) fn link(&self, path: &str, token: &MailTokenText) -> String {
        format!("{}{path}?token={}", self.text, token.expose())
    }
}

/// Where readers of mails find help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Support {
    /// By mail.
    Address(Email),
    /// On a page: a URL, of which mail programs make a link.
    Page(String),
}

impl Support {
    /// Reads `help@example.com` or `https://example.com/help`.
    ///
    /// # Errors
    /// [`SetupError::Setting`] if it is neither.
    pub fn parse(text: &str) -> Result<Self, SetupError> {
        let refused = |says: &str| SetupError::setting("where readers of mails find help", says);
        let Some(rest) = text.strip_prefix("https://") else {
            let address = Email::parse("mail_support", text);
            return address.map(Self::Address).map_err(|_| refused("it is neither an address nor a URL with https://"));
        };
        let is_plain = |letter: char| letter.is_ascii_graphic() && !"<>\"\\^`{|}".contains(letter);
        if rest.is_empty() || text.len() > LONGEST_PAGE || !rest.chars().all(is_plain) {
            return Err(refused("a URL has at most 200 characters, all of them in ASCII, and a host"));
        }
        Ok(Self::Page(text.to_owned()))
    }
}

/// What stands on every mail.
#[derive(Clone, Debug)]
pub struct Letterhead {
    pub(crate) origin: Origin,
    pub(crate) product: String,
    pub(crate) support: Option<Support>,
}

impl Letterhead {
    /// A letterhead: where links lead, how the product is called (1 to 60 characters on one line), and where to ask for help.
    ///
    /// # Errors
    /// [`SetupError::Setting`] if the name does not fit on a line of a mail.
    pub fn new(origin: Origin, product: &str, support: Option<Support>) -> Result<Self, SetupError> {
        if product.is_empty() || clean::one_line(product, LONGEST_PRODUCT) != product {
            return Err(SetupError::setting(
                "the name of the product",
                format!("it is one line of 1 to {LONGEST_PRODUCT} characters, without any that control or hide"),
            ));
        }
        Ok(Self { origin, product: product.to_owned(), support })
    }

    /// Where links lead.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }
}

#[cfg(test)]
mod tests {
    use gatewright_core::model::{MailToken, Secret};

    use super::*;

    #[test]
    fn em5_links_lead_where_the_setting_says() {
        let token = MailToken::new(Secret::new([7; 32])).encode();
        for (text, host, begin) in [
            ("https://auth.example.com", "auth.example.com", "https://auth.example.com/verify-email?token=gwm_"),
            ("https://Auth.example.com/id/", "auth.example.com", "https://Auth.example.com/id/verify-email?token=gwm_"),
            ("http://127.0.0.1:8080", "127.0.0.1", "http://127.0.0.1:8080/verify-email?token=gwm_"),
            ("http://[::1]:8080", "[::1]", "http://[::1]:8080/verify-email?token=gwm_"),
            ("http://[::1]", "[::1]", "http://[::1]/verify-email?token=gwm_"),
        ] {
            let origin = Origin::parse(text).unwrap();
            assert_eq!(origin.host(), host);
            let link = origin.link("/verify-email", &token);
            assert!(link.starts_with(begin) && link.ends_with(token.expose()), "{link}");
        }
        for text in [
            "auth.example.com",
            "ftp://x",
            "https://",
            "https://a b",
            "https://a?b",
            "https://a@b",
            "https://a\r\nb",
            "https://a:x",
            "https://a<b",
        ] {
            assert!(Origin::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn em10_help_is_found_at_an_address_or_on_a_page() {
        assert!(matches!(Support::parse("help@example.com"), Ok(Support::Address(_))));
        assert!(matches!(Support::parse("https://example.com/help?from=mail#top"), Ok(Support::Page(_))));
        for bad in [
            "",
            "example.com",
            "http://example.com",
            "https://",
            "https://a b",
            "https://a\r\nb",
            "javascript:x",
            "a@b\r\n",
        ] {
            assert!(Support::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn em10_the_name_of_the_product_is_one_short_line() {
        let origin = Origin::parse("https://auth.example.com").unwrap();
        for bad in ["", "a\r\nb", "a\u{202e}b", " a", "a  b", &"x".repeat(61)] {
            let error = Letterhead::new(origin.clone(), bad, None).unwrap_err();
            assert!(error.to_string().contains("one line"), "{error}");
        }
        assert!(Letterhead::new(origin, "Käse & <Söhne> {{ 1 }}", None).is_ok());
    }
}
