//! The settings of mail: whether and how it is sent, from whom, in which words.
//!
//! What must stay true: a password in `smtp_url` stands in no problem, no `Debug` and nothing that is shown (SECURITY LG2); what could
//! only be noticed by a mail that never comes is noticed here.

use std::{fmt, path::PathBuf};

use gatewright_mail::{Sender, SetupError, SmtpAddress, Support};

use super::{
    Problem,
    keys::{self, Key},
    settings::Reader,
};
use crate::gate::model::{EmailVerification, MagicLinks, MailLifetimes, MailPolicy};

/// The settings of mail.
#[derive(Debug)]
pub(crate) struct MailSettings {
    pub(crate) policy: MailPolicy,
    /// Where letters go; without it they wait.
    pub(crate) way: Option<Way>,
    /// The file that the URL of the SMTP server stands in, if that holds a password.
    pub(crate) way_secret: Option<PathBuf>,
    /// There if `way` is.
    pub(crate) sender: Option<Sender>,
    pub(crate) product: Option<String>,
    pub(crate) support: Option<Support>,
    pub(crate) language: String,
    pub(crate) templates: Option<PathBuf>,
}

/// Where letters go.
#[derive(Debug)]
pub(crate) enum Way {
    /// To an SMTP server.
    Smtp(Box<SmtpAddress>),
    /// Into a folder.
    Folder(PathBuf),
    /// Onto the terminal.
    Terminal,
}

/// Without who goes there.
impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Smtp(address) => address.fmt(f),
            Self::Folder(path) => write!(f, "file://{}", path.display()),
            Self::Terminal => f.write_str("stdout:"),
        }
    }
}

/// Why a URL is no way for mails, and what mends it. Neither repeats any of it.
struct Unusable {
    says: String,
    remedy: &'static str,
}

const FORMS: &str = "write `smtp://user:password@host:587`, `smtps://user:password@host:465` or `file:///folder`";

impl Way {
    fn parse(url: &str) -> Result<Self, Unusable> {
        if url == "stdout:" {
            return Ok(Self::Terminal);
        }
        if let Some(path) = url.strip_prefix("file://") {
            let is_folder = path.starts_with('/') && !path.contains(['%', '?', '#']);
            return is_folder.then(|| Self::Folder(path.into())).ok_or_else(|| Unusable {
                says: "names no folder".to_owned(),
                remedy: "write `file:///absolute/path`, without `%`, `?` and `#`",
            });
        }
        let refused = |error: SetupError| Unusable { says: says(error), remedy: FORMS };
        SmtpAddress::parse(url).map(|address| Self::Smtp(Box::new(address))).map_err(refused)
    }
}

impl Reader<'_> {
    pub(super) fn mail(&mut self) -> MailSettings {
        let way = self.way();
        let sender = self.worded(&keys::MAIL_FROM, Sender::parse, "see docs/mail.md");
        if way.is_some() && self.is_unset(&keys::MAIL_FROM) {
            let says = format!("is not set, and `{}` says that mails are sent", self.spoken(&keys::SMTP_URL));
            let remedy = "set it to whom mails are from, such as `Example accounts <no-reply@example.com>`";
            self.refuse_as(Problem::new(keys::MAIL_FROM.variable(), says, remedy));
        }
        let lifetimes = MailLifetimes {
            verify: self.span(&keys::MAIL_TTL_VERIFY),
            reset: self.span(&keys::MAIL_TTL_RESET),
            magic: self.span(&keys::MAIL_TTL_MAGIC),
            invitation: self.span(&keys::MAIL_TTL_INVITATION),
            ..MailLifetimes::DEFAULT
        };
        let policy = MailPolicy {
            verification: self.read(&keys::EMAIL_VERIFICATION, EmailVerification::from_name),
            magic_links: self.read(&keys::MAGIC_LINKS, MagicLinks::from_name),
            lifetimes,
        };
        MailSettings {
            policy,
            way,
            way_secret: self.url_secret(&keys::SMTP_URL),
            sender,
            product: self.text(&keys::MAIL_PRODUCT),
            support: self.worded(
                &keys::MAIL_SUPPORT,
                Support::parse,
                "write `help@example.com` or `https://example.com/help`",
            ),
            language: self.text(&keys::MAIL_LANGUAGE).unwrap_or_else(|| keys::MAIL_LANGUAGE.default.to_owned()),
            templates: self.text(&keys::MAIL_TEMPLATES).map(PathBuf::from),
        }
    }

    fn way(&mut self) -> Option<Way> {
        let value = self.value(&keys::SMTP_URL);
        let url = value.text.trim();
        if url.is_empty() {
            return None;
        }
        Way::parse(url)
            .map_err(|Unusable { says, remedy }| {
                let spoken = self.spoken(&keys::SMTP_URL);
                self.refuse_as(Problem::new(spoken, says, remedy));
            })
            .ok()
    }

    /// A value whose parser says itself what is wrong.
    fn worded<T>(
        &mut self,
        key: &'static Key,
        parse: impl Fn(&str) -> Result<T, SetupError>,
        remedy: &str,
    ) -> Option<T> {
        let value = self.value(key);
        let text = value.text.trim();
        if text.is_empty() {
            return None;
        }
        parse(text).map_err(|error| self.refuse_as(Problem::new(self.spoken(key), says(error), remedy))).ok()
    }
}

/// What is wrong, without the name of the setting: the key stands before it.
fn says(error: SetupError) -> String {
    match error {
        SetupError::Setting { says, .. } => format!("cannot be used: {says}"),
        SetupError::Template { .. } | SetupError::File { .. } => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lg2_a_way_is_shown_without_who_goes_there() {
        for (url, shown) in [
            ("smtp://gate:canary@mail.example.test", "smtp://mail.example.test:587"),
            ("smtps://gate:canary@mail.example.test", "smtps://mail.example.test:465"),
            ("file:///var/mails", "file:///var/mails"),
            ("stdout:", "stdout:"),
        ] {
            let way = Way::parse(url).ok().unwrap();
            assert_eq!(way.to_string(), shown);
            assert!(!format!("{way:?}").contains("canary"), "{way:?}");
        }
    }

    #[test]
    fn lg2_what_is_no_way_is_refused_without_being_repeated() {
        for url in
            ["canary", "file://canary", "file:///canary%20x", "stdout://canary", "smtp://gate:canary/x", "sendmail:"]
        {
            let refused = Way::parse(url).err().unwrap();
            assert!(!refused.says.contains("canary") && !refused.remedy.contains("canary"), "{url}: {}", refused.says);
        }
    }
}
