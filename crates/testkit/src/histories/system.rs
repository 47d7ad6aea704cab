//! The system under test: the real acts of two nodes on a real store, done one after the other, with what their clients hold.

use std::{collections::BTreeMap, sync::Arc};

use gatewright_core::{
    Caller, ChosenUser, Earned, Error, Fresh, Gatewright, LoggedIn, LoginRequest, LogoutProof, NewUser, Owner,
    RefreshDelivery, SelectRequest, SignUpRequest, SignedIn, SignedUp,
    model::{
        AccountId, ActivityId, ClientInfo, Email, MasterKeys, Pin, Plaintext, ProfilePatch, RefreshToken, Secret,
        Session, Timestamp, Transport, UserId, Username,
    },
    port::Sessions,
};

use super::{
    answer::{Answer, Delivered, Number, Signed, Why},
    claims::Claims,
    held::{Held, retry_key},
    laboratory::{Nodes, Workshop, master},
    model::{POLL_SLACK, Rules, behind},
    operation::{Loss, Operation, Proof, Typed, Which, WhoseKey},
    people::{House, Person},
};

/// Two nodes, a store, and everybody's tokens.
pub(super) struct System<'w> {
    workshop: &'w Workshop<'w>,
    pub(super) nodes: Nodes,
    wrap: fn(Arc<dyn Sessions>) -> Arc<dyn Sessions>,
    rules: Rules,
    history: u64,
    master_keys: u8,
    pub(super) accounts: [AccountId; 2],
    users: [UserId; 4],
    /// How often each account has changed its password.
    passwords: [u32; 2],
    pub(super) held: Vec<Held>,
    /// What a session's row was before it got beyond this generation.
    before: BTreeMap<(Number, u64), Session>,
    turns: usize,
}

/// Something that is not as it must be.
pub(super) type Finding = String;

impl<'w> System<'w> {
    /// Starts the nodes and has everybody sign up. Owners are signed in, Ada first.
    pub(super) async fn start(workshop: &'w Workshop<'w>, rules: Rules) -> Result<Self, Finding> {
        Self::start_with(workshop, rules, |sessions| sessions).await
    }

    /// As [`Self::start`], with something between the acts and the sessions of the store.
    pub(super) async fn start_with(
        workshop: &'w Workshop<'w>,
        rules: Rules,
        wrap: fn(Arc<dyn Sessions>) -> Arc<dyn Sessions>,
    ) -> Result<Self, Finding> {
        let history = workshop.next_history();
        workshop.clock.set(crate::FrozenClock::START);
        workshop.lab.set_promoted(None).await;
        let nodes = workshop.nodes(rules, wrap, 1, history).await;
        let mut system = Self {
            workshop,
            nodes,
            wrap,
            rules,
            history,
            master_keys: 1,
            accounts: [AccountId::from_bytes([0; 16]); 2],
            users: [UserId::from_bytes([0; 16]); 4],
            passwords: [0; 2],
            held: Vec::new(),
            before: BTreeMap::new(),
            turns: 0,
        };
        for person in [Person::Ada, Person::Zoe] {
            let request = SignUpRequest {
                email: Email::parse("email", &format!("{}{history}@example.test", person.name())).unwrap(),
                password: system.password(person.house(), Typed::Right),
                username: Some(system.username(person)),
                profile: ProfilePatch::default(),
                transport: Transport::Body,
                label: None,
            };
            let signed_up = system.opener().sign_up(request, None, &system.client()).await;
            let SignedUp::SignedIn(signed_in) = signed_up.map_err(|error| format!("{error:?}"))? else {
                return Err("an address had to be proved first".to_owned());
            };
            system.accounts[person.house() as usize] = signed_in.standing.account.id;
            system.users[person as usize] = signed_in.standing.user.id;
            system.signed(&signed_in)?;
        }
        for person in [Person::Ben, Person::Cleo] {
            let new = NewUser {
                username: system.username(person),
                profile: ProfilePatch::default(),
                pin: pin(person, Typed::Right),
            };
            let account = system.accounts[person.house() as usize];
            let user = system.opener().operator().add_user(account, new).await.map_err(|error| format!("{error:?}"))?;
            system.users[person as usize] = user.id;
        }
        Ok(system)
    }

    /// Does one thing.
    pub(super) async fn act(&mut self, operation: &Operation) -> Result<Answer, Finding> {
        self.turns += 1;
        match self.try_act(operation).await {
            Ok(answer) => Ok(answer),
            Err(Failed::Refused(error)) => Why::of(&error).map(Answer::Refused),
            Err(Failed::Found(finding)) => Err(finding),
        }
    }

