//! Gives a letter its words and its form: subject, text and HTML.
//!
//! A letter's file holds sentences; `layout.txt` and `layout.html` hold the form. The sentences are printed once and put into both
//! layouts, which is why the two parts cannot differ. All files are read, compiled and printed with samples when the stationery is
//! opened, so a bad one is found at the start and not when somebody needs a mail.

mod files;
mod form;
mod kinds;
mod press;
mod sheet;
mod words;

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt,
    path::Path,
};

use gatewright_core::model::{Letter, Says};
use minijinja::Value;

pub use self::{
    files::{TemplateFile, built_in_templates, export_templates},
    kinds::sample_letters,
};
use self::{
    form::{Block, Form, Language},
    kinds::parts,
    press::{Misprint, Press, Snippet, Values},
};
use crate::{
    clean,
    letterhead::{Letterhead, Support},
    setup::SetupError,
};

/// The longest subject, in characters: what fits unfolded into a header line.
const LONGEST_SUBJECT: usize = 200;
/// The longest address that a letter names, in characters (RFC 5321 section 4.5.3.1.3).
const LONGEST_ADDRESS: usize = 254;
const LAYOUTS: [&str; 2] = ["layout.txt", "layout.html"];
/// What a layout may use.
const LAYOUT_VARIABLES: [&str; 16] = [
    "lang",
    "dir",
    "product",
    "subject",
    "preheader",
    "greeting",
    "blocks",
    "button",
    "link",
    "link_hint",
    "code",
    "code_hint",
    "good_for",
    "circumstances",
    "reason",
    "support",
];

/// The templates, ready to print.
pub struct Stationery {
    press: Press,
    letterhead: Letterhead,
    layouts: [Snippet; 2],
    languages: BTreeMap<String, Language>,
    default: String,
}

/// A letter in words. `Debug` shows its subject only: the rest opens accounts.
#[derive(Clone, PartialEq, Eq)]
pub struct Written {
    /// In which language, as a BCP 47 tag.
    pub language: String,
    /// One line.
    pub subject: String,
    /// The part of plain text.
    pub text: String,
    /// The part of HTML.
    pub html: String,
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Written")
            .field("language", &self.language)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Stationery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let languages = self.languages().collect::<Vec<_>>();
        f.debug_struct("Stationery")
            .field("languages", &languages)
            .field("default", &self.default)
            .finish_non_exhaustive()
    }
}

impl Stationery {
    /// Reads the built-in templates and those of an operator's folder, which win file by file; a folder may also bring a language
    /// of its own, with all its files. A reader whose language there is not is written to in the default one.
    ///
    /// # Errors
    /// [`SetupError`] with file and line of what is wrong, be it in the form or only found by printing a sample.
    pub fn open(letterhead: Letterhead, default_language: &str, folder: Option<&Path>) -> Result<Self, SetupError> {
        let files = files::gathered(folder)?;
        let mut press = Press::new();
        let text = |path: &str| {
            files.get(path).map(String::as_str).ok_or_else(|| SetupError::Template {
                file: path.to_owned(),
                line: 1,
                says: "there is no such file; a language needs its words and all letters".to_owned(),
            })
        };
        let mut layout =
            |path: &str| press.set(path, 1, text(path)?, &[&LAYOUT_VARIABLES[..], &["automatic"]].concat());
        let layouts = [layout(LAYOUTS[0])?, layout(LAYOUTS[1])?];
        let mut languages = BTreeMap::new();
        for tag in files.keys().filter_map(|path| path.split_once('/')).map(|(tag, _)| tag) {
            if let Entry::Vacant(place) = languages.entry(tag.to_ascii_lowercase()) {
                place.insert(Language::read(&mut press, tag, &text, &letterhead.product)?);
            }
        }
        let default = default_language.to_ascii_lowercase();
        if !languages.contains_key(&default) {
            let known: Vec<_> = languages.values().map(|language| language.tag.as_str()).collect();
            let says = format!("there are no templates for `{default_language}`; there are: {}", known.join(", "));
            return Err(SetupError::setting("the default language of mails", says));
        }
        let stationery = Self { press, letterhead, layouts, languages, default };
        for language in stationery.languages.values() {
            for letter in sample_letters(&language.tag) {
                stationery.print(&letter)?;
            }
        }
        Ok(stationery)
    }

