//! Two sessions in one browser: a switch, a login or a logout races a refresh for the cookies. Its own small model, with the
//! judgement that ships for both rows. What must stay true: once the answer with the new session has arrived, the browser
//! presents the new session, whatever of the old one is still under way.

use stateright::{Model, Property};

use crate::{
    bridge::{self, Cap},
    mutation::{Fate, Outcome, Slot},
    property::Broken,
    row::{Clock, Life, NEVER, Row},
    step::of_the_chain,
    token::{Key, Rel, floor, shifted},
};

/// How cookies are named and deleted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cookies {
    /// By session; the newest counts, and an answer touches its own session's only.
    BySession,
    /// One name for all (a mutation).
    OneName,
    /// By session, but the oldest counts (a mutation).
    OldestCounts,
    /// By session, but a logout deletes all (a mutation).
    LogoutDeletesAll,
}

/// Two sessions: the old one is there, the new one comes by a switch or a login.
#[derive(Clone, Copy, Debug)]
pub struct Switch {
    /// The rule that is explored.
    pub cookies: Cookies,
}

const CLOCK: Clock = Clock::new(3, 2);
const LIFE: u8 = 1;
const SLOTS: usize = 4;

/// One situation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Both {
    /// The rows of the old and of the new session.
    pub rows: [Option<Row>; 2],
    /// The cookie of each session, or the one cookie in the first place.
    pub jar: [Option<Cookie>; 2],
    /// What is under way, sorted.
    pub flights: [Option<Message>; SLOTS],
    /// Whether the user asked for the new session.
    pub asked: bool,
    /// Whether the user logged out of the old one.
    pub left: bool,
    /// Whether the answer with the new session arrived.
    pub opened: bool,
    /// Properties that fell.
    pub broken: Broken,
}

/// A refresh cookie: of which session, and which token.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Cookie {
    /// 0 is the old session, 1 the new one.
    pub session: usize,
    /// The token.
    pub token: Rel,
}

/// A message under way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Message {
    /// What it is.
    pub what: What,
    /// Ticks since it left.
    pub age: u8,
}

/// What a message is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum What {
    /// A refresh.
    Refresh(Cookie),
    /// Its answer.
    Refreshed(Cookie),
    /// The new session, please: a switch, or a login after a logout.
    Open,
    /// Its answer.
    Opened(Cookie),
    /// A logout of the old session.
    Leave,
    /// Its answer, which deletes the cookie.
    Left,
}

/// One thing that happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Event {
    /// A tick passes; what is too old is lost.
    Tick,
    /// The browser sends a refresh with the cookie that counts.
    Refresh,
    /// The user switches, or signs in again.
    Open,
    /// The user logs out of the old session.
    Leave,
    /// The server handles what is in this slot.
    Serve(usize),
    /// The server handles it, and the answer is lost.
    ServeAndLose(usize),
    /// The answer in this slot arrives.
    Deliver(usize),
}

impl Model for Switch {
    type State = Both;
    type Action = Event;

    fn init_states(&self) -> Vec<Both> {
        vec![Both {
            rows: [Some(Row::NEW), None],
            jar: [Some(Cookie { session: 0, token: 0 }), None],
            flights: [None; SLOTS],
            asked: false,
            left: false,
            opened: false,
            broken: Broken::NOTHING,
        }]
    }

    fn actions(&self, both: &Both, events: &mut Vec<Event>) {
        if both.broken.any() {
            return;
        }
        events.push(Event::Tick);
        let free = both.flights.iter().filter(|slot| slot.is_none()).count();
        if free > 1 {
            events.push(Event::Refresh);
        }
        if free > 0 {
            events.extend((!both.asked).then_some(Event::Open));
            events.extend((!both.left).then_some(Event::Leave));
        }
        for (slot, message) in both.flights.iter().enumerate() {
            match message.map(|message| message.what) {
                None => {}
                Some(What::Refresh(_) | What::Open | What::Leave) => {
                    events.extend([Event::Serve(slot), Event::ServeAndLose(slot)]);
                }
                Some(What::Refreshed(_) | What::Opened(_) | What::Left) => events.push(Event::Deliver(slot)),
            }
        }
    }

    fn next_state(&self, both: &Both, event: Event) -> Option<Both> {
        let mut next = *both;
        self.happen(&mut next, event)?;
        next.flights.sort_unstable();
        if next.opened && self.presented(&next).is_none_or(|cookie| cookie.session != 1) {
            next.broken.mark(Broken::P6);
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("P5", |_: &Self, both: &Both| !both.broken.has(Broken::P5)),
            Property::always("P6", |_: &Self, both: &Both| !both.broken.has(Broken::P6)),
            Property::sometimes("the old session's answer comes after the new one's", |_: &Self, both: &Both| {
                let late =
                    |message: &Message| matches!(message.what, What::Refreshed(Cookie { session: 0, .. }) | What::Left);
                both.opened && both.flights.iter().flatten().any(late)
            }),
        ]
    }
}