    async fn try_act(&mut self, operation: &Operation) -> Result<Answer, Failed> {
        let client = self.client();
        match operation {
            Operation::LogIn { person, password, pin, transport } => {
                return self.log_in(*person, *password, *pin, *transport).await;
            }
            Operation::Refresh { session, token, key } => return self.refresh(*session, *token, *key).await,
            Operation::Poll { session, times } => {
                for _ in 0..*times {
                    let transport = self.row(*session).await?.transport;
                    self.workshop.clock.advance(self.rules.tolerance(transport).min_age + POLL_SLACK);
                    self.refresh(*session, Which::Behind(1), Some(WhoseKey::Own)).await?;
                }
                return self.refresh(*session, Which::Behind(0), Some(WhoseKey::Own)).await;
            }
            Operation::Switch { session, to, pin: typed } => {
                let caller = self.caller(*session).await?;
                let chosen = ChosenUser::Id(self.users[*to as usize]);
                let pin = pin(*to, *typed);
                let signed_in = self.opener().switch(caller, &chosen, pin.as_ref(), &client).await?;
                return Ok(self.signed(&signed_in)?);
            }
            Operation::Reauthenticate { session, password } => {
                let caller = self.caller(*session).await?;
                let password = self.password(self.person(caller.standing().user.id)?.house(), *password);
                let signed_in = self.opener().reauthenticate(&caller, &password, &client).await?;
                return Ok(self.signed(&signed_in)?);
            }
            Operation::LogOut { session, proof, scope } => {
                let text = self.proof(*session, *proof).await?;
                let proof = match proof {
                    Proof::Access => LogoutProof::AccessToken(&text),
                    Proof::Refresh(_) => LogoutProof::RefreshToken(&text),
                };
                self.gate().logout(proof, *scope, &client).await?;
            }
            Operation::EndFromList { by, session } => {
                let caller = self.caller(*by).await?;
                self.gate().end_session(&caller, self.held[*session].id, &client).await?;
            }
            Operation::List { session } => {
                let caller = self.caller(*session).await?;
                let listed = self.gate().list_sessions(&caller).await?;
                return Ok(Answer::Sessions(self.numbers(&listed)?));
            }
            Operation::ChangePassword { session, current } => {
                let owner = Fresh::<Owner>::earn(self.caller(*session).await?, self.gate())?;
                let house = self.person(owner.caller().standing().user.id)?.house();
                let (current, next) = (self.password(house, *current), self.passwords[house as usize] + 1);
                self.gate().change_password(&owner, &current, &sentence(next), &client).await?;
                self.passwords[house as usize] = next;
            }
            Operation::DisableAccount(house) => {
                self.gate().operator().disable_account(self.accounts[*house as usize]).await?;
            }
            Operation::EnableAccount(house) => {
                self.gate().operator().enable_account(self.accounts[*house as usize]).await?;
            }
            Operation::DisableUser(_)
            | Operation::EnableUser(_)
            | Operation::SetRoles(..)
            | Operation::RotateMasterKey
            | Operation::Clock(_)
            | Operation::LoseLastRotation { .. }
            | Operation::Promote => self.meddle(operation).await?,
        }
        Ok(Answer::Done)
    }

    /// What happens beside the acts.
    async fn meddle(&mut self, operation: &Operation) -> Result<(), Failed> {
        let (lab, now) = (self.workshop.lab, self.now());
        match operation {
            Operation::DisableUser(person) => lab.set_barred(self.users[*person as usize], Some(now)).await,
            Operation::EnableUser(person) => lab.set_barred(self.users[*person as usize], None).await,
            Operation::SetRoles(person, roles) => lab.set_roles(self.users[*person as usize], &roles.names()).await,
            Operation::Promote => lab.set_promoted(Some(now)).await,
            Operation::Clock(moment) => self.workshop.clock.set(*moment),
            Operation::RotateMasterKey => {
                self.master_keys += 1;
                self.nodes = self.workshop.nodes(self.rules, self.wrap, self.master_keys, self.history).await;
            }
            Operation::LoseLastRotation { session, loss } => {
                let generation = self.row(*session).await?.chain.generation;
                let before = self.before.remove(&(*session, generation - 1));
                let before =
                    before.ok_or_else(|| format!("nobody has seen session {session} rotate to {generation}"))?;
                lab.put_back(&before).await;
                // The token that is lost may come back; what was to follow it is not decided any more.
                self.held[*session].tokens.retain(|delivered, _| *delivered <= generation);
                match loss {
                    Loss::Noticed => lab.set_promoted(Some(now)).await,
                    Loss::Silent => {}
                }
            }
            Operation::LogIn { .. }
            | Operation::Refresh { .. }
            | Operation::Poll { .. }
            | Operation::Switch { .. }
            | Operation::Reauthenticate { .. }
            | Operation::LogOut { .. }
            | Operation::EndFromList { .. }
            | Operation::List { .. }
            | Operation::ChangePassword { .. }
            | Operation::DisableAccount(_)
            | Operation::EnableAccount(_) => return Err(Failed::Found(format!("{operation:?} is an act"))),
        }
        Ok(())
    }

