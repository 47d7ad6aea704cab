//! The blocks of a page as values of its template.

use minijinja::{Error, Value};

use super::{Values, Words};
use crate::page::{
    sheet::{
        Act, Avatar, Badge, Block, Fact, Field, Href, Item, Nav, NavItem, Person, Picker, Section, Table, Tile, Tone,
    },
    text::Text,
};

/// More people than this do not fit beside each other in the widest doorway.
const MOST_COLUMNS: usize = 4;

impl Words<'_> {
    pub(super) fn blocks(&self, blocks: &[Block]) -> Result<Value, Error> {
        self.each(blocks, |block| self.block(block))
    }

    fn block(&self, block: &Block) -> Result<Value, Error> {
        let (kind, mut values) = match block {
            Block::Paragraph(says) => ("paragraph", Values::from([("text", self.say(says)?)])),
            Block::Small(says) => ("small", Values::from([("text", self.say(says)?)])),
            Block::Link { says, href } => {
                ("link", Values::from([("text", self.say(says)?), ("href", self.href(href))]))
            }
            Block::Facts(facts) => {
                let fact = |(label, fact): &(_, _)| {
                    Ok(Value::from(Values::from([("label", self.say(label)?), ("value", self.fact(fact)?)])))
                };
                ("facts", Values::from([("facts", self.each(facts, fact)?)]))
            }
            Block::Form(form) => ("form", Values::from([("form", self.form(form)?)])),
            Block::Section(section) => ("section", self.section(section)?),
            Block::Items { items, empty } => {
                let items = self.each(items, |item| self.item(item))?;
                ("items", Values::from([("items", items), ("empty", self.say(empty)?)]))
            }
            Block::Table(table) => ("table", self.table(table)?),
            Block::Tiles(tiles) => ("tiles", Values::from([("tiles", self.each(tiles, |tile| self.tile(tile))?)])),
            Block::Plots(plots) => ("plots", Values::from([("plots", self.each(plots, |plot| self.plot(plot))?)])),
            Block::Picker(picker) => ("picker", self.picker(picker)?),
            Block::Pager { first, next } => {
                let href = |href: &Option<Href>| href.as_ref().map_or(Value::from(()), |href| self.href(href));
                let (to_first, to_next) = (self.say(&Text::TO_FIRST.into())?, self.say(&Text::TO_NEXT.into())?);
                let label = self.say(&Text::PAGES_OF_LIST.into())?;
                let ways = [("first", href(first)), ("next", href(next)), ("label", label)];
                ("pager", ways.into_iter().chain([("to_first", to_first), ("to_next", to_next)]).collect())
            }
            Block::ShownOnce { label, value } => {
                let copy = self.say(&Text::COPY.into())?;
                let values = [("label", self.say(label)?), ("value", Value::from(value)), ("copy", copy)];
                ("shown_once", Values::from(values))
            }
            Block::Fold { says, blocks } => {
                ("fold", Values::from([("text", self.say(says)?), ("blocks", self.blocks(blocks)?)]))
            }
        };
        values.insert("kind", Value::from(kind));
        Ok(Value::from(values))
    }

    pub(super) fn nav(&self, nav: &Nav) -> Result<Value, Error> {
        Ok(Value::from(Values::from([
            ("label", self.say(&nav.label)?),
            ("items", self.each(&nav.items, |item| self.nav_item(item))?),
            ("person", person_of(&nav.person)),
            ("ways", self.each(&nav.ways, |item| self.nav_item(item))?),
            ("skip", self.say(&Text::SKIP.into())?),
        ])))
    }

    fn nav_item(&self, item: &NavItem) -> Result<Value, Error> {
        Ok(Value::from(Values::from([
            ("text", self.say(&item.says)?),
            ("href", self.href(&item.href)),
            ("here", Value::from(item.is_here)),
        ])))
    }

    fn section(&self, section: &Section) -> Result<Values, Error> {
        Ok(Values::from([("title", self.say(&section.title)?), ("blocks", self.blocks(&section.blocks)?)]))
    }

    fn item(&self, item: &Item) -> Result<Value, Error> {
        let detail = |(label, fact): &(Option<_>, _)| {
            let values = [("label", self.perhaps(label.as_ref())?), ("value", self.fact(fact)?)];
            Ok(Value::from(Values::from(values)))
        };
        Ok(Value::from(Values::from([
            ("avatar", item.avatar.as_ref().map_or(Value::from(()), avatar)),
            ("title", self.fact(&item.title)?),
            ("badges", self.each(&item.badges, |badge| self.badge(badge))?),
            ("details", self.each(&item.details, detail)?),
            ("forms", self.each(&item.forms, |form| self.form(form))?),
        ])))
    }

    fn badge(&self, badge: &Badge) -> Result<Value, Error> {
        Ok(Value::from(Values::from([("text", self.say(&badge.says)?), ("tone", tone(badge.tone))])))
    }

    fn table(&self, table: &Table) -> Result<Values, Error> {
        let row = |cells: &[Fact]| self.each(cells, |cell| self.fact(cell));
        Ok(Values::from([
            ("caption", self.say(&table.caption)?),
            ("columns", self.each(&table.columns, |column| self.say(column))?),
            ("rows", self.each(&table.rows, |line| row(&line.cells))?),
            ("empty", self.say(&table.empty)?),
        ]))
    }

    fn tile(&self, tile: &Tile) -> Result<Value, Error> {
        let href = tile.href.as_ref().map_or(Value::from(()), |href| self.href(href));
        let values = [("label", self.say(&tile.label)?), ("value", self.fact(&tile.value)?), ("href", href)];
        Ok(Value::from(Values::from(values)))
    }

    fn picker(&self, picker: &Picker) -> Result<Values, Error> {
        let person = |(value, person, word): &(String, Person, Option<_>)| {
            let word = self.perhaps(word.as_ref())?;
            let values = [("value", Value::from(value)), ("person", person_of(person)), ("word", word)];
            Ok(Value::from(Values::from(values)))
        };
        let hidden = |field: &Field| {
            Ok(Value::from(Values::from([("name", Value::from(field.name)), ("value", Value::from(&field.value))])))
        };
        // How many stand beside each other where there is room for all that are named.
        let columns = (picker.people.len() + picker.ways.len()).min(MOST_COLUMNS);
        Ok(Values::from([
            ("name", Value::from(picker.name)),
            ("columns", Value::from(columns)),
            ("label", self.say(&picker.label)?),
            ("people", self.each(&picker.people, person)?),
            ("ways", self.each(&picker.ways, |item| self.nav_item(item))?),
            ("hidden", self.each(&picker.hidden, hidden)?),
            ("token", Value::from(&picker.token)),
            ("act", act(picker.act.as_ref())),
        ]))
    }

    fn fact(&self, fact: &Fact) -> Result<Value, Error> {
        let of = |kind: &'static str, text: Value| Values::from([("kind", Value::from(kind)), ("text", text)]);
        let values = match fact {
            Fact::Is(text) => of("is", Value::from(text)),
            Fact::When(moment) => {
                let mut values = of("when", self.moment(Text::MOMENT, *moment)?);
                values.insert("datetime", Value::from(moment.to_string()));
                values
            }
            Fact::Day(moment) => {
                let mut values = of("when", self.moment(Text::DAY, *moment)?);
                values.insert("datetime", Value::from(moment.date()));
                values
            }
            Fact::Says(says) => of("says", self.say(says)?),
            Fact::Count(count) => of("count", Value::from(self.count(*count)?)),
            Fact::Code(text) => of("code", Value::from(text)),
            Fact::Linked { text, href } => {
                let mut values = of("linked", Value::from(text));
                values.insert("href", self.href(href));
                values
            }
        };
        Ok(Value::from(values))
    }

    /// A number as this language writes it: in groups of three digits.
    pub(super) fn count(&self, count: u64) -> Result<String, Error> {
        let separator = self.say(&Text::THOUSANDS.into())?.to_string();
        let separator = separator.trim_matches('|');
        let digits = count.to_string();
        let mut text = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push_str(separator);
            }
            text.push(digit);
        }
        Ok(text)
    }

    pub(super) fn href(&self, href: &Href) -> Value {
        Value::from(href.from(self.root))
    }

    pub(super) fn each<T>(&self, all: &[T], one: impl Fn(&T) -> Result<Value, Error>) -> Result<Value, Error> {
        all.iter().map(one).collect::<Result<Vec<_>, _>>().map(Value::from)
    }
}

pub(super) fn tone(tone: Tone) -> Value {
    Value::from(match tone {
        Tone::Plain => "plain",
        Tone::Quiet => "quiet",
        Tone::Grave => "grave",
        Tone::Good => "good",
    })
}

/// Which form it is, and of what.
pub(super) fn act(act: Option<&Act>) -> Value {
    let Some(act) = act else { return Value::from(()) };
    Value::from(Values::from([("name", Value::from(act.name)), ("of", Value::from(&act.of))]))
}

fn person_of(person: &Person) -> Value {
    Value::from(Values::from([
        ("avatar", avatar(&person.avatar)),
        ("name", Value::from(&person.name)),
        ("also", Value::from(person.also.as_deref())),
    ]))
}

fn avatar(avatar: &Avatar) -> Value {
    Value::from(Values::from([
        ("initials", Value::from(&avatar.initials)),
        ("hue", Value::from(avatar.hue)),
        ("picture", Value::from(avatar.picture.as_deref())),
    ]))
}
