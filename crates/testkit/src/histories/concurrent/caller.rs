//! One of many who act at once: does what it is told, on real tasks and a real store, and writes down when it began, when it was
//! over, and what that says of each session.

use std::{
    collections::BTreeMap,
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    task::Poll,
};

use gatewright_core::{
    Caller, ChosenUser, Error, Gatewright, LogoutProof, LogoutScope, RefreshDelivery, SignedIn,
    model::{MasterKeys, Plaintext, RefreshToken, SessionId, Transport, UserId},
    port::StoreError,
};

use super::object::{Came, Lives, Step};
use crate::conformance::Ports;
use crate::histories::{
    answer::{Number, Why},
    held::{Held, retry_key},
    model::{Meaning, Rules, behind},
    operation::WhoseKey,
    people::Person,
    system::{Finding, client},
};

/// What a caller may be told to do.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    /// Presents a token, so many behind the newest that anybody has.
    Refresh { behind: u64, key: Option<WhoseKey> },
    /// Logs out.
    LogOut(LogoutScope),
    /// Becomes this user.
    Switch(Person),
    /// Proves the account again.
    Reauthenticate,
    /// Reads the list of devices.
    List,
    /// Ends another session from the list.
    EndAnother,
    /// Looks at the row behind everybody's back.
    Look,
}

/// An act of a caller: with which session, and how often it is polled before its caller goes away.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) act: Act,
    /// Of all sessions that are known by then, counted from the oldest, and on from the beginning.
    pub(super) session: usize,
    pub(super) polls: Option<u8>,
}

/// What was done by whom, when, and what it says of sessions.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) caller: usize,
    pub(super) what: String,
    pub(super) came: String,
    pub(super) began: u64,
    pub(super) over: Option<u64>,
    pub(super) effects: Vec<Effect>,
}

/// What an act says of sessions.
#[derive(Clone, Debug)]
pub(super) enum Effect {
    /// Of one.
    On(Number, Step),
    /// Of every other session of the user.
    OnOthers { of: Person, but: Number },
    /// Of all that its reader may see: these live, and no others.
    Listed { by: Person, living: Vec<SessionId> },
    /// It was refused because it is dead, or because all of the user's moved into another epoch meanwhile.
    Overtaken {
        session: Number,
        /// When the caller was known.
        since: u64,
    },
}

/// A session as clients know it.
pub(super) struct Known {
    pub(super) held: Held,
    pub(super) person: Person,
}

/// What all callers share.
pub(super) struct Shared {
    pub(super) gates: [Gatewright; 2],
    pub(super) ports: [Ports; 2],
    pub(super) master: MasterKeys,
    pub(super) rules: Rules,
    pub(super) people: BTreeMap<Person, UserId>,
    pub(super) password: Plaintext,
    pub(super) known: Mutex<Vec<Known>>,
    pub(super) records: Mutex<Vec<Record>>,
    /// Counts beginnings and ends.
    pub(super) ticks: AtomicU64,
    /// The nodes take turns.
    pub(super) turns: AtomicUsize,
}

impl Shared {
    /// Does what the caller is told.
    pub(super) async fn run(&self, caller: usize, told: Told) -> Result<(), Finding> {
        let number = told.session % self.lock().len();
        let gate = &self.gates[self.turns.fetch_add(1, SeqCst) % 2];
        let mut record = self.begin(caller, format!("session {number}: {:?}", told.act));
        if let Act::Refresh { behind, key } = told.act {
            return self.refresh(gate, record, number, behind, key, told.polls).await;
        }
        if let Act::Look = told.act {
            return self.look(record, number).await;
        }
        let access = self.lock()[number].held.access.clone();
        if let Act::LogOut(scope) = told.act {
            let proof = LogoutProof::AccessToken(&access);
            let came = within(told.polls, gate.logout(proof, scope, &client(gate.now()))).await;
            let person = self.lock()[number].person;
            record.effects = match (scope, &came) {
                (LogoutScope::Session, Some(Err(_))) => vec![],
                (LogoutScope::Session, None | Some(Ok(_))) => vec![Effect::On(number, Step::End)],
                (_, None) => vec![Effect::OnOthers { of: person, but: number }],
                (_, Some(Ok(_))) => {
                    vec![Effect::On(number, seen(Lives::Yes)), Effect::OnOthers { of: person, but: number }]
                }
                (_, Some(Err(error))) => dead_if(number, error)?,
            };
            return self.end(record, came.map(|came| came.map(|_| ())));
        }
        // Who calls is found out first, and that is a reading of its own.
        let came = gate.authenticate(&access).await;
        record.what.push_str(" (who calls)");
        record.effects = match &came {
            Ok(_) => vec![Effect::On(number, seen(Lives::Yes))],
            Err(error) => dead_if(number, error)?,
        };
        let (known, since) = (came.as_ref().ok().cloned(), record.began);
        self.end(record, Some(came.map(|_| ())))?;
        match known {
            Some(known) => self.act_as(gate, caller, told, known, since).await,
            None => Ok(()),
        }
    }

