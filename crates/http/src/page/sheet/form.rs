//! Forms: what can be typed and chosen, and how a browser and a password manager help with it.

use super::Href;
use crate::page::text::{Say, Text};

/// Fields and a button.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) fields: Vec<Field>,
    pub(crate) button: Say,
    /// A second button, for another way with what was typed: it is sent as `way`, whatever else is filled in.
    pub(crate) other: Option<(&'static str, Say)>,
    /// Shows that the form is ours and this browser's (SECURITY WB6). A form that only asks ([`Method::Get`]) has none.
    pub(crate) token: String,
    /// Which of several forms of a page it is, and of which thing.
    pub(crate) act: Option<Act>,
    /// Where it is sent; `None` is the page's own address.
    pub(crate) action: Option<Href>,
    pub(crate) method: Method,
    pub(crate) tone: Tone,
    pub(crate) layout: Layout,
}

/// Which of several forms of a page was sent, and of which thing. They are sent as `act` and `of`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Act {
    pub(crate) name: &'static str,
    /// The id of the thing; empty if there is only one.
    pub(crate) of: String,
}

/// How a form is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Method {
    /// It does something.
    #[default]
    Post,
    /// It asks for a page: a search, a filter.
    Get,
}

/// How heavy something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tone {
    /// What one came for.
    #[default]
    Plain,
    /// What is beside it.
    Quiet,
    /// What cannot be undone, or is wrong.
    Grave,
    /// What is as it should be.
    Good,
}

/// How the fields of a form stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One below the other.
    #[default]
    Column,
    /// In a line, where there is room.
    Line,
}

/// Something to type or to choose.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: FieldKind,
    pub(crate) label: Say,
    pub(crate) hint: Option<Say>,
    pub(crate) error: Option<Say>,
    pub(crate) value: String,
}

/// What can be typed, which decides how a browser helps with it.
#[derive(Clone, Debug)]
pub(crate) enum FieldKind {
    Email,
    /// The address that it is about, for password managers and to be read, not to be changed.
    FixedEmail,
    /// An address or a username.
    Identifier,
    Code,
    /// Never filled in by us.
    NewPassword,
    /// Never filled in by us.
    OwnPassword,
    Username,
    /// How somebody wants to be called.
    Name,
    /// A PIN that may be chosen: never filled in by us, and may stay empty.
    Pin,
    /// The PIN that is asked for. Never filled in by us.
    OwnPin,
    /// Never filled in by us.
    NewPin,
    /// A line of anything.
    Line(Needed),
    /// Several lines of anything.
    Lines(Needed),
    /// What is looked for.
    Search,
    /// A day, as `2026-11-21`.
    Day,
    /// One of a few, all in sight.
    Choice(Vec<Choice>),
    /// One of many.
    Select(Vec<Choice>),
    /// Each of a few by itself; sent as `name.value`, because a form has no field twice. The value is what is on, with blanks between.
    Several(Vec<Choice>),
    /// On, sent as `yes`, or off, not sent.
    Tick,
    /// Not seen.
    Hidden,
}

/// Whether a field has to be filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needed {
    Yes,
    No,
}

/// One of several.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: Label,
    /// What tells it from others that are called the same.
    pub(crate) also: Option<String>,
    pub(crate) detail: Option<Say>,
}

/// What a choice is called.
#[derive(Clone, Debug)]
pub(crate) enum Label {
    /// By others: a name.
    Is(String),
    Says(Say),
}

/// Which element a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::page) enum Element {
    Input,
    Choice,
    Select,
    Several,
    Lines,
    Tick,
    Hidden,
}

impl Element {
    /// As the template names it.
    pub(in crate::page) const fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Choice => "choice",
            Self::Select => "select",
            Self::Several => "several",
            Self::Lines => "lines",
            Self::Tick => "tick",
            Self::Hidden => "hidden",
        }
    }
}

/// What a field's element is told.
pub(in crate::page) struct Input {
    pub(in crate::page) element: Element,
    pub(in crate::page) kind: &'static str,
    pub(in crate::page) autocomplete: &'static str,
    pub(in crate::page) inputmode: Option<&'static str>,
    pub(in crate::page) maxlength: Option<&'static str>,
    pub(in crate::page) presence: Presence,
}

/// What a browser lets a user do with a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::page) enum Presence {
    Required,
    Optional,
    Fixed,
}

impl Form {
    /// A form that does something, with one button.
    pub(crate) fn new(button: impl Into<Say>, token: String) -> Self {
        Self {
            fields: Vec::new(),
            button: button.into(),
            other: None,
            token,
            act: None,
            action: None,
            method: Method::Post,
            tone: Tone::Plain,
            layout: Layout::Column,
        }
    }

    /// A form that asks for the page again, with what is typed in its address.
    pub(crate) fn asking(button: impl Into<Say>) -> Self {
        Self { method: Method::Get, layout: Layout::Line, ..Self::new(button, String::new()) }
    }

    pub(crate) fn field(mut self, field: Field) -> Self {
        self.fields.push(field);
        self
    }

    /// Which of several forms of the page it is.
    pub(crate) fn act(self, name: &'static str, of: impl Into<String>) -> Self {
        Self { act: Some(Act { name, of: of.into() }), ..self }
    }

