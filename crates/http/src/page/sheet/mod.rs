//! What stands on a page, without its form: a page is data, and one template gives all of them their form. What must stay true: a
//! text is a [`Text`] of ours; what others wrote is a value in one, or a value of its own; and an address is an [`Href`].

mod avatar;
mod form;
mod parts;
mod plot;

use gatewright_core::model::Timestamp;

pub(crate) use self::plot::{LONGEST_TIME, Plot, PlotForm, Series, Span};
pub(crate) use self::{
    avatar::{Avatar, name_of},
    form::{Act, Choice, Field, FieldKind, Form, Label, Layout, Method, Needed, Tone},
    parts::{Badge, Item, Nav, NavItem, Person, Picker, Row, Section, Table, Tile},
};
pub(super) use self::{form::Presence, plot::time};
use super::text::Say;

/// A page.
#[derive(Clone, Debug)]
pub(crate) struct Sheet {
    pub(crate) title: Say,
    /// What went wrong or was done, above everything else.
    pub(crate) notice: Option<Notice>,
    pub(crate) blocks: Vec<Block>,
    /// Where the page leads by itself, at once.
    pub(crate) onward: Option<String>,
    pub(crate) frame: Frame,
}

/// What has just happened.
#[derive(Clone, Debug)]
pub(crate) enum Notice {
    /// Nothing was done.
    Wrong(Say),
    /// It was done.
    Done(Say),
}

/// What is around the blocks.
#[derive(Clone, Debug, Default)]
pub(crate) enum Frame {
    /// A narrow page about one thing, as at a door.
    #[default]
    Door,
    /// A wide page among others, of somebody who is signed in.
    House(Nav),
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
        href: Href,
    },
    Form(Form),
    /// Blocks that belong together, under a heading.
    Section(Section),
    /// Things one below the other, each with what can be done with it.
    Items {
        items: Vec<Item>,
        /// What stands there if there are none.
        empty: Say,
    },
    Table(Table),
    /// Numbers to be seen at a glance.
    Tiles(Vec<Tile>),
    /// What happened over time.
    Plots(Vec<Plot>),
    /// Who can be chosen.
    Picker(Picker),
    /// To the next and the first page of a list.
    Pager {
        first: Option<Href>,
        next: Option<Href>,
    },
    /// Something that is shown this once, to be kept.
    ShownOnce {
        label: Say,
        value: String,
    },
    /// What is closed until it is opened.
    Fold {
        says: Say,
        blocks: Vec<Block>,
    },
}

/// What is said of a thing.
#[derive(Clone, Debug)]
pub(crate) enum Fact {
    /// As it is, in whatever language and direction.
    Is(String),
    /// When it was.
    When(Timestamp),
    /// On which day it was, where the hour would tell too much.
    Day(Timestamp),
    Says(Say),
    Count(u64),
    /// A name of ours or a program's: in letters of equal width.
    Code(String),
    /// As it is, and it leads somewhere.
    Linked {
        text: String,
        href: Href,
    },
}

/// An address in a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Href {
    /// A page of ours, from the root of the router on: `account/sessions`, with its query if it has one. Wherever the router is nested,
    /// and however deep the page stands that says it, it leads there.
    Page(String),
    /// The operator's, as it is.
    Out(String),
}

impl Href {
    pub(crate) fn page(path: impl Into<String>) -> Self {
        Self::Page(path.into())
    }

    /// As an attribute has it, on a page from which `root` leads to the root of the router.
    pub(super) fn from(&self, root: &str) -> String {
        match self {
            Self::Page(path) if path.is_empty() && root.is_empty() => "./".to_owned(),
            Self::Page(path) => format!("{root}{path}"),
            Self::Out(address) => address.clone(),
        }
    }
}

impl Sheet {
    pub(crate) fn new(title: impl Into<Say>) -> Self {
        Self { title: title.into(), notice: None, blocks: Vec::new(), onward: None, frame: Frame::Door }
    }

    /// With what went wrong, if something did.
    pub(crate) fn noticed(self, notice: Option<Say>) -> Self {
        Self { notice: notice.map(Notice::Wrong), ..self }
    }

    /// With what was done, if something was.
    pub(crate) fn done(self, notice: Option<Say>) -> Self {
        Self { notice: notice.map(Notice::Done), ..self }
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

    pub(crate) fn section(self, section: Section) -> Self {
        self.block(Block::Section(section))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_the_same_page_from_everywhere() {
        assert_eq!(Href::page("account/users").from(""), "account/users");
        assert_eq!(Href::page("account/users").from("../../"), "../../account/users");
        assert_eq!(Href::page("").from(""), "./");
        assert_eq!(Href::Out("https://app.test/".to_owned()).from("../"), "https://app.test/");
    }
}
