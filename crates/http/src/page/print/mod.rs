//! Gives a page its words and its form. What must stay true: everything is escaped where it is printed (SECURITY WB10), nothing that
//! was not given is printed as nothing, and a template can do nothing but print.

mod blocks;
mod form;
mod plot;
mod sample;
mod trial;

use std::collections::BTreeMap;

use gatewright_core::model::Timestamp;
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value, escape_formatter, syntax::SyntaxConfig,
};

use super::{
    language::Language,
    sheet::{Frame, Notice, Sheet},
    text::{Say, Text},
};

pub(crate) use self::trial::{shipped, texts_of, try_out};
use crate::look::PageFiles;

const PAGE: &str = "page.html";
const PAGE_SOURCE: &str = include_str!("../../../templates/page.html");
/// How much work one template may be, in instructions: a table of a hundred lines needs some ten thousands.
const FUEL: u64 = 1_000_000;

/// A page could not be printed: a defect of a template, or of whoever gave it too little.
pub(crate) type Misprint = Error;

type Values = BTreeMap<&'static str, Value>;

/// The compiled templates.
#[derive(Debug)]
pub(crate) struct Printer {
    environment: Environment<'static>,
    product: String,
}

impl Printer {
    /// Compiles everything.
    ///
    /// # Errors
    /// A template is malformed; the tests beside this compile all of them.
    pub(crate) fn new(product: &str) -> Result<Self, Error> {
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        // A line of the template that only decides something leaves no line behind.
        environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
        environment.set_auto_escape_callback(|name| if name == PAGE { AutoEscape::Html } else { AutoEscape::None });
        environment.set_formatter(|out, state, value| {
            if value.is_none() {
                return Err(Error::new(ErrorKind::InvalidOperation, "what is printed has no value"));
            }
            escape_formatter(out, state, value)
        });
        environment.add_template(PAGE, PAGE_SOURCE)?;
        for language in Language::ALL {
            for (name, words) in language.words().iter().flat_map(|(_, file)| lines(file)) {
                environment.add_template_owned(format!("{}/{name}", language.tag()), words)?;
            }
        }
        Ok(Self { environment, product: product.to_owned() })
    }

    /// The same, with an operator's templates and words over ours.
    ///
    /// # Errors
    /// As [`Self::new`]; what is in `files` has been tried out.
    pub(crate) fn with(product: &str, files: &PageFiles) -> Result<Self, Error> {
        let mut printer = Self::new(product)?;
        if let Some(page) = files.page() {
            printer.environment.add_template_owned(PAGE, page.to_owned())?;
        }
        for line in files.lines() {
            printer.environment.add_template_owned(format!("{}/{}", line.tag, line.name), line.words.clone())?;
        }
        Ok(printer)
    }

    /// The page in this language, for an address from which `root` leads to the root of the router. Without `dress` it refers to no
    /// file: a page that stands where our files are not.
    ///
    /// # Errors
    /// A text lacks a value: a defect, which is the caller's to report.
    pub(super) fn page(
        &self,
        language: Language,
        root: &str,
        dress: Option<&Dress>,
        sheet: &Sheet,
    ) -> Result<String, Error> {
        let words = Words { printer: self, language, root };
        let nav = match &sheet.frame {
            Frame::Door => Value::from(()),
            Frame::House(nav) => words.nav(nav)?,
        };
        let (wrong, done) = match &sheet.notice {
            None => (None, None),
            Some(Notice::Wrong(says)) => (Some(says), None),
            Some(Notice::Done(says)) => (None, Some(says)),
        };
        let values = Values::from([
            ("lang", Value::from(language.tag())),
            ("dir", words.say(&Text::DIR.into())?),
            ("product", Value::from(&self.product)),
            ("root", Value::from(root)),
            ("assets", dress.map_or(Value::from(()), |dress| dress.values(root))),
            ("says", words.of_script()?),
            ("title", words.say(&sheet.title)?),
            ("notice", words.perhaps(wrong)?),
            ("done", words.perhaps(done)?),
            ("nav", nav),
            ("blocks", words.blocks(&sheet.blocks)?),
            ("onward", Value::from(sheet.onward.as_deref())),
        ]);
        self.environment.get_template(PAGE)?.render(Value::from(&values))
    }
}

/// The files that a page refers to, from the root of the router on, and the number that lets it use them.
#[derive(Clone, Debug)]
pub(super) struct Dress {
    pub(super) style: String,
    pub(super) script: String,
    pub(super) icon: String,
    pub(super) logo: Option<String>,
    pub(super) nonce: String,
}

impl Dress {
    fn values(&self, root: &str) -> Value {
        let at = |address: &String| Value::from(format!("{root}{address}"));
        Value::from(Values::from([
            ("style", at(&self.style)),
            ("script", at(&self.script)),
            ("icon", at(&self.icon)),
            ("logo", self.logo.as_ref().map_or(Value::from(()), at)),
            ("nonce", Value::from(&self.nonce)),
        ]))
    }
}

/// The lines of a file: name and template.
pub(super) fn lines(file: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(": "))
}

/// One language at work, for one page.
struct Words<'p> {
    printer: &'p Printer,
    language: Language,
    root: &'p str,
}

