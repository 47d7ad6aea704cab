//! A plot as a drawing. All of it is reckoned in whole tenths of a unit of the drawing, which is 360 units wide and 180 high wherever
//! it stands: so nothing moves while a page loads, and a drawing is the same to the last digit wherever it is made.

use minijinja::{Error, Value};

use super::{Values, Words};
use crate::page::{
    sheet::{Plot, PlotForm, Series, Span, time},
    text::{Say, Text},
};

/// Tenths of a unit, from the left and from the top.
type Tenths = u128;

const LEFT: Tenths = 440;
const RIGHT: Tenths = 3400;
const TOP: Tenths = 100;
const BOTTOM: Tenths = 1520;
/// The line on which the words below the drawing stand.
const BELOW: Tenths = 1700;
/// What happened at all is seen, however often something else did.
const LEAST_BAR: Tenths = 10;
/// At most so many lines of the scale are drawn above the lowest.
const MOST_STEPS: u128 = 4;

/// From which number up to which the drawing goes, in equal steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Scale {
    step: u128,
    steps: u128,
}

impl Scale {
    /// The finest one with round steps that holds `peak`: steps of 1, 2 or 5 and noughts.
    fn of(peak: u128) -> Self {
        let mut power: u128 = 1;
        loop {
            for first in [1, 2, 5] {
                let step = power.saturating_mul(first);
                if peak <= step.saturating_mul(MOST_STEPS) {
                    return Self { step, steps: peak.div_ceil(step).max(1) };
                }
            }
            power = power.saturating_mul(10);
        }
    }

    const fn top(self) -> u128 {
        self.step.saturating_mul(self.steps)
    }

    /// How high a number stands above the lowest line.
    fn height(self, number: u128) -> Tenths {
        let height = number.saturating_mul(BOTTOM - TOP) / self.top();
        if number == 0 { 0 } else { height.max(LEAST_BAR) }
    }

    /// A number of the scale in a few letters: with the largest letter of the SI that its steps are whole with.
    fn label(self, number: u128) -> String {
        const LETTERS: [&str; 8] = ["", "k", "M", "G", "T", "P", "E", "Z"];
        if number == 0 {
            return "0".to_owned();
        }
        let (mut number, mut step, mut letter) = (number, self.step, 0);
        while step.is_multiple_of(1000) && letter + 1 < LETTERS.len() {
            (number, step, letter) = (number / 1000, step / 1000, letter + 1);
        }
        format!("{number}{}", LETTERS[letter])
    }
}

/// Where a time stands on a scale on which 1, 2, 5 and 10 are equally far apart: from 0, which is 1 ms.
fn third_of_decade(ms: u64) -> u128 {
    let decade = ms.max(1).ilog10();
    let lead = ms.max(1) / 10_u64.pow(decade);
    u128::from(3 * decade) + u128::from(lead >= 2) + u128::from(lead >= 5)
}

/// So far the scale of times goes at least, in such thirds: to 100 ms.
const LEAST_TIMES: u128 = 6;

/// A time on a scale with this highest third. The lowest time stands a little above the lowest line, so that it is seen.
fn time_height(third: u128, highest: u128) -> Tenths {
    (third + 1) * (BOTTOM - TOP) / (highest + 1)
}

/// From where to where a span goes.
fn slot(span: usize, spans: usize) -> (Tenths, Tenths) {
    let at = |span: usize| LEFT + (RIGHT - LEFT) * span as u128 / spans.max(1) as u128;
    (at(span), at(span + 1))
}

fn middle(span: usize, spans: usize) -> Tenths {
    let (from, to) = slot(span, spans);
    from.midpoint(to)
}

/// As a drawing writes it.
fn units(tenths: Tenths) -> String {
    match (tenths / 10, tenths % 10) {
        (whole, 0) => whole.to_string(),
        (whole, part) => format!("{whole}.{part}"),
    }
}

/// The bars of each series, each on those of the series before.
fn bars(plot: &Plot, scale: Scale) -> Vec<String> {
    let spans = plot.spans();
    let mut below = vec![0_u128; spans];
    let draw = |series: &Series| {
        let mut path = String::new();
        for (span, value) in series.values.iter().enumerate().filter(|(_, value)| value.is_some_and(|it| it > 0)) {
            let (from, to) = slot(span, spans);
            let gap = (to - from) / 10;
            let foot = scale.height(below[span]);
            below[span] += u128::from(value.unwrap_or(0));
            // A part of a bar is as high as it is seen to be, and never ends where it began.
            let head = scale.height(below[span]).max(foot + LEAST_BAR);
            let (left, width) = (units(from + gap), units(to - from - 2 * gap));
            path += &format!("M{left} {}h{width}V{}h-{width}z", units(BOTTOM - foot), units(BOTTOM - head));
        }
        path
    };
    plot.series.iter().map(draw).collect()
}

