//! The post office of a process: paper, sender and way out, put together from the settings.
//!
//! What must stay true: the host of a link comes from the settings and never from a request (SECURITY EM5); what is wrong with the
//! paper is told before anything listens; letters go onto a terminal and never into a file or a pipe that keeps them.

use std::io::{self, IsTerminal};

use gatewright_mail::{
    Folder, Letterhead, Origin, Postman, SetupError, Smtp, SmtpAddress, SmtpPatience, Stationery, WayOut,
};

use crate::config::{Problem, Settings, Way, WebOrigin, keys};

/// The product's name where neither a setting nor the host of the links says a better one.
const NAMELESS: &str = "Gatewright";

/// Opens the post office, and reads all templates even if nothing is sent; `None` if letters are to wait. `origin` is where
/// links lead.
///
/// # Errors
/// What cannot be used, with its key.
pub(crate) fn open(settings: &Settings, origin: &WebOrigin) -> Result<Option<Postman>, Problem> {
    let letterhead = letterhead(settings, origin)?;
    let links = letterhead.origin().clone();
    let stationery = stationery(settings, letterhead)?;
    let (Some(way), Some(sender)) = (&settings.mail.way, &settings.mail.sender) else { return Ok(None) };
    let way = match way {
        Way::Smtp(address) => WayOut::Smtp(Box::new(smtp(settings, address, &links)?)),
        Way::Folder(path) => {
            WayOut::Folder(Folder::open(path).map_err(|error| refused(settings, &keys::SMTP_URL, &error))?)
        }
        Way::Terminal if io::stdout().is_terminal() => WayOut::writer(io::stdout()),
        Way::Terminal => return Err(no_terminal(settings)),
    };
    Ok(Some(Postman::new(stationery, sender.clone(), way)))
}

/// Says what `open` would find wrong, and makes nothing. Whether there is a terminal is seen at the start.
pub(crate) fn judge(settings: &Settings) -> Result<(), Problem> {
    let letterhead = letterhead(settings, &settings.own_origin(settings.listen))?;
    if let Some(Way::Smtp(address)) = &settings.mail.way {
        smtp(settings, address, letterhead.origin())?;
    }
    stationery(settings, letterhead).map(drop)
}

fn letterhead(settings: &Settings, origin: &WebOrigin) -> Result<Letterhead, Problem> {
    let links = Origin::parse(origin.as_str()).map_err(|error| refused(settings, &keys::PUBLIC_URL, &error))?;
    let product = settings.mail.product.clone().unwrap_or_else(|| product(origin));
    Letterhead::new(links, &product, settings.mail.support.clone())
        .map_err(|error| refused(settings, &keys::MAIL_PRODUCT, &error))
}

fn stationery(settings: &Settings, letterhead: Letterhead) -> Result<Stationery, Problem> {
    let (language, folder) = (&settings.mail.language, settings.mail.templates.as_deref());
    Stationery::open(letterhead, language, folder).map_err(|error| {
        let is_language = matches!(&error, SetupError::Setting { what, .. } if what.contains("language"));
        refused(settings, if is_language { &keys::MAIL_LANGUAGE } else { &keys::MAIL_TEMPLATES }, &error)
    })
}

fn smtp(settings: &Settings, address: &SmtpAddress, links: &Origin) -> Result<Smtp, Problem> {
    Smtp::open(address.clone(), links, SmtpPatience::default())
        .map_err(|error| refused(settings, &keys::SMTP_URL, &error))
}

/// Whatever prints elsewhere than on a terminal prints into something that keeps it.
fn no_terminal(settings: &Settings) -> Problem {
    Problem::new(
        settings.spoken(&keys::SMTP_URL),
        "puts mails onto the terminal, and standard output is none: their links would be kept in a log",
        "start it on a terminal, or use `file:///folder`",
    )
}

fn refused(settings: &Settings, key: &'static keys::Key, error: &SetupError) -> Problem {
    let remedy = match error {
        SetupError::Setting { .. } => "see docs/mail.md",
        SetupError::Template { .. } => "mend it; `gatewright mail templates export` writes those that are built in",
        SetupError::File { .. } => "name one that this process may use",
    };
    Problem::new(settings.spoken(key), error.to_string(), remedy)
}

/// The host of the links says whose mail it is, if it is a name.
pub(crate) fn product(origin: &WebOrigin) -> String {
    let host = origin.host();
    let is_name =
        !origin.is_loopback() && host.contains(|letter: char| letter.is_ascii_alphabetic()) && !host.contains(':');
    if is_name && host.len() <= 60 { host.to_owned() } else { NAMELESS.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_call_a_service_by_its_host_if_that_is_a_name() {
        for (origin, expected) in [
            ("https://auth.example.com", "auth.example.com"),
            ("http://127.0.0.1:8080", NAMELESS),
            ("http://localhost", NAMELESS),
            ("https://[2001:db8::a]", NAMELESS),
            ("https://192.0.2.1", NAMELESS),
        ] {
            assert_eq!(product(&WebOrigin::parse(origin).unwrap()), expected, "{origin}");
        }
    }
}
