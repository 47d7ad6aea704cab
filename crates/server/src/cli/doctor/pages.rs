//! Are there pages, and can what an operator gave them be used.

use super::{Finding, bad, good, note};
use crate::{
    config::{Settings, keys},
    pages,
};

/// Looks at logo, templates and words, and at what is missing for people to get on.
pub(super) fn look(settings: &Settings) -> Vec<Finding> {
    let choices = &settings.pages;
    if let Err(problem) = pages::open(settings) {
        return vec![bad("pages", problem.to_string())];
    }
    if !choices.enabled {
        let says = format!(
            "{} is off: links in mails lead nowhere unless pages of yours stand there",
            keys::PAGES_ENABLED.variable()
        );
        return vec![note("pages", says)];
    }
    let look = match (&choices.folder, choices.accent) {
        (Some(folder), _) => format!("with the files of {}", folder.display()),
        (None, Some(accent)) => accent.to_string(),
        (None, None) => "as they are built in".to_owned(),
    };
    let mut findings = vec![good("pages", look)];
    if choices.home.is_none() {
        let says =
            format!("{} is not set: who has signed in is told to go on where they were", keys::PAGES_HOME.variable());
        findings.push(note("pages", says));
    }
    findings
}