impl Switch {
    /// The cookie that counts.
    fn presented(self, both: &Both) -> Option<Cookie> {
        match self.cookies {
            Cookies::OneName => both.jar[0],
            Cookies::OldestCounts => both.jar[0].or(both.jar[1]),
            Cookies::BySession | Cookies::LogoutDeletesAll => both.jar[1].or(both.jar[0]),
        }
    }

    fn place(self, session: usize) -> usize {
        if self.cookies == Cookies::OneName { 0 } else { session }
    }

    fn happen(self, both: &mut Both, event: Event) -> Option<()> {
        match event {
            Event::Tick => both.tick(),
            Event::Refresh => both.send(What::Refresh(self.presented(both)?)),
            Event::Open => {
                both.asked = true;
                both.send(What::Open);
            }
            Event::Leave => {
                both.left = true;
                both.send(What::Leave);
            }
            Event::Serve(slot) => {
                let answer = both.serve(slot)?;
                answer.into_iter().for_each(|answer| both.send(answer));
            }
            Event::ServeAndLose(slot) => {
                both.serve(slot)?;
            }
            Event::Deliver(slot) => match both.flights[slot].take()?.what {
                What::Refreshed(cookie) => both.jar[self.place(cookie.session)] = Some(cookie),
                What::Opened(cookie) => {
                    both.opened = true;
                    both.jar[self.place(cookie.session)] = Some(cookie);
                }
                What::Left if self.cookies == Cookies::LogoutDeletesAll => both.jar = [None; 2],
                What::Left => both.jar[0] = None,
                What::Refresh(_) | What::Open | What::Leave => return None,
            },
        }
        Some(())
    }
}

impl Both {
    fn send(&mut self, what: What) {
        let free = self.flights.iter_mut().find(|slot| slot.is_none());
        *free.expect("a slot was free when this was offered") = Some(Message { what, age: 0 });
    }

    fn tick(&mut self) {
        self.rows.iter_mut().flatten().for_each(|row| row.tick(CLOCK));
        for slot in &mut self.flights {
            *slot =
                slot.filter(|message| message.age < LIFE).map(|message| Message { age: message.age + 1, ..message });
        }
    }

    /// What the server answers; `None` inside if that says nothing to the browser.
    fn serve(&mut self, slot: usize) -> Option<Option<What>> {
        match self.flights[slot].take()?.what {
            What::Refresh(cookie) => self.refresh(cookie),
            What::Open => {
                self.rows[0].iter_mut().filter(|row| row.lives()).for_each(|row| row.life = Life::Ended);
                self.rows[1] = Some(Row::NEW);
                Some(Some(What::Opened(Cookie { session: 1, token: 0 })))
            }
            What::Leave => {
                self.rows[0].iter_mut().filter(|row| row.lives()).for_each(|row| row.life = Life::Ended);
                Some(Some(What::Left))
            }
            What::Refreshed(_) | What::Opened(_) | What::Left => None,
        }
    }

    fn refresh(&mut self, cookie: Cookie) -> Option<Option<What>> {
        let session = cookie.session;
        let row = self.rows[session].as_mut()?;
        let key = Key::honest(cookie.token, 0);
        let question = of_the_chain(cookie.token, key);
        let outcome = Outcome::from(bridge::verdict(CLOCK, Cap::REAL, row, NEVER, question));
        if outcome.succeeds() && !row.lives() {
            self.broken.mark(Broken::P5);
        }
        match outcome {
            Outcome::Rotate => {
                *row = Row { key, ..Row::NEW };
                row.shift(-1, floor(0));
                self.shift(session);
                Some(Some(What::Refreshed(Cookie { session, token: 0 })))
            }
            Outcome::Redeliver(fate, slot) => {
                if slot != Slot::No {
                    row.redelivered = 0;
                }
                if fate == Fate::Forget {
                    row.key = Key::NONE;
                }
                Some(Some(What::Refreshed(Cookie { session, token: 0 })))
            }
            Outcome::Young => Some(None),
            Outcome::Refuse
            | Outcome::Reuse
            | Outcome::Unknown
            | Outcome::RollForward
            | Outcome::LeftToTheClient
            | Outcome::RollForwardAndRotate
            | Outcome::RefuseOnly
            | Outcome::UnknownEnds => {
                // Whoever is refused although nobody ended the session was logged out.
                if row.lives() || row.life == Life::Reused || outcome == Outcome::Reuse {
                    self.broken.mark(Broken::P6);
                }
                Some(None)
            }
        }
    }

    fn shift(&mut self, session: usize) {
        let of_it = |cookie: &mut Cookie| {
            if cookie.session == session {
                cookie.token = shifted(cookie.token, -1, floor(0));
            }
        };
        self.jar.iter_mut().flatten().for_each(of_it);
        for message in self.flights.iter_mut().flatten() {
            if let What::Refresh(cookie) | What::Refreshed(cookie) | What::Opened(cookie) = &mut message.what {
                of_it(cookie);
            }
        }
    }
}
