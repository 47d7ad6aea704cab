//! Everything that a page can say, by name: a file here for each part of the pages, and one of the same name in each language's folder
//! of `templates/`. What must stay true: each name stands once in the file of every language, and no other does, so that what compiles can be
//! said in all of them.

mod account;
mod admin;
mod base;
mod entry;
mod family;
mod mail;
mod people;
mod system;

use minijinja::Value;

/// Lines of `templates/<language>/<file>.txt`, in their order.
macro_rules! texts {
    ($($constant:ident = $name:literal,)*) => {
        impl Text {
            $(#[doc = $name] pub(crate) const $constant: Self = Self($name);)*
        }

        /// Every one of them.
        pub(super) const ALL: &[Text] = &[$(Text::$constant,)*];
    };
}
use texts;

/// A sentence or a few words in the files of the languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Text(&'static str);

impl Text {
    /// As the files name it.
    pub(crate) const fn name(self) -> &'static str {
        self.0
    }

    /// With a value.
    pub(crate) fn with(self, name: &'static str, value: impl Into<Value>) -> Say {
        Say::from(self).with(name, value)
    }
}

/// The files, with what stands in each.
pub(super) const FILES: [(&str, &[Text]); 8] = [
    ("base", base::ALL),
    ("mail", mail::ALL),
    ("entry", entry::ALL),
    ("family", family::ALL),
    ("account", account::ALL),
    ("admin", admin::ALL),
    ("people", people::ALL),
    ("system", system::ALL),
];

/// A text together with what it needs to be said.
#[derive(Clone, Debug)]
pub(crate) struct Say {
    pub(super) text: Text,
    pub(super) values: Vec<(&'static str, Value)>,
}

impl Say {
    /// The same with one more value.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.values.push((name, value.into()));
        self
    }
}

impl From<Text> for Say {
    fn from(text: Text) -> Self {
        Self { text, values: Vec::new() }
    }
}