impl Words<'_> {
    fn say(&self, say: &Say) -> Result<Value, Error> {
        let mut values = Values::from([("product", Value::from(&self.printer.product))]);
        values.extend(say.values.iter().cloned());
        self.print(say.text, &values)
    }

    fn print(&self, text: Text, values: &Values) -> Result<Value, Error> {
        let template = self.printer.environment.get_template(&format!("{}/{}", self.language.tag(), text.name()))?;
        template.render(Value::from(values)).map(Value::from)
    }

    /// What the script says.
    fn of_script(&self) -> Result<Value, Error> {
        let says =
            [("show", Text::SHOW), ("hide", Text::HIDE), ("caps_lock", Text::CAPS_LOCK), ("copied", Text::COPIED)];
        let said = says.into_iter().map(|(name, text)| Ok((name, self.say(&text.into())?)));
        said.collect::<Result<Values, Error>>().map(Value::from)
    }

    fn perhaps(&self, say: Option<&Say>) -> Result<Value, Error> {
        say.map_or(Ok(Value::from(())), |say| self.say(say))
    }

    /// A moment as this language writes it, to the minute, or only its day.
    fn moment(&self, how: Text, moment: Timestamp) -> Result<Value, Error> {
        // `2026-11-21T20:20:00Z`
        let text = moment.to_string();
        let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
        let months = self.say(&Text::MONTHS.into())?.to_string();
        let number = part(5, 7).parse::<usize>().unwrap_or(0);
        let month = months.split(", ").nth(number.saturating_sub(1)).unwrap_or_default();
        let values = Values::from([
            ("day", Value::from(part(8, 10).trim_start_matches('0'))),
            ("month", Value::from(month)),
            ("year", Value::from(part(0, 4))),
            ("hour", Value::from(part(11, 13))),
            ("minute", Value::from(part(14, 16))),
        ]);
        self.print(how, &values)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::text::FILES, *};

    #[test]
    fn every_language_has_every_text_once_and_no_other() {
        for language in Language::ALL {
            for ((name, file), (expected, texts)) in language.words().iter().zip(FILES) {
                assert_eq!(*name, expected);
                let found: Vec<&str> = lines(file).map(|(name, _)| name).collect();
                let wanted: Vec<&str> = texts.iter().map(|text| text.name()).collect();
                assert_eq!(found, wanted, "{}/{name}", language.tag());
                let told = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
                assert_eq!(told, wanted.len(), "{}/{name}: a line is no line", language.tag());
                for (name, words) in lines(file) {
                    assert_eq!(words.trim(), words, "{}/{name}", language.tag());
                    assert!(!words.is_empty() && !words.contains('<'), "{}/{name}", language.tag());
                }
            }
            assert_eq!(language.words().len(), FILES.len());
            let mut names: Vec<&str> = FILES.iter().flat_map(|(_, texts)| *texts).map(|text| text.name()).collect();
            names.sort_unstable();
            assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "a name stands twice");
            let months = language.words()[0].1.lines().find_map(|line| line.strip_prefix("months: ")).unwrap();
            assert_eq!(months.split(", ").count(), 12);
        }
    }

    #[test]
    fn a_text_uses_the_same_values_in_every_language() {
        let printer = Printer::new("Example").unwrap();
        for text in FILES.iter().flat_map(|(_, texts)| *texts) {
            let used = Language::ALL.map(|language| {
                let name = format!("{}/{}", language.tag(), text.name());
                let mut used: Vec<String> =
                    printer.environment.get_template(&name).unwrap().undeclared_variables(false).into_iter().collect();
                used.retain(|name| name != "product");
                used.sort();
                used
            });
            assert!(used.iter().all(|one| *one == used[0]), "{text:?}: {used:?}");
        }
    }

    #[test]
    fn a_missing_value_is_an_error_and_not_an_empty_place() {
        let printer = Printer::new("Example").unwrap();
        assert!(printer.page(Language::En, "", None, &Sheet::new(Text::MAGIC_BUTTON)).is_err());
        assert!(printer.page(Language::En, "", None, &Sheet::new(Text::MAGIC_BUTTON.with("email", "x"))).is_ok());
    }

    #[test]
    fn moments_are_written_as_each_language_does() {
        let printer = Printer::new("Example").unwrap();
        let said = Language::ALL.map(|language| {
            let words = Words { printer: &printer, language, root: "" };
            words.moment(Text::MOMENT, Timestamp::from_secs(1_795_292_400)).unwrap().to_string()
        });
        assert_eq!(
            said,
            ["21 November 2026, 20:20 UTC", "21. November 2026, 20:20 Uhr UTC", "21 novembre 2026 à 20:20 UTC"]
        );
    }

    #[test]
    fn wb10_what_others_wrote_is_text_wherever_it_stands() {
        let printer = Printer::new("<i>\"'&").unwrap();
        let hostile = "\"><script>alert('x')</script>{{ 7 * 7 }}";
        for sheet in sample::sheets(hostile) {
            let page = printer.page(Language::En, "", None, &sheet).unwrap();
            assert!(!page.contains("<script") && !page.contains("<i>") && !page.contains("alert('x')"), "{page}");
            assert!(page.contains("{{ 7 * 7 }}"), "values are no templates");
        }
    }

    #[test]
    fn a_page_refers_to_its_files_from_wherever_it_stands() {
        let printer = Printer::new("Example").unwrap();
        let page = printer.page(Language::En, "../../", Some(&sample::dress()), &Sheet::new(Text::AGAIN)).unwrap();
        let page = page.replace("&#x2f;", "/");
        for wanted in [
            "<link rel=\"stylesheet\" href=\"../../assets/page.css\" nonce=\"bm9uY2U\">",
            "<script src=\"../../assets/page.js\" nonce=\"bm9uY2U\" defer></script>",
            "<link rel=\"icon\" href=\"../../assets/icon.svg\">",
            "src=\"../../assets/logo.svg\"",
        ] {
            assert!(page.contains(wanted), "{wanted}: {page}");
        }
        let plain = printer.page(Language::En, "", None, &Sheet::new(Text::AGAIN)).unwrap();
        assert!(!plain.contains("<script") && !plain.contains("<link") && !plain.contains("<img"), "{plain}");
    }
}
