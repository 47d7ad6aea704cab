//! Gives a page its words and its form. What must stay true: everything is escaped where it is printed (SECURITY WB10), nothing that
//! was not given is printed as nothing, and a template can do nothing but print.

use std::collections::BTreeMap;

use gatewright_core::model::Timestamp;
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value, escape_formatter, syntax::SyntaxConfig,
};

use super::{
    language::Language,
    sheet::{Block, Fact, Field, FieldKind, Form, Presence, Sheet},
    style::STYLE,
    text::{Say, Text},
};

const PAGE: &str = "page.html";
const PAGE_SOURCE: &str = include_str!("../../templates/page.html");
/// How much work one template may be, in instructions: a page with ten users needs some thousands.
const FUEL: u64 = 100_000;

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
            for (name, words) in lines(language.words()) {
                environment.add_template_owned(format!("{}/{name}", language.tag()), words)?;
            }
        }
        Ok(Self { environment, product: product.to_owned() })
    }

    /// The page in this language.
    ///
    /// # Errors
    /// A text lacks a value: a defect, which is the caller's to report.
    pub(super) fn page(&self, language: Language, sheet: &Sheet) -> Result<String, Error> {
        let words = Words { printer: self, language };
        let blocks = sheet.blocks.iter().map(|block| words.block(block)).collect::<Result<Vec<_>, _>>()?;
        let values = Values::from([
            ("lang", Value::from(language.tag())),
            ("dir", words.say(&Text::Dir.into())?),
            ("product", Value::from(&self.product)),
            ("title", words.say(&sheet.title)?),
            ("notice", words.perhaps(sheet.notice.as_ref())?),
            ("blocks", Value::from(blocks)),
            ("onward", Value::from(sheet.onward.as_deref())),
        ]);
        self.environment.get_template(PAGE)?.render(Value::from(&values))
    }
}

/// The lines of a language's file: name and template.
pub(super) fn lines(file: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(": "))
}

