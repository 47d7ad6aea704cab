//! The words that all letters of a language share: greeting, times, spans of time, devices.

use std::time::Duration;

use gatewright_core::model::{Circumstances, DeviceSigns, Program, System, Timestamp};
use minijinja::Value;

use super::{
    press::{Misprint, Press, Snippet, Values},
    sheet::Sheet,
};
use crate::{clean, setup::SetupError};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Each line of `words.txt` and what it may use beside the product.
const LINES: [(&str, &[&str]); 19] = [
    ("dir", &[]),
    ("greeting", &["name"]),
    ("link_hint", &[]),
    ("code_hint", &[]),
    ("good_for", &["span"]),
    ("minutes", &["count"]),
    ("hours", &["count"]),
    ("days", &["count"]),
    ("when", &[]),
    ("where", &[]),
    ("with", &[]),
    ("who", &[]),
    ("moment", &["day", "month", "year", "hour", "minute"]),
    ("months", &[]),
    ("address", &["ip"]),
    ("device", &["program", "system"]),
    ("support", &["address"]),
    ("support_page", &["page"]),
    ("automatic", &[]),
];

/// The words of one language.
pub(super) struct Words {
    snippets: Vec<(&'static str, Snippet)>,
    months: Vec<String>,
    product: String,
    pub(super) dir: String,
}

impl Words {
    pub(super) fn read(press: &mut Press, file: &str, text: &str, product: &str) -> Result<Self, SetupError> {
        let sheet = Sheet::read(file, text)?;
        sheet.only(&LINES.map(|(name, _)| name))?;
        if let Some(paragraph) = sheet.paragraphs.first() {
            return Err(sheet.wrong(paragraph.number, "words have no paragraphs"));
        }
        let mut snippets = Vec::new();
        for (name, variables) in LINES {
            let line = sheet.line(name)?;
            let allowed = [&["product"], variables].concat();
            snippets.push((name, press.set(file, line.number, line.value, &allowed)?));
        }
        let months = sheet.line("months")?;
        let months_listed: Vec<String> = months.value.split(',').map(|month| month.trim().to_owned()).collect();
        if months_listed.len() != 12 || months_listed.iter().any(String::is_empty) {
            return Err(sheet.wrong(months.number, "there are twelve months, with commas between them"));
        }
        let dir = sheet.line("dir")?;
        if !matches!(dir.value, "ltr" | "rtl") {
            return Err(sheet.wrong(dir.number, "the direction is ltr or rtl"));
        }
        Ok(Self { snippets, months: months_listed, product: product.to_owned(), dir: dir.value.to_owned() })
    }

    /// One of the lines.
    pub(super) fn say(&self, press: &Press, name: &str, mut values: Values) -> Result<String, Misprint> {
        let (_, snippet) =
            self.snippets.iter().find(|(known, _)| *known == name).expect("only lines of LINES are asked for");
        values.insert("product", Value::from(&self.product));
        press.print(snippet, &values)
    }

    /// "15 minutes": in the largest unit that needs no fraction; a day is 24 hours.
    pub(super) fn span(&self, press: &Press, span: Duration) -> Result<String, Misprint> {
        let secs = span.as_secs();
        let (name, count) = if secs > DAY && secs.is_multiple_of(DAY) {
            ("days", secs / DAY)
        } else if secs >= HOUR && secs.is_multiple_of(HOUR) {
            ("hours", secs / HOUR)
        } else {
            ("minutes", (secs / MINUTE).max(1))
        };
        self.say(press, name, Values::from([("count", Value::from(count))]))
    }

    /// Labels and values: when, where, with what, and who.
    pub(super) fn circumstances(
        &self,
        press: &Press,
        circumstances: &Circumstances,
    ) -> Result<Vec<(String, String)>, Misprint> {
        let label = |name: &str| self.say(press, name, Values::new());
        let mut rows = vec![(label("when")?, self.moment(press, circumstances.at)?)];
        if let Some(ip) = circumstances.ip {
            let value = self.say(press, "address", Values::from([("ip", Value::from(ip.to_string()))]))?;
            rows.push((label("where")?, value));
        }
        if let Some(user_agent) = &circumstances.user_agent {
            let signs = DeviceSigns::of(user_agent);
            let values = Values::from([
                ("program", Value::from(signs.program.map(Program::name))),
                ("system", Value::from(signs.system.map(System::name))),
            ]);
            rows.push((label("with")?, self.say(press, "device", values)?));
        }
        if let Some(username) = circumstances.username.as_deref().and_then(clean::name) {
            rows.push((label("who")?, username));
        }
        Ok(rows)
    }

    fn moment(&self, press: &Press, at: Timestamp) -> Result<String, Misprint> {
        // RFC 3339 in UTC, which a timestamp prints as: 2026-11-21T20:20:00Z.
        let text = at.to_string();
        let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
        let plain = |text: String| text.trim_start_matches('0').to_owned();
        let month = part(5, 7).parse::<usize>().ok().and_then(|month| self.months.get(month.checked_sub(1)?));
        let values = Values::from([
            ("day", Value::from(plain(part(8, 10)))),
            ("month", Value::from(month.map_or("", String::as_str))),
            ("year", Value::from(part(0, 4))),
            ("hour", Value::from(part(11, 13))),
            ("minute", Value::from(part(14, 16))),
        ]);
        self.say(press, "moment", values)
    }
}