    /// With a second button, sent as `way=<name>`.
    pub(crate) fn other(self, name: &'static str, says: impl Into<Say>) -> Self {
        Self { other: Some((name, says.into())), ..self }
    }

    pub(crate) fn tone(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }

    pub(crate) fn layout(self, layout: Layout) -> Self {
        Self { layout, ..self }
    }

    pub(crate) fn action(self, page: impl Into<String>) -> Self {
        Self { action: Some(Href::page(page)), ..self }
    }
}

impl Field {
    pub(crate) fn new(name: &'static str, kind: FieldKind, label: impl Into<Say>) -> Self {
        Self { name, kind, label: label.into(), hint: None, error: None, value: String::new() }
    }

    pub(crate) fn hidden(name: &'static str, value: impl Into<String>) -> Self {
        Self::new(name, FieldKind::Hidden, Text::EMAIL).value(value)
    }

    pub(crate) fn hint(self, hint: impl Into<Say>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    pub(crate) fn error(self, error: Option<Say>) -> Self {
        Self { error, ..self }
    }

    pub(crate) fn value(self, value: impl Into<String>) -> Self {
        Self { value: value.into(), ..self }
    }

    pub(crate) fn email() -> Self {
        Self::new("email", FieldKind::Email, Text::EMAIL)
    }

    pub(crate) fn code() -> Self {
        Self::new("code", FieldKind::Code, Text::CODE).hint(Text::CODE_HINT)
    }
}

impl Choice {
    pub(crate) fn new(value: impl Into<String>, label: Label) -> Self {
        Self { value: value.into(), label, also: None, detail: None }
    }
}

impl FieldKind {
    /// Whether what was typed may be shown again when something is wrong with it.
    pub(in crate::page) fn may_be_repeated(&self) -> bool {
        match self {
            Self::Email
            | Self::Identifier
            | Self::Code
            | Self::Username
            | Self::Name
            | Self::Line(_)
            | Self::Lines(_)
            | Self::Search
            | Self::Day
            | Self::Choice(_)
            | Self::Select(_)
            | Self::Several(_)
            | Self::Tick => true,
            Self::FixedEmail
            | Self::NewPassword
            | Self::OwnPassword
            | Self::Pin
            | Self::OwnPin
            | Self::NewPin
            | Self::Hidden => false,
        }
    }

    pub(in crate::page) fn choices(&self) -> &[Choice] {
        match self {
            Self::Choice(choices) | Self::Select(choices) | Self::Several(choices) => choices,
            Self::Email
            | Self::FixedEmail
            | Self::Identifier
            | Self::Code
            | Self::NewPassword
            | Self::OwnPassword
            | Self::Username
            | Self::Name
            | Self::Pin
            | Self::OwnPin
            | Self::NewPin
            | Self::Line(_)
            | Self::Lines(_)
            | Self::Search
            | Self::Day
            | Self::Tick
            | Self::Hidden => &[],
        }
    }

    pub(in crate::page) fn input(&self) -> Input {
        let of = |element, kind, autocomplete| Input {
            element,
            kind,
            autocomplete,
            inputmode: None,
            maxlength: None,
            presence: Presence::Required,
        };
        let input = |kind, autocomplete| of(Element::Input, kind, autocomplete);
        match self {
            // For a password manager the address is what one signs in with.
            Self::Email => Input { inputmode: Some("email"), ..input("email", "username") },
            Self::FixedEmail => Input { presence: Presence::Fixed, ..input("email", "username") },
            Self::Identifier | Self::Username => input("text", "username"),
            Self::Code => Input { inputmode: Some("numeric"), maxlength: Some("16"), ..input("text", "one-time-code") },
            Self::NewPassword => input("password", "new-password"),
            Self::OwnPassword => input("password", "current-password"),
            Self::Name => Input { maxlength: Some("256"), presence: Presence::Optional, ..input("text", "nickname") },
            // A PIN is no password that a manager should offer to keep.
            Self::Pin => Input {
                inputmode: Some("numeric"),
                maxlength: Some("8"),
                presence: Presence::Optional,
                ..input("password", "off")
            },
            Self::OwnPin | Self::NewPin => {
                Input { inputmode: Some("numeric"), maxlength: Some("8"), ..input("password", "off") }
            }
            Self::Line(needed) => Input { presence: needed.presence(), ..input("text", "off") },
            Self::Lines(needed) => Input { presence: needed.presence(), ..of(Element::Lines, "", "off") },
            Self::Search => Input { presence: Presence::Optional, ..input("search", "off") },
            Self::Day => Input { presence: Presence::Optional, ..input("date", "off") },
            Self::Choice(_) => of(Element::Choice, "radio", "off"),
            Self::Select(_) => Input { presence: Presence::Optional, ..of(Element::Select, "", "off") },
            Self::Several(_) => Input { presence: Presence::Optional, ..of(Element::Several, "checkbox", "off") },
            Self::Tick => Input { presence: Presence::Optional, ..of(Element::Tick, "checkbox", "off") },
            Self::Hidden => Input { presence: Presence::Optional, ..of(Element::Hidden, "hidden", "off") },
        }
    }
}

impl Needed {
    const fn presence(self) -> Presence {
        match self {
            Self::Yes => Presence::Required,
            Self::No => Presence::Optional,
        }
    }
}
