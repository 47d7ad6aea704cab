//! Samples of the model's values: legal, distinct, and the same in every run.

use std::{sync::Arc, time::Duration};

use gatewright_core::{
    model::{
        Account, AccountId, Act, Activity, ActivityId, AuthMethod, Chain, ClientInfo, Email, EndReason, EntrySeed,
        Epoch, KeyFate, KeyNumber, LetterId, LimitKey, Lock, MailPurpose, MailTokenId, PasswordHash, Permissions,
        Postpone, Profile, Rank, Role, Roles, SecretHash, ServiceKey, ServiceKeyId, Session, SessionId, SessionState,
        Standing, Timestamp, TokenId, Transport, User, UserAgent, UserId, Username,
    },
    port::{
        Administration, Clock, End, Entry, NewAccount, Opening, Redelivery, RollForward, Rotation, SealedLetter,
        StoredMailToken,
    },
};

use crate::{FrozenClock, SeededEntropy};

/// Makes samples at the clock's present moment.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Whose time it is.
    pub clock: Arc<FrozenClock>,
    /// Whose bytes they are.
    pub entropy: Arc<SeededEntropy>,
}

/// How long a sample session lives without a refresh.
pub const IDLE: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long a sample session lives at most.
pub const ABSOLUTE: Duration = Duration::from_secs(90 * 24 * 3600);
/// How long a sample step may wait.
pub const PATIENCE: Duration = Duration::from_secs(10);

impl Default for Sample {
    fn default() -> Self {
        Self { clock: Arc::new(FrozenClock::default()), entropy: Arc::new(SeededEntropy::new(1)) }
    }
}

impl Sample {
    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// An account with the address `<name>@example.test`.
    #[must_use]
    pub fn account(&self, name: &str) -> Account {
        Account {
            id: AccountId::new(self.now(), self.entropy.bytes()),
            email: self.email(name),
            email_verified_at: None,
            epoch: Epoch::new(0),
            disabled_at: None,
            created_at: self.now(),
        }
    }

    /// The address `<name>@example.test`.
    #[must_use]
    pub fn email(&self, name: &str) -> Email {
        Email::parse("email", &format!("{name}@example.test")).expect("the names of samples are legal")
    }

    /// A username.
    #[must_use]
    pub fn username(&self, name: &str) -> Username {
        Username::parse("username", name).expect("the names of samples are legal")
    }

    /// A member of the account.
    #[must_use]
    pub fn user(&self, account: AccountId, name: &str) -> User {
        User {
            id: UserId::new(self.now(), self.entropy.bytes()),
            account_id: account,
            username: self.username(name),
            rank: Rank::Member,
            roles: self.roles("support,editor"),
            profile: Profile {
                display_name: Some(format!("{name} the sample")),
                avatar_url: Some("https://example.test/a.png".into()),
                locale: Some("de-AT".into()),
                metadata: serde_json::Map::from_iter([("colour".to_owned(), serde_json::json!(["blue", 1.5, null]))]),
            },
            app_metadata: serde_json::Map::from_iter([("plan".to_owned(), serde_json::json!({"seats": 3}))]),
            epoch: Epoch::new(0),
            disabled_at: None,
            lock: Lock::Open,
            created_at: self.now(),
        }
    }

    /// Roles, from their names with commas between; none from an empty text.
    #[must_use]
    pub fn roles(&self, names: &str) -> Roles {
        let names = names.split(',').filter(|name| !name.is_empty());
        Roles::new(names.map(|name| name.parse().expect("the roles of samples are legal")).collect())
    }

    /// An account with its owner, who has the same name, and a password.
    #[must_use]
    pub fn new_account(&self, name: &str) -> NewAccount {
        let account = self.account(name);
        let owner = User { rank: Rank::Owner, ..self.user(account.id, name) };
        NewAccount { account, owner, password: Some(self.hash(name)) }
    }

    /// A hash that no password has.
    #[must_use]
    pub fn hash(&self, text: &str) -> PasswordHash {
        PasswordHash::from_phc(format!("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ${text}"))
    }

    /// A session of the user that was opened just now.
    #[must_use]
    pub fn session(&self, account: &Account, user: &User) -> Session {
        let now = self.now();
        Session {
            id: SessionId::new(now, self.entropy.bytes()),
            account_id: account.id,
            user_id: user.id,
            transport: Transport::Hybrid,
            label: None,
            created_at: now,
            absolute_end: now.plus(ABSOLUTE),
            idle_end: now.plus(IDLE),
            auth_time: now,
            amr: vec![AuthMethod::Password, AuthMethod::Pin],
            state: SessionState::Active,
            account_epoch: account.epoch,
            user_epoch: user.epoch,
            chain: Chain {
                salt: self.entropy.bytes(),
                generation: 1,
                current: self.secret_hash(),
                previous: None,
                next: self.secret_hash(),
                current_key: KeyNumber::new(1),
                next_key: KeyNumber::new(1),
                rotated_at: now,
                redelivered_at: None,
                redeliveries: 0,
                retry_key: None,
            },
            last_ip: Some([192, 0, 2, 1].into()),
            last_user_agent: UserAgent::from_header("sample/1"),
        }
    }

    /// Opening this session, with nothing special about it.
    #[must_use]
    pub fn opening(&self, session: Session) -> Opening {
        Opening { session, replaces: None, spends: None, max_sessions: 50 }
    }

