//! A fuse between the core and the store: once it is blown, the next steps answer that the store is away. The store behind it
//! is real.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use gatewright_core::{
    Ports,
    model::{
        Account, AccountId, ChainedActivity, DeliveryId, Device, Email, LetterId, Listener, Login, MailPurpose,
        MailTokenId, NodeId, PasswordHash, Role, RoleName, RuleId, SecretHash, ServiceKey, ServiceKeyId, Session,
        SessionId, Standing, Timestamp, User, UserId, Webhook, Work,
    },
    port::{
        Accounts, ActivityFilter, ActivityFound, ActivityLog, AddUser, Administered, Administration, Admins, Applied,
        Blocklist, Bootstrapped, ChainState, ChangeUser, DeleteAccount, DeliveryFilter, DeliverySummary, Directory,
        DueDelivery, DueLetter, EmailChange, EmailProof, EmbeddedRules, End, EndAll, Entry, FanOut, Hasher,
        HourlyCount, Keys, LetterFilter, LetterSummary, Limited, LimitsPort, MailTokens, Maintenance, NewAccount,
        NoHooks, Opened, Opening, Outbox, OutboxStats, PageOf, PasswordChange, PasswordReset, Passwords, PutRule,
        Redeemed, Redelivery, RemoveUser, RoleDefinitions, RollForward, Rotation, Rules, SealedLetter, ServiceKeys,
        Sessions, SetDisabled, SignUp, StoreError, StoredCheckpoint, StoredKeys, StoredMailToken, Swept, SystemEntropy,
        Take, TokensOf, Told, Totals, Tried, UserChange, Users,
    },
};
use gatewright_store::sqlite::SqliteStore;

/// Decides which steps of the store fail, and counts them all.
#[derive(Debug, Default)]
pub struct Fuse(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The steps that are still let through; without a number, all are.
    left: Option<usize>,
    /// The one step that is not let through.
    refused: Option<&'static str>,
    /// The steps since the last reset, by name.
    steps: Vec<&'static str>,
}

impl Fuse {
    /// Lets `steps` more steps through, and then none.
    pub fn blow_after(&self, steps: usize) {
        *self.lock() = State { left: Some(steps), ..State::default() };
    }

    /// Lets every step through but this one.
    pub fn refuse(&self, step: &'static str) {
        *self.lock() = State { refused: Some(step), ..State::default() };
    }

    /// Lets every step through again.
    pub fn mend(&self) {
        *self.lock() = State::default();
    }

