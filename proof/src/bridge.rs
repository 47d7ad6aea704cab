//! The bridge to the code that ships: a row of the model becomes a real [`Standing`], a token a real [`Presentation`], and the
//! verdict is the one of [`gatewright_core::model::judge`]. What must stay true: nothing here decides anything.

use std::{cell::RefCell, time::Duration};

use gatewright_core::model::{
    Account, AccountId, Chain, Email, Epoch, KeyNumber, Leniency, Lock, MAX_POSTPONING_REDELIVERIES, MasterKeys,
    Metadata, Presentation, Profile, Rank, RefreshToken, RetryKey, RetryKeyHash, Roles, Secret, SecretHash, Session,
    SessionId, SessionState, Standing, Timestamp, Transport, User, UserId, Username, Verdict, Windows, judge,
};

use crate::{
    row::{Clock, Life, NEVER, Row},
    token::{Key, Rel},
};

/// What somebody presents.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Question {
    /// The token.
    pub token: Rel,
    /// Whether its secret is the one of the chain.
    pub secret: Authenticity,
    /// The retry key beside it.
    pub key: Key,
}

/// Whether a secret belongs to the chain. Bytes that fail the MAC never get as far as a judgement; what is explored here is
/// that even a valid MAC over a foreign secret moves nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Authenticity {
    /// It does.
    OfTheChain,
    /// It does not.
    Foreign,
}

/// How many counted redeliveries of a generation the model explores before the cap: each generation starts this many below it.
/// With [`MAX_POSTPONING_REDELIVERIES`] it is the real cap.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cap(pub u8);

impl Cap {
    /// The cap that ships.
    pub const REAL: Self = Self(MAX_POSTPONING_REDELIVERIES);
}

/// Asks the production judgement. `promoted` is how many ticks ago the store was promoted, [`NEVER`] if not within `min_age`.
#[must_use]
pub fn verdict(clock: Clock, cap: Cap, row: &Row, promoted: u8, question: Question) -> Verdict {
    TEMPLATE.with_borrow_mut(|template| {
        template.set(row, promoted, cap);
        let secret = match question.secret {
            Authenticity::OfTheChain => template.secret(question.token),
            Authenticity::Foreign => template.foreign,
        };
        let presented =
            Presentation { generation: generation(question.token), secret, retry_key: template.key(question.key) };
        let verdict = judge(&template.standing, &presented, NOW, &windows(clock));
        template.revive();
        verdict
    })
}

/// A tick is a second here; the judgement knows nothing but proportions.
fn windows(clock: Clock) -> Windows {
    let ticks = |count: u8| Duration::from_secs(count.into());
    Windows { min_age: ticks(clock.min_age), lost_window: ticks(clock.lost_window), leniency: Leniency::Retries }
}

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
/// The row's own generation; all others are around it.
const HERE: u64 = 10;
const AROUND: i64 = 6;

fn generation(token: Rel) -> u64 {
    HERE.saturating_add_signed(token.into())
}

fn ago(ticks: u8) -> Timestamp {
    NOW.minus(Duration::from_secs(ticks.into()))
}

/// A session with real hashes of a real chain. One per thread, so that a judgement costs no allocation.
struct Template {
    standing: Standing,
    secrets: Vec<SecretHash>,
    foreign: SecretHash,
    keys: Vec<RetryKeyHash>,
}

thread_local! {
    static TEMPLATE: RefCell<Template> = RefCell::new(Template::new());
}

impl Template {
    fn secret(&self, token: Rel) -> SecretHash {
        let place = usize::try_from(i64::from(token) + AROUND).expect("no token is further away than the table");
        self.secrets[place]
    }

    fn key(&self, key: Key) -> Option<RetryKeyHash> {
        (key != Key::NONE).then(|| self.keys[usize::from(key.code())])
    }

