//! A page of a long list: what is searched for, where it begins, and what leads on.

use std::str::FromStr;

use gatewright_core::port::PageOf;

use crate::{
    Problem,
    extract::{cursor_text, page_at},
    page::{
        next::encoded,
        sheet::{Block, Field, FieldKind, Href},
        text::Text,
        visit::Visit,
    },
};

use super::fault::Fault;

/// So many things are on a page.
pub(super) const PER_PAGE: usize = 25;
/// The longest text that is searched for, in bytes: no address is longer.
const MAX_SEARCH: usize = 254;

/// What is looked for, and from where on.
pub(super) struct Listing {
    /// As it was typed, without blanks around it.
    pub(super) search: String,
    cursor: Option<String>,
}

impl Listing {
    pub(super) fn of(visit: &Visit) -> Self {
        let search = visit.parameter("search").unwrap_or_default().trim().to_owned();
        let cursor = visit.parameter("cursor").filter(|cursor| !cursor.is_empty());
        Self { search, cursor }
    }

    /// What is wrong with what is searched for.
    pub(super) fn fault(&self) -> Option<Fault> {
        (self.search.len() > MAX_SEARCH).then(|| Fault::at("search", Text::PEOPLE_LONG_SEARCH))
    }

    /// Whether nothing can begin so: no name has a character that is none, and not every store can be asked for it.
    pub(super) fn finds_nothing(&self) -> bool {
        self.search.contains('\0')
    }

    /// # Errors
    /// The address says another beginning than one of ours.
    pub(super) fn wanted<Id: FromStr + ToString>(&self, fold: fn(&str) -> String) -> Result<PageOf<Id>, Problem> {
        let prefix = (!self.search.is_empty()).then(|| fold(&self.search));
        page_at(prefix, self.cursor.as_deref())
    }

    pub(super) fn field(&self, label: Text) -> Field {
        Field::new("search", FieldKind::Search, label).value(self.search.as_str())
    }

    /// To the next page of `page` and back to its first.
    pub(super) fn pager<Id: ToString>(&self, page: &str, next: Option<&PageOf<Id>>) -> Block {
        let search = format!("{page}?search={}", encoded(&self.search));
        let next = next.and_then(cursor_text).map(|cursor| match self.search.as_str() {
            "" => Href::page(format!("{page}?cursor={cursor}")),
            _ => Href::page(format!("{search}&cursor={cursor}")),
        });
        let first = if self.search.is_empty() { page.to_owned() } else { search };
        Block::Pager { first: self.cursor.as_ref().map(|_| Href::page(first)), next }
    }
}