    async fn log_in(
        &mut self,
        person: Person,
        password: Typed,
        typed: Typed,
        transport: Transport,
    ) -> Result<Answer, Failed> {
        let client = self.client();
        let request = LoginRequest {
            login: self.username(person).to_string(),
            password: self.password(person.house(), password),
            user: Some(self.username(person)),
            transport,
            label: None,
        };
        let signed_in = match self.opener().login(request, &client).await? {
            LoggedIn::SignedIn(signed_in) => signed_in,
            LoggedIn::SelectUser(selection) => {
                let request = SelectRequest {
                    selection_token: selection.token,
                    user: ChosenUser::Id(self.users[person as usize]),
                    pin: pin(person, typed),
                    transport: None,
                };
                self.opener().select(request, &client).await?
            }
        };
        Ok(self.signed(&signed_in)?)
    }

    async fn refresh(&mut self, number: Number, which: Which, key: Option<WhoseKey>) -> Result<Answer, Failed> {
        let row = self.row(number).await?;
        let (text, generation) = self.token(number, &row, which)?;
        let key = key.map(|key| retry_key(number, key.of(generation)));
        let refreshed = self.gate().refresh(&text, key.as_ref(), &self.client()).await;
        let after = self.row(number).await?;
        if after.chain.generation > row.chain.generation {
            self.before.insert((number, row.chain.generation), row);
        }
        let signed_in = refreshed?;
        if signed_in.refresh == RefreshDelivery::Keep {
            self.held[number].tokens.entry(generation).or_insert(text);
        }
        Ok(self.signed(&signed_in)?)
    }

    /// A token's text and its generation.
    fn token(&self, number: Number, row: &Session, which: Which) -> Result<(String, u64), Finding> {
        let current = row.chain.generation;
        let held = |generation: u64| {
            let found = self.held[number].tokens.get(&generation);
            found.cloned().ok_or_else(|| format!("nobody has token {generation} of session {number}"))
        };
        Ok(match which {
            Which::Behind(by) => (held(behind(current, by))?, behind(current, by)),
            Which::Ahead(by) => {
                let mut token =
                    RefreshToken::parse(&held(current)?, &self.nodes.master).map_err(|error| error.to_string())?;
                for _ in 0..by {
                    let next = token.successor(row.chain.next_key, &row.chain.salt, &self.nodes.master);
                    token = next.ok_or("a master key is gone")?;
                }
                (self.text(&token)?, current + by)
            }
            Which::ElsewhereBehind(by) => (self.elsewhere(row, behind(current, by))?, behind(current, by)),
            Which::ElsewhereAhead(by) => (self.elsewhere(row, current + by)?, current + by),
            Which::Damaged => {
                let text = held(current)?;
                let damaged = if text.as_bytes()[20] == b'a' { "b" } else { "a" };
                (format!("{}{damaged}{}", &text[..20], &text[21..]), current)
            }
        })
    }

    /// A token of this session and generation that no store of ours ever had.
    fn elsewhere(&self, row: &Session, generation: u64) -> Result<String, Finding> {
        let master = &self.nodes.master;
        let mut token = RefreshToken::first(master.active(), row.id, Secret::new([7; 32]));
        for _ in 1..generation {
            token = token.successor(master.active(), &[9; 16], master).ok_or("a master key is gone")?;
        }
        self.text(&token)
    }

    fn text(&self, token: &RefreshToken) -> Result<String, Finding> {
        let text = token.encode(&self.nodes.master).ok_or("a master key is gone")?;
        Ok(text.expose().to_owned())
    }

    async fn proof(&self, number: Number, proof: Proof) -> Result<String, Failed> {
        Ok(match proof {
            Proof::Access => self.held[number].access.clone(),
            Proof::Refresh(by) => self.token(number, &self.row(number).await?, Which::Behind(by))?.0,
        })
    }

