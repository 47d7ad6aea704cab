//! What each operation does to the reference model, and what must come out of it.

use std::time::Duration;

use gatewright_core::{
    LogoutScope,
    model::{AuthMethod, Rank, ReuseEnds, Timestamp, Transport},
};

use super::{Key, Meaning, Model, Session, Token};
use crate::histories::{
    answer::{Answer, Delivered, Number, Why},
    operation::{Loss, Operation, Proof, Typed, Which, WhoseKey},
    people::{House, Person},
};

/// How much later than `min_age` a client polls whose answers are lost.
pub(in crate::histories) const POLL_SLACK: Duration = Duration::from_secs(1);

impl Model {
    pub(super) fn act(&mut self, operation: &Operation) -> Result<Answer, Why> {
        match operation {
            Operation::LogIn { person, password, pin, transport } => self.log_in(*person, *password, *pin, *transport),
            Operation::Refresh { session, token, key } => self.refresh(*session, *token, *key),
            Operation::Poll { session, times } => self.poll(*session, *times),
            Operation::Switch { session, to, pin } => self.switch(*session, *to, *pin),
            Operation::Reauthenticate { session, password } => self.reauthenticate(*session, *password),
            Operation::LogOut { session, proof, scope } => self.log_out(*session, *proof, *scope),
            Operation::EndFromList { by, session } => self.end_from_list(*by, *session),
            Operation::List { session } => {
                let viewer = self.caller(*session)?.person;
                Ok(Answer::Sessions(self.visible(viewer)))
            }
            Operation::ChangePassword { session, current } => self.change_password(*session, *current),
            Operation::DisableAccount(house) => self.disable(*house),
            Operation::EnableAccount(house) => {
                self.disabled[*house as usize] = false;
                Ok(Answer::Done)
            }
            Operation::DisableUser(person) => {
                self.barred[*person as usize] = true;
                self.end_those(|_, session| session.person == *person);
                Ok(Answer::Done)
            }
            Operation::EnableUser(person) => {
                self.barred[*person as usize] = false;
                Ok(Answer::Done)
            }
            Operation::SetRoles(person, roles) => {
                self.roles[*person as usize] = *roles;
                Ok(Answer::Done)
            }
            Operation::RotateMasterKey => Ok(Answer::Done),
            Operation::Clock(target) => {
                self.now = self.clock_at(*target);
                Ok(Answer::Done)
            }
            Operation::LoseLastRotation { session, loss } => self.lose_last_rotation(*session, *loss),
            Operation::Promote => {
                self.promoted = Some(self.now);
                Ok(Answer::Done)
            }
        }
    }

    fn log_in(&mut self, person: Person, password: Typed, pin: Typed, transport: Transport) -> Result<Answer, Why> {
        if password != Typed::Right || self.disabled[person.house() as usize] {
            return Err(Why::Credentials);
        }
        if self.barred[person as usize] {
            return Err(Why::UserNotFound);
        }
        let method = prove_pin(person, pin)?;
        let mut session = self.fresh(person, transport, vec![AuthMethod::Password]);
        if let Some(method) = method {
            // The proof travelled in a selection token, which counts in seconds.
            session.auth_time = Timestamp::from_secs(session.auth_time.secs());
            session.amr.push(method);
        }
        Ok(self.opened(session))
    }

    fn refresh(&mut self, number: Number, which: Which, key: Option<WhoseKey>) -> Result<Answer, Why> {
        let current = self.sessions[number].chain.generation();
        let token = match which {
            Which::Behind(by) => Token::OfChain(behind(current, by)),
            Which::Ahead(by) => Token::OfChain(current + by),
            Which::ElsewhereBehind(by) => Token::Elsewhere(behind(current, by)),
            Which::ElsewhereAhead(by) => Token::Elsewhere(current + by),
            Which::Damaged => return Err(Why::Forged),
        };
        let (Token::OfChain(presented) | Token::Elsewhere(presented)) = token;
        self.present(number, token, key.map(|key| key.of(presented)))
    }

    fn present(&mut self, number: Number, token: Token, key: Option<Key>) -> Result<Answer, Why> {
        let (now, promoted, rules) = (self.now, self.promoted, self.rules);
        let session = &mut self.sessions[number];
        // Whether it lives is asked of a moment no earlier than the last that the session tells of.
        if !session.lives(now.max(session.chain.last_delivered())) {
            return Err(Why::RefreshDead);
        }
        let (person, house) = (session.person, session.person.house());
        match session.chain.present(token, key, now, promoted, &rules.tolerance(session.transport)) {
            Meaning::Itself => Ok(self.signed_in(number, Delivered::Kept)),
            Meaning::Successor(generation) => {
                self.touched.push(number);
                Ok(self.signed_in(number, Delivered::Set(generation)))
            }
            Meaning::LostWrite => {
                self.touched.push(number);
                self.noted(house).lost_writes += 1;
                Ok(self.signed_in(number, Delivered::Kept))
            }
            Meaning::Reused => {
                self.noted(house).reuses += 1;
                self.end(number);
                match rules.reuse_ends {
                    ReuseEnds::Session => {}
                    ReuseEnds::User => self.end_those(|_, other| other.person == person),
                }
                Err(Why::Reused)
            }
            Meaning::UnknownHistory => Err(Why::UnknownHistory),
        }
    }

