//! What every store must do, whatever database it is on: one suite per port, run by `conformance!` on a [`Backend`].
//!
//! Each method has cases for the plain way, for what is absent, for what is taken or stale, for sixteen callers at once or
//! fifty (the case has the name of the race rule on the trait), and for the activity entry, which is written exactly if the step was
//! done. A case gets a fresh store and nothing else.

pub mod accounts;
pub mod activity_log;
pub mod admins;
pub mod directory;
pub mod keys;
pub mod limits;
mod list;
pub mod mail_tokens;
pub mod maintenance;
pub mod outbox;
pub mod passwords;
pub mod roles;
pub mod rules;
pub mod service_keys;
pub mod sessions;
pub mod users;

use std::{any::Any, future::Future, ops::Deref, sync::Arc};

use async_trait::async_trait;
use gatewright_core::{
    model::{Account, AccountId, Activity, Session, SessionId, Standing, User},
    port::{
        Accounts, ActivityFilter, ActivityLog, AddUser, Admins, Directory, Entry, Keys, LetterFilter, LimitsPort,
        MailTokens, Maintenance, NewAccount, Opened, Opening, Outbox, Passwords, RoleDefinitions, Rules, ServiceKeys,
        Sessions, SignUp, Users,
    },
};
use tokio::{sync::Barrier, task::JoinSet};

use crate::{FrozenClock, Sample};

/// Where stores to be tested come from.
#[async_trait]
pub trait Backend {
    /// An empty store that reads this clock.
    async fn fresh(clock: Arc<FrozenClock>) -> Ports;
}

/// A store as its ports.
#[derive(Clone)]
pub struct Ports {
    /// The accounts.
    pub accounts: Arc<dyn Accounts>,
    /// The users.
    pub users: Arc<dyn Users>,
    /// The passwords.
    pub passwords: Arc<dyn Passwords>,
    /// The sessions.
    pub sessions: Arc<dyn Sessions>,
    /// The activity log.
    pub activity_log: Arc<dyn ActivityLog>,
    /// The limits.
    pub limits: Arc<dyn LimitsPort>,
    /// The definitions of roles.
    pub roles: Arc<dyn RoleDefinitions>,
    /// The first admin, and the last.
    pub admins: Arc<dyn Admins>,
    /// All accounts and users.
    pub directory: Arc<dyn Directory>,
    /// The service keys.
    pub service_keys: Arc<dyn ServiceKeys>,
    /// The webhooks, and what listeners are told.
    pub rules: Arc<dyn Rules>,
    /// The signing keys.
    pub keys: Arc<dyn Keys>,
    /// What mails carry.
    pub mail_tokens: Arc<dyn MailTokens>,
    /// Letters that wait.
    pub outbox: Arc<dyn Outbox>,
    /// Health and cleaning.
    pub maintenance: Arc<dyn Maintenance>,
    /// How the states of limits go that say nothing any more.
    pub fading: Fading,
    /// What must live as long as the store: its folder, its server.
    pub keeps: Arc<dyn Any + Send + Sync>,
}

/// How the states of limits go that say nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fading {
    /// A sweep removes them, and counts them.
    Swept,
    /// The store forgets them when their time has come: there is nothing for a sweep to do.
    ByItself,
}

impl Ports {
    /// One store that is all ports, and what must live as long as it.
    pub fn of<S>(store: S, keeps: impl Any + Send + Sync) -> Self
    where
        S: Accounts
            + Users
            + Passwords
            + Sessions
            + ActivityLog
            + LimitsPort
            + RoleDefinitions
            + Admins
            + Directory
            + ServiceKeys
            + Rules
            + Keys
            + MailTokens
            + Outbox
            + Maintenance
            + 'static,
    {
        let store = Arc::new(store);
        Self {
            accounts: store.clone(),
            users: store.clone(),
            passwords: store.clone(),
            sessions: store.clone(),
            activity_log: store.clone(),
            limits: store.clone(),
            roles: store.clone(),
            admins: store.clone(),
            directory: store.clone(),
            service_keys: store.clone(),
            rules: store.clone(),
            keys: store.clone(),
            mail_tokens: store.clone(),
            outbox: store.clone(),
            maintenance: store,
            fading: Fading::Swept,
            keeps: Arc::new(keeps),
        }
    }
}

/// A fresh store and samples for it.
#[derive(Clone)]
pub struct World {
    /// The store.
    pub store: Ports,
    /// The samples, at the store's clock.
    pub sample: Sample,
}

impl Deref for World {
    type Target = Sample;

    fn deref(&self) -> &Sample {
        &self.sample
    }
}

/// How many callers a race has.
pub const CALLERS: usize = 16;

/// How many callers race for what is good for once (SECURITY AZ9, EM1).
pub const CALLERS_FOR_ONE: usize = 50;

