//! The settings of the hosted pages: whether there are any, how they call what one signs in to, where they may lead, how they look.
//!
//! What must stay true: where a page may lead is exact, and nobody else's to choose; a colour that could not be read is no start. What
//! is in files is read in `pages.rs`.

use std::path::PathBuf;

use gatewright::{Accent, NotAnAccent, Origin};

use super::{
    Problem, keys,
    settings::{Reader, flag},
};

/// Longer names of products do not fit.
const LONGEST_NAME: usize = 60;

/// The settings of the pages.
#[derive(Debug)]
pub(crate) struct PageChoices {
    pub(crate) enabled: bool,
    pub(crate) product: Option<String>,
    pub(crate) home: Option<String>,
    pub(crate) next_origins: Vec<Origin>,
    pub(crate) accent: Option<Accent>,
    pub(crate) logo: Option<PathBuf>,
    pub(crate) folder: Option<PathBuf>,
}

impl Reader<'_> {
    pub(super) fn pages(&mut self) -> PageChoices {
        // One name for both, unless there are two.
        let product = self.product().or_else(|| self.text(&keys::MAIL_PRODUCT));
        PageChoices {
            enabled: self.read(&keys::PAGES_ENABLED, flag),
            product,
            home: self.home(),
            next_origins: self.list(&keys::PAGES_NEXT, |text| text.parse().ok().filter(is_web)),
            accent: self.accent(),
            logo: self.text(&keys::PAGES_LOGO).map(PathBuf::from),
            folder: self.text(&keys::PAGES_DIR).map(PathBuf::from),
        }
    }

    fn product(&mut self) -> Option<String> {
        let key = &keys::PAGES_PRODUCT;
        let name = self.text(key)?;
        let fits = name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control);
        if !fits {
            let says = format!("is no name of at most {LONGEST_NAME} characters");
            self.refuse_as(Problem::new(self.spoken(key), says, "choose a shorter one"));
        }
        fits.then_some(name)
    }

    fn home(&mut self) -> Option<String> {
        let key = &keys::PAGES_HOME;
        let home = self.text(key)?;
        let is_url = Origin::of_url(&home).is_some_and(|origin| is_web(&origin))
            && home.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\\"<>".contains(&byte));
        if !is_url {
            let says = format!("`{}` is no address of an app", home.escape_debug());
            self.refuse_as(Problem::new(self.spoken(key), says, "write it like `https://app.example.com/`"));
        }
        is_url.then_some(home)
    }

    fn accent(&mut self) -> Option<Accent> {
        let dark = self.text(&keys::PAGES_ACCENT_DARK);
        let Some(light) = self.text(&keys::PAGES_ACCENT) else {
            if dark.is_some() {
                let says = format!("is set, and `{}` is not", self.spoken(&keys::PAGES_ACCENT));
                let remedy = "set both, or only the one for light pages";
                self.refuse_as(Problem::new(self.spoken(&keys::PAGES_ACCENT_DARK), says, remedy));
            }
            return None;
        };
        let parsed = Accent::parse(&light, dark.as_deref());
        if let Err(error) = &parsed {
            let is_dark = match error {
                NotAnAccent::Faint { scheme, .. } => *scheme == "dark",
                NotAnAccent::Malformed => Accent::parse(&light, None) != Err(NotAnAccent::Malformed),
            };
            let key = if is_dark { &keys::PAGES_ACCENT_DARK } else { &keys::PAGES_ACCENT };
            let remedy = "choose one that is darker on light pages, and lighter on dark ones";
            self.refuse_as(Problem::new(self.spoken(key), format!("cannot be used: {error}"), remedy));
        }
        parsed.ok()
    }
}

/// A browser goes there, and shows a page.
fn is_web(origin: &Origin) -> bool {
    ["https://", "http://"].iter().any(|scheme| origin.as_str().starts_with(scheme))
}
