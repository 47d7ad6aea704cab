//! What `serve` refuses before it listens: settings that are fine on one's own machine and dangerous where others can reach
//! it.
//!
//! What must stay true: a password never travels in clear to this server from another machine without the operator having
//! said that a proxy encrypts the way (SECURITY LG9); no setting of the environment gives anybody rights (fault X7); a node
//! on a database that others may share makes no master key of its own; where mail is the way in, mail can be sent.

use std::{fs, net::SocketAddr, os::unix::fs::PermissionsExt, path::Path};

use super::{Problem, Settings, Way, WebOrigin, keys};
use crate::{
    gate::model::{EmailVerification, MagicLinks},
    material::MASTER_KEY_FILE,
};

/// Who can reach the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exposure {
    /// Programs on this machine.
    Loopback,
    /// Others, directly or through a proxy.
    Public,
}

impl Settings {
    /// Who can reach a server with these settings that listens at `listen`.
    pub(crate) fn exposure(&self, listen: SocketAddr) -> Exposure {
        let is_published = self.public_url.as_ref().is_some_and(|url| !url.is_loopback());
        if !listen.ip().is_loopback() || self.behind_proxy || is_published {
            Exposure::Public
        } else {
            Exposure::Loopback
        }
    }

    /// The own origin: what is configured, else the address.
    pub(crate) fn own_origin(&self, listen: SocketAddr) -> WebOrigin {
        let of_address =
            || WebOrigin::parse(&format!("http://{listen}")).expect("an address with a port is an authority");
        self.public_url.clone().unwrap_or_else(of_address)
    }
}

/// Everything that speaks against serving at `listen`.
pub(crate) fn check(settings: &Settings, listen: SocketAddr) -> Vec<Problem> {
    let mut problems = vec![
        in_clear(settings, listen),
        plain_cookies(settings),
        nameless(settings, listen),
        limits(settings, listen),
        no_shared_key(settings),
        no_mail(settings),
        readable_mail(settings, listen),
    ];
    if settings.exposure(listen) == Exposure::Public {
        let is_generated = settings.master_key.is_none() && settings.database.file().is_some();
        let generated = is_generated.then(|| settings.data_dir.join(MASTER_KEY_FILE));
        let readable_one = generated.and_then(|path| readable(&settings.spoken(&keys::MASTER_KEY), &path));
        problems.push(readable_one);
        problems.extend(settings.secret_files().into_iter().map(|(key, path)| readable(&settings.spoken(key), path)));
    }
    problems.into_iter().flatten().collect()
}

fn in_clear(settings: &Settings, listen: SocketAddr) -> Option<Problem> {
    let is_encrypted = settings.behind_proxy || settings.public_url.as_ref().is_some_and(WebOrigin::is_https);
    (!listen.ip().is_loopback() && !is_encrypted).then(|| {
        Problem::new(
            settings.spoken(&keys::LISTEN),
            format!("{listen} can be reached by others, and passwords would travel in clear"),
            format!(
                "listen on 127.0.0.1, or put a TLS proxy in front and set {}=https://… and {}=true",
                keys::PUBLIC_URL.variable(),
                keys::BEHIND_PROXY.variable()
            ),
        )
    })
}

fn plain_cookies(settings: &Settings) -> Option<Problem> {
    let url = settings.public_url.as_ref()?;
    (!url.is_https() && !url.is_loopback()).then(|| {
        Problem::new(
            settings.spoken(&keys::PUBLIC_URL),
            format!("`{url}` is not encrypted, so browsers would drop the Secure cookies or anybody could read them"),
            "use https://",
        )
    })
}

fn nameless(settings: &Settings, listen: SocketAddr) -> Option<Problem> {
    (listen.ip().is_unspecified() && settings.public_url.is_none()).then(|| {
        Problem::new(
            keys::PUBLIC_URL.variable(),
            format!("is not set, and {listen} is no address that could stand as issuer in a token"),
            "set it to how others reach this server, such as https://auth.example.com",
        )
    })
}

fn limits(settings: &Settings, listen: SocketAddr) -> Option<Problem> {
    (settings.limits_off && !listen.ip().is_loopback()).then(|| {
        Problem::new(
            settings.spoken(&keys::RATE_LIMITS),
            format!("is off while {listen} can be reached by others, who could guess passwords without end"),
            "remove it, or listen on 127.0.0.1",
        )
    })
}

/// Nobody could sign up, and nobody would notice but those who wait for a mail.
fn no_mail(settings: &Settings) -> Option<Problem> {
    let policy = &settings.mail.policy;
    let key = match (policy.verification, policy.magic_links) {
        (EmailVerification::Required, _) => &keys::EMAIL_VERIFICATION,
        (EmailVerification::Optional, MagicLinks::WithSignUp) => &keys::MAGIC_LINKS,
        (EmailVerification::Optional, MagicLinks::Off | MagicLinks::On) => return None,
    };
    settings.mail.way.is_none().then(|| {
        let says = format!("has people sign up by mail, and {} is not set, so none is sent", keys::SMTP_URL.variable());
        Problem::new(settings.spoken(key), says, "set both, or remove it")
    })
}

/// On a terminal the links of everybody's mails could be read by whoever looks at it, or at what it is kept in.
fn readable_mail(settings: &Settings, listen: SocketAddr) -> Option<Problem> {
    let is_shown = matches!(settings.mail.way, Some(Way::Terminal));
    (is_shown && settings.exposure(listen) == Exposure::Public).then(|| {
        Problem::new(
            settings.spoken(&keys::SMTP_URL),
            "puts mails onto the terminal while others can reach this server: the links in them open accounts",
            "name an SMTP server, or a folder as `file:///folder`",
        )
    })
}

/// A database that several nodes may share, and no master key to share: a second node that made one of its own could not
/// open what the first has sealed.
pub(crate) fn no_shared_key(settings: &Settings) -> Option<Problem> {
    (settings.database.file().is_none() && settings.master_key.is_none()).then(|| {
        let variable = keys::MASTER_KEY.variable();
        let earlier = settings.data_dir.join(MASTER_KEY_FILE);
        let remedy = if earlier.exists() {
            format!(
                "set {variable}_FILE={} if the database was made with it, on every node the same",
                earlier.display()
            )
        } else {
            format!(
                "make one with `openssl rand -hex 32`, and set {variable} or {variable}_FILE on every node to the same"
            )
        };
        Problem::new(
            settings.spoken(&keys::MASTER_KEY),
            "is not set, and every node on PostgreSQL needs the same",
            remedy,
        )
    })
}

/// A secret in a file that every user of the machine can read.
pub(crate) fn readable(spoken: &str, path: &Path) -> Option<Problem> {
    let mode = fs::metadata(path).ok()?.permissions().mode();
    (mode & 0o007 != 0).then(|| {
        Problem::new(
            spoken,
            format!("{} can be read by every user of this machine (mode {:04o})", path.display(), mode & 0o7777),
            format!("chmod 600 {}", path.display()),
        )
    })
}
