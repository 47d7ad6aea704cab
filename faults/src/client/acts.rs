//! Signing in, logging out and switching. What must stay true: what was acknowledged is written down in the moment of its
//! acknowledgement, and what was asked for without an answer is known to be uncertain.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::json;
use tokio::{sync::Semaphore, task::JoinSet, time::sleep};

use super::{
    Account, Device, Hold, Place,
    jar::{self, Jar},
    open,
    refresh::{Outcome, Storing},
};
use crate::{
    book::{Book, OwnAct},
    chance::Chance,
    clock,
    failure::{During, Failure},
    http::{Answer, Request},
    world::{Grave, World},
};

const PASSWORD: &str = "quartz lamp under the seventh stair";
/// How many sign up at a time: hashing passwords is what it costs.
const SIGNING_IN: usize = 8;
/// How often something is tried that has to work.
const TRIES: usize = 40;

/// Makes accounts and signs all clients in, with real sign-ups and logins through a calm network.
pub(crate) async fn sign_everybody_in(world: &Arc<World>) -> Result<Vec<Arc<Device>>, Failure> {
    let (permits, mut accounts) = (Arc::new(Semaphore::new(SIGNING_IN)), JoinSet::new());
    let each = world.profile.policy.clients_per_account();
    for first in (0..world.profile.clients).step_by(each) {
        let (world, permits) = (Arc::clone(world), Arc::clone(&permits));
        let numbers = first..(first + each).min(world.profile.clients);
        accounts.spawn(async move {
            let _permit = permits.acquire().await.during("waiting for one's turn")?;
            let account = Arc::new(open_account(&world, first).await?);
            let mut devices = Vec::new();
            for number in numbers {
                let device = Arc::new(Device::new(number, &account, &world));
                device.log_in_calmly().await?;
                devices.push(device);
            }
            Ok(devices)
        });
    }
    let mut devices = Vec::new();
    while let Some(signed_in) = accounts.join_next().await {
        devices.extend(signed_in.during("signing in")??);
    }
    devices.sort_by_key(|device: &Arc<Device>| device.number);
    Ok(devices)
}

/// An account with two users.
async fn open_account(world: &World, number: usize) -> Result<Account, Failure> {
    let usernames = [format!("first{number}x"), format!("second{number}x")];
    let email = format!("account{number}@example.test");
    let body = json!({ "email": email, "password": PASSWORD, "username": usernames[0], "transport": "body" });
    let signed_up = insist(world, || Request::post("/auth/signup", Some(&body)), 201).await?;
    let access = signed_up.json()["access_token"].as_str().unwrap_or_default().to_owned();
    let body = json!({ "username": usernames[1] });
    insist(world, || Request::post("/auth/users", Some(&body)).bearer(&access), 201).await?;
    Ok(Account { email, usernames })
}

/// Asks calmly until there is an answer, which must be this one.
async fn insist(world: &World, request: impl Fn() -> Request, status: u16) -> Result<Answer, Failure> {
    for attempt in 0..TRIES {
        match world.ask_calmly(request()).await {
            Some(answer) if answer.status == status => return Ok(answer),
            // It was done before, and nobody had said so.
            Some(answer) if answer.status == 409 && attempt > 0 => {
                return Err(Failure::new(
                    "an answer was lost in a calm network: the machine is too slow for this profile",
                ));
            }
            Some(answer) if answer.status < 500 => {
                return Err(Failure::new(format!("expected {status}, got {} {}", answer.status, answer.code())));
            }
            Some(_) | None => sleep(Duration::from_millis(100)).await,
        }
    }
    Err(Failure::new(format!("no answer with {status} after {TRIES} attempts")))
}

impl Device {
    fn login(&self, user: usize) -> Request {
        let body = json!({
            "login": self.account.email, "password": PASSWORD, "user": self.account.usernames[user],
            "transport": self.kind.transport(),
        });
        Request::post("/auth/login", Some(&body)).with(super::ORIGIN, self.origin())
    }

    async fn log_in_calmly(&self) -> Result<(), Failure> {
        let user = self.number % 2;
        let answer = insist(&self.world, || self.login(user), 200).await?;
        self.take_session(&answer, user);
        Ok(())
    }

    /// Signs in anew, as often as it takes.
    pub(crate) async fn log_in(&self, user: usize) {
        for _ in 0..TRIES {
            if self.world.is_over() {
                return;
            }
            let record = self.record();
            match self.world.ask(&record, self.login(user)).await {
                Some(answer) if answer.status == 200 => {
                    self.note(&record, "login: 200");
                    self.world.found().logins += 1;
                    return self.take_session(&answer, user);
                }
                Some(answer) if answer.status < 500 => {
                    return self.world.found().strange(format!("login: {} {}", answer.status, answer.code()));
                }
                Some(_) | None => sleep(self.world.profile.min_age() / 30).await,
            }
        }
    }