/// The line of each series. A span of which nothing is known breaks it, and one that stands alone is as long as it lasted.
fn lines(plot: &Plot, highest: u128) -> Vec<String> {
    let spans = plot.spans();
    let draw = |series: &Series| {
        let is_known = |span: usize| series.values.get(span).is_some_and(Option::is_some);
        let mut path = String::new();
        for (span, ms) in series.values.iter().enumerate().filter_map(|(span, ms)| Some((span, (*ms)?))) {
            let (x, y) = (middle(span, spans), BOTTOM - time_height(third_of_decade(ms), highest));
            let (from, to) = slot(span, spans);
            path += &match (span > 0 && is_known(span - 1), is_known(span + 1)) {
                (true, _) => format!("L{} {}", units(x), units(y)),
                (false, true) => format!("M{} {}", units(x), units(y)),
                (false, false) => format!("M{} {}H{}", units(from), units(y), units(to)),
            };
        }
        path
    };
    plot.series.iter().map(draw).collect()
}

/// How high the drawing of counts has to be: of all series together.
fn peak(plot: &Plot) -> (usize, u128) {
    let sum = |span: usize| {
        let values = plot.series.iter().filter_map(|series| series.values.get(span).copied().flatten());
        values.map(u128::from).sum::<u128>()
    };
    // Of several equal ones the first.
    (0..plot.spans()).map(|span| (span, sum(span))).rev().max_by_key(|(_, sum)| *sum).unwrap_or_default()
}

/// The span in which the last series, the slowest, is highest.
fn slowest(plot: &Plot) -> Option<(usize, u64)> {
    let values = plot.series.last()?.values.iter().enumerate();
    values.rev().filter_map(|(span, value)| Some((span, (*value)?))).max_by_key(|(_, ms)| *ms)
}

/// The spans below which stands when they began.
fn labelled(plot: &Plot) -> Vec<usize> {
    let spans = plot.spans();
    let is_labelled = |span: &usize| {
        let hour = plot.begin(*span).secs().rem_euclid(86_400) / 3600;
        match plot.span {
            Span::Hour => hour % 6 == 0,
            Span::SixHours => hour == 0 && (spans - span) / 4 % 2 == 1,
            Span::Day => (spans - 1 - span).is_multiple_of(7),
        }
    };
    (0..spans).filter(is_labelled).collect()
}

