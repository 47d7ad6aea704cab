//! The reference model: what must come out of every operation. Small on purpose, and written from DESIGN 4 in words: a list of
//! what was delivered when, and what is over. It knows no epochs, no hashes and no rows.
//!
//! Time: a session is judged at no moment before the last that its own row tells of (invariant P19). That an end which has come
//! does not go away when the clock is set back is what the clock promises ([`SystemClock`](gatewright_core::port::SystemClock)
//! never goes back), so here it is set back behind no end that has come.

mod acts;
mod chain;

use std::time::Duration;

use gatewright_core::model::{AuthMethod, ReuseEnds, Timestamp, Transport, Windows};

pub(super) use self::acts::{POLL_SLACK, behind};
pub use self::chain::{Chain, Key, Meaning, Retries, Token, Tolerance};
use super::{
    answer::{Access, Answer, Delivered, Number, Signed, Why},
    operation::Operation,
    people::{House, Person, RoleSet},
};
use crate::FrozenClock;

/// How long an access token is good.
pub const ACCESS_TTL: Duration = Duration::from_secs(600);
/// How long a session lives without a rotation.
pub const IDLE: Duration = Duration::from_secs(14 * 86_400);
/// How long a session lives at most.
pub const ABSOLUTE: Duration = Duration::from_secs(30 * 86_400);
/// How long a proof is fresh.
pub const FRESH: Duration = Duration::from_secs(300);
/// How far another node's clock may be ahead, in seconds.
const AHEAD_SECS: i64 = 10;

/// The settings of an instance that a history may differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Whether spent tokens may be lost answers.
    pub retries: Retries,
    /// What ends when they are not.
    pub reuse_ends: ReuseEnds,
    /// The most sessions of one user.
    pub max_sessions: usize,
}

/// Everything there is.
#[derive(Clone, Debug)]
pub struct Model {
    /// The settings.
    pub rules: Rules,
    /// What the clock shows.
    pub now: Timestamp,
    /// When the store was promoted.
    pub promoted: Option<Timestamp>,
    /// The sessions, in the order of opening.
    pub sessions: Vec<Session>,
    /// What has to stand in the activity log, by account: lost writes and reuses.
    pub noted: [Noted; 2],
    /// What came out of the last operation.
    pub answer: Answer,
    /// The session that was last spoken of: clients come back.
    pub focus: Number,
    /// Whose row the last operation may have changed.
    pub touched: Vec<Number>,
    disabled: [bool; 2],
    barred: [bool; 4],
    roles: [RoleSet; 4],
}

/// What has to stand in the activity log of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Noted {
    /// Lost writes.
    pub lost_writes: usize,
    /// Spent tokens that came back.
    pub reuses: usize,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Session {
    /// Whose.
    pub person: Person,
    /// How its tokens travel.
    pub transport: Transport,
    /// When it was opened.
    pub opened: Timestamp,
    /// When it ends in any case. Never moves (P10).
    pub absolute_end: Timestamp,
    /// When the account last proved itself. Never moves on refresh (P15).
    pub auth_time: Timestamp,
    /// With what. Never widens on refresh (P15).
    pub amr: Vec<AuthMethod>,
    /// Whether something ended it. Never undone (P5).
    pub is_over: bool,
    /// Whether it was ended by itself, which stands in its row, once, and not only with others.
    pub is_ended: bool,
    /// The last access token that its client got.
    pub access: Access,
    /// What was delivered.
    pub chain: Chain,
}

impl Session {
    /// Whether it lives, with this on the clock.
    #[must_use]
    pub fn lives(&self, moment: Timestamp) -> bool {
        !self.is_over && moment < self.absolute_end && moment < self.chain.idle_end()
    }
}

impl Rules {
    /// The windows of the settings, as the product wants them.
    #[must_use]
    pub fn windows(&self) -> Windows {
        match self.retries {
            Retries::Forgiven => Windows::DEFAULT,
            Retries::Punished => Windows::STRICT,
        }
    }

    /// What is tolerated in sessions of this transport: a minute, or five where the tokens are cookies of pages.
    #[must_use]
    pub fn tolerance(&self, transport: Transport) -> Tolerance {
        let secs = Duration::from_secs;
        let (min_age, lost_window) = match (self.retries, transport) {
            (Retries::Punished, _) => (Duration::ZERO, Duration::ZERO),
            (Retries::Forgiven, Transport::Cookie) => (secs(300), secs(30)),
            (Retries::Forgiven, Transport::Hybrid | Transport::Body) => (secs(60), secs(30)),
        };
        Tolerance { min_age, lost_window, retries: self.retries, idle: IDLE }
    }
}