    /// A new session: in a browser its cookies come beside those that are there.
    fn take_session(&self, answer: &Answer, user: usize) {
        let json = answer.json();
        let generation = json["session"]["generation"].as_u64().unwrap_or_default();
        let access = json["access_token"].as_str().unwrap_or_default().to_owned();
        let mut held = self.hold();
        let place = match self.kind.transport() {
            "hybrid" => {
                let mut jar = match held.take().map(|hold| hold.place) {
                    Some(Place::Jar { jar, .. }) => jar,
                    Some(Place::Stored(_)) | None => Jar::new(self.naming()),
                };
                jar.take(&answer.cookies);
                let tag = jar::set_by(&answer.cookies).map(|(tag, _)| tag).unwrap_or_default();
                Place::Jar { jar, tag }
            }
            _ => Place::Stored(json["refresh_token"].as_str().unwrap_or_default().to_owned()),
        };
        let token = place.token().unwrap_or_default().to_owned();
        let book = Book::new(self.kind.promise(), generation, &token, clock::now());
        let book = Arc::new(Mutex::new(book));
        *held = Some(Hold { book, place, generation, key: None, access, previous: None, user, is_robbed: false });
    }

    /// Logs out until somebody says that it is done, and makes sure that it is; then signs in anew.
    pub(crate) async fn leave(&self) {
        let Some((book, request, grave, user)) = self.about_to_end(OwnAct::Logout, "/auth/logout") else { return };
        let mut is_done = false;
        for _ in 0..TRIES {
            let record = self.record();
            let answer = self.world.ask(&record, request.clone()).await;
            self.note(&record, &format!("logout: {}", told(answer.as_ref())));
            match answer {
                Some(answer) if answer.status == 204 => {
                    open(&book).end_acknowledged(OwnAct::Logout, clock::now());
                    is_done = true;
                    break;
                }
                // An earlier attempt was carried out, and its answer was lost.
                Some(answer) if answer.status == 401 => break,
                Some(answer) if answer.status < 500 => {
                    self.world.found().strange(format!("logout: {} {}", answer.status, answer.code()));
                    break;
                }
                Some(_) | None => sleep(self.world.profile.min_age() / 30).await,
            }
        }
        *self.hold() = None;
        if is_done {
            self.world.found().logouts += 1;
            self.bury(grave).await;
        }
        self.log_in(user).await;
    }

    /// Switches to the account's other user, while a tab refreshes beside it.
    pub(crate) async fn switch(self: &Arc<Self>, chance: &mut Chance) {
        let Some((book, _, grave, user)) = self.about_to_end(OwnAct::Switch, "/auth/logout") else { return };
        let other = 1 - user;
        let body = json!({ "username": self.account.usernames[other] });
        let request =
            Request::post("/auth/switch", Some(&body)).bearer(&grave.access).with(super::ORIGIN, self.origin());
        let record = self.record();
        let tab = Arc::clone(self);
        let mut beside = JoinSet::new();
        if chance.happens(0.5) {
            beside.spawn(async move { tab.refresh(Storing::Stores).await });
        }
        let answer = self.world.ask(&record, request).await;
        self.note(&record, &format!("switch: {}", told(answer.as_ref())));
        match answer {
            Some(answer) if answer.status == 200 => {
                open(&book).end_acknowledged(OwnAct::Switch, clock::now());
                self.take_session(&answer, other);
                self.world.found().switches += 1;
                beside.join_all().await;
                self.bury(grave).await;
            }
            Some(answer) if answer.status < 500 && answer.status != 401 => {
                open(&book).end_not_done();
                self.world.found().strange(format!("switch: {} {}", answer.status, answer.code()));
            }
            Some(_) | None => {
                beside.join_all().await;
                // Until it is certain that it is not carried out any more, nobody knows.
                while !record.passage().is_over {
                    sleep(self.world.limits.patience / 4).await;
                }
                match self.refresh(Storing::Stores).await {
                    Outcome::Renewed => open(&book).end_not_done(),
                    Outcome::SignedOut => self.log_in(user).await,
                    Outcome::Nothing | Outcome::Crashed => {}
                }
            }
        }
    }

    /// Writes down what is about to be asked for; nothing if somebody robbed this client, or it is signed out.
    fn about_to_end(&self, act: OwnAct, path: &'static str) -> Option<(Arc<Mutex<Book>>, Request, Grave, usize)> {
        let hold = self.hold();
        let hold = hold.as_ref().filter(|hold| !hold.is_robbed)?;
        open(&hold.book).end_asked(act);
        let token = hold.place.with_token(hold.place.token()?);
        let grave = Grave {
            how: act,
            refresh: token.request("/auth/refresh", &self.origin()),
            access: hold.access.clone(),
            of: format!("client {} ({})", self.number, self.kind.name()),
        };
        Some((Arc::clone(&hold.book), hold.place.request(path, &self.origin()), grave, hold.user))
    }

    /// Makes sure that an ended session is dead, and keeps its token for the end of the run.
    async fn bury(&self, grave: Grave) {
        super::settling::look_into(&self.world, &grave).await;
        self.world.found().graves.push(grave);
    }
}

fn told(answer: Option<&Answer>) -> String {
    answer.map_or("no answer".to_owned(), |answer| format!("{} {}", answer.status, answer.code()))
}