impl Words<'_> {
    pub(super) fn plot(&self, plot: &Plot) -> Result<Value, Error> {
        let (form, ticks, paths, says) = match plot.form {
            PlotForm::Counts => {
                let (span, peak) = peak(plot);
                let scale = Scale::of(peak);
                let tick = |step| {
                    let number = scale.step * step;
                    (BOTTOM - (BOTTOM - TOP) * step / scale.steps, Value::from(scale.label(number)))
                };
                let ticks = (0..=scale.steps).map(tick).collect::<Vec<_>>();
                ("bars", ticks, bars(plot, scale), self.counted(plot, span, peak)?)
            }
            PlotForm::Times => {
                let highest = slowest(plot).map_or(0, |(_, ms)| third_of_decade(ms)).max(LEAST_TIMES);
                let decades = 0..=highest.div_ceil(3);
                let highest = 3 * decades.end();
                let tick = |decade: u128| {
                    let says = tick_time(10_u64.saturating_pow(u32::try_from(decade).unwrap_or(u32::MAX)));
                    Ok((BOTTOM - time_height(3 * decade, highest), self.say(&says)?))
                };
                let ticks = decades.map(tick).collect::<Result<Vec<_>, Error>>()?;
                ("lines", ticks, lines(plot, highest), self.timed(plot)?)
            }
        };
        let tick = |(y, text): &(Tenths, Value)| {
            let line = format!("M{} {}H{}", units(LEFT), units(*y), units(RIGHT));
            let values = [("line", Value::from(line)), ("y", Value::from(units(*y + 35))), ("text", text.clone())];
            Ok(Value::from(Values::from(values)))
        };
        let label = |span: &usize| {
            let text = self.short_moment(plot, *span)?;
            let x = units(middle(*span, plot.spans()));
            Ok(Value::from(Values::from([("x", Value::from(x)), ("text", text)])))
        };
        let series: Vec<_> = plot.series.iter().zip(paths).collect();
        let series = self.each(&series, |(series, path)| {
            let values = [("text", self.say(&series.says.into())?), ("path", Value::from(path))];
            Ok(Value::from(Values::from(values)))
        })?;
        Ok(Value::from(Values::from([
            ("name", Value::from(plot.name)),
            ("title", self.say(&plot.title)?),
            ("says", says),
            ("form", Value::from(form)),
            ("ticks", self.each(&ticks, tick)?),
            ("tick_x", Value::from(units(LEFT - 50))),
            ("labels", self.each(&labelled(plot), label)?),
            ("label_y", Value::from(units(BELOW))),
            ("series", series),
            ("has_legend", Value::from(plot.series.len() > 1)),
            ("numbers", self.blocks(&[plot.numbers()])?),
        ])))
    }

    /// How often it was, of each series if there are several, and when most.
    fn counted(&self, plot: &Plot, span: usize, peak: u128) -> Result<Value, Error> {
        if peak == 0 {
            return self.say(&Text::PLOT_NOTHING.into());
        }
        let mut parts = Vec::new();
        for series in &plot.series {
            let total = series.values.iter().flatten().map(|it| u128::from(*it)).sum::<u128>();
            let total = self.count(u64::try_from(total).unwrap_or(u64::MAX))?;
            parts.push(match plot.series.len() {
                1 => self.say(&Text::PLOT_TOTAL.with("total", total))?,
                _ => {
                    let series = self.say(&series.says.into())?;
                    self.say(&Text::PLOT_TOTAL_OF.with("series", series).with("total", total))?
                }
            });
        }
        let peak = self.count(u64::try_from(peak).unwrap_or(u64::MAX))?;
        let when = self.moment(Text::MOMENT, plot.begin(span))?;
        parts.push(self.say(&Text::PLOT_PEAK.with("peak", peak).with("when", when))?);
        Ok(joined(&parts))
    }

    /// When the slowest answers were.
    fn timed(&self, plot: &Plot) -> Result<Value, Error> {
        let Some((span, ms)) = slowest(plot) else { return self.say(&Text::PLOT_NOTHING.into()) };
        let (peak, when) = (self.say(&time(ms))?, self.moment(Text::MOMENT, plot.begin(span))?);
        let known = plot.series.last().map_or(0, |series| series.values.iter().flatten().count());
        let all = Text::PLOT_SPANS.with("known", known).with("spans", plot.spans());
        Ok(joined(&[self.say(&all)?, self.say(&Text::PLOT_SLOWEST.with("peak", peak).with("when", when))?]))
    }

    /// The beginning of a span in a few letters: the hour of a day, or the day.
    fn short_moment(&self, plot: &Plot, span: usize) -> Result<Value, Error> {
        // `2026-11-21T20:20:00Z`
        let text = plot.begin(span).to_string();
        let number = |from: usize| text.get(from..from + 2).and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
        if plot.span == Span::Hour {
            return self.say(&Text::PLOT_HOUR.with("hour", text.get(11..13).unwrap_or_default()));
        }
        let months = self.say(&Text::PLOT_MONTHS.into())?.to_string();
        let month = months.split(", ").nth(number(5).saturating_sub(1)).unwrap_or_default().to_owned();
        self.say(&Text::PLOT_DAY.with("day", number(8)).with("month", month))
    }
}

/// A line of the scale of times; above what is told exactly there are lines all the same.
fn tick_time(ms: u64) -> Say {
    match ms {
        1000.. => Text::PLOT_SECONDS.with("seconds", ms / 1000),
        _ => Text::PLOT_MILLISECONDS.with("ms", ms),
    }
}