    fn set(&mut self, row: &Row, promoted: u8, cap: Cap) {
        let key = self.key(row.key);
        let standing = &mut self.standing;
        let chain = &mut standing.session.chain;
        chain.rotated_at = ago(row.age);
        chain.redelivered_at = (row.redelivered != NEVER).then(|| ago(row.redelivered));
        chain.redeliveries = row.redeliveries + (MAX_POSTPONING_REDELIVERIES - cap.0);
        chain.retry_key = key;
        standing.store_promoted_at = (promoted != NEVER).then(|| ago(promoted));
        match row.life {
            Life::Alive => {}
            Life::Ended => standing.session.state = ended(gatewright_core::model::EndReason::LoggedOut),
            Life::Reused => standing.session.state = ended(gatewright_core::model::EndReason::Reused),
            Life::EpochMoved => standing.account.epoch = Epoch::new(1),
            Life::Disabled => standing.user.disabled_at = Some(NOW),
            Life::Expired => standing.session.absolute_end = NOW,
        }
    }

    fn revive(&mut self) {
        self.standing.session.state = SessionState::Active;
        self.standing.session.absolute_end = LATER;
        self.standing.account.epoch = Epoch::default();
        self.standing.user.disabled_at = None;
    }

    fn new() -> Self {
        let session = SessionId::new(BORN, [3; 10]);
        let master = MasterKeys::single(KeyNumber::new(1), &Secret::new([100; 32]));
        let mut token = RefreshToken::first(master.active(), session, Secret::new([9; 32]));
        let mut secrets = Vec::new();
        while secrets.len() < usize::try_from(2 * AROUND + 1).expect("a handful") {
            if token.generation() + AROUND.unsigned_abs() >= HERE {
                secrets.push(token.hash());
            }
            token = token.successor(master.active(), &[5; 16], &master).expect("the key is there");
        }
        let keys = (0..Key::CODES).map(|code| {
            let key = RetryKey::parse(&format!("{code:03}-and-128-random-bits")).expect("long enough");
            key.hash(session)
        });
        let around = usize::try_from(AROUND).expect("a handful");
        let (current, previous, next) = (secrets[around], secrets[around - 1], secrets[around + 1]);
        Self {
            standing: standing(session, current, previous, next),
            keys: keys.collect(),
            foreign: SecretHash::of(b"of no chain"),
            secrets,
        }
    }
}

const BORN: Timestamp = Timestamp::from_secs(1_799_000_000);
const LATER: Timestamp = Timestamp::from_secs(1_900_000_000);

fn ended(reason: gatewright_core::model::EndReason) -> SessionState {
    SessionState::Ended { at: NOW, reason }
}

fn standing(session: SessionId, current: SecretHash, previous: SecretHash, next: SecretHash) -> Standing {
    let account = Account {
        id: AccountId::new(BORN, [1; 10]),
        email: Email::parse("email", "ada@example.test").expect("an address"),
        email_verified_at: None,
        epoch: Epoch::default(),
        disabled_at: None,
        created_at: BORN,
    };
    let user = User {
        id: UserId::new(BORN, [2; 10]),
        account_id: account.id,
        username: Username::parse("username", "ada").expect("a name"),
        rank: Rank::Owner,
        roles: Roles::default(),
        profile: Profile::default(),
        app_metadata: Metadata::new(),
        epoch: Epoch::default(),
        disabled_at: None,
        lock: Lock::Open,
        created_at: BORN,
    };
    let chain = Chain {
        salt: [5; 16],
        generation: HERE,
        current,
        previous: Some(previous),
        next,
        current_key: KeyNumber::new(1),
        next_key: KeyNumber::new(1),
        rotated_at: NOW,
        redelivered_at: None,
        redeliveries: 0,
        retry_key: None,
    };
    let session = Session {
        id: session,
        account_id: account.id,
        user_id: user.id,
        transport: Transport::Body,
        label: None,
        created_at: BORN,
        absolute_end: LATER,
        idle_end: LATER,
        auth_time: BORN,
        amr: Vec::new(),
        state: SessionState::Active,
        account_epoch: Epoch::default(),
        user_epoch: Epoch::default(),
        chain,
        last_ip: None,
        last_user_agent: None,
    };
    Standing { session, account, user, store_promoted_at: None }
}
