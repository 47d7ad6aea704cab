//! `gatewright doctor`: looks at an installation as somebody would who was called for help, and says what is wrong in plain
//! words. Mends nothing; opening the database does what any start does (migrations, due key rotations).

mod activity;
mod admin;
mod inside;
mod mail;
mod pages;

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};

use clap::Args;
use serde_json::json;

use super::{Output, print_json};
use crate::{
    config::{self, Exposure, LogSettings, Problem, Settings, Sources, keys},
    failure::Failure,
    gate::model::{Leniency, Windows},
    logs, material,
    terminal::{self, Ink},
};

/// Say in plain words what is wrong with this installation.
///
/// Looks at the configuration, permissions, disk or database server, clock, keys, proxy and cookie settings, and whether mail can be sent. Ends with 1 if something is wrong.
/// A server may be running meanwhile.
#[derive(Debug, Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    output: Output,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// As it should be.
    Good,
    /// Works, but somebody should know.
    Note,
    /// Wrong.
    Bad,
}

#[derive(Debug)]
struct Finding {
    mark: Mark,
    about: &'static str,
    says: String,
}

fn good(about: &'static str, says: impl Into<String>) -> Finding {
    Finding { mark: Mark::Good, about, says: says.into() }
}

fn note(about: &'static str, says: impl Into<String>) -> Finding {
    Finding { mark: Mark::Note, about, says: says.into() }
}

fn bad(about: &'static str, says: impl Into<String>) -> Finding {
    Finding { mark: Mark::Bad, about, says: says.into() }
}

impl Doctor {
    pub(super) async fn run(self, sources: &Sources) -> Result<(), Failure> {
        let findings = match Settings::read(sources) {
            Ok(settings) => examine(&settings).await,
            Err(problems) => problems.all().iter().map(|one| bad("configuration", one.to_string())).collect(),
        };
        let is_well = findings.iter().all(|finding| finding.mark != Mark::Bad);
        if self.output.json {
            let shown = findings.iter().map(|finding| {
                let mark = match finding.mark {
                    Mark::Good => "good",
                    Mark::Note => "note",
                    Mark::Bad => "bad",
                };
                json!({ "mark": mark, "about": finding.about, "says": finding.says })
            });
            print_json(&json!({ "ok": is_well, "findings": shown.collect::<Vec<_>>() }));
        } else {
            findings.iter().for_each(print);
        }
        if is_well { Ok(()) } else { Err(Failure::Told) }
    }
}

fn print(finding: &Finding) {
    let ink = Ink::new();
    let (colour, mark) = match finding.mark {
        Mark::Good => (ink.good, "✓"),
        Mark::Note => (ink.bold, "·"),
        Mark::Bad => (ink.bad, "✗"),
    };
    terminal::say(format_args!("{colour}{mark}{} {:<13} {}", ink.off, finding.about, finding.says));
}

async fn examine(settings: &Settings) -> Vec<Finding> {
    // What is wrong is told in the findings; the log would say it a second time.
    logs::start(LogSettings { level: tracing::Level::ERROR, ..settings.log });
    let mut findings = configuration(settings);
    findings.extend(permissions(settings));
    findings.extend(settings.database.file().map(disk));
    findings.push(descriptors(settings));
    findings.extend(proxy(settings));
    findings.push(ops(settings));
    findings.push(cookies(settings));
    findings.push(windows(settings));
    findings.extend(mail::look(settings).await);
    findings.extend(pages::look(settings));
    findings.extend(inside::look(settings).await);
    findings
}

fn configuration(settings: &Settings) -> Vec<Finding> {
    let problems = config::check_safety(settings, settings.listen);
    if problems.is_empty() {
        let file = settings.file.as_ref().map_or_else(|| "no file".to_owned(), |file| file.display().to_string());
        let seen_by = match settings.exposure(settings.listen) {
            Exposure::Loopback => "for this machine only",
            Exposure::Public => "for others",
        };
        return vec![good("configuration", format!("complete ({file} and the environment), {seen_by}"))];
    }
    problems.iter().map(|problem: &Problem| bad("configuration", problem.to_string())).collect()
}

fn permissions(settings: &Settings) -> Vec<Finding> {
    let master = settings.data_dir.join(material::MASTER_KEY_FILE);
    let own = [(settings.data_dir.as_path(), 0o700), (master.as_path(), 0o600)];
    let own = own.into_iter().chain(settings.database.file().map(|file| (file, 0o600)));
    let configured = settings.secret_files().into_iter().map(|(_, path)| (path, 0o640));
    let mut findings: Vec<Finding> = own.chain(configured).filter_map(|(path, mode)| permission(path, mode)).collect();
    if findings.is_empty() {
        findings.push(good("permissions", "only this user can read the data and the keys"));
    }
    findings
}

fn permission(path: &Path, allowed: u32) -> Option<Finding> {
    let found = fs::metadata(path).ok()?;
    let mode = found.permissions().mode() & 0o777;
    if mode & !allowed & 0o077 != 0 {
        let says = format!("{} has mode {mode:04o}, others can get at it: chmod {allowed:o} {0}", path.display());
        return Some(bad("permissions", says));
    }
    let me = rustix::process::geteuid().as_raw();
    (found.uid() != me && me != 0)
        .then(|| bad("permissions", format!("{} belongs to user {}, this is user {me}", path.display(), found.uid())))
}

