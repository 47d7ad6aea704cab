//! What was found, as a page. What must stay true: the page says when, on what and with which command, and what people wrote
//! below its last generated line is kept.

use std::{fmt::Write, fs, io::ErrorKind, path::Path, time::Duration};

use crate::{
    failure::{During, Failure},
    load::Measured,
    terminal,
};

/// What stands below this line belongs to people.
const END: &str = "<!-- What stands above this line is written by the command; what stands below it is kept. -->";

/// Everything that was found so far. Each finding is told at once.
#[derive(Default)]
pub(crate) struct Report {
    lines: Vec<Line>,
    loads: Vec<LoadLine>,
}

/// One figure, perhaps with what it should be.
pub(crate) struct Line {
    what: String,
    aim: String,
    figure: String,
    verdict: &'static str,
}

/// One load and what came of it.
pub(crate) struct LoadLine {
    what: String,
    measured: Measured,
    processor: Option<Duration>,
    /// Of the bare server's answers per second in the same run.
    share: Option<f64>,
}

/// Where and of what the figures are.
pub(crate) struct Setting {
    pub(crate) date: String,
    pub(crate) commit: String,
    pub(crate) machine: String,
    pub(crate) load_before: String,
    pub(crate) population: String,
}

impl Line {
    /// A figure without an aim.
    pub(crate) fn plain(what: &str, figure: String) -> Self {
        Self { what: what.to_owned(), aim: String::new(), figure, verdict: "" }
    }

    /// A figure that ought not to be above `most`. `figure` is how `measured` is shown.
    pub(crate) fn aimed<T: Copy + PartialOrd>(what: &str, aim: &str, figure: String, measured: T, most: T) -> Self {
        let verdict = if measured <= most { "yes" } else { "**no**" };
        Self { what: what.to_owned(), aim: aim.to_owned(), figure, verdict }
    }
}

impl LoadLine {
    pub(crate) fn alone(what: impl Into<String>, measured: Measured) -> Self {
        let processor = Some(measured.processor_per_answer());
        Self { what: what.into(), measured, processor, share: None }
    }

    /// Beside the bare server's rate.
    pub(crate) fn beside(what: impl Into<String>, measured: Measured, bare: f64) -> Self {
        let share = Some(measured.rate() / bare);
        Self { share, ..Self::alone(what, measured) }
    }

    /// While the server did something else, too, so that its processor time says nothing about these answers.
    pub(crate) fn among_others(what: impl Into<String>, measured: Measured) -> Self {
        Self { processor: None, ..Self::alone(what, measured) }
    }

    fn row(&self) -> String {
        let Self { what, measured, processor, share } = self;
        let share = share.map(|share| format!("{share:.2}")).unwrap_or_default();
        let [p50, p95, p99] = [50, 95, 99].map(|percent| millis(measured.percentile(percent)));
        let (rate, processor) = (rate(measured.rate()), processor.map(micros).unwrap_or_default());
        let (connections, refused) = (measured.connections, measured.refused);
        format!("| {what} | {connections} | {rate} | {p50} | {p95} | {p99} | {processor} | {refused} | {share} |")
    }
}

impl Report {
    pub(crate) fn line(&mut self, line: Line) {
        let aim = if line.aim.is_empty() { String::new() } else { format!(" (aim {}: {})", line.aim, line.verdict) };
        terminal::tell(format_args!("  {}: {}{aim}", line.what, line.figure));
        self.lines.push(line);
    }

    pub(crate) fn load(&mut self, line: LoadLine) {
        let Measured { connections, refused, .. } = line.measured;
        let (rate, p99) = (rate(line.measured.rate()), millis(line.measured.percentile(99)));
        let processor = line.processor.map(|each| format!(", server CPU {} each", micros(each))).unwrap_or_default();
        let share = line.share.map(|share| format!(", {share:.2} of the ceiling")).unwrap_or_default();
        let refused = if refused == 0 { String::new() } else { format!(", {refused} refused with 503") };
        terminal::tell(format_args!(
            "  {}, {connections} connections: {rate}/s, p99 {p99}{processor}{share}{refused}",
            line.what
        ));
        self.loads.push(line);
    }

