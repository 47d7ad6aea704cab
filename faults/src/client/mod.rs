//! One client: what it holds, and what an answer changes. What must stay true: it does what docs/rotation.md asks of a client and
//! nothing more. A browser's tabs share one jar and one retry key; a mobile client stores its key before it sends, and its token
//! when it has it; a client without a key comes back quickly.

mod acts;
mod jar;
mod life;
mod refresh;
mod settling;
mod thief;

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use self::jar::{Jar, Naming};
pub(crate) use self::{
    acts::sign_everybody_in,
    settling::{look_into_graves, settle},
    thief::{Kind as TheftKind, Theft},
};
use crate::{
    book::{Book, Promise},
    chance::{Chance, Stream},
    clock,
    http::{Answer, Request},
    record::Record,
    world::{Exhibit, World},
};

/// How many exchanges an exhibit shows.
const REMEMBERED: usize = 20;
const ORIGIN: &str = "origin";
const COOKIE: &str = "cookie";

/// What a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Tabs that share a jar and a key.
    Browser {
        /// How many may be open.
        tabs: usize,
    },
    /// An app with its own storage, which may end at any moment.
    Mobile,
    /// A browser whose page knows nothing of retry keys.
    PlainBrowser,
    /// A script with `curl`.
    Script,
}

/// Who pays: an address, and the users that its clients are.
pub(crate) struct Account {
    pub(crate) email: String,
    pub(crate) usernames: [String; 2],
}

/// A client.
pub(crate) struct Device {
    pub(crate) number: usize,
    pub(crate) kind: Kind,
    pub(crate) account: Arc<Account>,
    pub(crate) world: Arc<World>,
    next_exchange: AtomicU64,
    keys: Mutex<Chance>,
    hold: Mutex<Option<Hold>>,
    log: Mutex<VecDeque<String>>,
}

/// What a signed-in client holds.
pub(crate) struct Hold {
    /// Of its session, for the judge; no client has one.
    pub(crate) book: Arc<Mutex<Book>>,
    pub(crate) place: Place,
    /// The number of its token.
    pub(crate) generation: u64,
    /// Made when a token is first presented, forgotten when there is another.
    pub(crate) key: Option<Key>,
    pub(crate) access: String,
    /// The token before, which somebody may still find somewhere.
    pub(crate) previous: Option<(String, u64)>,
    /// Which of the account's users it is.
    pub(crate) user: usize,
    /// It was robbed: it does nothing that would end the session itself.
    pub(crate) is_robbed: bool,
}

/// A retry key and the generation that it is for.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) generation: u64,
    pub(crate) text: String,
}

/// Where the refresh token is.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// In cookies that carry this tag.
    Jar { jar: Jar, tag: String },
    /// In the client's own storage.
    Stored(String),
}

impl Kind {
    /// Of ten clients six are browsers, two are mobile, two have no key.
    pub(crate) fn of(number: usize, chance: &mut Chance) -> Self {
        match number % 10 {
            0..=5 => Self::Browser { tabs: 1 + chance.below(8) },
            6 | 7 => Self::Mobile,
            8 => Self::PlainBrowser,
            _ => Self::Script,
        }
    }

    pub(crate) fn promise(self) -> Promise {
        match self {
            Self::Browser { .. } | Self::Mobile => Promise::AnyTime,
            Self::PlainBrowser | Self::Script => Promise::WithinLostWindow,
        }
    }

    pub(crate) fn transport(self) -> &'static str {
        match self {
            Self::Browser { .. } | Self::PlainBrowser => "hybrid",
            Self::Mobile | Self::Script => "body",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Browser { .. } => "browser",
            Self::Mobile => "mobile",
            Self::PlainBrowser => "browser without key",
            Self::Script => "script without key",
        }
    }
}

impl Place {
    /// The token itself.
    pub(crate) fn token(&self) -> Option<&str> {
        match self {
            Self::Jar { jar, tag } => jar.token(tag),
            Self::Stored(token) => Some(token),
        }
    }

