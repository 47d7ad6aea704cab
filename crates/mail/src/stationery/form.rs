//! The letters of a language, compiled. What must stay true: a letter has exactly the blocks that belong to it, so an override cannot
//! lose the link of a mail or promise one that is not there.

use std::collections::BTreeMap;

use super::{
    kinds::{KINDS, Kind},
    press::{Press, Snippet},
    sheet::{Paragraph, Sheet},
    words::Words,
};
use crate::setup::SetupError;

/// A language: its words, and its letters by name.
pub(super) struct Language {
    pub(super) tag: String,
    pub(super) words: Words,
    pub(super) letters: BTreeMap<&'static str, Form>,
}

/// A letter's file, compiled.
pub(super) struct Form {
    pub(super) kind: Kind,
    pub(super) subject: Snippet,
    pub(super) preheader: Snippet,
    pub(super) button: Option<Snippet>,
    pub(super) reason: Snippet,
    pub(super) blocks: Vec<Block>,
}

/// What stands between a letter's greeting and its end.
pub(super) enum Block {
    Paragraph(Snippet),
    /// The button, the link, the code, and how long they are good.
    Proof,
    /// When and where it happened.
    Circumstances,
}

impl Language {
    pub(super) fn read<'a>(
        press: &mut Press,
        tag: &str,
        text: &impl Fn(&str) -> Result<&'a str, SetupError>,
        product: &str,
    ) -> Result<Self, SetupError> {
        let file = format!("{tag}/words.txt");
        let words = Words::read(press, &file, text(&file)?, product)?;
        let mut letters = BTreeMap::new();
        for kind in KINDS {
            let file = format!("{tag}/{}.txt", kind.name);
            letters.insert(kind.name, Form::read(press, kind, &Sheet::read(&file, text(&file)?)?)?);
        }
        Ok(Self { tag: tag.to_owned(), words, letters })
    }
}

impl Form {
    fn read(press: &mut Press, kind: Kind, sheet: &Sheet<'_>) -> Result<Self, SetupError> {
        sheet.only(&["subject", "preheader", "button", "reason"])?;
        let allowed = [&["product", "name"], kind.variables].concat();
        let mut line = |name: &str| {
            let line = sheet.line(name)?;
            if line.value.is_empty() {
                return Err(sheet.wrong(line.number, format!("`{name}` is empty")));
            }
            press.set(sheet.file, line.number, line.value, &allowed)
        };
        let (subject, preheader, reason) = (line("subject")?, line("preheader")?, line("reason")?);
        let button = kind.page.is_some().then(|| line("button")).transpose()?;
        if let (None, Ok(line)) = (&button, sheet.line("button")) {
            return Err(sheet.wrong(line.number, "this letter has no link, and so no button"));
        }
        for (marker, is_wanted) in [("[proof]", kind.page.is_some()), ("[circumstances]", kind.has_circumstances)] {
            let found: Vec<&Paragraph> = sheet.paragraphs.iter().filter(|one| one.text == marker).collect();
            let says = if is_wanted { "stands exactly once in this letter" } else { "has no place in this letter" };
            if found.len() != usize::from(is_wanted) {
                return Err(
                    sheet.wrong(found.last().map_or(1, |one| one.number), format!("the paragraph {marker} {says}"))
                );
            }
        }
        let mut blocks = Vec::new();
        for paragraph in &sheet.paragraphs {
            blocks.push(match paragraph.text.as_str() {
                "[proof]" => Block::Proof,
                "[circumstances]" => Block::Circumstances,
                text => Block::Paragraph(press.set(sheet.file, paragraph.number, text, &allowed)?),
            });
        }
        Ok(Self { kind, subject, preheader, button, reason, blocks })
    }
}