    /// The languages that there are, as BCP 47 tags.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.languages.values().map(|language| language.tag.as_str())
    }

    /// Gives a letter its words.
    ///
    /// # Errors
    /// [`SetupError::Template`] if a template fails at these values, as none does that printed its samples unless it tests for
    /// certain values.
    pub fn write(&self, letter: &Letter) -> Result<Written, SetupError> {
        Ok(self.print(letter)?)
    }

    pub(crate) fn letterhead(&self) -> &Letterhead {
        &self.letterhead
    }

    /// The language of this tag, or of the tag less its last parts, or the default one.
    fn language(&self, locale: Option<&str>) -> &Language {
        let mut tag = locale.unwrap_or_default().to_ascii_lowercase().replace('_', "-");
        while !tag.is_empty() {
            if let Some(language) = self.languages.get(&tag) {
                return language;
            }
            tag.truncate(tag.rfind('-').unwrap_or(0));
        }
        self.languages.get(&self.default).expect("it was looked up when the stationery was opened")
    }

    fn print(&self, letter: &Letter) -> Result<Written, Misprint> {
        let language = self.language(letter.locale.as_deref());
        let form = language.letters.get(letter.says.name()).expect("a language has all letters");
        let mut values = self.values(language, form, letter)?;
        let sentence = |snippet: &Snippet, values: &Values| {
            self.press.print(snippet, values).map(|text| clean::one_line(&text, usize::MAX))
        };
        let mut subject = sentence(&form.subject, &values)?;
        subject = clean::one_line(&subject, LONGEST_SUBJECT);
        let mut blocks = Vec::new();
        for block in &form.blocks {
            let (kind, text) = match block {
                Block::Paragraph(snippet) => ("paragraph", sentence(snippet, &values)?),
                Block::Proof => ("proof", "-".to_owned()),
                Block::Circumstances => ("circumstances", "-".to_owned()),
            };
            if !text.is_empty() {
                blocks.push(Value::from(BTreeMap::from([("kind", kind.to_owned()), ("text", text)])));
            }
        }
        let button = form.button.as_ref().map(|button| sentence(button, &values)).transpose()?;
        let (preheader, reason) = (sentence(&form.preheader, &values)?, sentence(&form.reason, &values)?);
        values.extend([
            ("subject", Value::from(&subject)),
            ("preheader", Value::from(preheader)),
            ("button", Value::from(button)),
            ("reason", Value::from(reason)),
            ("blocks", Value::from(blocks)),
        ]);
        let text = spaced(&self.press.print(&self.layouts[0], &values)?);
        let html = spaced(&self.press.print(&self.layouts[1], &values)?);
        Ok(Written { language: language.tag.clone(), subject, text, html })
    }

    /// What the letter's sentences and the layouts may use. Everything of others' making is cleaned here.
    fn values(&self, language: &Language, form: &Form, letter: &Letter) -> Result<Values, Misprint> {
        let (press, words) = (&self.press, &language.words);
        let (proof, circumstances) = parts(&letter.says);
        let name = letter.name.as_deref().and_then(clean::name);
        let say = |line: &str, values: Values| words.say(press, line, values);
        let greeting = say("greeting", Values::from([("name", Value::from(name.clone()))]))?;
        let mut values = Values::from([
            ("lang", Value::from(&language.tag)),
            ("dir", Value::from(&words.dir)),
            ("product", Value::from(&self.letterhead.product)),
            ("name", Value::from(name)),
            ("greeting", Value::from(greeting)),
            ("automatic", Value::from(say("automatic", Values::new())?)),
        ]);
        let support = self.letterhead.support.as_ref();
        let support = support.map(|support| match support {
            Support::Address(address) => say("support", Values::from([("address", Value::from(address.as_str()))])),
            Support::Page(page) => say("support_page", Values::from([("page", Value::from(page))])),
        });
        let support = support.transpose()?;
        values.insert("support", Value::from(support));
        if let Some(proof) = proof {
            let page = form.kind.page.unwrap_or("/");
            let span = words.span(press, proof.good_for)?;
            values.extend([
                ("link", Value::from(self.letterhead.origin.link(page, &proof.token))),
                ("code", Value::from(proof.code.expose())),
                ("link_hint", Value::from(say("link_hint", Values::new())?)),
                ("code_hint", Value::from(say("code_hint", Values::new())?)),
                ("good_for", Value::from(say("good_for", Values::from([("span", Value::from(&span))]))?)),
                ("span", Value::from(span)),
            ]);
        }
        if let Some(circumstances) = circumstances {
            let rows = words.circumstances(press, circumstances)?.into_iter();
            let rows: Vec<_> =
                rows.map(|(label, value)| Value::from(BTreeMap::from([("label", label), ("value", value)]))).collect();
            values.insert("circumstances", Value::from(rows));
            values.insert("username", Value::from(circumstances.username.as_deref().and_then(clean::name)));
        }
        match &letter.says {
            Says::EmailChanged { to, .. } => {
                values.insert("to", Value::from(clean::one_line(to, LONGEST_ADDRESS)));
            }
            Says::Invitation { from, .. } => {
                values.insert("from", Value::from(clean::name(from)));
            }
            Says::VerifyEmail(_)
            | Says::SignUp(_)
            | Says::AlreadySignedUp(_)
            | Says::ResetPassword(_)
            | Says::MagicLink(_)
            | Says::ConfirmEmail(_)
            | Says::NewDevice(_)
            | Says::PasswordChanged(_)
            | Says::SessionTheft(_)
            | Says::SecondStepFailed(_)
            | Says::Test => {}
        }
        Ok(values)
    }
}

/// Text without blanks at the ends of lines and with at most one empty line in a row, so that a layout may be written readably.
fn spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len());
    let mut is_gap = true;
    for line in text.lines().map(str::trim_end) {
        if !(line.is_empty() && is_gap) {
            spaced.push_str(line);
            spaced.push('\n');
        }
        is_gap = line.is_empty();
    }
    spaced.truncate(spaced.trim_end().len());
    spaced.push('\n');
    spaced
}