/// Less than this, and a busy log can fill it.
const LITTLE_BYTES: u64 = 512 * 1024 * 1024;

fn disk(database: &Path) -> Finding {
    let folder = database.ancestors().skip(1).find(|folder| folder.is_dir());
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    match rustix::fs::statvfs(folder) {
        Ok(found) => {
            let free = found.f_bavail.saturating_mul(found.f_frsize);
            let says = format!("{} MiB free for {}", free / 1024 / 1024, database.display());
            if free < LITTLE_BYTES {
                bad("disk", format!("only {says}; a full disk answers 503"))
            } else {
                good("disk", says)
            }
        }
        Err(error) => bad("disk", format!("{} cannot be looked at ({error})", folder.display())),
    }
}

/// The database, its log, readers, sockets, standard streams.
const OTHER_DESCRIPTORS: u64 = 64;

fn descriptors(settings: &Settings) -> Finding {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap_or(u64::MAX);
    let of_store = settings.database.file().map_or(settings.store_connections.get(), |_| 0);
    let needed = (settings.max_connections + of_store) as u64 + OTHER_DESCRIPTORS;
    if limit < needed {
        let says = format!(
            "{limit} files may be open, {} connections need {needed}: raise it (`ulimit -n`, or LimitNOFILE= of the unit), or lower {}",
            settings.max_connections,
            keys::MAX_CONNECTIONS.variable()
        );
        return note("open files", says);
    }
    good("open files", format!("{limit} may be open, {needed} are enough"))
}

fn proxy(settings: &Settings) -> Vec<Finding> {
    let behind = settings.behind_proxy;
    let mut findings = Vec::new();
    if behind && settings.trusted_proxies.is_empty() {
        let says = format!(
            "{} is true, but no proxy is trusted: everybody has the proxy's address, so the rate limits of one hit all; set {} to the proxy's network",
            keys::BEHIND_PROXY.variable(),
            keys::TRUSTED_PROXIES.variable()
        );
        findings.push(bad("proxy", says));
    }
    if settings.trusted_proxies.iter().any(|network| network.prefix_len() == 0) {
        let says = format!(
            "{} trusts the whole world: anybody can invent an address and escape the rate limits",
            keys::TRUSTED_PROXIES.variable()
        );
        findings.push(bad("proxy", says));
    }
    if !behind && !settings.trusted_proxies.is_empty() {
        let says =
            format!("proxies are trusted, but {} is false; if TLS ends there, set it", keys::BEHIND_PROXY.variable());
        findings.push(note("proxy", says));
    }
    if findings.is_empty() {
        let says =
            if behind { "headers of the named networks are believed" } else { "none; the peer's address counts" };
        findings.push(good("proxy", says));
    }
    findings
}

fn ops(settings: &Settings) -> Finding {
    match settings.ops_listen {
        None => note("ops listener", "off: nobody can ask whether the server is well"),
        Some(address) if !address.ip().is_loopback() => note(
            "ops listener",
            format!("{address} can be reached by others; metrics hold no user data, but keep it in your own network"),
        ),
        Some(address) => good("ops listener", format!("{address}, this machine only")),
    }
}

fn cookies(settings: &Settings) -> Finding {
    let origin = settings.own_origin(settings.listen);
    if origin.is_https() || settings.behind_proxy {
        let exposed = if origin.is_https() {
            ""
        } else {
            "; the public URL is not https, so only a browser behind the proxy's own name keeps them"
        };
        let says = format!("Secure, only for {origin}{exposed}");
        if exposed.is_empty() {
            good("cookies", says)
        } else {
            bad("cookies", format!("{says}: set {}", keys::PUBLIC_URL.variable()))
        }
    } else if origin.is_loopback() {
        good("cookies", format!("plain, which is fine on this machine ({origin})"))
    } else {
        bad("cookies", format!("Secure, but {origin} is not https, so browsers drop them"))
    }
}

fn windows(settings: &Settings) -> Finding {
    let leniency = if settings.strict { Leniency::Strict } else { Leniency::Retries };
    let (min_age, lost) = (settings.min_age.as_secs(), settings.lost_window.as_secs());
    match leniency {
        Leniency::Strict => note("refresh", "strict: a client whose answer is lost on the way is logged out"),
        Leniency::Retries if lost + ANSWER_SECS > min_age => {
            let says = format!(
                "a lost answer is forgiven for {lost} s, and a token rotates again after {min_age} s: a late answer can log honest clients out; min_age has to be at least {} s",
                lost + ANSWER_SECS
            );
            bad("refresh", says)
        }
        Leniency::Retries if settings.session_idle <= settings.min_age * Windows::COOKIE_FACTOR => {
            let says = format!(
                "a session ends after {} s of rest, but a token of {min_age} s (five times that with cookies) is too young to count as use: make session.idle longer",
                settings.session_idle.as_secs()
            );
            bad("refresh", says)
        }
        Leniency::Retries => {
            good("refresh", format!("min_age {min_age} s, lost_window {lost} s leave room for late answers"))
        }
    }
}

/// How long an answer may be on its way: a request waits ten seconds at most before nothing is changed (DESIGN 4.3).
const ANSWER_SECS: u64 = 10;
