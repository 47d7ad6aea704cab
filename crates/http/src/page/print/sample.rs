//! Pages with everything in them that pages can have: what an operator's template is tried with, and what hostile words are tried in.

use super::Dress;
use crate::page::{
    sheet::{
        Avatar, Block, Choice, Fact, Field, FieldKind, Form, Frame, Href, Item, Label, Layout, Nav, NavItem, Needed,
        Person, Picker, Plot, PlotForm, Row, Section, Series, Sheet, Span, Table, Tile, Tone,
    },
    text::{Say, Text},
};
use gatewright_core::model::Timestamp;

/// A page at the door and one in the house, of these words.
pub(super) fn sheets(words: &str) -> [Sheet; 2] {
    let title = || Text::MAGIC_BUTTON.with("email", words);
    let with = |sheet: Sheet| blocks(words).into_iter().fold(sheet, Sheet::block);
    let door = with(Sheet::new(title()).noticed(Some(title())).leading(words));
    let house = with(Sheet::new(title()).done(Some(title())));
    [door, Sheet { frame: Frame::House(nav(words)), ..house }]
}

/// With which the pages refer to assets.
pub(super) fn dress() -> Dress {
    let address = |name: &str| format!("assets/{name}");
    Dress {
        style: address("page.css"),
        script: address("page.js"),
        icon: address("icon.svg"),
        logo: Some(address("logo.svg")),
        nonce: "bm9uY2U".to_owned(),
    }
}

fn blocks(words: &str) -> Vec<Block> {
    let says = || Text::MAGIC_BUTTON.with("email", words);
    let is = || Fact::Is(words.to_owned());
    let empty = || Say::from(Text::AGAIN);
    let facts = vec![
        (says(), is()),
        (says(), Fact::When(Timestamp::default())),
        (says(), Fact::Says(says())),
        (says(), Fact::Count(1_234_567)),
        (says(), Fact::Code(words.to_owned())),
        (says(), linked(words)),
    ];
    let item = Item { avatar: Some(avatar(words)), ..Item::new(linked(words)) };
    let item = item.detail(says(), is()).sentence(says()).badge(says(), Tone::Good).form(form(words));
    let table = |rows| Table { caption: says(), columns: vec![says()], rows, empty: empty() };
    let rows = vec![Row { cells: vec![is()] }, Row { cells: vec![Fact::Code(words.to_owned())] }];
    let tile = |href| Tile { label: says(), value: is(), href };
    let link = || Block::Link { says: says(), href: Href::Out(words.to_owned()) };
    let some = Block::Pager { first: Some(Href::page(words)), next: Some(Href::page(words)) };
    vec![
        Block::Paragraph(says()),
        Block::Small(says()),
        link(),
        Block::Facts(facts),
        Block::Form(form(words)),
        Block::Section(Section::new(says()).block(link()).block(Block::Section(Section::new(says()).block(link())))),
        Block::Items { items: vec![item], empty: empty() },
        Block::Items { items: Vec::new(), empty: empty() },
        Block::Table(table(rows)),
        Block::Table(table(Vec::new())),
        Block::Tiles(vec![tile(None), tile(Some(Href::page(words)))]),
        Block::Plots(vec![plot(says(), PlotForm::Counts), plot(says(), PlotForm::Times)]),
        Block::Picker(picker(words)),
        some,
        Block::Pager { first: None, next: None },
        Block::ShownOnce { label: says(), value: words.to_owned() },
        Block::Fold { says: says(), blocks: vec![link()] },
    ]
}

fn plot(title: Say, form: PlotForm) -> Plot {
    let series = |values: [u64; 2]| Series { says: Text::AGAIN, values: values.map(Some).to_vec() };
    let series = vec![series([1, 2]), series([5, 1000])];
    Plot { name: "sample", title, form, since: Timestamp::default(), span: Span::Day, series }
}

fn form(words: &str) -> Form {
    let choice = Choice {
        value: words.to_owned(),
        label: Label::Is(words.to_owned()),
        also: Some(words.to_owned()),
        detail: Some(Text::WITH_PIN.into()),
    };
    let choices = || vec![choice.clone()];
    let field = |name, kind| {
        let says = Text::MAGIC_BUTTON.with("email", words);
        Field::new(name, kind, says.clone()).hint(says.clone()).error(Some(says)).value(words)
    };
    Form::new(Text::MAGIC_BUTTON.with("email", words), words.to_owned())
        .field(field("email", FieldKind::Email))
        .field(field("known", FieldKind::FixedEmail))
        .field(field("password", FieldKind::OwnPassword))
        .field(field("user", FieldKind::Choice(choices())))
        .field(field("one", FieldKind::Select(choices())))
        .field(field("some", FieldKind::Several(choices())))
        .field(field("lines", FieldKind::Lines(Needed::No)))
        .field(field("tick", FieldKind::Tick))
        .field(Field::hidden("next", words))
        .act("do", words)
        .action(words)
        .layout(Layout::Line)
}

fn picker(words: &str) -> Picker {
    let says = || Text::MAGIC_BUTTON.with("email", words);
    let choice = |word| (words.to_owned(), person(words), word);
    Picker {
        name: "user",
        label: says(),
        people: vec![choice(None), choice(Some(says()))],
        ways: vec![way(words)],
        hidden: vec![Field::hidden("next", words)],
        token: words.to_owned(),
        act: None,
    }
}

fn nav(words: &str) -> Nav {
    let label = Text::MAGIC_BUTTON.with("email", words);
    let here = NavItem { is_here: true, ..way(words) };
    Nav { label, items: vec![way(words), here], person: person(words), ways: vec![way(words)] }
}

fn way(words: &str) -> NavItem {
    let says = Text::MAGIC_BUTTON.with("email", words);
    NavItem { says, href: Href::Out(words.to_owned()), is_here: false }
}

fn linked(words: &str) -> Fact {
    Fact::Linked { text: words.to_owned(), href: Href::Out(words.to_owned()) }
}

fn person(words: &str) -> Person {
    Person { avatar: avatar(words), name: words.to_owned(), also: Some(words.to_owned()) }
}

fn avatar(words: &str) -> Avatar {
    Avatar { initials: words.to_owned(), hue: 0, picture: Some(words.to_owned()) }
}