impl Model {
    /// The beginning: everybody has signed up or was added, and both owners have the session of their sign-up.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        let mut model = Self {
            rules,
            now: FrozenClock::START,
            promoted: None,
            sessions: Vec::new(),
            noted: [Noted::default(); 2],
            answer: Answer::Done,
            focus: 0,
            touched: Vec::new(),
            disabled: [false; 2],
            barred: [false; 4],
            roles: [RoleSet::default(); 4],
        };
        for person in [Person::Ada, Person::Zoe] {
            model.opened(model.fresh(person, Transport::Body, vec![AuthMethod::Password]));
        }
        model
    }

    /// What the clock shows when it is asked for this moment: no end that has come is taken back.
    #[must_use]
    pub fn clock_at(&self, target: Timestamp) -> Timestamp {
        let open = self.sessions.iter().filter(|session| !session.is_over);
        let ends = open.flat_map(|session| [session.absolute_end, session.chain.idle_end()]);
        ends.filter(|end| *end <= self.now).fold(target, Timestamp::max)
    }

    /// Does one thing.
    #[must_use]
    pub fn after(mut self, operation: &Operation) -> Self {
        self.touched.clear();
        self.focus = operation.names().first().copied().unwrap_or(self.focus);
        self.answer = self.act(operation).unwrap_or_else(Answer::Refused);
        self
    }

    /// The sessions that live, of those that this one may see.
    fn visible(&self, viewer: Person) -> Vec<Number> {
        let living = (0..self.sessions.len()).filter(|number| self.sessions[*number].lives(self.now));
        living.filter(|number| self.may_see(viewer, *number)).collect()
    }

    fn may_see(&self, viewer: Person, number: Number) -> bool {
        let owner = self.sessions[number].person;
        match viewer.rank() {
            gatewright_core::model::Rank::Owner => owner.house() == viewer.house(),
            gatewright_core::model::Rank::Member => owner == viewer,
        }
    }

    fn fresh(&self, person: Person, transport: Transport, amr: Vec<AuthMethod>) -> Session {
        Session {
            person,
            transport,
            opened: self.now,
            absolute_end: self.now.plus(ABSOLUTE),
            auth_time: self.now,
            amr,
            is_over: false,
            is_ended: false,
            access: Access { issued: 0, expires: 0 },
            chain: Chain::opened(self.now, IDLE),
        }
    }

    /// A session is there from now on, and the oldest of the user's gives way if there are too many.
    fn opened(&mut self, session: Session) -> Answer {
        let number = self.sessions.len();
        let person = session.person;
        self.sessions.push(session);
        let mut others: Vec<Number> = (0..number)
            .filter(|other| self.sessions[*other].person == person && self.sessions[*other].lives(self.now))
            .collect();
        others.sort_by_key(|other| std::cmp::Reverse((self.sessions[*other].opened, *other)));
        for surplus in others.into_iter().skip(self.rules.max_sessions - 1) {
            self.end(surplus);
        }
        self.signed_in(number, Delivered::Set(1))
    }

    /// A fresh access token: ten minutes, but not beyond the session.
    fn signed_in(&mut self, number: Number, token: Delivered) -> Answer {
        let now = self.now;
        let roles = self.roles[self.sessions[number].person as usize];
        let session = &mut self.sessions[number];
        let issued = now.secs();
        let expires = now.plus(ACCESS_TTL).min(session.absolute_end).secs().max(issued + 1);
        session.access = Access { issued, expires };
        Answer::SignedIn(Signed {
            session: number,
            person: session.person,
            token,
            generation: session.chain.generation(),
            auth_time: session.auth_time,
            amr: session.amr.clone(),
            absolute_end: session.absolute_end,
            roles,
            access: session.access,
        })
    }

    /// Ends one. What has ended by itself is not touched again.
    fn end(&mut self, number: Number) {
        let session = &mut self.sessions[number];
        session.is_over = true;
        if !std::mem::replace(&mut session.is_ended, true) {
            self.touched.push(number);
        }
    }

    fn end_those(&mut self, which: impl Fn(Number, &Session) -> bool) {
        for (number, session) in self.sessions.iter_mut().enumerate() {
            if which(number, session) {
                session.is_over = true;
            }
        }
    }

    /// Whether the access token is good by the clock, whatever became of its session.
    fn access_token(&self, number: Number) -> Result<(), Why> {
        let (now, access) = (self.now.secs(), self.sessions[number].access);
        if access.issued > now + AHEAD_SECS || now >= access.expires { Err(Why::AccessToken) } else { Ok(()) }
    }

    /// Who calls with this session's access token.
    fn caller(&self, number: Number) -> Result<&Session, Why> {
        self.access_token(number)?;
        let session = &self.sessions[number];
        if session.lives(self.now) { Ok(session) } else { Err(Why::SessionDead) }
    }

    fn is_fresh(&self, session: &Session) -> Result<(), Why> {
        if self.now.since(session.auth_time) <= FRESH { Ok(()) } else { Err(Why::NotFresh) }
    }

    fn noted(&mut self, house: House) -> &mut Noted {
        &mut self.noted[house as usize]
    }
}
