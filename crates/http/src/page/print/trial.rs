//! Whether the templates and words of an operator can be used: everything is compiled, and printed once with samples.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::{Error, Value};

use super::{PAGE, PAGE_SOURCE, Printer, sample};
use crate::{
    look::{PageFileMistake, PageFiles},
    page::{
        assets,
        language::Language,
        text::{FILES, Text},
    },
};

/// The texts that a file may have lines of.
pub(crate) struct Texts {
    pub(crate) tag: &'static str,
    pub(crate) names: Vec<&'static str>,
}

/// What a file at this place may hold; `None` if there is no such file.
pub(crate) fn texts_of(path: &str) -> Option<Texts> {
    let (tag, file) = path.split_once('/')?;
    let area = file.strip_suffix(".txt")?;
    let tag = Language::ALL.map(Language::tag).into_iter().find(|one| *one == tag)?;
    let (_, texts) = FILES.iter().find(|(name, _)| *name == area)?;
    Some(Texts { tag, names: texts.iter().map(|text| text.name()).collect() })
}

/// Our own files, by their places.
pub(crate) fn shipped() -> impl Iterator<Item = (String, &'static str)> {
    let words = Language::ALL.into_iter().flat_map(|language| {
        language.words().iter().map(move |(area, text)| (format!("{}/{area}.txt", language.tag()), *text))
    });
    [(PAGE.to_owned(), PAGE_SOURCE), ("page.css".to_owned(), assets::STYLE)].into_iter().chain(words)
}

/// Prints everything once.
///
/// # Errors
/// The first mistake, with its file and line.
pub(crate) fn try_out(files: &PageFiles) -> Result<(), PageFileMistake> {
    let ours = Printer::new("Example").map_err(|error| mistake(PAGE, 0, &error))?;
    let mut theirs = Printer::new("Example").map_err(|error| mistake(PAGE, 0, &error))?;
    for line in files.lines() {
        let name = format!("{}/{}", line.tag, line.name);
        let wrong = |error: Error| mistake(&line.file, line.number, &error);
        let known: BTreeSet<String> = used(&ours, &name).map_err(wrong)?.into_iter().collect();
        theirs.environment.add_template_owned(name.clone(), line.words.clone()).map_err(wrong)?;
        let used = used(&theirs, &name).map_err(wrong)?;
        if let Some(unknown) = used.iter().find(|name| !known.contains(*name)) {
            let says = format!("there is no value called `{unknown}` here");
            return Err(PageFileMistake::new(&line.file, line.number, says));
        }
        let values: BTreeMap<&str, Value> = used.iter().map(|name| (name.as_str(), Value::from(2))).collect();
        let printed = theirs
            .environment
            .get_template(&name)
            .and_then(|template| template.render(Value::from(values)))
            .map_err(wrong)?;
        if let Some(says) = unfit(line.name, &printed) {
            return Err(PageFileMistake::new(&line.file, line.number, says));
        }
    }
    if let Some(page) = files.page() {
        let wrong = |error: Error| mistake(PAGE, error.line().unwrap_or(0), &error);
        theirs.environment.add_template_owned(PAGE, page.to_owned()).map_err(wrong)?;
        for sheet in sample::sheets("sample") {
            theirs.page(Language::En, "", None, &sheet).map_err(wrong)?;
            theirs.page(Language::En, "../", Some(&sample::dress()), &sheet).map_err(wrong)?;
        }
    }
    Ok(())
}

/// The values that a template prints.
fn used(printer: &Printer, name: &str) -> Result<Vec<String>, Error> {
    let template = printer.environment.get_template(name)?;
    let mut used: Vec<String> = template.undeclared_variables(false).into_iter().collect();
    used.push("product".to_owned());
    Ok(used)
}

/// What is wrong with words that are read by us and not by people.
fn unfit(name: &str, printed: &str) -> Option<&'static str> {
    if name == Text::DIR.name() && !["ltr", "rtl"].contains(&printed) {
        return Some("a direction is `ltr` or `rtl`");
    }
    if name == Text::MONTHS.name() && printed.split(", ").count() != 12 {
        return Some("a year has twelve months, with `, ` between them");
    }
    None
}

fn mistake(file: &str, line: usize, error: &Error) -> PageFileMistake {
    let says = error.detail().map_or_else(|| error.kind().to_string(), |detail| format!("{}: {detail}", error.kind()));
    PageFileMistake::new(file, line, says)
}
