//! Choosing one of the users of an account, in two steps of one page: who it is, by a button each, and then the PIN of
//! a user that has one. Signing in and switching share them.
//!
//! What must stay true: showing a step changes nothing; who was chosen stands in the address by its id, which is no
//! secret, and the PIN nowhere but in the form; and whether a PIN is needed, and right, the core says each time.

use std::time::Duration;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use gatewright_core::{
    Error, Refusal,
    model::{Lock, Pin, User, UserId},
};

use crate::{
    Problem,
    page::{
        filled::Filled,
        mail::whole,
        next::Next,
        sheet::{Avatar, Block, Fact, Field, FieldKind, Form, Href, Item, NavItem, Person, Picker, Sheet, name_of},
        text::{Say, Text},
        visit::Visit,
    },
};

/// The fields of both steps.
const USER: &str = "user";
const PIN: &str = "pin";
/// What only the second step sends.
const STEP: &str = "step";

/// Who can be chosen, at which page.
pub(super) struct Steps<'s> {
    /// From the root of the router on.
    pub(super) page: &'static str,
    pub(super) title: Text,
    pub(super) lead: Text,
    /// What the button of the second step does.
    pub(super) button: Text,
    pub(super) token: String,
    pub(super) next: Option<&'s Next>,
    pub(super) users: &'s [User],
    /// Who it is so far.
    pub(super) now: Option<UserId>,
    /// What stands beside the users.
    pub(super) ways: Vec<NavItem>,
    /// A way out that chooses nobody.
    pub(super) back: (Text, Href),
}

/// Which step is shown.
#[derive(Clone, Copy)]
pub(super) enum At<'s> {
    Who,
    Pin(&'s User),
}

/// What was sent.
pub(super) struct Chosen {
    /// What is no id is nobody.
    pub(super) user: Option<UserId>,
    is_second: IsSecond,
    typed: String,
}

/// Whether the second step sent it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum IsSecond {
    Yes,
    No,
}

/// What there is to say to who has to try again.
pub(super) struct Wrong {
    status: StatusCode,
    says: Words,
}

enum Words {
    /// There is nobody to choose by that name.
    Who(Text),
    Pin(Text),
    Later(Duration),
    /// A rule of the operator's does not want it.
    Rule(Say),
}

impl Chosen {
    pub(super) fn of(filled: &mut Filled) -> Self {
        let is_second = if filled.text(STEP) == PIN { IsSecond::Yes } else { IsSecond::No };
        Self { user: filled.text(USER).parse().ok(), is_second, typed: filled.take(PIN) }
    }

    /// Whom the core is asked for.
    ///
    /// # Errors
    /// Nobody was chosen.
    pub(super) fn user(&self) -> Result<UserId, Error> {
        self.user.ok_or_else(|| Refusal::UserNotFound.into())
    }

    /// The PIN that was typed, if one was.
    ///
    /// # Errors
    /// It cannot be one.
    pub(super) fn pin(&mut self) -> Result<Option<Pin>, Error> {
        let typed = std::mem::take(&mut self.typed);
        if typed.is_empty() { Ok(None) } else { Ok(Some(Pin::parse(PIN, typed)?)) }
    }

    /// Whether the second step comes next: the first has no place for a PIN.
    pub(super) fn needs_pin(&self, error: &Error) -> Option<UserId> {
        let is_needed = matches!(error, Error::Refused(Refusal::PinRequired)) && self.is_second == IsSecond::No;
        self.user.filter(|_| is_needed)
    }

    /// What somebody can do about an error here.
    ///
    /// # Errors
    /// What nobody can mend by choosing or typing something else.
    pub(super) fn explain(&self, error: Error) -> Result<Wrong, Error> {
        let says = match &error {
            Error::Refused(Refusal::UserNotFound) => Words::Who(Text::NO_CHOICE),
            Error::Refused(Refusal::PinRequired) => Words::Pin(Text::NO_PIN),
            Error::Refused(Refusal::PinWrong) => Words::Pin(Text::WRONG_PIN),
            Error::Refused(Refusal::RefusedByRule { message: Some(message), .. }) => {
                Words::Rule(Text::ENTRY_RULE.with("message", message.as_str()))
            }
            Error::Refused(Refusal::RefusedByRule { message: None, .. }) => Words::Rule(Text::ENTRY_RULE_SILENT.into()),
            Error::Invalid(_) => Words::Pin(Text::BAD_PIN),
            Error::Throttled { retry_after } => Words::Later(*retry_after),
            Error::Refused(_) | Error::OverCapacity { .. } | Error::Unavailable(_) | Error::Bug(_) => {
                return Err(error);
            }
        };
        // This is also where it is logged.
        let status = Problem::from(error).code().status();
        // Nobody was looked for who is not there.
        let is_nobody = matches!(says, Words::Who(_)) && self.user.is_none();
        Ok(Wrong { status: if is_nobody { StatusCode::UNPROCESSABLE_ENTITY } else { status }, says })
    }
}