    async fn act_as(
        &self,
        gate: &Gatewright,
        caller: usize,
        told: Told,
        known: Caller,
        since: u64,
    ) -> Result<(), Finding> {
        let id = known.standing().session.id;
        let number = self.lock().iter().position(|known| known.held.id == id).ok_or("a session that nobody opened")?;
        let mut record = self.begin(caller, format!("session {number}: {:?}", told.act));
        let from = client(gate.now());
        let viewer = self.lock()[number].person;
        let opened = match told.act {
            Act::Refresh { .. } | Act::LogOut(_) | Act::Look => return Err("these need nobody to call".into()),
            Act::List => {
                let came = within(told.polls, gate.list_sessions(&known)).await;
                if let Some(Ok(listed)) = &came {
                    let living = listed.iter().map(|session| session.id).collect();
                    record.effects = vec![Effect::Listed { by: viewer, living }];
                }
                return self.end(record, came.map(|came| came.map(|_| ())));
            }
            Act::EndAnother => {
                let another = (number + 1) % self.lock().len();
                let id = self.lock()[another].held.id;
                let came = within(told.polls, gate.end_session(&known, id, &from)).await;
                if !matches!(came, Some(Err(_))) {
                    record.effects = vec![Effect::On(another, Step::End)];
                }
                return self.end(record, came);
            }
            Act::Switch(to) => {
                let chosen = ChosenUser::Id(self.people[&to]);
                within(told.polls, gate.switch(known, &chosen, None, &from)).await
            }
            Act::Reauthenticate => within(told.polls, gate.reauthenticate(&known, &self.password, &from)).await,
        };
        match &opened {
            None => record.effects = vec![Effect::On(number, Step::Replace)],
            Some(Ok(signed_in)) => {
                let born = self.born(signed_in)?;
                let clock = signed_in.standing.session.created_at;
                record.effects = vec![Effect::On(number, Step::Replace), Effect::On(born, Step::Born(clock))];
            }
            Some(Err(error)) => {
                let why = Why::of(error)?;
                if why == Why::SessionDead {
                    record.effects = vec![Effect::Overtaken { session: number, since }];
                } else if why != Why::NotFresh {
                    return Err(format!("{:?} was refused with {why:?}", told.act));
                }
            }
        }
        self.end(record, opened.map(|opened| opened.map(|_| ())))
    }

    /// What the store says of a session, as a part of the history.
    pub(super) async fn look(&self, mut record: Record, number: Number) -> Result<(), Finding> {
        let turn = self.turns.fetch_add(1, SeqCst) % 2;
        let id = self.lock()[number].held.id;
        let standing = match self.ports[turn].sessions.standing(id).await {
            Err(StoreError::Unavailable { .. }) => return Ok(()),
            standing => standing.map_err(|error| format!("{error:?}"))?,
        };
        let standing = standing.ok_or_else(|| format!("the row of session {number} is gone"))?;
        let lives = if standing.dead(self.gates[turn].now()).is_none() { Lives::Yes } else { Lives::No };
        let generation = Some(standing.session.chain.generation);
        record.came = format!("{lives:?} at {generation:?}");
        record.effects = vec![Effect::On(number, Step::Seen { lives, generation })];
        self.end(record, Some(Ok(())))
    }

    async fn refresh(
        &self,
        gate: &Gatewright,
        mut record: Record,
        number: Number,
        by: u64,
        key: Option<WhoseKey>,
        polls: Option<u8>,
    ) -> Result<(), Finding> {
        let (text, generation) = {
            let known = self.lock();
            let tokens = &known[number].held.tokens;
            let newest = tokens.keys().next_back().copied().ok_or("a session without a token")?;
            let generation = behind(newest, by);
            (tokens.get(&generation).cloned(), generation)
        };
        let Some(text) = text else { return Ok(()) };
        let key = key.map(|key| key.of(generation));
        record.what = format!("session {number}: presents token {generation} with {key:?}");
        let retry_key = key.map(|key| retry_key(number, key));
        let clock = gate.now();
        let asked = within(polls, gate.refresh(&text, retry_key.as_ref(), &client(clock))).await;
        let came = match &asked {
            None => None,
            Some(Ok(signed_in)) => Some(Came::Meaning(self.delivered(number, generation, signed_in)?)),
            Some(Err(error)) => {
                let why = Why::of(error)?;
                let came = if why == Why::Reused { Came::Meaning(Meaning::Reused) } else { Came::Dead };
                if why != Why::Reused && why != Why::RefreshDead {
                    return Err(format!("a refresh was refused with {why:?}"));
                }
                Some(came)
            }
        };
        let tolerance = self.rules.tolerance(Transport::Body);
        record.effects = vec![Effect::On(number, Step::Present { generation, key, clock, tolerance, came })];
        if came == Some(Came::Meaning(Meaning::Reused)) {
            record.effects.push(Effect::On(number, Step::End));
        }
        let told = match &asked {
            Some(Ok(signed_in)) => format!(" (at generation {})", signed_in.standing.session.chain.generation),
            Some(Err(_)) | None => String::new(),
        };
        record.came = format!("{came:?}{told}");
        self.end(record, asked.map(|asked| asked.map(|_| ())))
    }

