//! One refresh of a client, and the round of all its tabs. What must stay true: token and key are read together, and an answer
//! that comes when the client has given up changes nothing.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{task::JoinSet, time::sleep};

use super::{Device, Key, Kind, open};
use crate::{
    book::{Book, Party, Promise, Ticket, Why},
    chance::Chance,
    clock,
    http::{Answer, Request},
    profile::Discipline,
    record::Record,
};

/// How a refresh turned out for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It has a fresh access token.
    Renewed,
    /// Nobody told it anything.
    Nothing,
    /// It is signed out.
    SignedOut,
    /// It received an answer and ended before it had stored it.
    Crashed,
}

/// Whether the client lives long enough to store what it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Storing {
    Stores,
    CrashesBefore,
}

/// A refresh that was begun.
struct Begun {
    record: Arc<Record>,
    book: Arc<Mutex<Book>>,
    ticket: Ticket,
    generation: u64,
    request: Request,
}

impl Device {
    /// All of its tabs, or as many as happen to be awake, refresh within a moment. When that failed before, one of them tries
    /// again.
    pub(crate) async fn refresh_in_tabs(self: &Arc<Self>, attempt: u32, chance: &mut Chance) -> Outcome {
        let awake = match self.kind {
            Kind::Browser { .. } if attempt > 0 => 1,
            Kind::Browser { tabs } => 1 + chance.below(tabs),
            Kind::Mobile | Kind::PlainBrowser | Kind::Script => 1,
        };
        let storing = match self.kind {
            Kind::Mobile if chance.happens(self.world.profile.crashes) => Storing::CrashesBefore,
            Kind::Browser { .. } | Kind::Mobile | Kind::PlainBrowser | Kind::Script => Storing::Stores,
        };
        let spread = self.world.profile.longest_delay() / 2;
        let mut tabs = JoinSet::new();
        for _ in 0..awake {
            // Half of the time all of them wake at the same moment.
            let wait = if chance.happens(0.5) { Duration::ZERO } else { chance.between(Duration::ZERO..spread) };
            let device = Arc::clone(self);
            tabs.spawn(async move {
                sleep(wait).await;
                device.refresh(storing).await
            });
        }
        let outcomes = tabs.join_all().await;
        let best = [Outcome::SignedOut, Outcome::Crashed, Outcome::Renewed];
        best.into_iter().find(|outcome| outcomes.contains(outcome)).unwrap_or(Outcome::Nothing)
    }

    /// One refresh.
    pub(crate) async fn refresh(&self, storing: Storing) -> Outcome {
        let Some(begun) = self.begin() else { return Outcome::SignedOut };
        let answer = self.world.ask(&begun.record, begun.request.clone()).await;
        let (outcome, verdict) = match &answer {
            Some(answer) if answer.status == 200 => self.renewed(&begun, answer, storing),
            Some(answer) if answer.status == 401 => (Outcome::SignedOut, format!("401 {}", answer.code())),
            Some(answer) if answer.status >= 500 => (Outcome::Nothing, answer.status.to_string()),
            Some(answer) => {
                self.world.found().strange(format!("refresh: {} {}", answer.status, answer.code()));
                (Outcome::Nothing, answer.status.to_string())
            }
            None => (Outcome::Nothing, "no answer".to_owned()),
        };
        self.note(&begun.record, &format!("refresh of generation {}: {verdict}", begun.generation));
        if outcome == Outcome::SignedOut {
            self.signed_out(&begun.book, &verdict);
        }
        self.world.found().verdict(verdict);
        // What was said of a session that it has left is nothing to a client.
        if outcome == Outcome::SignedOut && self.hold().is_some() { Outcome::Nothing } else { outcome }
    }

    fn begin(&self) -> Option<Begun> {
        let mut hold = self.hold();
        let hold = hold.as_mut()?;
        let record = self.record();
        let mut request = hold.place.request("/auth/refresh", &self.origin());
        match self.kind.promise() {
            Promise::WithinLostWindow => {}
            Promise::AnyTime => {
                let key = hold.key.take().filter(|key| key.generation == hold.generation);
                let key = key.unwrap_or_else(|| Key { generation: hold.generation, text: self.fresh_key() });
                request = request.with("idempotency-key", key.text.clone());
                hold.key = Some(key);
            }
        }
        let (book, generation) = (Arc::clone(&hold.book), hold.generation);
        let ticket = open(&book).presented(&record, Party::Owner, generation);
        Some(Begun { record, book, ticket, generation, request })
    }

    fn renewed(&self, begun: &Begun, answer: &Answer, storing: Storing) -> (Outcome, String) {
        let json = answer.json();
        let got = json["session"]["generation"].as_u64().unwrap_or_default();
        let mut held = self.hold();
        let Some(hold) = held.as_mut() else { return (Outcome::SignedOut, "200, and signed out meanwhile".to_owned()) };
        let token = hold.place.brought(answer);
        let broken = open(&begun.book).accepted(begun.ticket, got, token.as_deref(), clock::now(), &self.world.limits);
        let verdict = if got > begun.generation { "200 successor" } else { "200 young" };
        let outcome = if !Arc::ptr_eq(&hold.book, &begun.book) {
            // Of a session that this client has left: a browser takes the cookie all the same.
            hold.place.take_late(answer);
            Outcome::Renewed
        } else if storing == Storing::CrashesBefore {
            match self.world.profile.discipline {
                Discipline::Kept => {}
                Discipline::KeyForgottenEarly => hold.key = None,
            }
            Outcome::Crashed
        } else {
            let before = hold.place.token().map(str::to_owned);
            if hold.place.take(answer).is_some() {
                hold.previous =
                    before.map(|token| (token, hold.generation)).filter(|(_, old)| *old < got).or(hold.previous.take());
                hold.generation = got;
            }
            json["access_token"].as_str().unwrap_or_default().clone_into(&mut hold.access);
            Outcome::Renewed
        };
        drop(held);
        self.expose(broken.iter().map(|broken| format!("{broken:?}")));
        if outcome == Outcome::Crashed {
            self.world.found().crashes += 1;
        }
        (outcome, verdict.to_owned())
    }

    /// Keeps what did not hold, with what this client has done.
    pub(crate) fn expose(&self, broken: impl Iterator<Item = String>) {
        broken.for_each(|what| self.world.found().broken(|| self.exhibit(&what)));
    }

    /// A verdict ended the session that this client believes in.
    pub(crate) fn signed_out(&self, book: &Arc<Mutex<Book>>, verdict: &str) -> Option<Why> {
        let mut hold = self.hold();
        // Another tab was told already.
        hold.as_ref().filter(|hold| Arc::ptr_eq(&hold.book, book))?;
        *hold = None;
        drop(hold);
        let now = clock::now();
        let mut book = open(book);
        book.owner_signed_out(now);
        let why = book.why_signed_out(now, &self.world.limits);
        drop(book);
        self.world.found().signed_out(why, || self.exhibit(&format!("signed out with {verdict}")));
        Some(why)
    }
}
