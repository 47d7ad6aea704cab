//! Gives a page its words and its form. What must stay true: everything is escaped where it is printed (SECURITY WB10), nothing that
//! was not given is printed as nothing, and a template can do nothing but print.

mod blocks;
mod form;

use std::collections::BTreeMap;

use gatewright_core::model::Timestamp;
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value, escape_formatter, syntax::SyntaxConfig,
};

use super::{
    language::Language,
    sheet::{Frame, Notice, Sheet},
    style::STYLE,
    text::{Say, Text},
};

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
        environment.add_template_owned(PAGE, PAGE_SOURCE.replace("[[style]]", STYLE))?;
        for language in Language::ALL {
            for (name, words) in language.words().iter().flat_map(|(_, file)| lines(file)) {
                environment.add_template_owned(format!("{}/{name}", language.tag()), words)?;
            }
        }
        Ok(Self { environment, product: product.to_owned() })
    }

    /// The page in this language, for an address from which `root` leads to the root of the router.
    ///
    /// # Errors
    /// A text lacks a value: a defect, which is the caller's to report.
    pub(super) fn page(&self, language: Language, root: &str, sheet: &Sheet) -> Result<String, Error> {
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

    fn perhaps(&self, say: Option<&Say>) -> Result<Value, Error> {
        say.map_or(Ok(Value::from(())), |say| self.say(say))
    }

    /// A moment as this language writes it, to the minute.
    fn moment(&self, moment: Timestamp) -> Result<Value, Error> {
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
        self.print(Text::MOMENT, &values)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            sheet::{
                Avatar, Block, Choice, Fact, Field, FieldKind, Form, Href, Item, Label, Nav, NavItem, Needed, Person,
                Picker, Row, Table, Tile,
            },
            style::STYLE,
            text::FILES,
        },
        *,
    };

    fn avatar(hostile: &str) -> Avatar {
        Avatar { initials: hostile.to_owned(), hue: 0, picture: Some(hostile.to_owned()) }
    }

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
        assert!(printer.page(Language::En, "", &Sheet::new(Text::MAGIC_BUTTON)).is_err());
        assert!(printer.page(Language::En, "", &Sheet::new(Text::MAGIC_BUTTON.with("email", "x"))).is_ok());
    }

    #[test]
    fn moments_are_written_as_each_language_does() {
        let printer = Printer::new("Example").unwrap();
        let said = Language::ALL.map(|language| {
            let words = Words { printer: &printer, language, root: "" };
            words.moment(Timestamp::from_secs(1_795_292_400)).unwrap().to_string()
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
        let field = Field { value: hostile.to_owned(), ..Field::email() };
        let choice = Choice {
            value: hostile.to_owned(),
            label: Label::Is(hostile.to_owned()),
            also: Some(hostile.to_owned()),
            detail: Some(Text::WITH_PIN.into()),
        };
        let choose = |name, kind| Field::new(name, kind, Text::WHO).value(hostile);
        let choices = || vec![choice.clone()];
        let form = Form::new(Text::MAGIC_BUTTON.with("email", hostile), hostile.to_owned())
            .field(field)
            .field(choose("user", FieldKind::Choice(choices())))
            .field(choose("one", FieldKind::Select(choices())))
            .field(choose("some", FieldKind::Several(choices())))
            .field(choose("lines", FieldKind::Lines(Needed::No)))
            .field(Field::hidden("next", hostile))
            .act("do", hostile);
        let user = Person { avatar: avatar(hostile), name: hostile.to_owned(), also: Some(hostile.to_owned()) };
        let is = || Fact::Is(hostile.to_owned());
        let way = NavItem { says: Text::AGAIN.into(), href: Href::Out(hostile.to_owned()), is_here: false };
        let picker = Picker {
            name: "user",
            label: Text::WHO.into(),
            people: vec![(hostile.to_owned(), user.clone(), None)],
            ways: vec![way.clone()],
            hidden: vec![Field::hidden("next", hostile)],
            token: hostile.to_owned(),
            act: None,
        };
        let linked = Fact::Linked { text: hostile.to_owned(), href: Href::Out(hostile.to_owned()) };
        let item =
            Item { avatar: Some(avatar(hostile)), ..Item::new(linked) }.detail(Text::EMAIL, is()).form(form.clone());
        let table = Table {
            caption: Text::WHO.into(),
            columns: vec![Text::EMAIL.into()],
            rows: vec![Row { cells: vec![is()] }, Row { cells: vec![Fact::Code(hostile.to_owned())] }],
            empty: Text::AGAIN.into(),
        };
        let nav = Nav { label: Text::WHO.into(), items: vec![way.clone()], person: user, ways: vec![way] };
        let sheet = Sheet::new(Text::MAGIC_BUTTON.with("email", hostile))
            .noticed(Some(Text::MAGIC_BUTTON.with("email", hostile)))
            .paragraph(Text::MAGIC_BUTTON.with("email", hostile))
            .block(Block::Facts(vec![(Text::EMAIL.into(), is())]))
            .block(Block::Link { says: Text::AGAIN.into(), href: Href::Out(hostile.to_owned()) })
            .block(Block::Form(form))
            .block(Block::Picker(picker))
            .block(Block::Items { items: vec![item], empty: Text::AGAIN.into() })
            .block(Block::Table(table))
            .block(Block::Tiles(vec![Tile { label: Text::WHO.into(), value: is(), href: None }]))
            .block(Block::ShownOnce { label: Text::WHO.into(), value: hostile.to_owned() });
        let sheet = Sheet { frame: Frame::House(nav), ..sheet };
        let page = printer.page(Language::En, "", &sheet).unwrap();
        let plain = printer.page(Language::En, "", &Sheet::new(Text::AGAIN)).unwrap();
        assert!(!page.contains("<script") && !page.contains("<i>") && !page.contains("alert('x')"), "{page}");
        assert!(page.contains("{{ 7 * 7 }}"), "values are no templates");
        assert!(plain.contains(&format!("<style>{STYLE}</style>")), "{plain}");
    }
}