    /// Rotating what was seen, now.
    #[must_use]
    pub fn rotation(&self, seen: &Standing) -> Rotation {
        let session = &seen.session;
        Rotation {
            session: session.id,
            seen_generation: session.chain.generation,
            seen_current: session.chain.current,
            seen_redelivered_at: session.chain.redelivered_at,
            next: Chain { retry_key: Some(self.secret_hash()), ..self.next_chain(&session.chain) },
            idle_end: self.now().plus(IDLE),
            ip: Some([198, 51, 100, 7].into()),
            user_agent: UserAgent::from_header("sample/2"),
            not_after: self.now().plus(PATIENCE),
        }
    }

    /// Redelivering what was seen, now: counted, with the retry key.
    #[must_use]
    pub fn redelivery(&self, seen: &Standing) -> Redelivery {
        Redelivery {
            session: seen.session.id,
            seen_generation: seen.session.chain.generation,
            seen_current: seen.session.chain.current,
            seen_redelivered_at: seen.session.chain.redelivered_at,
            retry_key: KeyFate::Keep,
            postpone: Postpone::Counted,
            at: self.now(),
            not_after: self.now().plus(PATIENCE),
        }
    }

    /// Rolling forward what was seen, now.
    #[must_use]
    pub fn roll_forward(&self, seen: &Standing) -> RollForward {
        RollForward {
            session: seen.session.id,
            seen_generation: seen.session.chain.generation,
            seen_next: seen.session.chain.next,
            next: self.next_chain(&seen.session.chain),
            not_after: self.now().plus(PATIENCE),
        }
    }

    /// Logging the session out, now.
    #[must_use]
    pub fn end(&self, session: SessionId) -> End {
        End { session, reason: EndReason::LoggedOut, at: self.now() }
    }

    /// An entry of the activity log, from nowhere in particular, and a letter that goes with it.
    #[must_use]
    pub fn entry(&self, account: impl Into<Option<AccountId>>, act: Act) -> Entry {
        let account = account.into();
        let client = ClientInfo {
            ip: Some("2001:db8::7".parse().expect("an address")),
            user_agent: UserAgent::from_header("sample/3"),
            received_at: self.now(),
        };
        let id = ActivityId::new(self.now(), self.entropy.bytes());
        let seed = EntrySeed { id, salt: self.entropy.bytes() };
        let entry = Entry::from(Activity::new(seed, self.now(), account, act, &client));
        entry.with(self.letter(account))
    }

    /// A letter, sealed with nothing in particular.
    #[must_use]
    pub fn letter(&self, account_id: Option<AccountId>) -> SealedLetter {
        let sealed = Some(self.entropy.bytes::<32>().to_vec());
        let id = LetterId::new(self.now(), self.entropy.bytes());
        SealedLetter { id, account_id, kind: "password_changed", at: self.now(), sealed }
    }

    /// What a mail about the account carries, good for an hour. The code is the number.
    #[must_use]
    pub fn mail_token(&self, purpose: MailPurpose, account: &Account, code: u8) -> StoredMailToken {
        StoredMailToken {
            id: MailTokenId::new(self.now(), self.entropy.bytes()),
            purpose,
            account_id: Some(account.id),
            user_id: None,
            email: account.email.clone(),
            link: SecretHash::from_bytes(self.entropy.bytes()),
            code: SecretHash::from_bytes([code; 32]),
            browser: None,
            details: None,
            tries: 0,
            created_at: self.now(),
            ends_at: self.now().plus(Duration::from_secs(3600)),
            used_at: None,
        }
    }

    /// A role that lets its users do these, which have spaces between.
    #[must_use]
    pub fn role(&self, name: &str, permissions: &str) -> Role {
        let name = name.parse().expect("the roles of samples are legal");
        Role { name, permissions: self.permissions(permissions), changed_at: self.now() }
    }

    /// Permissions, from their names with spaces between; none from an empty text.
    #[must_use]
    pub fn permissions(&self, names: &str) -> Permissions {
        let names = names.split(' ').filter(|name| !name.is_empty());
        Permissions::new(names.map(|name| name.parse().expect("the permissions of samples are legal")).collect())
    }

    /// A service key that runs out in a day and was never used.
    #[must_use]
    pub fn service_key(&self, name: &str) -> ServiceKey {
        ServiceKey {
            id: ServiceKeyId::new(self.now(), self.entropy.bytes()),
            name: name.to_owned(),
            permissions: self.permissions("tokens:introspect users:read"),
            hash: self.secret_hash(),
            created_at: self.now(),
            ends_at: Some(self.now().plus(Duration::from_secs(86_400))),
            used_at: None,
        }
    }

    /// What an admin asks for who saw the user so: nothing as yet.
    #[must_use]
    pub fn administration(&self, seen: &User) -> Administration {
        Administration {
            seen_roles: seen.roles.clone(),
            seen_app_metadata: seen.app_metadata.clone(),
            roles: None,
            disabled_at: None,
            app_metadata: None,
        }
    }

    /// A key of a limit.
    #[must_use]
    pub fn limit_key(&self) -> LimitKey {
        LimitKey::from_bytes(self.entropy.bytes())
    }

    /// The name of a token.
    #[must_use]
    pub fn token_id(&self) -> TokenId {
        TokenId::new(self.now(), self.entropy.bytes())
    }

    /// A hash of a secret that nobody has.
    #[must_use]
    pub fn secret_hash(&self) -> SecretHash {
        SecretHash::from_bytes(self.entropy.bytes())
    }

    fn next_chain(&self, seen: &Chain) -> Chain {
        Chain {
            salt: seen.salt,
            generation: seen.generation + 1,
            current: seen.next,
            previous: Some(seen.current),
            next: self.secret_hash(),
            current_key: seen.next_key,
            next_key: KeyNumber::new(2),
            rotated_at: self.now(),
            redelivered_at: None,
            redeliveries: 0,
            retry_key: None,
        }
    }
}