    /// The steps that were asked for since the last [`Fuse::mend`], [`Fuse::blow_after`] or [`Fuse::refuse`].
    #[must_use]
    pub fn steps(&self) -> Vec<&'static str> {
        self.lock().steps.clone()
    }

    /// How often this step was asked for since then.
    #[must_use]
    pub fn count(&self, step: &str) -> usize {
        self.lock().steps.iter().filter(|asked| **asked == step).count()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pass(&self, step: &'static str) -> Result<(), StoreError> {
        let mut state = self.lock();
        state.steps.push(step);
        if state.refused == Some(step) {
            return Err(StoreError::unavailable("the fuse does not let this step through"));
        }
        match &mut state.left {
            None => Ok(()),
            Some(0) => Err(StoreError::unavailable("the fuse is blown")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
        }
    }
}

/// The store's ports behind the fuse. Clock and randomness are the system's until they are replaced.
pub(super) fn ports(
    store: &Arc<SqliteStore>,
    fuse: &Arc<Fuse>,
    hasher: Arc<dyn Hasher>,
    blocklist: Arc<dyn Blocklist>,
) -> Ports {
    let fused = Arc::new(Fused { store: Arc::clone(store), fuse: Arc::clone(fuse) });
    Ports {
        accounts: fused.clone(),
        users: fused.clone(),
        passwords: fused.clone(),
        sessions: fused.clone(),
        activity: fused.clone(),
        limits: fused.clone(),
        roles: fused.clone(),
        admins: fused.clone(),
        directory: fused.clone(),
        service_keys: fused.clone(),
        rules: fused.clone(),
        embedded_rules: EmbeddedRules::none(),
        hooks: Arc::new(NoHooks),
        keys: fused.clone(),
        mail_tokens: fused.clone(),
        outbox: fused.clone(),
        maintenance: fused,
        hasher,
        blocklist,
        clock: store.clock(),
        entropy: Arc::new(SystemEntropy::default()),
    }
}

struct Fused {
    store: Arc<SqliteStore>,
    fuse: Arc<Fuse>,
}

macro_rules! fused {
    ($($port:ident { $(fn $step:ident($($name:ident: $type:ty),*) -> $answer:ty;)+ })+) => {$(
        #[async_trait]
        impl $port for Fused {
            $(
                async fn $step(&self, $($name: $type),*) -> Result<$answer, StoreError> {
                    self.fuse.pass(stringify!($step))?;
                    <SqliteStore as $port>::$step(&self.store, $($name),*).await
                }
            )+
        }
    )+};
}

fused! {
    Accounts {
        fn sign_up(new: NewAccount, entry: Entry) -> SignUp;
        fn account(id: AccountId) -> Option<Account>;
        fn account_by_login(login: &Login) -> Option<Account>;
        fn set_disabled(id: AccountId, since: Option<Timestamp>, entry: Entry) -> SetDisabled;
        fn delete(id: AccountId, entry: Entry) -> DeleteAccount;
    }
    Users {
        fn user(id: UserId) -> Option<User>;
        fn users(account: AccountId) -> Vec<User>;
        fn add(user: User, pin: Option<PasswordHash>, max: usize, entry: Entry) -> AddUser;
        fn change(id: UserId, change: UserChange, entry: Entry) -> ChangeUser;
        fn administer(id: UserId, change: Administration, entry: Entry) -> Administered;
        fn remove(id: UserId, entry: Entry) -> RemoveUser;
        fn pin(id: UserId) -> Option<PasswordHash>;
        fn set_pin(id: UserId, pin: Option<PasswordHash>, entry: Entry) -> bool;
    }
    Passwords {
        fn password(account: AccountId) -> Option<PasswordHash>;
        fn change(change: PasswordChange, entry: Entry) -> bool;
        fn rehash(account: AccountId, seen: &PasswordHash, stronger: PasswordHash) -> bool;
    }
    Sessions {
        fn open(opening: Opening, entry: Entry) -> Opened;
        fn standing(id: SessionId) -> Option<Standing>;
        fn rotate(step: Rotation) -> Applied;
        fn redeliver(step: Redelivery) -> Applied;
        fn roll_forward(step: RollForward, entry: Entry) -> Applied;
        fn end(end: End, entry: Entry) -> bool;
        fn end_all(end: EndAll, entry: Entry) -> bool;
        fn of_user(user: UserId, now: Timestamp) -> Vec<Session>;
        fn of_account(account: AccountId, now: Timestamp) -> Vec<Session>;
        fn knows_source(account: AccountId, ip: IpAddr) -> bool;
        fn knows_device(account: AccountId, device: &Device) -> bool;
    }
    ActivityLog {
        fn append(entry: Entry) -> ();
        fn page(filter: ActivityFilter) -> ActivityFound;
        fn chain(limit: usize) -> usize;
        fn chained(after: u64, limit: usize) -> Vec<ChainedActivity>;
        fn chain_state() -> ChainState;
        fn keep_checkpoint(checkpoint: StoredCheckpoint) -> ();
        fn checkpoints(limit: usize) -> Vec<StoredCheckpoint>;
        fn prune(before: Timestamp, limit: usize) -> usize;
        fn erase_personal(before: Timestamp, limit: usize) -> usize;
        fn count(counts: Vec<HourlyCount>) -> ();
        fn counts(since: Timestamp, until: Timestamp) -> Vec<HourlyCount>;
        fn forget_counts(before: Timestamp, limit: usize) -> usize;
    }
    RoleDefinitions {
        fn roles() -> Vec<Role>;
        fn put_role(role: Role, max: usize, entry: Entry) -> bool;
        fn remove_role(name: RoleName, entry: Entry) -> bool;
    }
    Admins {
        fn admins() -> Vec<User>;
        fn open_bootstrap(secret: SecretHash, ends_at: Timestamp, entry: Entry) -> bool;
        fn bootstrap_secret(now: Timestamp) -> Option<SecretHash>;
        fn bootstrap(new: NewAccount, entry: Entry) -> Bootstrapped;
    }
    Directory {
        fn accounts_page(page: PageOf<AccountId>, limit: usize) -> Vec<Account>;
        fn users_page(page: PageOf<UserId>, limit: usize) -> Vec<User>;
        fn totals() -> Totals;
    }
    ServiceKeys {
        fn keep_service_key(key: ServiceKey, max: usize, entry: Entry) -> bool;
        fn service_keys() -> Vec<ServiceKey>;
        fn service_key(hash: SecretHash) -> Option<ServiceKey>;
        fn note_service_key_use(id: ServiceKeyId, at: Timestamp) -> ();
        fn revoke_service_key(id: ServiceKeyId, entry: Entry) -> bool;
    }
    LimitsPort {
        fn take(takes: &[Take], now: Timestamp) -> Limited;
        fn forgive(takes: &[Take]) -> ();
    }
    Rules {
        fn rules() -> Vec<Webhook>;
        fn put_rule(rule: Webhook, seen: Option<u64>, told: Option<u64>, max: usize, entry: Entry) -> PutRule;
        fn remove_rule(id: RuleId, entry: Entry) -> bool;
        fn listen(listener: &Listener, after: u64) -> u64;
        fn told() -> Vec<Told>;
        fn fan_out(step: FanOut) -> bool;
        fn take_deliveries(listener: &Listener, now: Timestamp, hold: Duration, limit: usize) -> Vec<DueDelivery>;
        fn note_delivery(id: DeliveryId, tried: Tried) -> bool;
        fn deliveries(filter: DeliveryFilter) -> Vec<DeliverySummary>;
        fn delivery(id: DeliveryId) -> Option<DeliverySummary>;
        fn replay_delivery(id: DeliveryId, at: Timestamp, entry: Entry) -> bool;
    }
    Keys {
        fn keys() -> StoredKeys;
        fn replace(seen: i64, keys: Vec<gatewright_core::port::StoredKey>) -> bool;
    }
    MailTokens {
        fn issue(token: StoredMailToken, letter: SealedLetter) -> ();
        fn mail_token(link: SecretHash) -> Option<StoredMailToken>;
        fn live_mail_tokens(purpose: MailPurpose, of: TokensOf, now: Timestamp) -> Vec<StoredMailToken>;
        fn try_code(purpose: MailPurpose, email: &Email, code: SecretHash, now: Timestamp) -> Option<StoredMailToken>;
        fn spend(token: MailTokenId, at: Timestamp) -> bool;
        fn prove_email(proof: EmailProof, entry: Entry) -> Redeemed;
        fn reset_password(reset: PasswordReset, entry: Entry) -> Redeemed;
        fn change_email(change: EmailChange, entry: Entry) -> Redeemed;
        fn sign_up_proved(token: MailTokenId, new: NewAccount, entry: Entry) -> Redeemed;
        fn accept_invitation(token: MailTokenId, user: User, max: usize, entry: Entry) -> Redeemed;
    }
    Outbox {
        fn put_letter(letter: SealedLetter) -> ();
        fn take_letters(now: Timestamp, hold: Duration, limit: usize) -> Vec<DueLetter>;
        fn letter_sent(id: LetterId, at: Timestamp) -> bool;
        fn letter_failed(id: LetterId, at: Timestamp, again: Option<Timestamp>, error: &str) -> bool;
        fn retry_letter(id: LetterId, now: Timestamp, entry: Entry) -> bool;
        fn letters(filter: LetterFilter) -> Vec<LetterSummary>;
        fn letter(id: LetterId) -> Option<LetterSummary>;
        fn outbox_stats() -> OutboxStats;
    }
    Maintenance {
        fn ping() -> ();
        fn sweep(now: Timestamp, limit: usize) -> Swept;
        fn lease(work: Work, holder: NodeId, now: Timestamp, until: Timestamp) -> bool;
        fn release(work: Work, holder: NodeId) -> ();
    }
}
