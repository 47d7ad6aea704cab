//! `docs/proof.md` says what the checker finds.

use gatewright_proof::page::{self, Table};

use crate::found::{FALLING, HOLDING, MUTATED};

#[test]
fn the_page_says_what_the_checker_finds() {
    let text = std::fs::read_to_string(page::file()).unwrap();
    let tables = [
        (Table::Properties, page::properties()),
        (Table::Small, page::holding(&HOLDING)),
        (Table::Needed, page::falling(&FALLING)),
        (Table::Mutations, page::mutations(&MUTATED)),
    ];
    for (place, table) in tables {
        assert_eq!(place.on(&text), Some(table.as_str()), "remedy: cargo xtask model --write");
    }
}

#[test]
fn the_page_names_every_large_run() {
    let text = std::fs::read_to_string(page::file()).unwrap();
    let table = Table::Large.on(&text).unwrap();
    for run in gatewright_proof::catalogue::LARGE {
        assert!(
            table.contains(&format!("| `{}` | {} |", run.name, run.says)),
            "remedy: cargo xtask model --large --write"
        );
    }
}