impl World {
    /// A world on a fresh store of this kind.
    pub async fn of<B: Backend>() -> Self {
        let sample = Sample::default();
        Self { store: B::fresh(Arc::clone(&sample.clock)).await, sample }
    }

    /// An account that has signed up, with its owner.
    pub async fn signed_up(&self, name: &str) -> (Account, User) {
        let new = self.new_account(name);
        let entry = self.entry(new.account.id, gatewright_core::model::Act::SignedUp);
        let NewAccount { account, owner, .. } = new.clone();
        assert_eq!(self.store.accounts.sign_up(new, entry).await.unwrap(), SignUp::Done);
        (account, owner)
    }

    /// Another user of an account.
    pub async fn added(&self, account: AccountId, name: &str) -> User {
        let user = self.user(account, name);
        let entry = self.entry(account, gatewright_core::model::Act::UserAdded);
        assert_eq!(self.store.users.add(user.clone(), None, 100, entry).await.unwrap(), AddUser::Done);
        user
    }

    /// A session that was opened, of the account and the user as they are now.
    pub async fn opened(&self, account: &Account, user: &User) -> Standing {
        self.open(self.opening(self.session(account, user))).await
    }

    /// The session of this opening, which must succeed.
    pub async fn open(&self, opening: Opening) -> Standing {
        match self.try_open(opening).await {
            Opened::Done(standing) => standing,
            refused @ (Opened::Stale | Opened::Spent) => panic!("the session was not opened: {refused:?}"),
        }
    }

    /// What became of this opening.
    pub async fn try_open(&self, opening: Opening) -> Opened {
        let entry = self.entry(opening.session.account_id, gatewright_core::model::Act::LoggedIn);
        self.store.sessions.open(opening, entry).await.unwrap()
    }

    /// The session as it stands.
    pub async fn standing(&self, id: SessionId) -> Option<Standing> {
        self.store.sessions.standing(id).await.unwrap()
    }

    /// Whether the session lives now.
    pub async fn lives(&self, id: SessionId) -> bool {
        self.standing(id).await.is_some_and(|standing| standing.dead(self.now()).is_none())
    }

    /// The newest hundred entries of an account's log, or of all accounts and the instance.
    pub async fn log(&self, account: impl Into<Option<AccountId>>) -> Vec<Activity> {
        let filter = ActivityFilter { account: account.into(), limit: 100, ..ActivityFilter::default() };
        self.store.activity_log.page(filter).await.unwrap().entries
    }

    /// How many states of limits a sweep removes of so many that are due.
    #[must_use]
    pub fn swept_limits(&self, due: usize) -> usize {
        match self.store.fading {
            Fading::Swept => due,
            Fading::ByItself => 0,
        }
    }

    /// Asserts that the log has grown by exactly this entry, and the outbox by its letters, if the step was done, and by nothing
    /// if not.
    #[expect(clippy::fn_params_excessive_bools, reason = "it is the answer of the store, as it comes")]
    pub async fn assert_logged_exactly_if(&self, done: bool, entry: &Entry) {
        let entries = self.log(entry.activity.account_id).await;
        let found = entries.iter().filter(|found| **found == entry.activity).count();
        assert_eq!(found, usize::from(done), "{entry:?} in {entries:?}");
        let letters = self.store.outbox.letters(LetterFilter { limit: 1000, ..LetterFilter::default() }).await.unwrap();
        for letter in &entry.letters {
            let found = letters.iter().filter(|found| found.id == letter.id && found.kind == letter.kind).count();
            assert_eq!(found, usize::from(done), "{letter:?} in {letters:?}");
        }
        for token in entry.tokens.iter().filter(|_| done) {
            let found = self.store.mail_tokens.mail_token(token.link).await.unwrap();
            assert_eq!(found.as_ref(), Some(token), "what its letters carry");
        }
    }

    /// Sixteen callers at once; what each was told, in the order in which they were.
    pub async fn race<T, F>(&self, call: impl FnMut(usize, Self) -> F) -> Vec<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        self.race_of(CALLERS, call).await
    }

    /// So many callers at once; what each was told, in the order in which they were.
    pub async fn race_of<T, F>(&self, callers: usize, mut call: impl FnMut(usize, Self) -> F) -> Vec<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let start = Arc::new(Barrier::new(callers));
        let numbers = 0..callers;
        let mut callers = JoinSet::new();
        for number in numbers {
            let (start, call) = (Arc::clone(&start), call(number, self.clone()));
            callers.spawn(async move {
                start.wait().await;
                call.await
            });
        }
        callers.join_all().await
    }
}

/// The ids of sessions, for comparing lists.
#[must_use]
pub fn ids(sessions: &[Session]) -> Vec<SessionId> {
    sessions.iter().map(|session| session.id).collect()
}

/// Runs one case on a fresh store.
pub fn run<B: Backend, F: Future<Output = ()>>(case: impl FnOnce(World) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build();
    runtime.expect("a runtime").block_on(async { case(World::of::<B>().await).await });
}