    /// Writes the page, keeping what people wrote below the generated part.
    pub(crate) fn write(&self, path: &Path, setting: &Setting) -> Result<(), Failure> {
        let before = match fs::read_to_string(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            read => read.during("reading the old page")?,
        };
        let kept = before.split_once(END).map_or("\n", |(_, kept)| kept);
        fs::write(path, format!("{}{END}{kept}", self.page(setting))).during("writing the page")
    }

    fn page(&self, setting: &Setting) -> String {
        let Setting { date, commit, machine, load_before, population } = setting;
        let mut page = format!(
            "# Measurements

What the release binary costs, over real HTTP on a real database file. One command measures everything in one go, on one
machine, and writes this page:

```console
$ cargo run --release -p gatewright-bench
```

Measured on {date} at commit {commit}; {machine}, shared by the server and the load generator; load average before the run {load_before}. \
The database holds {population}. Every setting is the default, but for: no rate limits, every refresh rotates (`refresh.min_age`
and `refresh.lost_window` 0), and any number of sessions per user. A commit is durable (`synchronous=FULL`) before its caller is answered.
Every answer was checked: its status, that each refresh presented the newest token of its own session, that this token was replaced and
the generation rose by exactly one. A wrong answer ends the run without a page.

## Against the aims

| what | aim | measured | met |
|---|---|---|---|
"
        );
        for Line { what, aim, figure, verdict } in &self.lines {
            writeln!(page, "| {what} | {aim} | {figure} | {verdict} |")
                .expect("a string takes what is written into it");
        }
        page.push_str(
            "
## Answers per second

Each connection asks again when it has its answer; where a rate is named, each asks ten times a second, and its time counts from
when it was due. *Ceiling* is the rate beside that of a bare axum server which answers a constant, under the same generator with the
same number of connections in the same run: the share of this machine's own limit, and the figure to compare between machines.

| what | connections | per second | p50 | p95 | p99 | server CPU each | 503 | of the ceiling |
|---|---|---|---|---|---|---|---|---|
",
        );
        for load in &self.loads {
            writeln!(page, "{}", load.row()).expect("a string takes what is written into it");
        }
        page.push('\n');
        page
    }
}

/// KiB as MiB.
pub(crate) fn mib(kib: u64) -> String {
    format!("{}.{} MiB", kib / 1024, kib % 1024 * 10 / 1024)
}

/// To a hundredth of a millisecond.
pub(crate) fn millis(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1e3)
}

/// To a tenth of a microsecond.
pub(crate) fn micros(duration: Duration) -> String {
    format!("{:.1} µs", duration.as_secs_f64() * 1e6)
}

/// To three digits, with thousands apart: more would claim what no run repeats.
fn rate(rate: f64) -> String {
    let magnitude = if rate < 1.0 { 0 } else { rate.log10().floor() as i32 };
    let step = 10_f64.powi((magnitude - 2).max(0));
    let whole = ((rate / step).round() * step) as u64;
    if whole < 1000 { whole.to_string() } else { format!("{},{:03}", whole / 1000, whole % 1000) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_with_as_many_digits_as_they_deserve() {
        for (number, text) in
            [(0.0, "0"), (7.4, "7"), (99.6, "100"), (421.0, "421"), (26_449.0, "26,400"), (140_600.0, "141,000")]
        {
            assert_eq!(rate(number), text, "{number}");
        }
        assert_eq!(mib(20 * 1024 - 1), "19.9 MiB");
        assert_eq!(millis(Duration::from_micros(1234)), "1.23 ms");
    }

    #[test]
    fn what_people_wrote_below_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.md");
        let setting = || Setting {
            date: "2026-01-02".into(),
            commit: "abc".into(),
            machine: "2 cores".into(),
            load_before: "0.1".into(),
            population: "somebody".into(),
        };
        let mut report = Report::default();
        report.line(Line::aimed("size", "< 1 MiB", "2 MiB".into(), 2, 1));
        report.write(&path, &setting()).unwrap();
        let first = fs::read_to_string(&path).unwrap();
        assert!(first.contains("| size | < 1 MiB | 2 MiB | **no** |"), "{first}");
        fs::write(&path, first + "Why so.\n").unwrap();
        Report::default().write(&path, &setting()).unwrap();
        let second = fs::read_to_string(&path).unwrap();
        assert!(second.ends_with("Why so.\n") && !second.contains("| size |"), "{second}");
    }
}
