//! A past for a fresh `gatewright dev`: a week in which some people signed in and out, mistyped a password, and one lost a token to a
//! thief, so that the pages have something to show.
//!
//! What must stay true: it is lived through, by the acts that everybody else has and by a clock that starts a week ago, so that every
//! entry, count and session is as it would be; and it happens once, before there is a database.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use super::seed;
use crate::{
    config::{Settings, WebOrigin},
    failure::Failure,
    gate::{
        Error, Gatewright, LoggedIn, LoginRequest, LogoutProof, LogoutScope, RefreshDelivery,
        model::{ClientInfo, Plaintext, Timestamp, Transport, UserAgent, Username},
        port::{Clock, SystemClock},
    },
    house::{House, Stay},
    store::Time,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAYS: u32 = 7;
/// The hours of a day in which somebody does something, and how many do.
const HOURS: [(u32, usize); 5] = [(8, 3), (10, 1), (13, 2), (18, 2), (21, 1)];
/// On which day a stolen token is used.
const THEFT: u32 = 4;
/// Of so many sign-ins one begins with a wrong password.
const MISTYPED: usize = 7;
/// So many sessions are used on; the older ones were left behind.
const IN_USE: usize = 4;

/// Who comes and goes.
const PEOPLE: [(&str, &str, &str); 8] = [
    ("hopper@example.test", "hopper", "Grace Hopper"),
    ("turing@example.test", "turing", "Alan Turing"),
    ("lamarr@example.test", "lamarr", "Hedy Lamarr"),
    ("johnson@example.test", "johnson", "Katherine Johnson"),
    ("dijkstra@example.test", "dijkstra", "Edsger Dijkstra"),
    ("liskov@example.test", "liskov", "Barbara Liskov"),
    ("perlman@example.test", "perlman", "Radia Perlman"),
    ("jackson@example.test", "jackson", "Mary Jackson"),
];
/// With which devices.
const DEVICES: [&str; 5] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
];

/// A clock that goes as it is told.
#[derive(Debug)]
struct PastClock(AtomicI64);

impl Clock for PastClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Acquire))
    }
}

/// A session that somebody uses.
struct InUse {
    refresh_token: String,
    device: usize,
}

/// The week, as far as it was lived.
struct Week<'w> {
    gate: &'w Gatewright,
    clock: &'w PastClock,
    in_use: Vec<InUse>,
    signed_in: usize,
}

/// Makes the database with a week behind it.
pub(super) async fn live_through(settings: &Settings, origin: &WebOrigin) -> Result<(), Failure> {
    let present = SystemClock::starting_at(Timestamp::from_micros(0)).now();
    let begin = present.minus(DAY.saturating_mul(DAYS));
    let clock = Arc::new(PastClock(AtomicI64::new(begin.micros())));
    let house = House::open_at(settings, origin, Stay::Short, Time::Of(clock.clone())).await?;
    let lived = live(&house.gate, &clock, begin, present).await;
    lived.map_err(|error| Failure::because("the demo's past was not made", &error))
}

async fn live(gate: &Gatewright, clock: &PastClock, begin: Timestamp, present: Timestamp) -> Result<(), Error> {
    seed::seed(gate).await?;
    for (email, name, shown) in PEOPLE {
        seed::create(gate, email, seed::PASSWORD, name, shown).await?;
    }
    let mut week = Week { gate, clock, in_use: Vec::new(), signed_in: 0 };
    for day in 0..DAYS {
        for (hour, people) in HOURS {
            let at = begin.plus(DAY.saturating_mul(day)).plus(HOUR.saturating_mul(hour));
            if at.plus(HOUR) > present {
                return Ok(());
            }
            clock.0.fetch_max(at.micros(), Ordering::AcqRel);
            week.hour(people).await?;
            if (day, hour) == (THEFT, 13) {
                week.theft().await?;
            }
            gate.tend().await?;
        }
    }
    Ok(())
}

impl Week<'_> {
    fn pass(&self, span: Duration) {
        let micros = i64::try_from(span.as_micros()).unwrap_or(0);
        self.clock.0.fetch_add(micros, Ordering::AcqRel);
    }

    fn client(&self, device: usize) -> ClientInfo {
        // An address of each device, of the networks that stand for examples (RFC 5737).
        let last = u8::try_from(device % 200).unwrap_or(0).saturating_add(20);
        ClientInfo {
            ip: Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))),
            user_agent: UserAgent::from_header(DEVICES[device % DEVICES.len()]),
            received_at: self.gate.now(),
        }
    }

    async fn hour(&mut self, people: usize) -> Result<(), Error> {
        for at in 0..self.in_use.len() {
            self.pass(Duration::from_secs(97));
            self.refresh(at).await?;
        }
        for _ in 0..people {
            self.pass(Duration::from_secs(211));
            self.sign_in().await?;
        }
        while self.in_use.len() > IN_USE {
            let left = self.in_use.remove(0);
            // Most sign out, the others just stay away.
            if !self.signed_in.is_multiple_of(7) {
                let client = self.client(left.device);
                let proof = LogoutProof::RefreshToken(&left.refresh_token);
                self.gate.logout(proof, LogoutScope::Session, &client).await?;
            }
        }
        Ok(())
    }

    async fn sign_in(&mut self) -> Result<(), Error> {
        let turn = self.signed_in;
        self.signed_in += 1;
        let people: Vec<&str> = PEOPLE.iter().map(|(email, _, _)| *email).chain([seed::EMAIL]).collect();
        let login = people[turn % people.len()];
        // Each has two devices, and another than the next.
        let device = turn % people.len() + turn / people.len() % 2;
        if turn % MISTYPED == 3 {
            let typed = seed::PASSWORD.replace('o', "0");
            let refused = self.gate.login(request(login, typed)?, &self.client(device)).await;
            debug_assert!(refused.is_err(), "it is not the password");
            self.pass(Duration::from_secs(19));
        }
        let client = self.client(device);
        let signed_in = self.gate.login(request(login, seed::PASSWORD.to_owned())?, &client).await?;
        if let LoggedIn::SignedIn(signed_in) = signed_in
            && let RefreshDelivery::Set(text) = signed_in.refresh
        {
            self.in_use.push(InUse { refresh_token: text.expose().to_owned(), device });
        }
        Ok(())
    }

    async fn refresh(&mut self, at: usize) -> Result<(), Error> {
        let client = self.client(self.in_use[at].device);
        let renewed = self.gate.refresh(&self.in_use[at].refresh_token, None, &client).await?;
        if let RefreshDelivery::Set(text) = renewed.refresh {
            text.expose().clone_into(&mut self.in_use[at].refresh_token);
        }
        Ok(())
    }

    /// Somebody had copied a token, and comes with it when its owner has gone on.
    async fn theft(&mut self) -> Result<(), Error> {
        let Some(victim) = self.in_use.first() else { return Ok(()) };
        let stolen = victim.refresh_token.clone();
        for _ in 0..2 {
            self.pass(Duration::from_secs(900));
            self.refresh(0).await?;
        }
        self.pass(Duration::from_secs(600));
        let refused = self.gate.refresh(&stolen, None, &self.client(57)).await;
        debug_assert!(refused.is_err(), "it was spent");
        self.in_use.remove(0);
        Ok(())
    }
}

fn request(login: &str, password: String) -> Result<LoginRequest, Error> {
    let user = (login == seed::EMAIL).then(|| Username::parse("user", seed::OWNER)).transpose()?;
    Ok(LoginRequest {
        login: login.to_owned(),
        password: Plaintext::parse("password", password)?,
        user,
        transport: Transport::Cookie,
        label: None,
    })
}