    /// What an answer delivers to whoever presented the token of this generation.
    fn delivered(&self, number: Number, presented: u64, signed_in: &SignedIn) -> Result<Meaning, Finding> {
        let generation = signed_in.standing.session.chain.generation;
        match &signed_in.refresh {
            RefreshDelivery::Keep if generation == presented => Ok(Meaning::Itself),
            RefreshDelivery::Keep => Err(format!("token {presented} was kept at generation {generation}")),
            RefreshDelivery::Set(text) => {
                let taken = self.lock()[number].held.take(text.expose(), &self.master)?;
                if taken == generation {
                    Ok(Meaning::Successor(taken))
                } else {
                    Err(format!("token {taken} was delivered at generation {generation}"))
                }
            }
        }
    }

    /// A session is known from now on.
    pub(super) fn born(&self, signed_in: &SignedIn) -> Result<Number, Finding> {
        let standing = &signed_in.standing;
        let person = self.people.iter().find(|(_, id)| **id == standing.user.id).map(|(person, _)| *person);
        let mut known = self.lock();
        let RefreshDelivery::Set(text) = &signed_in.refresh else { return Err("a session without a token".into()) };
        let token = RefreshToken::parse(text.expose(), &self.master).map_err(|error| error.to_string())?;
        let tokens = BTreeMap::from([(token.generation(), text.expose().to_owned())]);
        let held = Held { id: standing.session.id, access: signed_in.access_token.clone(), tokens };
        known.push(Known { held, person: person.ok_or("a user that nobody is")? });
        Ok(known.len() - 1)
    }

    pub(super) fn begin(&self, caller: usize, what: String) -> Record {
        let began = self.ticks.fetch_add(1, SeqCst);
        Record { caller, what, came: String::new(), began, over: None, effects: Vec::new() }
    }

    /// Writes the record down. `came` is nothing if the caller went away, and an error of the store is as good as that.
    pub(super) fn end(&self, mut record: Record, came: Option<Result<(), Error>>) -> Result<(), Finding> {
        if record.came.is_empty() {
            record.came = format!("{came:?}");
        }
        match came {
            None | Some(Err(Error::Unavailable(_))) => {}
            Some(Ok(()) | Err(Error::Refused(_))) => record.over = Some(self.ticks.fetch_add(1, SeqCst)),
            Some(Err(error)) => return Err(format!("{}: {error:?}", record.what)),
        }
        self.records.lock().unwrap_or_else(PoisonError::into_inner).push(record);
        Ok(())
    }

    pub(super) fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) const fn seen(lives: Lives) -> Step {
    Step::Seen { lives, generation: None }
}

/// Of a refusal: whether the session is dead. An access token that is too old says nothing of it.
fn dead_if(number: Number, error: &Error) -> Result<Vec<Effect>, Finding> {
    if matches!(error, Error::Unavailable(_)) {
        return Ok(vec![]);
    }
    let why = Why::of(error)?;
    if why == Why::AccessToken {
        return Ok(vec![]);
    }
    let dead = Effect::On(number, seen(Lives::No));
    if why == Why::SessionDead { Ok(vec![dead]) } else { Err(format!("session {number} was refused with {why:?}")) }
}

/// Polls so often and no more: then whoever waited has gone away, in the middle of it. A store that is away is as good as that:
/// what was asked of it may have happened.
async fn within<T>(polls: Option<u8>, act: impl Future<Output = Result<T, Error>>) -> Option<Result<T, Error>> {
    let (mut act, mut left) = (pin!(act), polls);
    let came = poll_fn(|context| {
        if left == Some(0) {
            return Poll::Ready(None);
        }
        left = left.map(|left| left - 1);
        let polled = act.as_mut().poll(context).map(Some);
        if polled.is_pending() && left == Some(0) {
            context.waker().wake_by_ref();
        }
        polled
    })
    .await;
    came.filter(|came| !matches!(came, Err(Error::Unavailable(_))))
}