impl Wrong {
    fn notice(&self) -> Say {
        match &self.says {
            Words::Who(says) => (*says).into(),
            Words::Pin(_) => Text::CHECK.into(),
            Words::Later(wait) => Text::LIMITED_PIN.with("minutes", whole(*wait, 60)),
            Words::Rule(says) => says.clone(),
        }
    }

    fn at_pin(&self) -> Option<Say> {
        match &self.says {
            Words::Pin(says) => Some((*says).into()),
            Words::Who(_) | Words::Later(_) | Words::Rule(_) => None,
        }
    }
}

/// The page at one of its steps: the second one is about a user.
pub(super) fn address(page: &str, user: Option<UserId>, next: Option<&Next>) -> String {
    let step = user.map_or_else(|| page.to_owned(), |id| format!("{page}?{USER}={id}"));
    Next::after(next, &step)
}

impl<'s> Steps<'s> {
    /// The step that the address asks for. Whoever is alone is not asked who it is.
    pub(super) fn asked(&self, visit: &Visit) -> At<'s> {
        let asked = visit.parameter(USER).and_then(|id| id.parse().ok());
        let alone = match self.users {
            [user] if self.now.is_none() => Some(user.id),
            _ => None,
        };
        self.second(asked.or(alone))
    }

    /// The second step for a user that has a PIN, and otherwise the first.
    fn second(&self, user: Option<UserId>) -> At<'s> {
        let found = self.users.iter().find(|one| Some(one.id) == user && one.lock == Lock::Pin);
        found.filter(|one| Some(one.id) != self.now).map_or(At::Who, At::Pin)
    }

    pub(super) fn show(&self, visit: &Visit, at: At<'_>) -> Response {
        visit.form(StatusCode::OK, &self.sheet(at, None))
    }

    /// Shows the step again at which something is wrong.
    pub(super) fn show_again(&self, visit: &Visit, chosen: &Chosen, wrong: &Wrong) -> Response {
        let at = match wrong.says {
            Words::Who(_) => At::Who,
            Words::Pin(_) | Words::Later(_) | Words::Rule(_) => self.second(chosen.user),
        };
        let mut response = visit.form(wrong.status, &self.sheet(at, Some(wrong)));
        if let Words::Later(wait) = wrong.says {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(whole(wait, 1)));
        }
        response
    }

    fn sheet(&self, at: At<'_>, wrong: Option<&Wrong>) -> Sheet {
        let notice = wrong.map(Wrong::notice);
        match at {
            At::Who => self.first_sheet().noticed(notice),
            At::Pin(user) => self.second_sheet(user, wrong.and_then(Wrong::at_pin)).noticed(notice),
        }
    }

    fn first_sheet(&self) -> Sheet {
        let people = self.users.iter().map(|user| {
            let word = match user.lock {
                _ if Some(user.id) == self.now => Some(Text::SWITCH_YOU),
                Lock::Pin => Some(Text::WITH_PIN),
                Lock::Open => None,
            };
            (user.id.to_string(), Person::of(user), word.map(Say::from))
        });
        let picker = Picker {
            name: USER,
            label: Text::WHO.into(),
            people: people.collect(),
            ways: self.ways.clone(),
            hidden: Next::field(self.next).into_iter().collect(),
            token: self.token.clone(),
            act: None,
        };
        let sheet = Sheet::new(self.title).paragraph(self.lead).block(Block::Picker(picker));
        with_way(sheet, &self.back)
    }

    fn second_sheet(&self, user: &User, error: Option<Say>) -> Sheet {
        let who = Item { avatar: Some(Avatar::of(user)), ..Item::new(Fact::Is(name_of(user).to_owned())) };
        let mut form = Form::new(self.button, self.token.clone())
            .field(Field::hidden(STEP, PIN))
            .field(Field::hidden(USER, user.id.to_string()))
            .field(Field::new(PIN, FieldKind::OwnPin, Text::PIN).hint(Text::PIN_HINT).error(error));
        form.fields.extend(Next::field(self.next));
        let sheet = Sheet::new(Text::PIN_ASK_TITLE)
            .block(Block::Items { items: vec![who.sentence(Text::PIN_ASK_LEAD)], empty: Text::NO_CHOICE.into() })
            .block(Block::Form(form));
        let others = (Text::PIN_ASK_OTHER, Href::page(address(self.page, None, self.next)));
        with_way(sheet, if self.users.len() > 1 { &others } else { &self.back })
    }
}

fn with_way(sheet: Sheet, (says, href): &(Text, Href)) -> Sheet {
    sheet.block(Block::Link { says: (*says).into(), href: href.clone() })
}
