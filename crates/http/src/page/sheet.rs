//! What stands on a page, without its form: a page is data, and one template gives all of them their form. What must stay true: a
//! text is a [`Text`] of ours; what others wrote is a value in one, or a value of its own.

use gatewright_core::model::Timestamp;

use super::text::{Say, Text};

/// A page.
#[derive(Clone, Debug)]
pub(crate) struct Sheet {
    pub(crate) title: Say,
    /// What went wrong, above everything else.
    pub(crate) notice: Option<Say>,
    pub(crate) blocks: Vec<Block>,
    /// Where the page leads by itself, at once.
    pub(crate) onward: Option<String>,
}

/// A part of a page.
#[derive(Clone, Debug)]
pub(crate) enum Block {
    Paragraph(Say),
    /// In small letters.
    Small(Say),
    Facts(Vec<(Say, Fact)>),
    /// A link of ours or of the operator's.
    Link {
        says: Say,
        href: String,
    },
    Form(Form),
}

/// What is said of a thing.
#[derive(Clone, Debug)]
pub(crate) enum Fact {
    /// As it is.
    Is(String),
    /// When it was.
    When(Timestamp),
}

/// Fields and a button that sends them to the page's own address.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) fields: Vec<Field>,
    pub(crate) button: Say,
    /// Shows that the form is ours and this browser's (SECURITY WB6).
    pub(crate) token: String,
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
    Code,
    /// Never filled in by us.
    NewPassword,
    /// Never filled in by us.
    OwnPassword,
    Username,
    /// Never filled in by us, and may stay empty.
    Pin,
    Choice(Vec<Choice>),
}

/// One of several.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    /// What tells it from others that are called the same.
    pub(crate) also: Option<String>,
    pub(crate) detail: Option<Say>,
}

/// What a field's `input` is.
pub(super) struct Input {
    pub(super) kind: &'static str,
    pub(super) autocomplete: &'static str,
    pub(super) inputmode: Option<&'static str>,
    pub(super) maxlength: Option<&'static str>,
    pub(super) presence: Presence,
}

/// What a browser lets a user do with a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Required,
    Optional,
    Fixed,
}

impl Sheet {
    pub(crate) fn new(title: impl Into<Say>) -> Self {
        Self { title: title.into(), notice: None, blocks: Vec::new(), onward: None }
    }

    pub(crate) fn noticed(self, notice: Option<Say>) -> Self {
        Self { notice, ..self }
    }

    pub(crate) fn block(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    pub(crate) fn leading(self, to: impl Into<String>) -> Self {
        Self { onward: Some(to.into()), ..self }
    }

    pub(crate) fn paragraph(self, says: impl Into<Say>) -> Self {
        self.block(Block::Paragraph(says.into()))
    }
}

impl Field {
    pub(crate) fn new(name: &'static str, kind: FieldKind, label: Text) -> Self {
        Self { name, kind, label: label.into(), hint: None, error: None, value: String::new() }
    }

    pub(crate) fn hint(self, hint: impl Into<Say>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    pub(crate) fn value(self, value: impl Into<String>) -> Self {
        Self { value: value.into(), ..self }
    }

    pub(crate) fn email() -> Self {
        Self::new("email", FieldKind::Email, Text::Email)
    }

    pub(crate) fn code() -> Self {
        Self::new("code", FieldKind::Code, Text::Code).hint(Text::CodeHint)
    }
}

impl FieldKind {
    /// Whether what was typed may be shown again when something is wrong with it.
    pub(super) fn may_be_repeated(&self) -> bool {
        match self {
            Self::Email | Self::Code | Self::Username | Self::Choice(_) => true,
            Self::FixedEmail | Self::NewPassword | Self::OwnPassword | Self::Pin => false,
        }
    }

    pub(super) fn input(&self) -> Input {
        let input = |kind, autocomplete| Input {
            kind,
            autocomplete,
            inputmode: None,
            maxlength: None,
            presence: Presence::Required,
        };
        match self {
            // For a password manager the address is what one signs in with.
            Self::Email => Input { inputmode: Some("email"), ..input("email", "username") },
            Self::FixedEmail => Input { presence: Presence::Fixed, ..input("email", "username") },
            Self::Code => Input { inputmode: Some("numeric"), maxlength: Some("16"), ..input("text", "one-time-code") },
            Self::NewPassword => input("password", "new-password"),
            Self::OwnPassword => input("password", "current-password"),
            Self::Username => input("text", "username"),
            // A PIN is no password that a manager should offer to keep.
            Self::Pin => Input {
                inputmode: Some("numeric"),
                maxlength: Some("8"),
                presence: Presence::Optional,
                ..input("password", "off")
            },
            Self::Choice(_) => input("radio", "off"),
        }
    }
}
