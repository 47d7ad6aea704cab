//! The tables of `docs/proof.md`, made from what the runs found. What must stay true: a table says the same on every machine, so
//! that the page can be compared with it.

use std::{fmt::Write as _, path::Path};

use crate::{
    bridge::Cap,
    catalogue::{Run, What},
    caught::Case,
    property::Broken,
    run::Report,
    setup::{Client, Losses, Setup},
};

/// A table of the page, by the marks around it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Table {
    /// What holds within the small bounds.
    Small,
    /// What holds within the large ones.
    Large,
    /// What falls without an assumption.
    Needed,
    /// What catches each mutation.
    Mutations,
    /// What the properties say.
    Properties,
}

impl Table {
    fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Large => "large",
            Self::Needed => "needed",
            Self::Mutations => "mutations",
            Self::Properties => "properties",
        }
    }

    fn marks(self) -> (String, String) {
        (format!("<!-- {}: made by the checker -->\n", self.name()), format!("<!-- end of {} -->\n", self.name()))
    }

    /// What stands between the marks; `None` if the page lacks them.
    #[must_use]
    pub fn on(self, page: &str) -> Option<&str> {
        let (begin, end) = self.marks();
        Some(page.split_once(&begin)?.1.split_once(&end)?.0)
    }

    /// The page with this table in place of the old one; `None` if it lacks the marks.
    #[must_use]
    pub fn put(self, page: &str, table: &str) -> Option<String> {
        let (begin, end) = self.marks();
        let (before, rest) = page.split_once(&begin)?;
        let (_, after) = rest.split_once(&end)?;
        Some(format!("{before}{begin}{table}{end}{after}"))
    }
}

/// The runs that hold, with their bounds and how many states there are.
#[must_use]
pub fn holding(found: &[(Run, Report)]) -> String {
    let mut table = String::from("\n| run | what | bounds | states |\n|---|---|---|--:|\n");
    for (run, report) in found {
        let (name, says, bounds, states) = (run.name, run.says, bounds(run), grouped(report.states));
        writeln!(table, "| `{name}` | {says} | {bounds} | {states} |").expect("a string takes everything");
    }
    let all: usize = found.iter().map(|(_, report)| report.states).sum();
    writeln!(table, "| {} runs | | | {} |\n", found.len(), grouped(all)).expect("a string takes everything");
    table
}

/// The runs that fall, each because an assumption is given up.
#[must_use]
pub fn falling(found: &[(Run, Report)]) -> String {
    let mut table = String::from("\n| run | what is given up | bounds | falls | steps |\n|---|---|---|---|--:|\n");
    for (run, report) in found {
        let (fell, steps) = fallen(report);
        let (name, says, bounds) = (run.name, run.says, bounds(run));
        writeln!(table, "| `{name}` | {says} | {bounds} | {fell} | {steps} |").expect("a string takes everything");
    }
    table.push('\n');
    table
}

/// The mutations, each with the run that catches it.
#[must_use]
pub fn mutations(found: &[(Case, Report)]) -> String {
    let mut table = String::from("\n| what is wrong | run | falls | steps |\n|---|---|---|--:|\n");
    for (case, report) in found {
        let (fell, steps) = fallen(report);
        writeln!(table, "| {} | `{}` | {fell} | {steps} |", case.text, case.base).expect("a string takes everything");
    }
    table.push('\n');
    table
}

/// What the properties say.
#[must_use]
pub fn properties() -> String {
    let mut table = String::from("\n| property | says |\n|---|---|\n");
    for (_, name, says) in Broken::ALL {
        writeln!(table, "| {name} | {says} |").expect("a string takes everything");
    }
    table.push('\n');
    table
}

/// The page, as it is committed.
#[must_use]
pub fn file() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/proof.md"))
}

fn fallen(report: &Report) -> (String, String) {
    report.fall.as_ref().map_or_else(
        || ("nothing".into(), String::new()),
        |fall| (fall.properties.iter().copied().collect::<Vec<_>>().join(", "), fall.steps.to_string()),
    )
}

fn bounds(run: &Run) -> String {
    let What::One(setup) = run.what else { return "4 messages".into() };
    let Setup { clock, exchanges, request_life, answer_life, .. } = setup;
    let mut parts = vec![format!("{}/{}", clock.min_age, clock.lost_window)];
    if setup.client != Client::Anybody {
        parts.push(format!("R {request_life}, D {answer_life}, X {exchanges}"));
        let losses = match setup.losses {
            Losses::Any => "any L".into(),
            Losses::PerGeneration(most) => format!("L {most}"),
        };
        parts.push(losses);
    }
    let cap = if setup.cap == Cap::REAL { "real cap".into() } else { format!("cap {}", setup.cap.0) };
    parts.push(cap);
    if setup.rollbacks > 0 {
        parts.push(format!("{} rollback{}", setup.rollbacks, if setup.rollbacks > 1 { "s" } else { "" }));
    }
    parts.join(", ")
}

/// `1234567` as `1,234,567`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let (head, tail) = digits.split_at(first);
    let tail = tail.as_bytes().chunks(3).map(|three| three.iter().map(|digit| char::from(*digit)).collect::<String>());
    (!head.is_empty()).then(|| head.to_owned()).into_iter().chain(tail).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_takes_the_place_of_the_old_one() {
        let page = "a\n<!-- small: made by the checker -->\nold\n<!-- end of small -->\nb\n";
        let put = Table::Small.put(page, "new\n").unwrap();
        assert_eq!(Table::Small.on(&put), Some("new\n"));
        assert!(put.starts_with("a\n") && put.ends_with("b\n"));
        assert_eq!(Table::Large.on(page), None);
    }

    #[test]
    fn digits_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
