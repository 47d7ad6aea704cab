//! What happened over time, to be drawn and to be read as numbers. What must stay true: a picture shows nothing that its numbers do not
//! say as well, so that who cannot see it misses nothing.

use std::time::Duration;

use gatewright_core::model::Timestamp;

use super::{Block, Fact, Row, Table};
use crate::page::text::{Say, Text};

/// One or several series over the same time, in equal spans.
#[derive(Clone, Debug)]
pub(crate) struct Plot {
    /// What tells it from the other plots of its page.
    pub(crate) name: &'static str,
    pub(crate) title: Say,
    pub(crate) form: PlotForm,
    /// When the first span begins.
    pub(crate) since: Timestamp,
    pub(crate) span: Span,
    pub(crate) series: Vec<Series>,
}

/// What the numbers are, which decides how they are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlotForm {
    /// How often: bars, one series on the other. What is not known did not happen.
    Counts,
    /// How long, in milliseconds: lines, which break where nothing is known.
    Times,
}

/// How long a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Span {
    Hour,
    SixHours,
    Day,
}

/// One number for each span.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub(crate) says: Text,
    pub(crate) values: Vec<Option<u64>>,
}

impl Span {
    pub(crate) const fn length(self) -> Duration {
        let hours = match self {
            Self::Hour => 1,
            Self::SixHours => 6,
            Self::Day => 24,
        };
        Duration::from_secs(hours * 3600)
    }
}

impl Plot {
    /// How many spans there are.
    pub(in crate::page) fn spans(&self) -> usize {
        self.series.iter().map(|series| series.values.len()).max().unwrap_or(0)
    }

    /// When a span begins.
    pub(in crate::page) fn begin(&self, span: usize) -> Timestamp {
        let spans = u32::try_from(span).unwrap_or(u32::MAX);
        self.since.plus(self.span.length().saturating_mul(spans))
    }

    /// What the picture shows, as a table that is closed until it is opened.
    pub(in crate::page) fn numbers(&self) -> Block {
        let columns = self.series.iter().map(|series| Say::from(series.says));
        let row = |span: usize| {
            let values = self.series.iter().map(|series| self.number(series.values.get(span).copied().flatten()));
            Row { cells: std::iter::once(Fact::When(self.begin(span))).chain(values).collect() }
        };
        let table = Table {
            caption: self.title.clone(),
            columns: std::iter::once(Say::from(Text::PLOT_SINCE)).chain(columns).collect(),
            rows: (0..self.spans()).map(row).collect(),
            empty: Text::PLOT_NOTHING.into(),
        };
        Block::Fold { says: Text::PLOT_NUMBERS.into(), blocks: vec![Block::Table(table)] }
    }

    fn number(&self, value: Option<u64>) -> Fact {
        match (self.form, value) {
            (PlotForm::Counts, value) => Fact::Count(value.unwrap_or(0)),
            (PlotForm::Times, Some(ms)) => Fact::Says(time(ms)),
            (PlotForm::Times, None) => Fact::Says(Text::PLOT_UNKNOWN.into()),
        }
    }
}

/// The longest time that is told exactly, in milliseconds.
pub(crate) const LONGEST_TIME: u64 = 10_000;

/// A time as the scale of times has it: round milliseconds or seconds.
pub(in crate::page) fn time(ms: u64) -> Say {
    match ms {
        _ if ms > LONGEST_TIME => Text::PLOT_LONGER.with("seconds", LONGEST_TIME / 1000),
        _ if ms >= 1000 && ms.is_multiple_of(1000) => Text::PLOT_SECONDS.with("seconds", ms / 1000),
        _ => Text::PLOT_MILLISECONDS.with("ms", ms),
    }
}
