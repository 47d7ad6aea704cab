//! Can mail be sent, and what is in its way.

use super::{Finding, bad, good, note};
use crate::{
    cli::mail,
    config::{Settings, Way, keys},
    gate::model::Timestamp,
    house::House,
    post,
};

/// Looks at templates and settings, and speaks to the SMTP server as for a mail, without sending one.
pub(super) async fn look(settings: &Settings) -> Vec<Finding> {
    let mut findings = match &settings.mail.way {
        None => judged(settings, || note("mail", nowhere())),
        Some(way @ Way::Terminal) => {
            judged(settings, || note("mail", format!("{way}: onto the terminal of the server")))
        }
        Some(way @ Way::Folder(path)) if !path.exists() => {
            judged(settings, || note("mail", format!("{way} is not there yet; `gatewright serve` makes it")))
        }
        Some(way @ (Way::Folder(_) | Way::Smtp(_))) => vec![reached(settings, way).await],
    };
    findings.extend(way_of(settings));
    findings
}

fn nowhere() -> String {
    format!(
        "{} is not set: nobody gets a mail, so nobody can reset a password; what is to be sent waits in the database",
        keys::SMTP_URL.variable()
    )
}

fn judged(settings: &Settings, otherwise: impl FnOnce() -> Finding) -> Vec<Finding> {
    vec![post::judge(settings).map_or_else(|problem| bad("mail", problem.to_string()), |()| otherwise())]
}

async fn reached(settings: &Settings, way: &Way) -> Finding {
    let postman = match post::open(settings, &settings.own_origin(settings.listen)) {
        Ok(Some(postman)) => postman,
        Ok(None) => return note("mail", nowhere()),
        Err(problem) => return bad("mail", problem.to_string()),
    };
    let checked = postman.check().await;
    postman.close().await;
    match checked {
        Ok(()) => good("mail", format!("{} takes mails", mail::described(way))),
        Err(error) => bad("mail", error.to_string()),
    }
}

fn way_of(settings: &Settings) -> Option<Finding> {
    let Some(Way::Smtp(address)) = &settings.mail.way else { return None };
    if address.is_in_the_open() {
        return Some(note("way of mails", "in clear (tls=none): whoever can listen in between uses the links in them"));
    }
    settings.public_url.is_none().then(|| {
        let own = settings.own_origin(settings.listen);
        note("links in mails", format!("{} is not set: they lead to {own}", keys::PUBLIC_URL.variable()))
    })
}

/// What lies in the outbox.
pub(super) async fn outbox(house: &House) -> Finding {
    let stats = match house.store.outbox().outbox_stats().await {
        Ok(stats) => stats,
        Err(error) => return bad("outbox", format!("it cannot be read ({error})")),
    };
    let since = |oldest: Timestamp| format!(", the oldest for {} s", house.gate.now().since(oldest).as_secs());
    let waiting = format!("waiting: {}{}", stats.waiting, stats.oldest.map_or_else(String::new, since));
    match stats.given_up {
        0 => good("outbox", waiting),
        given_up => note("outbox", format!("{waiting}; given up lately: {given_up}, `gatewright mail list` says why")),
    }
}