/// One language at work.
struct Words<'p> {
    printer: &'p Printer,
    language: Language,
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

    fn block(&self, block: &Block) -> Result<Value, Error> {
        let of = |kind: &'static str, values: Values| {
            let mut values = values;
            values.insert("kind", Value::from(kind));
            Value::from(values)
        };
        Ok(match block {
            Block::Paragraph(says) => of("paragraph", Values::from([("text", self.say(says)?)])),
            Block::Small(says) => of("small", Values::from([("text", self.say(says)?)])),
            Block::Link { says, href } => {
                of("link", Values::from([("text", self.say(says)?), ("href", Value::from(href))]))
            }
            Block::Facts(facts) => {
                let facts = facts.iter().map(|(label, fact)| self.fact(label, fact)).collect::<Result<Vec<_>, _>>()?;
                of("facts", Values::from([("facts", Value::from(facts))]))
            }
            Block::Form(form) => of("form", self.form(form)?),
        })
    }

    fn fact(&self, label: &Say, fact: &Fact) -> Result<Value, Error> {
        let value = match fact {
            Fact::Is(text) => Value::from(text),
            Fact::When(moment) => self.moment(*moment)?,
        };
        Ok(Value::from(Values::from([("label", self.say(label)?), ("value", value)])))
    }

    /// A moment as this language writes it, to the minute.
    fn moment(&self, moment: Timestamp) -> Result<Value, Error> {
        // `2026-11-21T20:20:00Z`
        let text = moment.to_string();
        let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
        let months = self.say(&Text::Months.into())?.to_string();
        let number = part(5, 7).parse::<usize>().unwrap_or(0);
        let month = months.split(", ").nth(number.saturating_sub(1)).unwrap_or_default();
        let values = Values::from([
            ("day", Value::from(part(8, 10).trim_start_matches('0'))),
            ("month", Value::from(month)),
            ("year", Value::from(part(0, 4))),
            ("hour", Value::from(part(11, 13))),
            ("minute", Value::from(part(14, 16))),
        ]);
        self.print(Text::Moment, &values)
    }

    fn form(&self, form: &Form) -> Result<Values, Error> {
        let first_wrong = form.fields.iter().find(|field| field.error.is_some()).map(|field| field.name);
        let fields = form.fields.iter().map(|field| self.field(field, first_wrong));
        let fields = fields.collect::<Result<Vec<_>, _>>()?;
        Ok(Values::from([
            ("token", Value::from(&form.token)),
            ("button", self.say(&form.button)?),
            ("fields", Value::from(fields)),
        ]))
    }

    fn field(&self, field: &Field, first_wrong: Option<&str>) -> Result<Value, Error> {
        let input = field.kind.input();
        let described: Vec<String> = [field.hint.as_ref().map(|_| "hint"), field.error.as_ref().map(|_| "error")]
            .into_iter()
            .flatten()
            .map(|what| format!("{}-{what}", field.name))
            .collect();
        let choices = match &field.kind {
            FieldKind::Choice(choices) => choices
                .iter()
                .map(|choice| {
                    Ok(Value::from(Values::from([
                        ("value", Value::from(&choice.value)),
                        ("label", Value::from(&choice.label)),
                        ("also", Value::from(choice.also.as_deref())),
                        ("detail", self.perhaps(choice.detail.as_ref())?),
                        ("checked", Value::from(choice.value == field.value)),
                    ])))
                })
                .collect::<Result<Vec<_>, Error>>()?,
            FieldKind::Email
            | FieldKind::FixedEmail
            | FieldKind::Code
            | FieldKind::NewPassword
            | FieldKind::OwnPassword
            | FieldKind::Username
            | FieldKind::Pin => Vec::new(),
        };
        let is_choice = matches!(field.kind, FieldKind::Choice(_));
        Ok(Value::from(Values::from([
            ("name", Value::from(field.name)),
            ("kind", Value::from(if is_choice { "choice" } else { "input" })),
            ("type", Value::from(input.kind)),
            ("autocomplete", Value::from(input.autocomplete)),
            ("inputmode", Value::from(input.inputmode)),
            ("maxlength", Value::from(input.maxlength)),
            ("plain", Value::from(input.kind != "password")),
            ("required", Value::from(input.presence == Presence::Required)),
            ("readonly", Value::from(input.presence == Presence::Fixed)),
            ("label", self.say(&field.label)?),
            ("hint", self.perhaps(field.hint.as_ref())?),
            ("error", self.perhaps(field.error.as_ref())?),
            ("value", Value::from(&field.value)),
            ("describedby", Value::from(described.join(" "))),
            ("autofocus", Value::from(first_wrong == Some(field.name))),
            ("choices", Value::from(choices)),
        ])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_every_text_once_and_no_other() {
        for language in Language::ALL {
            let found: Vec<&str> = lines(language.words()).map(|(name, _)| name).collect();
            let wanted: Vec<&str> = Text::ALL.iter().map(|text| text.name()).collect();
            assert_eq!(found, wanted, "{}", language.tag());
            let told = language.words().lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
            assert_eq!(told, wanted.len(), "{}: a line is no line", language.tag());
            for (name, words) in lines(language.words()) {
                assert_eq!(words.trim(), words, "{}/{name}", language.tag());
                assert!(!words.is_empty() && !words.contains('<'), "{}/{name}", language.tag());
            }
            assert_eq!(lines(language.words()).find(|(name, _)| *name == "months").unwrap().1.split(", ").count(), 12);
        }
    }

    #[test]
    fn a_text_uses_the_same_values_in_every_language() {
        let printer = Printer::new("Example").unwrap();
        for text in Text::ALL {
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
        assert!(printer.page(Language::En, &Sheet::new(Text::MagicButton)).is_err());
        assert!(printer.page(Language::En, &Sheet::new(Text::MagicButton.with("email", "x"))).is_ok());
    }

    #[test]
    fn moments_are_written_as_each_language_does() {
        let printer = Printer::new("Example").unwrap();
        let said = Language::ALL.map(|language| {
            let words = Words { printer: &printer, language };
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
        let choice = super::super::sheet::Choice {
            value: hostile.to_owned(),
            label: hostile.to_owned(),
            also: Some(hostile.to_owned()),
            detail: Some(Text::WithPin.into()),
        };
        let form = Form {
            fields: vec![field, Field::new("user", FieldKind::Choice(vec![choice]), Text::Who)],
            button: Text::MagicButton.with("email", hostile),
            token: hostile.to_owned(),
        };
        let sheet = Sheet::new(Text::MagicButton.with("email", hostile))
            .noticed(Some(Text::MagicButton.with("email", hostile)))
            .paragraph(Text::MagicButton.with("email", hostile))
            .block(Block::Facts(vec![(Text::Email.into(), Fact::Is(hostile.to_owned()))]))
            .block(Block::Link { says: Text::Again.into(), href: hostile.to_owned() })
            .block(Block::Form(form));
        let page = printer.page(Language::En, &sheet).unwrap();
        let plain = printer.page(Language::En, &Sheet::new(Text::Again)).unwrap();
        assert!(!page.contains("<script") && !page.contains("<i>") && !page.contains("alert('x')"), "{page}");
        assert!(page.contains("{{ 7 * 7 }}"), "values are no templates");
        assert!(plain.contains(&format!("<style>{STYLE}</style>")), "{plain}");
    }
}