    /// A request to `path` that presents what is here.
    pub(crate) fn request(&self, path: &'static str, origin: &str) -> Request {
        match self {
            Self::Jar { jar, tag } => {
                let request = Request::post(path, None).with(ORIGIN, origin);
                match jar.header(tag) {
                    Some(cookies) => request.with(COOKIE, cookies),
                    None => request,
                }
            }
            Self::Stored(token) => Request::post(path, Some(&serde_json::json!({ "refresh_token": token }))),
        }
    }

    /// The same place with another token of the same session in it.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        match self {
            Self::Jar { jar, tag } => Self::Jar { jar: jar.with(tag, token), tag: tag.clone() },
            Self::Stored(_) => Self::Stored(token.to_owned()),
        }
    }

    /// Takes what an answer brings; the token, if it brings one.
    pub(crate) fn take(&mut self, answer: &Answer) -> Option<String> {
        match self {
            Self::Jar { jar, .. } => {
                jar.take(&answer.cookies);
                jar::set_by(&answer.cookies).map(|(_, token)| token)
            }
            Self::Stored(stored) => {
                let brought = answer.json()["refresh_token"].as_str()?.to_owned();
                let is_new = *stored != brought;
                stored.clone_from(&brought);
                is_new.then_some(brought)
            }
        }
    }

    /// Takes what an answer to a session that was left brings: a browser cannot tell, a client's own storage can.
    pub(crate) fn take_late(&mut self, answer: &Answer) {
        match self {
            Self::Jar { jar, .. } => jar.take(&answer.cookies),
            Self::Stored(_) => {}
        }
    }

    /// The token that an answer would bring.
    pub(crate) fn brought(&self, answer: &Answer) -> Option<String> {
        self.clone().take(answer)
    }
}

impl Device {
    pub(crate) fn new(number: usize, account: &Arc<Account>, world: &Arc<World>) -> Self {
        let mut chance = Chance::of(world.profile.seed, Stream::Habits, number as u64);
        Self {
            number,
            kind: Kind::of(number, &mut chance),
            account: Arc::clone(account),
            world: Arc::clone(world),
            next_exchange: AtomicU64::new(0),
            keys: Mutex::new(Chance::of(world.profile.seed, Stream::Keys, number as u64)),
            hold: Mutex::new(None),
            log: Mutex::default(),
        }
    }

    /// The client's next exchange.
    pub(crate) fn record(&self) -> Arc<Record> {
        let number = ((self.number as u64) << 32) | self.next_exchange.fetch_add(1, Relaxed);
        Arc::new(Record::new(number, self.world.fate(number), clock::now()))
    }

    /// What it holds; `None` while it is signed out.
    pub(crate) fn hold(&self) -> MutexGuard<'_, Option<Hold>> {
        self.hold.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn fresh_key(&self) -> String {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).text()
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.world.network.address)
    }

    /// Which cookies count as one.
    pub(crate) fn naming(&self) -> Naming {
        if self.world.profile.policy.has_one_chain() { Naming::BySession } else { Naming::One }
    }

    /// Remembers what became of an exchange, for whoever has to understand it.
    pub(crate) fn note(&self, record: &Record, what: &str) {
        let passage = record.passage();
        let node = passage.node.map_or("no node".to_owned(), |node| format!("node {node}"));
        let status = passage.status.map_or("no status".to_owned(), |status| status.to_string());
        let (sent, now) = (self.world.second(record.sent), self.world.second(clock::now()));
        let line = format!("{sent} to {now}: {what} [{}; {node}, {status}]", record.fate);
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.len() == REMEMBERED {
            log.pop_front();
        }
        log.push_back(line);
    }

    /// A case, with the client's last exchanges.
    pub(crate) fn exhibit(&self, what: &str) -> Exhibit {
        let now = self.world.second(clock::now());
        let what = format!("client {} ({}), {now}: {what}", self.number, self.kind.name());
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        Exhibit { what, exchanges: log.iter().cloned().collect() }
    }
}

/// A book, locked.
pub(crate) fn open(book: &Mutex<Book>) -> MutexGuard<'_, Book> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}
