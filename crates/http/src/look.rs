//! How an operator's pages look: a logo, a colour, templates and words of its own. What must stay true: what could make a page hard to
//! read, or break it, is refused where it is set, with what is wrong and where; and this crate reads no files, it is given what is in them.

mod accent;
mod files;
mod logo;

pub use self::{
    accent::{Accent, NotAnAccent},
    files::{PageFile, PageFileMistake, PageFiles},
    logo::{Logo, NotALogo},
};

/// How an operator's pages look. The default is ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageLook {
    /// Stands before the name of the product, and is the icon of the pages.
    pub logo: Option<Logo>,
    /// The colour of buttons and links.
    pub accent: Option<Accent>,
    /// Templates and words that win over ours.
    pub files: PageFiles,
}

impl PageLook {
    /// The stylesheet: ours or the operator's, with the colour, and what the operator adds.
    pub(crate) fn style(&self, ours: &str) -> String {
        let mut style = self.files.style().unwrap_or(ours).to_owned();
        if let Some(accent) = &self.accent {
            style.push_str(&accent.rules());
        }
        if let Some(more) = self.files.more_style() {
            style.push_str(more);
        }
        style
    }
}