    /// What the client of an answer does with it; and whether the answer agrees with itself.
    fn signed(&mut self, signed_in: &SignedIn) -> Result<Answer, Finding> {
        let session = &signed_in.standing.session;
        let number = self.held.iter().position(|held| held.id == session.id).unwrap_or_else(|| {
            self.held.push(Held { id: session.id, access: String::new(), tokens: BTreeMap::new() });
            self.held.len() - 1
        });
        let held = &mut self.held[number];
        let token = match &signed_in.refresh {
            RefreshDelivery::Keep => Delivered::Kept,
            RefreshDelivery::Set(text) => Delivered::Set(held.take(text.expose(), &self.nodes.master)?),
        };
        let claims = Claims::of(signed_in)?;
        held.access.clone_from(&signed_in.access_token);
        Ok(Answer::SignedIn(Signed {
            session: number,
            person: self.person(signed_in.standing.user.id)?,
            token,
            generation: session.chain.generation,
            auth_time: session.auth_time,
            amr: session.amr.clone(),
            absolute_end: session.absolute_end,
            roles: claims.roles,
            access: claims.access,
        }))
    }

    async fn caller(&self, number: Number) -> Result<Caller, Error> {
        self.gate().authenticate(&self.held[number].access).await
    }

    /// A session's row, read by a node.
    pub(super) async fn row(&self, number: Number) -> Result<Session, Finding> {
        let ports = &self.nodes.ports[self.turns % 2];
        let standing = ports.sessions.standing(self.held[number].id).await.map_err(|error| format!("{error:?}"))?;
        standing.map(|standing| standing.session).ok_or_else(|| format!("the row of session {number} is gone"))
    }

    /// The numbers of these sessions, oldest first.
    pub(super) fn numbers(&self, sessions: &[Session]) -> Result<Vec<Number>, Finding> {
        let number = |session: &Session| self.held.iter().position(|held| held.id == session.id);
        let numbers: Option<Vec<Number>> = sessions.iter().map(number).collect();
        let mut numbers = numbers.ok_or("a session that nobody opened")?;
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// The master keys once more, for whoever looks into tokens.
    pub(super) fn master(&self) -> MasterKeys {
        master(self.master_keys)
    }

    /// The id of a user.
    pub(super) fn user(&self, person: Person) -> UserId {
        self.users[person as usize]
    }

    /// The password of a user's account.
    pub(super) fn sentence_of(&self, person: Person) -> Plaintext {
        self.password(person.house(), Typed::Right)
    }

    /// The nodes take turns.
    fn gate(&self) -> &Gatewright {
        &self.nodes.gates[self.turns % 2]
    }

    /// Sessions are opened by one of them, so that their ids tell the order.
    fn opener(&self) -> &Gatewright {
        &self.nodes.gates[0]
    }

    fn now(&self) -> Timestamp {
        self.nodes.gates[0].now()
    }

    fn client(&self) -> ClientInfo {
        client(self.now())
    }

    fn person(&self, id: UserId) -> Result<Person, Finding> {
        let found = Person::ALL.into_iter().find(|person| self.users[*person as usize] == id);
        found.ok_or_else(|| "a user that nobody is".to_owned())
    }

    fn username(&self, person: Person) -> Username {
        Username::parse("username", &format!("{}{}", person.name(), self.history)).unwrap()
    }

    fn password(&self, house: House, typed: Typed) -> Plaintext {
        match typed {
            Typed::Right => sentence(self.passwords[house as usize]),
            Typed::Wrong | Typed::Nothing => sentence(u32::MAX),
        }
    }
}

/// Who calls, as far as the connection tells.
pub(super) fn client(now: Timestamp) -> ClientInfo {
    ClientInfo { ip: Some([192, 0, 2, 1].into()), user_agent: None, received_at: now }
}

/// An id that sorts behind every entry of the log.
pub(super) fn behind_everything() -> ActivityId {
    ActivityId::from_bytes([0xff; 16])
}

fn sentence(number: u32) -> Plaintext {
    Plaintext::parse("password", format!("perfectly fine sentence no {number}")).unwrap()
}

fn pin(person: Person, typed: Typed) -> Option<Pin> {
    let (right, _) = person.pin()?;
    let text = match typed {
        Typed::Right => right,
        Typed::Wrong => "314159",
        Typed::Nothing => return None,
    };
    Some(Pin::parse("pin", text.to_owned()).unwrap())
}

/// Why an operation went no further.
enum Failed {
    /// The system said no.
    Refused(Error),
    /// Something is not as it must be.
    Found(Finding),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<Finding> for Failed {
    fn from(finding: Finding) -> Self {
        Self::Found(finding)
    }
}

impl From<&str> for Failed {
    fn from(finding: &str) -> Self {
        Self::Found(finding.to_owned())
    }
}
