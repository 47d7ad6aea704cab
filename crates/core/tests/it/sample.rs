//! A session with its account and user, and a chain of real refresh tokens, for the tests of the judgement.

use std::time::Duration;

use gatewright_core::model::{
    Account, AccountId, Chain, Email, Epoch, KeyNumber, Lock, MasterKeys, Metadata, Presentation, Profile, Rank,
    RefreshToken, RetryKey, RetryKeyHash, Roles, Secret, Session, SessionId, SessionState, Standing, Timestamp,
    Transport, User, UserId, Username,
};

/// When the sample session is made.
pub(crate) const BORN: Timestamp = Timestamp::from_secs(1_800_000_000);

pub(crate) fn at(secs: u64) -> Timestamp {
    BORN.plus(Duration::from_secs(secs))
}

pub(crate) fn master() -> MasterKeys {
    let mut key = [0; 32];
    key.iter_mut().zip(100..).for_each(|(byte, value)| *byte = value);
    MasterKeys::single(KeyNumber::new(1), &Secret::new(key))
}

pub(crate) fn session_id() -> SessionId {
    SessionId::new(BORN, [3; 10])
}

/// The token of this generation in the sample session's chain.
pub(crate) fn token(generation: u64) -> RefreshToken {
    let keys = master();
    let first = RefreshToken::first(keys.active(), session_id(), Secret::new([9; 32]));
    (1..generation).fold(first, |token, _| token.successor(keys.active(), &[5; 16], &keys).unwrap())
}

pub(crate) fn presented(generation: u64) -> Presentation {
    token(generation).presentation(None)
}

pub(crate) fn key(name: &str) -> RetryKeyHash {
    RetryKey::parse(&format!("{}-and-128-random-bits", name.replace(' ', "-"))).unwrap().hash(session_id())
}

pub(crate) fn presented_with(generation: u64, retry_key: &str) -> Presentation {
    token(generation).presentation(Some(key(retry_key)))
}

/// The chain when this generation is current, minted at `rotated_at`.
pub(crate) fn chain(generation: u64, rotated_at: Timestamp) -> Chain {
    Chain {
        salt: [5; 16],
        generation,
        current: token(generation).hash(),
        previous: (generation > 1).then(|| token(generation - 1).hash()),
        next: token(generation + 1).hash(),
        current_key: KeyNumber::new(1),
        next_key: KeyNumber::new(1),
        rotated_at,
        redelivered_at: None,
        redeliveries: 0,
        retry_key: None,
    }
}

/// The session at this generation, minted at `rotated_at`.
pub(crate) fn standing(generation: u64, rotated_at: Timestamp) -> Standing {
    let account = Account {
        id: AccountId::new(BORN, [1; 10]),
        email: Email::parse("email", "ada@example.test").unwrap(),
        email_verified_at: None,
        epoch: Epoch::default(),
        disabled_at: None,
        created_at: BORN,
    };
    let user = User {
        id: UserId::new(BORN, [2; 10]),
        account_id: account.id,
        username: Username::parse("username", "ada").unwrap(),
        rank: Rank::Owner,
        roles: Roles::default(),
        profile: Profile::default(),
        app_metadata: Metadata::new(),
        epoch: Epoch::default(),
        disabled_at: None,
        lock: Lock::Open,
        created_at: BORN,
    };
    let session = Session {
        id: session_id(),
        account_id: account.id,
        user_id: user.id,
        transport: Transport::Body,
        label: None,
        created_at: BORN,
        absolute_end: BORN.plus(Duration::from_secs(30 * 86_400)),
        idle_end: BORN.plus(Duration::from_secs(14 * 86_400)),
        auth_time: BORN,
        amr: Vec::new(),
        state: SessionState::Active,
        account_epoch: Epoch::default(),
        user_epoch: Epoch::default(),
        chain: chain(generation, rotated_at),
        last_ip: None,
        last_user_agent: None,
    };
    Standing { session, account, user, store_promoted_at: None }
}