fn joined(parts: &[Value]) -> Value {
    Value::from(parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use gatewright_core::model::Timestamp;

    use super::*;
    use crate::page::{
        language::Language,
        print::Printer,
        sheet::{Block, Sheet},
    };

    fn plot(form: PlotForm, span: Span, series: &[&[Option<u64>]]) -> Plot {
        let series = series.iter().map(|values| Series { says: Text::NAV_OVERVIEW, values: values.to_vec() });
        // Midnight of 21 November 2026.
        let since = Timestamp::from_secs(1_795_219_200);
        Plot { name: "test", title: Text::NAV_OVERVIEW.into(), form, since, span, series: series.collect() }
    }

    fn counts(values: &[u64]) -> Plot {
        let values: Vec<_> = values.iter().copied().map(Some).collect();
        plot(PlotForm::Counts, Span::Hour, &[&values])
    }

    fn printed(language: Language, plot: &Plot) -> String {
        let printer = Printer::new("Example").unwrap();
        let sheet = Sheet::new(Text::NAV_OVERVIEW).block(Block::Plots(vec![plot.clone()]));
        let page = printer.page(language, "", None, &sheet).unwrap();
        page.split_once("<div class=\"plots\">").unwrap().1.split("</figure>").next().unwrap().replace("&#x2f;", "/")
    }

    fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
        text.split_once(from).unwrap_or_else(|| panic!("no {from} in {text}")).1.split(to).next().unwrap()
    }

    #[test]
    fn a_scale_has_few_round_steps_and_holds_its_peak() {
        let scale = |peak| {
            let Scale { step, steps } = Scale::of(peak);
            (step, steps)
        };
        for (peak, expected) in [
            (0, (1, 1)),
            (1, (1, 1)),
            (4, (1, 4)),
            (5, (2, 3)),
            (8, (2, 4)),
            (9, (5, 2)),
            (20, (5, 4)),
            (21, (10, 3)),
            (999, (500, 2)),
            (1_000_000, (500_000, 2)),
            (u128::from(u64::MAX), (5_000_000_000_000_000_000, 4)),
        ] {
            assert_eq!(scale(peak), expected, "{peak}");
        }
        for peak in (0..2_000).chain((0..64).map(|power| 1 << power)).chain((0..64).map(|power| (1 << power) + 1)) {
            let scale = Scale::of(peak);
            assert!(scale.top() >= peak && (1..=MOST_STEPS).contains(&scale.steps), "{peak}: {scale:?}");
            assert!(peak == 0 || scale.top() - scale.step < peak, "{peak}: a step too many: {scale:?}");
        }
    }

    #[test]
    fn numbers_of_a_scale_are_whole_and_short() {
        let labels = |peak| {
            let scale = Scale::of(peak);
            (0..=scale.steps).map(|step| scale.label(scale.step * step)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(labels(0), "0 1");
        assert_eq!(labels(1_700), "0 500 1000 1500 2000");
        assert_eq!(labels(3_100), "0 1k 2k 3k 4k");
        assert_eq!(labels(6_000_000), "0 2M 4M 6M");
        assert_eq!(labels(u128::from(u64::MAX)), "0 5E 10E 15E 20E");
        assert!((0..64).all(|power| labels((1 << power) + 1).split(' ').all(|label| label.len() <= 5)));
    }

    #[test]
    fn times_stand_on_a_scale_of_thirds_of_decades() {
        let places = [0, 1, 2, 4, 5, 9, 10, 20, 50, 99, 100, 1000, 10_000, 20_000, u64::MAX].map(third_of_decade);
        assert_eq!(places, [0, 0, 1, 1, 2, 2, 3, 4, 5, 5, 6, 9, 12, 13, 57]);
    }

    #[test]
    fn bars_stand_side_by_side_from_the_lowest_line_on() {
        let scale = Scale::of(4);
        insta::assert_snapshot!(bars(&counts(&[4, 0, 1, 2]), scale).concat(), @"M51.4 152h59.2V10h-59.2zM199.4 152h59.2V116.5h-59.2zM273.4 152h59.2V81h-59.2z");
    }

    #[test]
    fn bars_of_several_series_stand_on_each_other() {
        let plot = plot(PlotForm::Counts, Span::Hour, &[&[Some(1), None], &[Some(3), Some(2)]]);
        assert_eq!(peak(&plot), (0, 4));
        let paths = bars(&plot, Scale::of(4));
        insta::assert_snapshot!(paths.join("\n"), @r"
        M58.8 152h118.4V116.5h-118.4z
        M58.8 116.5h118.4V10h-118.4zM206.8 152h118.4V81h-118.4z
        ");
    }

    #[test]
    fn one_of_something_is_seen_beside_a_million() {
        let path = bars(&counts(&[1_000_000, 1]), Scale::of(1_000_000)).concat();
        assert!(path.ends_with("M206.8 152h118.4V151h-118.4z"), "{path}");
    }

    #[test]
    fn a_line_breaks_where_nothing_is_known() {
        let known = [Some(1), Some(100), None, Some(10), None, Some(20), Some(50)];
        let plot = plot(PlotForm::Times, Span::Hour, &[&known]);
        insta::assert_snapshot!(lines(&plot, 6).concat(), @"M65.1 131.8L107.3 10M170.8 70.9H213.1M276.5 50.6L318.8 30.3");
    }

    #[test]
    fn nothing_is_drawn_as_an_empty_scale() {
        for form in [PlotForm::Counts, PlotForm::Times] {
            let empty = plot(form, Span::Hour, &[&[None; 24]]);
            let html = printed(Language::En, &empty);
            assert_eq!(between(&html, "test-desc\">", "<"), "Nothing was counted in this time.");
            assert!(html.contains("class=\"series-1\" d=\"\""), "{html}");
            assert_eq!(html.matches("<tr>").count(), 25);
            // Nor does it go wrong where there is not even time.
            assert!(printed(Language::En, &plot(form, Span::Day, &[])).contains("viewBox=\"0 0 360 180\""));
        }
        assert!(printed(Language::En, &counts(&[0, 0])).contains(">Nothing was counted"));
    }

    #[test]
    fn one_point_is_drawn_and_told() {
        let html = printed(Language::En, &counts(&[7]));
        assert_eq!(
            between(&html, "test-desc\">", "<"),
            "7 in all. Most at a time: 7, from 21 November 2026, 00:00 UTC."
        );
        assert_eq!(between(&html, "class=\"series-1\" d=\"", "\""), "M73.6 152h236.8V27.8h-236.8z");
        let html = printed(Language::En, &plot(PlotForm::Times, Span::Hour, &[&[Some(5)]]));
        assert!(
            between(&html, "test-desc\">", "<").ends_with("Slowest from 21 November 2026, 00:00 UTC: 5 ms."),
            "{html}"
        );
        assert_eq!(between(&html, "class=\"series-1\" d=\"", "\""), "M44 91.2H340");
    }

    #[test]
    fn huge_numbers_stay_within_the_drawing() {
        let huge = [Some(u64::MAX), Some(u64::MAX), Some(1)];
        for form in [PlotForm::Counts, PlotForm::Times] {
            let html = printed(Language::En, &plot(form, Span::SixHours, &[&huge, &huge]));
            for path in html.split(" d=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
                let numbers = path.split(|it: char| !it.is_ascii_digit() && it != '.').filter(|it| !it.is_empty());
                for number in numbers.map(|it| it.parse::<f64>().unwrap()) {
                    assert!((0.0..=360.0).contains(&number), "{path}");
                }
            }
        }
        assert!(printed(Language::En, &plot(PlotForm::Times, Span::Hour, &[&huge])).contains("more than 10 s"));
    }

    #[test]
    fn what_is_seen_is_said_in_the_language_of_the_page() {
        let mut values = [0; 30];
        values[3] = 12_345;
        let plot = Plot { span: Span::Day, ..counts(&values) };
        let html = printed(Language::De, &plot);
        let says = "Insgesamt 12.345. Höchstwert: 12.345, ab 24. November 2026, 00:00 Uhr UTC.";
        assert_eq!(between(&html, "test-desc\">", "<"), says);
        let labels: Vec<_> =
            html.split("text-anchor=\"middle\">").skip(1).map(|it| it.split('<').next().unwrap()).collect();
        assert_eq!(labels, ["22. Nov.", "29. Nov.", "6. Dez.", "13. Dez.", "20. Dez."]);
        assert!(html.contains("aria-labelledby=\"plot-test-title plot-test-desc\""), "{html}");
        assert!(!html.contains(" style="), "{html}");
    }

    #[test]
    fn hours_and_days_are_named_so_far_apart_that_they_do_not_touch() {
        let labels = |span, spans| labelled(&Plot { span, ..counts(&vec![0; spans]) });
        assert_eq!(labels(Span::Hour, 24), [0, 6, 12, 18]);
        assert_eq!(labels(Span::SixHours, 28), [0, 8, 16, 24]);
        assert_eq!(labels(Span::Day, 30), [1, 8, 15, 22, 29]);
    }
}
