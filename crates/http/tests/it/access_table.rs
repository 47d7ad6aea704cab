//! Every operation of the OpenAPI document, tried by every kind of caller: what each gets is a table in the repository, so
//! that a changed right shows in review as one changed cell. A route that no row tries fails here with its name.
#![expect(clippy::unwrap_used, reason = "a test that finds something wrong panics; all of this is test")]

mod admin;
mod callers;
mod rows;

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path, sync::LazyLock};

use axum::http::Method;
use gatewright::Code;
use gatewright_testkit::app::Answer;
use serde_json::{Value, json};
use tokio::{sync::OnceCell, task::JoinSet};

pub(crate) use self::{
    callers::{Caller, Shows, World, fill_in, mail_of},
    rows::{Row, rows},
};

use crate::routes::admin::ALL_RIGHTS;

/// One caller's attempt at one row, in a system of its own.
pub(crate) struct Cell {
    pub(crate) row: Row,
    pub(crate) caller: Caller,
    pub(crate) answer: Answer,
}

/// How many systems run at a time: each waits for its disk most of the time.
const AT_A_TIME: usize = 16;

/// Every cell of the table. Computed once; the tests of `security/` look at the same answers for what none of them may have.
pub(crate) async fn cells() -> &'static [Cell] {
    static CELLS: OnceCell<Vec<Cell>> = OnceCell::const_new();
    CELLS.get_or_init(compute).await
}

async fn compute() -> Vec<Cell> {
    let numbered = rows().into_iter().enumerate();
    let (administering, others): (Vec<_>, Vec<_>) = numbered.partition(|(_, row)| row.administers());
    // Nearly everybody is refused nearly everything there: one system does for all of it, until something was done to it.
    let together = Caller::ALL.map(|caller| (caller, administering.clone()));
    let alone = others.into_iter().flat_map(|row| Caller::ALL.map(|caller| (caller, vec![row.clone()])));
    let mut wanted = together.into_iter().chain(alone);
    let (mut running, mut done) = (JoinSet::new(), Vec::new());
    loop {
        while running.len() < AT_A_TIME
            && let Some((caller, rows)) = wanted.next()
        {
            running.spawn(tried(caller, rows));
        }
        let Some(joined) = running.join_next().await else { break };
        done.extend(joined.expect("a cell is computed without a panic"));
    }
    done.sort_by_key(|(at, cell)| (*at, Caller::ALL.iter().position(|caller| *caller == cell.caller)));
    done.into_iter().map(|(_, cell)| cell).collect()
}

/// The cells of one caller in these rows.
async fn tried(caller: Caller, rows: Vec<(usize, Row)>) -> Vec<(usize, Cell)> {
    let (mut world, mut cells) = (None, Vec::new());
    for (at, row) in rows {
        let here = match world.take() {
            Some(world) if caller != Caller::LesserKey => world,
            Some(_) | None => World::for_row(caller, &row).await,
        };
        let answer = here.call(&row).await;
        if row.method == Method::GET || answer.status.is_client_error() {
            world = Some(here);
        }
        cells.push((at, Cell { row, caller, answer }));
    }
    cells
}

impl Cell {
    /// What a message calls it.
    pub(crate) fn name(&self) -> String {
        format!("{} as {}", self.row.name(), self.caller.name())
    }

    fn code(&self) -> Option<&'static Code> {
        let json = self.answer.json();
        Code::ALL.iter().find(|code| json["code"] == code.name())
    }

    /// The status, and the initials of the problem's code.
    fn text(&self) -> String {
        let status = self.answer.status.as_u16();
        match self.code() {
            Some(code) => format!("{status} {}", initials(code)),
            None => status.to_string(),
        }
    }
}

fn initials(code: &Code) -> String {
    code.name().split('_').filter_map(|word| word.chars().next()).collect()
}

