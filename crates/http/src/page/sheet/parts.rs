//! What pages of a house consist of: navigation, sections, lists, tables and numbers.

use super::{Act, Avatar, Block, Fact, Field, Form, Href, Tone};
use crate::page::text::Say;

/// What stands around the pages of somebody who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Nav {
    /// What the pages are about, for screen readers.
    pub(crate) label: Say,
    pub(crate) items: Vec<NavItem>,
    /// Who it is.
    pub(crate) person: Person,
    /// What can be done from anywhere: switch, sign out, the other part of the house.
    pub(crate) ways: Vec<NavItem>,
}

/// A way to another page.
#[derive(Clone, Debug)]
pub(crate) struct NavItem {
    pub(crate) says: Say,
    pub(crate) href: Href,
    /// Whether this is the page, or the one that it belongs to.
    pub(crate) is_here: bool,
}

/// A user as pages show one.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) avatar: Avatar,
    pub(crate) name: String,
    /// What tells it from others that are called the same.
    pub(crate) also: Option<String>,
}

/// Blocks that belong together.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) title: Say,
    pub(crate) blocks: Vec<Block>,
}

/// A thing in a list.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) avatar: Option<Avatar>,
    /// What it is called; a [`Fact::Linked`] leads to its own page.
    pub(crate) title: Fact,
    pub(crate) badges: Vec<Badge>,
    /// What else is known of it: with a label, or a sentence of its own.
    pub(crate) details: Vec<(Option<Say>, Fact)>,
    /// What can be done with it.
    pub(crate) forms: Vec<Form>,
}

/// A word on a thing.
#[derive(Clone, Debug)]
pub(crate) struct Badge {
    pub(crate) says: Say,
    pub(crate) tone: Tone,
}

/// Facts in columns.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// What it is a table of, for screen readers.
    pub(crate) caption: Say,
    pub(crate) columns: Vec<Say>,
    pub(crate) rows: Vec<Row>,
    /// What stands there if there are none.
    pub(crate) empty: Say,
}

/// A line of a table: a cell for each column.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) cells: Vec<Fact>,
}

/// A number with what it counts.
#[derive(Clone, Debug)]
pub(crate) struct Tile {
    pub(crate) label: Say,
    pub(crate) value: Fact,
    pub(crate) href: Option<Href>,
}

/// Who can be chosen, each with a button of its own.
#[derive(Clone, Debug)]
pub(crate) struct Picker {
    /// The name under which the button's value is sent.
    pub(crate) name: &'static str,
    /// What the group is, for screen readers.
    pub(crate) label: Say,
    /// The value of each button, who it is, and a word on it.
    pub(crate) people: Vec<(String, Person, Option<Say>)>,
    /// Ways beside them, such as to add somebody.
    pub(crate) ways: Vec<NavItem>,
    /// What is sent along.
    pub(crate) hidden: Vec<Field>,
    pub(crate) token: String,
    /// What tells its form from others on the page.
    pub(crate) act: Option<Act>,
}

impl Section {
    pub(crate) fn new(title: impl Into<Say>) -> Self {
        Self { title: title.into(), blocks: Vec::new() }
    }

    pub(crate) fn block(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    pub(crate) fn paragraph(self, says: impl Into<Say>) -> Self {
        self.block(Block::Paragraph(says.into()))
    }
}

impl Item {
    pub(crate) fn new(title: Fact) -> Self {
        Self { avatar: None, title, badges: Vec::new(), details: Vec::new(), forms: Vec::new() }
    }

    pub(crate) fn detail(mut self, label: impl Into<Say>, fact: Fact) -> Self {
        self.details.push((Some(label.into()), fact));
        self
    }

    /// A sentence of its own.
    pub(crate) fn sentence(mut self, says: impl Into<Say>) -> Self {
        self.details.push((None, Fact::Says(says.into())));
        self
    }

    pub(crate) fn badge(mut self, says: impl Into<Say>, tone: Tone) -> Self {
        self.badges.push(Badge { says: says.into(), tone });
        self
    }

    pub(crate) fn form(mut self, form: Form) -> Self {
        self.forms.push(form);
        self
    }
}
