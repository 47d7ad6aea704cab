//! Rows of SQLite, for what reads rows of any database.

use rusqlite::{Row, types::ValueRef};

use super::failure::Failure;
pub(super) use crate::rows::*;

impl Columns for Row<'_> {
    type Failure = Failure;

    fn bytes(&self, column: usize) -> Cell<&[u8]> {
        match self.get_ref(column) {
            Ok(ValueRef::Blob(bytes)) => Cell::Value(bytes),
            other => no_value(&other),
        }
    }

    fn number(&self, column: usize) -> Cell<i64> {
        match self.get_ref(column) {
            Ok(ValueRef::Integer(number)) => Cell::Value(number),
            other => no_value(&other),
        }
    }

    fn text(&self, column: usize) -> Cell<&str> {
        match self.get_ref(column) {
            Ok(value @ ValueRef::Text(_)) => value.as_str().map_or(Cell::Wrong, Cell::Value),
            other => no_value(&other),
        }
    }
}

/// What a value is that is not of the kind that was asked for.
fn no_value<T>(value: &rusqlite::Result<ValueRef<'_>>) -> Cell<T> {
    match value {
        Ok(ValueRef::Null) => Cell::Null,
        Ok(ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_)) | Err(_) => Cell::Wrong,
    }
}