#[tokio::test]
async fn az1_every_caller_gets_from_every_operation_what_the_table_says() {
    let fresh = Path::new(env!("CARGO_TARGET_TMPDIR")).join("access-table.txt");
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/access-table.txt");
    let table = render(cells().await);
    let expected = fs::read_to_string(kept).unwrap();
    if table == expected {
        return;
    }
    fs::write(&fresh, &table).unwrap();
    let (old, new): (BTreeSet<&str>, BTreeSet<&str>) = (expected.lines().collect(), table.lines().collect());
    let mut diff = String::new();
    expected.lines().filter(|line| !new.contains(line)).for_each(|line| writeln!(diff, "- {line}").unwrap());
    table.lines().filter(|line| !old.contains(line)).for_each(|line| writeln!(diff, "+ {line}").unwrap());
    panic!(
        "docs/access-table.txt differs:\n{diff}If each change is meant: cp {} docs/access-table.txt",
        fresh.display()
    );
}

const INTRODUCTION: &str = "\
Every operation of the API, and what it answers to whom. Each cell is a status and the initials of the problem's code; below the
table stand the callers and the codes in full. Computed by crates/http/tests/it/access_table.rs, which fails on any difference.
";

fn render(cells: &[Cell]) -> String {
    let width = cells.iter().map(|cell| cell.row.name().len()).max().unwrap_or(0);
    let heads = Caller::ALL.iter().map(|caller| caller.name().len());
    let column = cells.iter().map(|cell| cell.text().len()).chain(heads).max().unwrap_or(0);
    let line = |first: &str, others: Vec<String>| {
        let rest: String = others.iter().map(|other| format!("  {other:column$}")).collect();
        format!("{first:width$}{rest}").trim_end().to_owned() + "\n"
    };
    let mut text = format!("{INTRODUCTION}\n");
    text += &line("", Caller::ALL.iter().map(|caller| caller.name().to_owned()).collect());
    for row in cells.chunks(Caller::ALL.len()) {
        text += &line(&row[0].row.name(), row.iter().map(Cell::text).collect());
    }
    text += "\nThe callers\n\n";
    for caller in Caller::ALL {
        writeln!(text, "{:column$}  {}", caller.name(), caller.explanation()).unwrap();
    }
    text += "\nThe codes\n\n";
    let seen: BTreeSet<_> = cells.iter().filter_map(Cell::code).map(|code| (initials(code), code.name())).collect();
    for (initials, name) in &seen {
        writeln!(text, "{initials:column$}  {name}").unwrap();
    }
    assert_eq!(seen.iter().map(|(initials, _)| initials).collect::<BTreeSet<_>>().len(), seen.len(), "{seen:?}");
    text
}