    fn poll(&mut self, number: Number, times: u8) -> Result<Answer, Why> {
        for _ in 0..times {
            self.now = self.now.plus(self.rules.tolerance(self.sessions[number].transport).min_age + POLL_SLACK);
            self.refresh(number, Which::Behind(1), Some(WhoseKey::Own))?;
        }
        self.refresh(number, Which::Behind(0), Some(WhoseKey::Own))
    }

    fn switch(&mut self, number: Number, to: Person, pin: Typed) -> Result<Answer, Why> {
        let caller = self.caller(number)?;
        let from = caller.person;
        if to.house() != from.house() || self.barred[to as usize] {
            return Err(Why::UserNotFound);
        }
        let rises = to.rank() > from.rank() || !self.roles[to as usize].within(self.roles[from as usize]);
        if rises && to.pin().is_none() {
            self.is_fresh(caller)?;
        }
        let method = prove_pin(to, pin)?;
        let kept = caller.amr.iter().copied().filter(|method| *method != AuthMethod::Pin);
        let amr = kept.chain(method).collect();
        let session = self.in_place_of(number, Session { person: to, amr, ..caller.clone() });
        Ok(self.opened(session))
    }

    fn reauthenticate(&mut self, number: Number, password: Typed) -> Result<Answer, Why> {
        let caller = self.caller(number)?;
        if password != Typed::Right {
            return Err(Why::Credentials);
        }
        let session = Session { auth_time: self.now, ..caller.clone() };
        let session = self.in_place_of(number, session);
        Ok(self.opened(session))
    }

    /// A new session that takes the place of one; how it is proved and when it ends in any case stands in it already.
    fn in_place_of(&mut self, replaced: Number, session: Session) -> Session {
        self.end(replaced);
        let Session { person, transport, absolute_end, auth_time, amr, .. } = session;
        Session { absolute_end, auth_time, ..self.fresh(person, transport, amr) }
    }

    fn log_out(&mut self, number: Number, proof: Proof, scope: LogoutScope) -> Result<Answer, Why> {
        match proof {
            Proof::Access => self.access_token(number)?,
            Proof::Refresh(_) => {}
        }
        let session = &self.sessions[number];
        let person = session.person;
        match scope {
            LogoutScope::Session => self.end(number),
            LogoutScope::Others | LogoutScope::Account if !session.lives(self.now) => return Err(Why::SessionDead),
            LogoutScope::Others => {
                self.end_those(|other, session| session.person == person && other != number);
                self.touched.push(number);
            }
            LogoutScope::Account if person.rank() == Rank::Member => return Err(Why::Denied),
            LogoutScope::Account => self.end_those(|_, session| session.person.house() == person.house()),
        }
        Ok(Answer::Done)
    }

    fn end_from_list(&mut self, by: Number, number: Number) -> Result<Answer, Why> {
        let viewer = self.caller(by)?.person;
        if !self.may_see(viewer, number) {
            return Err(Why::NotFound);
        }
        self.end(number);
        Ok(Answer::Done)
    }

    fn change_password(&mut self, number: Number, current: Typed) -> Result<Answer, Why> {
        let caller = self.caller(number)?;
        let person = caller.person;
        if person.rank() == Rank::Member {
            return Err(Why::Denied);
        }
        self.is_fresh(caller)?;
        if current != Typed::Right {
            return Err(Why::Credentials);
        }
        self.end_those(|other, session| session.person.house() == person.house() && other != number);
        self.touched.push(number);
        Ok(Answer::Done)
    }

    fn disable(&mut self, house: House) -> Result<Answer, Why> {
        self.disabled[house as usize] = true;
        self.end_those(|_, session| session.person.house() == house);
        Ok(Answer::Done)
    }

    fn lose_last_rotation(&mut self, number: Number, loss: Loss) -> Result<Answer, Why> {
        self.sessions[number].chain.lose_last();
        self.touched.push(number);
        match loss {
            Loss::Noticed => self.promoted = Some(self.now),
            Loss::Silent => {}
        }
        Ok(Answer::Done)
    }
}

/// The generation so many behind; the chain begins with one.
pub(in crate::histories) fn behind(current: u64, by: u64) -> u64 {
    current.saturating_sub(by).max(1)
}

fn prove_pin(person: Person, typed: Typed) -> Result<Option<AuthMethod>, Why> {
    match (person.pin(), typed) {
        (None, _) => Ok(None),
        (Some((_, method)), Typed::Right) => Ok(Some(method)),
        (Some(_), Typed::Wrong) => Err(Why::PinWrong),
        (Some(_), Typed::Nothing) => Err(Why::PinRequired),
    }
}