/// The operations of the document: method, path, and what the document says of it.
fn documented() -> Vec<(String, String, Value)> {
    let document = serde_json::to_value(gatewright::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap().iter();
    let operations = paths.flat_map(|(path, item)| {
        let item = item.as_object().unwrap().iter().filter(|(_, operation)| operation.get("responses").is_some());
        item.map(move |(method, operation)| (method.to_uppercase(), path.clone(), operation.clone()))
    });
    operations.collect()
}

#[test]
fn az1_every_operation_of_the_document_has_a_row_and_every_row_an_operation() {
    let tried: BTreeSet<_> = rows().iter().map(|row| (row.method.to_string(), row.path.to_owned())).collect();
    let written: BTreeSet<_> = documented().into_iter().map(|(method, path, _)| (method, path)).collect();
    let missing: Vec<_> = written.difference(&tried).collect();
    assert!(missing.is_empty(), "no row of access_table/rows.rs tries {missing:?}");
    let unknown: Vec<_> = tried.difference(&written).collect();
    assert!(unknown.is_empty(), "the document knows nothing of {unknown:?}");
}

/// The right of the admin API that the document names for the operation, if it names one.
fn right_of(row: &Row) -> Option<String> {
    static NAMED: LazyLock<Vec<(String, String, Value)>> = LazyLock::new(documented);
    let (_, _, operation) = NAMED.iter().find(|(method, path, _)| row.is(method, path))?;
    let ways = operation["security"].as_array()?.iter();
    ways.filter_map(|way| way["service_key"][0].as_str()).map(str::to_owned).next()
}

/// Denied unless somebody said otherwise: what the document does not declare open lets in nobody who does not show what it names.
#[tokio::test]
async fn az1_what_is_not_declared_open_is_closed_to_whoever_shows_nothing_that_it_takes() {
    for (method, path, operation) in documented() {
        let ways: Option<Vec<&str>> = operation["security"]
            .as_array()
            .map(|ways| ways.iter().filter_map(|way| way.as_object()?.keys().next()).map(String::as_str).collect());
        let is_open = operation["security"].as_array().is_none_or(|all| all.iter().any(|way| *way == json!({})));
        let takes = |way: &str| ways.as_ref().is_some_and(|ways| ways.contains(&way));
        for cell in cells().await.iter().filter(|cell| cell.row.is(&method, &path)) {
            let status = cell.answer.status.as_u16();
            let shows = cell.caller.shows();
            let may_enter = match shows {
                Shows::Nothing => false,
                Shows::Session => takes("access_token") || takes("refresh_token"),
                Shows::Key => takes("service_key"),
            };
            // Of pages it is said first that they are pages.
            let is_page = cell.caller == Caller::PageKey && takes("service_key")
                || cell.caller == Caller::Foreign && cell.answer.json()["code"] == "origin_refused";
            if !is_open && !may_enter {
                assert_eq!(status, if is_page { 403 } else { 401 }, "{}: {}", cell.name(), cell.answer.text());
            }
            assert!(!operation["responses"][status.to_string()].is_null(), "{}: {status} is undocumented", cell.name());
        }
    }
}

/// The document says which right a call of the admin API takes; it is that one, and no other is missed.
#[tokio::test]
async fn az5_a_service_key_may_do_what_the_document_names_and_nothing_else() {
    let mut tried = 0;
    for cell in cells().await.iter().filter(|cell| right_of(&cell.row).is_some()) {
        let json = cell.answer.json();
        match cell.caller {
            Caller::LesserKey => assert_eq!(json["code"], "permission_denied", "{}", cell.name()),
            // Only an admin makes one, however many rights a program has.
            Caller::Key if cell.name().contains("the role admin") => assert_eq!(json["code"], "permission_denied"),
            Caller::Key => assert_ne!(json["code"], "permission_denied", "{}", cell.name()),
            Caller::Nobody
            | Caller::Garbage
            | Caller::Query
            | Caller::Expired
            | Caller::Selection
            | Caller::Refresh => {}
            Caller::Member | Caller::Child | Caller::OldChild | Caller::Owner | Caller::OldOwner | Caller::Cookie => {}
            Caller::Foreign | Caller::Other | Caller::Ended | Caller::Disabled | Caller::Acting | Caller::Support => {}
            Caller::Admin | Caller::OldAdmin | Caller::OldKey | Caller::GoneKey | Caller::PageKey => {}
        }
        tried += usize::from([Caller::Key, Caller::LesserKey].contains(&cell.caller));
    }
    assert!(tried > 60, "{tried}");
}

/// Every call of the admin API names a right, and a user needs the same one as a key.
#[test]
fn az1_every_call_of_the_admin_api_names_its_right() {
    for (method, path, operation) in documented().iter().filter(|(_, path, _)| path.starts_with("/admin/v1/")) {
        if path == "/admin/v1/bootstrap" {
            continue;
        }
        let ways = operation["security"].as_array().unwrap();
        let named: Vec<_> = ways.iter().flat_map(|way| way.as_object().unwrap()).collect();
        let schemes: Vec<_> = named.iter().map(|(scheme, _)| scheme.as_str()).collect();
        assert_eq!(schemes, ["service_key", "access_token", "access_cookie"], "{method} {path}");
        let right = named[0].1[0].as_str().unwrap();
        assert!(ALL_RIGHTS.contains(&right), "{method} {path}: {right}");
        assert!(named.iter().all(|(_, rights)| *rights == named[0].1), "{method} {path}");
    }
}
